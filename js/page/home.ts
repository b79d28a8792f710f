import type { Question } from "../protocol.js";

/** Where the engine lives, as the client sees it. */
export interface Home {
  readonly fetch: typeof globalThis.fetch;
  /** A sign-in that left by a redirect is still known here when the page is back, with nothing stored. */
  readonly survives: boolean;
  ask(question: Question, ...given: unknown[]): Promise<unknown>;
  close(): void;
}
