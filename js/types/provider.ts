// Who gives the tokens: the option `provider`, for each kind.
import type { Client } from "./client.js";

interface AuthorizationServer {
  /** The client identifier that the server knows this application by. It is public; there is no secret. */
  clientId: string;
  /** Where the server sends the user back to, registered there exactly. Needed to sign in. */
  redirectUri?: string;
  /**
   * Where the server sends the user back to after `signOut({ redirect: true })`, registered there exactly. Needed for it.
   * May be the application's start page; `completeSignIn()` is called there too.
   */
  postLogoutRedirectUri?: string;
  /**
   * Puts the ID token, as `id_token_hint`, into the form that the page posts on a sign-out by redirect. Default `false`:
   * the server then asks the user. **With it script of the page can have the ID token**, at the price of the session;
   * access and refresh token stay where they are.
   */
  idTokenHint?: boolean;
  /** Lets {@link Client.userInfo} ask the UserInfo endpoint. For type `"oidc"`, in `strongroom/full`. Default `false`. */
  userInfo?: boolean;
  /**
   * `"auto"`: authorization requests are pushed (RFC 9126) wherever the server has an endpoint for it. `"off"`: none is, for a
   * server whose endpoint is not for browsers; one that *requires* pushed requests is refused then (`ERR_METADATA`). Setting it
   * needs `strongroom/full`. Default `"auto"`.
   */
  pushedAuthorizationRequests?: "auto" | "off";
  /**
   * Lets {@link Client.signIn} send `credentials` by the password grant (RFC 6749 §4.3), to a server of your own that has nothing
   * better. RFC 9700 §2.4: it "MUST NOT be used". For type `"oauth"`, in `strongroom/full`. Default `false`.
   */
  legacyPasswordGrant?: boolean;
  /**
   * Origins, beside the issuer's, where discovered endpoints may be. Tokens are sent to no other, whatever the
   * metadata says.
   */
  endpointOrigins?: readonly string[];
  /** Endpoints given by hand; without them they are discovered (RFC 8414, OpenID Connect Discovery). */
  endpoints?: Endpoints;
  /**
   * Whether tokens are bound to a key of this client, which signs every request that uses them (DPoP, RFC 9449).
   *
   * - `"off"` (default): no. Every API must take DPoP tokens, and must allow the `DPoP` request header by CORS, before you
   *   may turn it on: a call with a bound token to an API that does not know DPoP fails.
   * - `"auto"`: if the server's metadata lists `ES256` or `Ed25519` in `dpop_signing_alg_values_supported`. With
   *   `endpoints` given by hand there is no metadata, and this is `"off"`.
   * - `"require"`: always. A server that lists neither gives `ERR_METADATA`; a token response whose `token_type` is not
   *   `DPoP` gives `ERR_BAD_RESPONSE`, that of {@link Client.setTokens} too.
   *
   * A token that escapes is then of no use without the key, which cannot be exported. It does not stop a script in the
   * page from making calls, nor from beginning a sign-in of its own. Calls never follow redirects. See docs/dpop.md.
   *
   * Only with `strongroom/full`; without it all but `"off"` gives `ERR_INVALID_OPTION`.
   */
  dpop?: "auto" | "require" | "off";
}

/** An OpenID provider: the session has validated ID token claims. */
export interface OidcProvider extends AuthorizationServer {
  type: "oidc";
  /** The issuer identifier, exactly as the provider writes it: a missing or extra `/` at the end is an error. */
  issuer: string;
  /** Space-separated, with `openid` among them. Default `"openid"`; add `offline_access` for a refresh token. */
  scope?: string;
}

/** An OAuth 2.0 authorization server without OpenID Connect: `session.claims` stays `null`. */
export interface OAuthProvider extends AuthorizationServer {
  type: "oauth";
  /** The issuer identifier; may be left out where `endpoints` are given. */
  issuer?: string;
  scope?: string;
}

/**
 * A back end of your own that gives tokens as JSON, in whatever shape; in `strongroom/full`. Without `refresh` a session ends with its
 * access token. `token_type` of an answer is not read, an ID token not taken. See docs/back-ends.md.
 */
export interface JsonProvider {
  type: "json";
  /** Which session this is, where an origin has several: of a shared vault's name it is a part. Sent nowhere. Default: none. */
  clientId?: string;
  /**
   * What `signIn({ credentials })` sends, once: its placeholders are the names of the credentials, all of them and no others. Or the
   * page that `signIn()` goes to. Default: none, and tokens come by {@link Client.setTokens} or by a cookie.
   */
  signIn?: BackEndRequest | BackEndNavigation;
  /** What renews the session, with `{refreshToken}` in it unless a cookie holds that one; `{accessToken}` may be there too. */
  refresh?: BackEndRequest;
  /** What {@link Client.signOut} sends, with `{refreshToken}` and `{accessToken}`; or where it takes the page. Default: a sign-out is local. */
  signOut?: BackEndRequest | BackEndNavigation;
  /** What {@link Client.userInfo} sends, with `{accessToken}`; a URL, and what says no method, by `"GET"`. Default: none. */
  userInfo?: BackEndRequest | string;
  /**
   * Where the refresh token is: `"body"`, in answers; `"cookie"`, where no script sees it; `"none"`, there is none. Default `"body"`
   * with `refresh`, else `"none"`.
   */
  refreshToken?: "body" | "cookie" | "none";
  /** On every request to this back end, without placeholders. Default: none. */
  headers?: Readonly<Record<string, string>>;
  /** Where in an answer is what. */
  response?: BackEndAnswer;
  /**
   * The access token is a JWT, and lives for `exp` - `iat` where the answer says no lifetime. Nothing else of it is read, and nothing
   * verified. Default `false`.
   */
  readExpiryFromJwt?: boolean;
  /** Which answers are a success; without `status` in it, of those with 200 to 299. Default: all of these. */
  success?: AnswerCondition;
  /** What other answers mean; the first that matches counts, before `success`. Default: see docs/back-ends.md. */
  errors?: readonly BackEndError[];
}

/**
 * A back end that keeps all tokens (a BFF): a cookie signs the calls, and the browser has no token; in `strongroom/full`. See
 * docs/back-ends.md.
 */
export interface BffProvider {
  type: "bff";
  /** Which session this is, where an origin has several: of a shared vault's name it is a part. Sent nowhere. Default: none. */
  clientId?: string;
  /**
   * Tells whether there is a session; a URL is asked by `"GET"`. A success means signed in; 401, 204 and a body that is `null`, `false`
   * or `{}` mean signed out.
   */
  session: BackEndRequest | string;
  /** The page that `signIn()` goes to. */
  signIn: BackEndNavigation;
  /** What {@link Client.signOut} sends, or where it takes the page. Default: a sign-out is local, and the cookie stays. */
  signOut?: BackEndRequest | BackEndNavigation;
  /** What {@link Client.userInfo} sends; a URL, and what says no method, by `"GET"`. Default: none. */
  userInfo?: BackEndRequest | string;
  /**
   * A header on every request to this back end and every call to a resource, `GET` included. Another site cannot set it without a
   * preflight, which your back end must refuse it. Default `{ header: "X-CSRF", value: "1" }`.
   */
  antiForgery?: { header: string; value: string };
  /** Where in the answer to `session` is what. A lifetime is the session's: it is asked for again before that ends. */
  response?: BffAnswer;
  /** As in {@link JsonProvider}. */
  success?: AnswerCondition;
  /** As in {@link JsonProvider}. */
  errors?: readonly BackEndError[];
}

/**
 * One request to the application's own back end. In the values of `headers`, `json`, `form` and `unsafeQuery`, `{name}` is a
 * placeholder, and `{{` a `{`. What is filled in is escaped for where it goes.
 */
export interface BackEndRequest {
  /** An absolute https URL (http on loopback), without user and fragment, and without placeholders. Redirects are not followed. */
  url: string;
  /** Default `"POST"`. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Names that the browser sets itself, such as `Cookie`, are refused, and those of the provider's own headers. */
  headers?: Readonly<Record<string, string>>;
  /** The body as JSON: any plain data, with placeholders in its texts, never in names. `null` is no body. Not with `form` or `"GET"`. */
  json?: unknown;
  /** The body as `application/x-www-form-urlencoded`. Not with `json` or `"GET"`. */
  form?: Readonly<Record<string, string>>;
  /** Parameters of the URL. Unsafe with secrets in it: URLs are in the logs of servers and proxies. */
  unsafeQuery?: Readonly<Record<string, string>>;
  /** Whether cookies go with it, as in `fetch`. Default `"include"` where a cookie holds the session, else `"omit"`. */
  credentials?: "omit" | "same-origin" | "include";
  /** How long it may take, in whole seconds, 1 to 86,400. Default: `refresh.timeoutSeconds`. */
  timeoutSeconds?: number;
}

/** A page of the back end, where the user goes. */
export interface BackEndNavigation {
  /** An absolute https URL (http on loopback), without user and fragment. */
  navigate: string;
  /** The parameter that says where the user is to be afterwards. Default `"returnTo"`. */
  returnToParameter?: string;
}

/**
 * Where in an answer is what: paths of member names, and places in lists, with `.` between, as in `"data.tokens.0.value"`. What is
 * there and cannot be used gives `ERR_BAD_RESPONSE`; `null` and an empty text count as absent.
 */
export interface BackEndAnswer extends BffAnswer {
  /** Default `"access_token"`. Visible ASCII, at most 128 KiB. */
  accessToken?: string;
  /** Printable ASCII, at most 128 KiB. An answer without one keeps the one before. Default `"refresh_token"`. */
  refreshToken?: string;
  /** A text with spaces or commas between, or a list. Default `"scope"`. */
  scope?: string;
  /** How long the refresh token lives, as in `expiresIn`: a hint, shown as `sessionEndsAt`. Default `"refresh_expires_in"`. */
  refreshExpiresIn?: string;
}

export interface BffAnswer {
  /** A lifetime in seconds, as number or text. Default `"expires_in"`; for type `"bff"` none. */
  expiresIn?: string;
  /** An absolute time, by this device's clock; `expiresIn` comes first. Default: none. */
  expiresAt?: string;
  /** `"iso"`: RFC 3339, with an offset. Default `"seconds"`, since 1970. */
  expiresAtUnit?: "seconds" | "milliseconds" | "iso";
  /**
   * An object, shown as `session.claims`: the back end's word, which nobody verified. `""` is all of the answer. Texts that hold a token
   * are `null` in it. Default: none; for type `"bff"` `""`.
   */
  claims?: string;
  /**
   * Who it is, a text or a number. A renewal that brings another ends the session, with reason `"account-switch"`. Default: none; for
   * type `"bff"` `"sub"`.
   */
  subject?: string;
}

/**
 * All that is given must hold. `path` is needed for the last three. Where nothing is there, neither `equals` nor `notEquals` holds.
 */
export interface AnswerCondition {
  /** The HTTP status, or several of which one is enough. */
  status?: number | readonly number[];
  /** As in {@link BackEndAnswer}. */
  path?: string;
  /** What is there is this, and of this type. */
  equals?: string | number | boolean | null;
  /** What is there is something else. */
  notEquals?: string | number | boolean | null;
  /** Whether something is there that is not `null`. */
  exists?: boolean;
}

/**
 * - `"signed-out"`: the session ended. Counts for `refresh` and `session`.
 * - `"wrong-credentials"`: `ERR_CREDENTIALS`. Counts for `signIn`.
 * - `"try-later"`: `ERR_UNAVAILABLE`; a renewal is tried again, after `Retry-After` if CORS lets script read it.
 * - `"refused"`: `ERR_REFUSED`; a renewal is tried again, late.
 */
export interface BackEndError extends AnswerCondition {
  means: "signed-out" | "wrong-credentials" | "try-later" | "refused";
}

export interface Endpoints {
  /** The authorization endpoint (RFC 6749 §3.1). Needed to sign in. */
  authorization?: string;
  /** The token endpoint (RFC 6749 §3.2). */
  token: string;
  /** Where the keys are that ID tokens are signed with (RFC 7517). Needed for type `"oidc"`. */
  jwks?: string;
  /** The revocation endpoint (RFC 7009). Without it a sign-out is local. */
  revocation?: string;
  /** The pushed authorization request endpoint (RFC 9126 §2). Where there is one each sign-in is pushed to it. */
  pushedAuthorizationRequest?: string;
  /** The end session endpoint (OpenID Connect RP-Initiated Logout 1.0 §2). Needed to sign out by redirect. */
  endSession?: string;
  /** The UserInfo endpoint (OpenID Connect Core 1.0 §5.3). Needed for {@link Client.userInfo}. */
  userInfo?: string;
}
