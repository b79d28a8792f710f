/// <reference lib="esnext.disposable" preserve="true" />
// The client, and what it tells.
import type { StrongroomErrorCode } from "./error.js";
import type { ResourceOptions, SessionOptions } from "./options.js";
import type { Claims, Session, SignOutReason, TokenResponse, UserInfo } from "./session.js";
import type { SignInOptions, SignInResult, SignOutOptions, SilentSignIn, StepUp } from "./sign-in.js";

/**
 * The `detail` of each event. None holds a token. `resource`: where the renewal is that of a resource's own token, the URL of the
 * first resource that has it; absent where it is the session's.
 */
export interface ClientEvents {
  /** A renewal began. `cause`: the schedule, a call without a valid token, an API's refusal, `refresh()`, a return from the back/forward cache, or another tab's notice. */
  "refresh-started": {
    readonly attempt: number;
    readonly cause: "schedule" | "call" | "refused" | "manual" | "restored" | "notice";
    readonly resource?: string;
  };
  /** A renewal brought tokens. `rotated`: with a new refresh token. */
  refreshed: { readonly generation: number; readonly rotated: boolean; readonly resource?: string };
  /**
   * A renewal failed and will be tried again at `retryAt` (milliseconds as `Date.now()` counts). One that ends the session is
   * told as `"signed-out"` alone.
   */
  "refresh-failed": {
    readonly attempt: number;
    readonly code: StrongroomErrorCode;
    readonly retryAt: number | null;
    readonly resource?: string;
  };
  /** An API refused a call's token, and the call was sent again with a newer one. */
  retried: { readonly generation: number };
  /**
   * An API refused a call because the user has to sign in again: more strongly, more recently, or with more scope. The call
   * is fulfilled with that answer, and nothing was renewed. One event for each such call.
   */
  "step-up-required": StepUp;
  /**
   * A limit of {@link SessionOptions} is near: the session ends in `inSeconds` (whole seconds, rounded up). Only `"idle"` can be
   * put off, by {@link Client.touch} or a call. Once for each limit, and again after each `session-continues`.
   */
  "session-ending": { readonly reason: "idle" | "absolute" | "renewals"; readonly inSeconds: number };
  /** The session that was about to end goes on: somebody was active, perhaps in another tab of a shared vault. */
  "session-continues": { readonly reason: "idle" };
  /**
   * A resource with {@link ResourceOptions.slidingTokens} brings no next token. `"unseen"`: five answers in a row of another origin
   * showed no such header, and none did before: its CORS answer must name it in `Access-Control-Expose-Headers`. `"malformed"`: the
   * header holds no token, or another scheme. Each once for a client; the session goes on with the token that it has.
   */
  "sliding-token-missed": { readonly resource: string; readonly reason: "unseen" | "malformed" };
  "signed-in": { readonly generation: number };
  "signed-out": { readonly reason: SignOutReason };
  /**
   * In `"worker"` isolation: another tab says that its session began or ended. Any script of this origin can say so:
   * a hint, not a fact. After `"signed-out"` the session is checked by a renewal, at most once a minute.
   */
  notice: { readonly what: "signed-in" | "signed-out" };
}

export type ClientEventListener<Type extends keyof ClientEvents> = (
  event: CustomEvent<ClientEvents[Type]>,
) => void;

/** `Own`: the claims of your own, see {@link Claims}. */
export interface Client<Own extends object = object> extends Disposable {
  readonly session: Session<Own>;

  /**
   * Does what `fetch` does, with the access token on calls to a resource. Bound: `const { fetch } = client` works.
   *
   * A call that has no valid token waits for one, at most `waitSeconds`. A 401 that says that the token is not
   * accepted is cured by one renewal and one more try, unless the body was a stream; whatever comes then is
   * returned. A URL that is no resource, and a call that brings its own `Authorization`, go out as they came.
   *
   * Never rejects because of an HTTP status. Rejects as `fetch` does, with the signal's own reason on abort; and
   * with a {@link StrongroomError} where there is no token to send: `ERR_NOT_SIGNED_IN`, `ERR_NOT_RENEWABLE`,
   * `ERR_SESSION_ENDED`, `ERR_REFUSED`, `ERR_BAD_RESPONSE`, `ERR_UNAVAILABLE`, `ERR_UNREACHABLE`, `ERR_TIMEOUT`; with
   * `ERR_VAULT` if the vault is lost meanwhile, when nobody can say whether the call arrived.
   */
  readonly fetch: typeof globalThis.fetch;

  /**
   * Takes the whole page to the authorization server. The promise does not settle once the page is leaving;
   * it rejects if that cannot begin, for instance with `ERR_METADATA`, `ERR_UNREACHABLE` or `ERR_STORAGE`.
   * Where the server has an endpoint for it the request is pushed first (RFC 9126); then it may also reject with
   * `ERR_AUTHORIZATION`, `ERR_BAD_RESPONSE`, `ERR_UNAVAILABLE` or `ERR_TIMEOUT`.
   * Other sign-ins that are pending, in other tabs too, stay valid. Each has ten minutes.
   *
   * With `mode: "popup"` it is fulfilled once the session is there. `ERR_POPUP`: the browser blocked the window, or it
   * was closed and nothing has come back for two minutes since: a closed window is no answer, because an
   * authorization server may cut it off from this page (`Cross-Origin-Opener-Policy`).
   *
   * With `mode: "silent"` it gives {@link SilentSignIn}, within ten seconds and the time of the token request. Rejects with
   * `ERR_TIMEOUT` if the frame does not come back, with `ERR_AUTHORIZATION` for any other refusal of the server.
   *
   * With `mode: "sso"` it gives {@link SilentSignIn} too, at once where somebody is signed in; or the page leaves, at most once
   * in ten minutes, and the promise does not settle. In a frame, or where the browser denies `sessionStorage`, it never leaves.
   * Rejects as `"silent"` does, but for a frame that does not come back.
   *
   * With `credentials` it is fulfilled once the session is there. `ERR_CREDENTIALS`: they are wrong; the session is as it was.
   */
  signIn(options: SignInOptions & { mode: "silent" | "sso" }): Promise<SilentSignIn>;
  signIn(options?: SignInOptions): Promise<void>;

  /**
   * Completes a sign-in if this page is the redirect's return, else does nothing and gives `null`. In a popup it
   * hands the answer to the page that opened it and closes the window; in the frame of a silent sign-in it hands it to
   * the page around it, which removes the frame, and does not settle. At the way back of a sign-out by redirect it takes
   * `state` out of the URL and gives `{ returnTo, signedOut: true }` if that is ours, else `null`. At the way back of `mode: "sso"`
   * it gives `{ returnTo, signedIn: false, error }` if nobody could be signed in without being asked. May be called
   * on every page and any number of times: one code is redeemed once. The page's URL is cleaned at once.
   *
   * Rejects with `ERR_CALLBACK` if the URL is not the answer to a pending sign-in of this browser, with
   * `ERR_AUTHORIZATION` if the server or the user refused, with `ERR_ID_TOKEN` or a token request's error. A
   * session that was there before stays.
   */
  completeSignIn(): Promise<SignInResult | null>;

  /**
   * Ends the session here at once, then revokes its tokens at the server (RFC 7009), waiting five seconds at most.
   * Never rejects because of the server. Does not sign the user out of the authorization server, but with
   * `{ redirect: true }`: then this page goes there once the rest is done, and the promise does not settle. It rejects
   * with `ERR_METADATA`, signed out here all the same, if the server's endpoint for it is not known.
   */
  signOut(options?: SignOutOptions): Promise<void>;

  /**
   * Renews now, or waits for the renewal under way. Rejects with why it failed; the session stays. Resources' own tokens are
   * renewed when a call next needs them.
   */
  refresh(): Promise<void>;

  /**
   * Replaces the session's tokens by those of a token response. An `id_token` in it is not used: nothing vouches
   * for it here. Rejects with `ERR_BAD_RESPONSE`, and keeps what it had, if the response is not valid.
   */
  setTokens(response: TokenResponse): Promise<void>;

  /**
   * The session's own access token, never a resource's. Rejects with `ERR_NOT_EXPOSED` unless `exposeAccessToken` was set. For
   * WebSockets and other libraries.
   */
  getAccessToken(): Promise<string>;

  /**
   * Asks the UserInfo endpoint who the user is (OpenID Connect Core 1.0 §5.3), each time anew: as JSON, or as a signed JWT, whose
   * signature, `iss`, `aud` and `exp` are checked. The token goes to that endpoint of the server's metadata alone, and a
   * refused one is renewed once. `session.claims` stay as they are.
   *
   * Rejects with `ERR_INVALID_OPTION` where `provider.userInfo` is not `true`; with `ERR_USER_INFO` if `sub` is not the ID
   * token's or anything else is wrong with the answer, of which nothing is used then; with `ERR_METADATA` where the server has no
   * such endpoint; and like {@link Client.fetch} where there is no token to ask with. The session stays.
   */
  userInfo(): Promise<UserInfo>;

  /**
   * Says that the user is there, for `session.idleSeconds`: call it where your application sees that. Never rejects because of
   * the session, and does nothing where there is none or no such limit.
   */
  touch(): Promise<void>;

  /** Calls back after every change of `session`, in a microtask. Gives the function that ends it. */
  subscribe(listener: () => void): () => void;

  addEventListener<Type extends keyof ClientEvents>(type: Type, listener: ClientEventListener<Type>): void;
  removeEventListener<Type extends keyof ClientEvents>(type: Type, listener: ClientEventListener<Type>): void;

  /**
   * Forgets everything, without telling the server. Whoever waits is rejected with `ERR_CLOSED`. A shared vault
   * forgets when its last client is closed; until then the other tabs keep the session.
   */
  close(): void;
}
