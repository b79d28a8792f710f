import type { ErrorFields } from "./error.js";
import type { Session } from "./types.js";

/** Raised whenever a message changes its meaning: a page and a vault of different numbers do not talk. */
export const PROTOCOL = 1;

/** What a page asks of its vault beside calls, by the name of the method of `Engine`. */
export const QUESTIONS = [
  "cleanedCallback",
  "completeSignIn",
  "getAccessToken",
  "isStale",
  "refresh",
  "setTokens",
  "signIn",
  "signOut",
  "touch",
  "userInfo",
] as const;

export type Question = (typeof QUESTIONS)[number];

/** After these events of a page time may have passed without the vault's having heard; or, `"pagehide"`, it will. */
export const LIFECYCLE = ["focus", "online", "pagehide", "pageshow", "visibilitychange"] as const;

/** From a page to its vault. The vault drops, without a word, whatever is none of these. */
export type ToVault =
  /** Always the first, and only once on a port. `options`: the application's. `tab`: a Web Lock held as long as the page lives. */
  | {
      type: "hello";
      protocol: number;
      options: unknown;
      wasm: string;
      survives: boolean;
      tab: string | undefined;
    }
  | { type: "ask"; id: number; question: Question; given: readonly unknown[] }
  | { type: "fetch"; id: number; url: string; init: WireInit; body: WireBody }
  /** The caller of this fetch is no more interested, in its body neither. */
  | { type: "abort"; id: number }
  /** The next piece of this response's body, please. */
  | { type: "pull"; id: number }
  /** A piece of this request's body, which the vault wanted; `null`: its end, or its failure. */
  | { type: "piece"; id: number; bytes: Uint8Array | null; isBroken: boolean }
  /** `isCached`: the page goes into the back/forward cache, or comes out of it. */
  | { type: "heard"; kind: (typeof LIFECYCLE)[number]; isCached: boolean }
  | { type: "ping" }
  | { type: "bye" };

/** From a vault to its page. */
export type FromVault = {
  protocol: number;
  /** Another one: this is another vault, which knows nothing of what the one before did. */
  boot: string;
  generation: number;
} & (
  | { type: "welcome"; beginnings: readonly string[]; session: Session }
  | { type: "refused"; failure: WireFailure }
  | { type: "session" | "pong"; session: Session }
  | { type: "event"; kind: string; detail: object }
  | { type: "settled"; id: number; value: unknown }
  /** Of a question, a fetch, or the body of a response. */
  | { type: "failed"; id: number; failure: WireFailure }
  | { type: "response"; id: number; head: WireHead; bytes: Uint8Array | null; isWhole: boolean }
  /** A piece of this response's body; `null`: its end. */
  | { type: "piece"; id: number; bytes: Uint8Array | null }
  /** The next piece of this request's body, please. */
  | { type: "want"; id: number }
);

type Unstamped<Message> = Message extends unknown ? Omit<Message, "protocol" | "boot" | "generation"> : never;

/** What the vault says, before it says by whom and when. */
export type Told = Unstamped<FromVault>;

/** The members of a `RequestInit` that are data; the headers as pairs. */
export interface WireInit {
  headers: [string, string][];
  [name: string]: unknown;
}

export type WireBody =
  | null
  | string
  | Blob
  | ArrayBuffer
  | { form: [string, string | File][] }
  | { query: string }
  | { stream: true };

/** What a response is but for its body. */
export interface WireHead {
  headers: [string, string][];
  redirected: boolean;
  status: number;
  statusText: string;
  type: ResponseType;
  url: string;
}

/** An error of ours, or one of the platform's as it is. */
export type WireFailure = { code: string; message: string; fields: ErrorFields } | { error: unknown };
