import { type ErrorFields, failure } from "./error.js";
import type { ClientEvents, Session } from "./types.js";

/** A pending sign-in waits here during a full-page redirect: single use, deleted before its code is redeemed. */
const storagePrefix = "strongroom.sign-in.";

/** The right to send calls to resources without asking the engine. */
export interface Lease {
  readonly authorization: string;
  readonly generation: number;
  /** In milliseconds as `Date.now()` counts. */
  readonly until: number;
}

/** The page around the engine. It does what the engine asks for and passes on what it tells. */
export class Host {
  session: Session = Object.freeze({
    status: "signed-out",
    claims: null,
    scope: null,
    expiresAt: null,
    refreshAt: null,
    sessionEndsAt: null,
    isolation: "page",
    reason: null,
  });
  lease: Lease | null = null;
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

  event<Type extends keyof ClientEvents>(type: Type, detail: ClientEvents[Type]): void {
    queueMicrotask(() => this.events.dispatchEvent(new CustomEvent(type, { detail: Object.freeze(detail) })));
  }

  leased(authorization: string | undefined, until: number, generation: number): void {
    this.lease = authorization === undefined ? null : { authorization, generation, until };
  }

  navigate(href: string): void {
    location.assign(href);
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
  sweep(isStale: (transaction: string) => boolean): void {
    const kept = storage();
    for (const key of Object.keys(kept ?? {})) {
      if (key.startsWith(storagePrefix) && isStale(kept?.getItem(key) ?? "")) kept?.removeItem(key);
    }
  }

  failure(code: string, message: string, fields: ErrorFields): Error {
    return failure(code, message, fields);
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
