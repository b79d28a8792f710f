import type { Listener } from "../engine/host.js";
import type { Session } from "../types.js";

/** The page: it shows the session and tells the application. */
export class Host implements Listener {
  /** Every home tells its session before it is open. */
  session!: Session;
  readonly subscribers = new Set<() => void>();
  /** Who tells the application's listeners. */
  events?: EventTarget;
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
    queueMicrotask(() =>
      this.events?.dispatchEvent(new CustomEvent(kind, { detail: Object.freeze(detail) })),
    );
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
