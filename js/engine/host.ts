import type { ErrorFields } from "../error.js";
import type { Session } from "../types.js";
import { verify } from "./verify.js";

/** The right to send calls to resources without asking the engine. */
export interface Lease {
  readonly authorization: string;
  readonly generation: number;
  /** In milliseconds as `Date.now()` counts. */
  readonly until: number;
}

/** Makes an error of the class that its code asks for (`js/error.ts`). */
export type Failure = (code: string, message: string, fields?: ErrorFields, options?: ErrorOptions) => Error;

/** Who hears what happens to the session: the page's host, or the vault, which tells its pages. */
export interface Listener {
  changed(session: Session): void;
  event(kind: string, detail: object): void;
}

/** What is around the engine in its own realm. `src/browser/host.rs` calls it. */
export class EngineHost {
  lease: Lease | null = null;
  readonly #listener: Listener;

  constructor(
    listener: Listener,
    readonly failure: Failure,
  ) {
    this.#listener = listener;
  }

  changed(session: Session): void {
    this.#listener.changed(session);
  }

  event(kind: string, detail: object): void {
    this.#listener.event(kind, detail);
  }

  verify = verify;

  leased(authorization: string | undefined, until: number, generation: number): void {
    this.lease = authorization === undefined ? null : { authorization, generation, until };
  }
}
