import type { Listener } from "../engine/host.js";
import type { Session } from "../types.js";

/** A pending sign-in waits here during a full-page redirect: single use, deleted before its code is redeemed. */
const storagePrefix = "strongroom.sign-in.";

/** The page: it shows the session, tells the application, and keeps sign-ins over a redirect where no vault does. */
export class Host implements Listener {
  /** Every home tells its session before it is open. */
  session!: Session;
  readonly subscribers = new Set<() => void>();
  readonly events = new EventTarget();
  #isTelling = false;

  changed(session: Session): void {
    this.session = deepFreeze(session);
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      for (const listener of [...this.subscribers]) call(listener);
    });
  }

  event(kind: string, detail: object): void {
    queueMicrotask(() => this.events.dispatchEvent(new CustomEvent(kind, { detail: Object.freeze(detail) })));
  }

  remember(state: string, transaction: string): void {
    storage()?.setItem(storagePrefix + state, transaction);
  }

  /** Whether the browser lets this page keep a sign-in over a redirect. */
  canRemember(): boolean {
    try {
      sessionStorage.setItem(storagePrefix, "");
      sessionStorage.removeItem(storagePrefix);
      return true;
    } catch {
      return false;
    }
  }

  /** Takes out what was kept for the sign-in with this `state`. */
  recall(state: string | null): string | undefined {
    const transaction = storage()?.getItem(storagePrefix + state) ?? undefined;
    storage()?.removeItem(storagePrefix + state);
    return transaction;
  }

  /** Drops what was kept for sign-ins that never came back. */
  async sweep(isStale: (transaction: string) => Promise<unknown>): Promise<void> {
    const kept = storage();
    for (const key of Object.keys(kept ?? {})) {
      if (key.startsWith(storagePrefix) && (await isStale(kept?.getItem(key) ?? ""))) kept?.removeItem(key);
    }
  }
}

/** `undefined` outside a page and where the browser denies it. */
function storage(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}

/** One listener's failure is its own: it is reported as uncaught, and the others hear as well. */
function call(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    reportError(error);
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
