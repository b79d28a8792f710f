/// <reference lib="esnext.disposable" preserve="true" />

/**
 * What {@link createClient} takes. Everything is checked at creation and nothing can be changed afterwards.
 * Unknown or wrong members are refused with a `TypeError` that has `code: "ERR_INVALID_OPTION"` and the path of
 * the member in `option`, such as `"provider.clientId"`.
 */
export interface ClientOptions {
  /** Where tokens come from. */
  provider: OidcProvider | OAuthProvider | JsonProvider | BffProvider;
  /**
   * Who may be sent the access token: each an absolute https URL (http on loopback), as a string or as `{ url }`.
   * Scheme, host and port must agree exactly, the path by whole segments: `https://api.example/orders` covers
   * `/orders` and `/orders/7`, not `/orders2`. No other URL ever gets a token. An origin alone is the fastest.
   *
   * Those with `resource`, `scope` or `exchange` have a token of their own, which no other gets; see docs/resources.md. A URL
   * that several cover belongs to the longest.
   */
  resources: readonly (string | ResourceOptions)[];
  /**
   * Where the tokens live, always in memory only. Default `"auto"`: shared, else worker, never page.
   *
   * - `"shared"`: in a SharedWorker. One session for all tabs of this origin and `clientId`. Where the browser knows
   *   `extendedLifetime` it survives a reload of the only tab and the redirect to the authorization server.
   * - `"worker"`: in a worker of this page: a session per tab, which a reload ends.
   * - `"page"`: in the page itself. The least overhead; script that runs in the page can reach the tokens.
   */
  isolation?: "auto" | Isolation;
  /** Lets {@link Client.getAccessToken} hand the token out. Default `false`. */
  exposeAccessToken?: boolean;
  refresh?: RefreshOptions;
  /** How long a session may last here, whatever the server allows; in `strongroom/full`. Default: no limits. */
  session?: SessionOptions;
  /**
   * Where `strongroom_bg.wasm` is, if not beside the package's own script: for static folders and for bundlers
   * that move scripts without their assets. Served as `application/wasm` it compiles while it loads. Only this
   * version's own file is taken, by its digest.
   */
  wasmUrl?: string | URL;
  /** Where `vault.js` is, of this page's origin, if not beside the package's own script. */
  workerUrl?: string | URL;
}

export type Isolation = "shared" | "worker" | "page";

export interface ResourceOptions {
  /** An absolute https URL without user, query and fragment. */
  url: string;
  /**
   * The resource that this token is for, as the authorization server knows it (RFC 8707): an absolute URI without fragment, sent
   * as it is. In `strongroom/full`. Default: the server decides.
   */
  resource?: string;
  /**
   * The scope of this token (RFC 6749 §6): scope tokens with one space between, all of them granted at the sign-in, so among
   * `provider.scope`. In `strongroom/full`. Default: the server decides.
   */
  scope?: string;
  /** The session's access token is exchanged for this one (RFC 8693). In `strongroom/full`, without `resource` and `scope` beside it. */
  exchange?: ExchangeOptions;
  /** Where a call carries the token. Default: `Authorization: Bearer` (RFC 6750 §2.1). In `strongroom/full`, not with `dpop`. */
  placement?: Placement;
  /**
   * Its answers bring the next access token in a header. In `strongroom/full`, not with `dpop`, nor for a token of the resource's
   * own. Default: they do not.
   */
  slidingTokens?: SlidingTokens;
}

/** Where an API's answers hold the next access token. The newest call's counts; the page does not see the header. */
export interface SlidingTokens {
  /** The header's name, such as `"X-Next-Token"`. The API must show it to other origins (`Access-Control-Expose-Headers`). */
  header: string;
  /** What is before the token, with a space behind, in any case. Default: nothing. */
  scheme?: string;
  /**
   * The token is a JWT, and lives from its `iat` to its `exp`, counted from when the call was sent. Default `false`: as long as the
   * last token response said, counted anew; if it said nothing, until it is refused.
   */
  readExpiryFromJwt?: boolean;
}

/** The parameters of a token exchange (RFC 8693 §2.1); what is absent is not sent. `{}` lets the server decide. */
export interface ExchangeOptions {
  /** The service's name at the authorization server. */
  audience?: string;
  /** As in {@link ResourceOptions}. */
  resource?: string;
  /** Scope tokens with one space between. */
  scope?: string;
  /** `"urn:ietf:params:oauth:token-type:access_token"` or `"urn:ietf:params:oauth:token-type:jwt"`. */
  requestedTokenType?: string;
}

/** One place for the access token in a call to a resource; never two. */
export type Placement =
  | {
      /**
       * A header of the API's own, such as `"X-Token"`, in place of `Authorization`. A call with it fails on every redirect,
       * because a browser would send it along to another origin.
       */
      header: string;
      /** What is before the token, with a space behind, such as `"Bearer"`. Default: nothing. */
      scheme?: string;
      unsafeQueryParameter?: undefined;
    }
  | {
      /** In `Authorization`, in place of `Bearer`, such as `"JWT"`. */
      scheme: string;
      header?: undefined;
      unsafeQueryParameter?: undefined;
    }
  | {
      /**
       * The name of a query parameter, such as `"access_token"` (RFC 6750 §2.3). Unsafe: URLs are in the logs of servers and
       * proxies, and in page isolation in the browser's performance entries too. RFC 9700 §4.3.2 forbids it. `Response.url` does
       * not show it; such a call fails on every redirect and is never cached.
       */
      unsafeQueryParameter: string;
      header?: undefined;
      scheme?: undefined;
    };

export interface RefreshOptions {
  /**
   * How long before its expiry a token is renewed, in whole seconds, at most half of its lifetime. Some jitter
   * comes on top. Default: a tenth of the lifetime, at most 60.
   */
  leadSeconds?: number;
  /** How long one request to the authorization server may take, in whole seconds. Default 20. */
  timeoutSeconds?: number;
  /** How long a call waits for a token before it rejects with `ERR_TIMEOUT`, in whole seconds. Default 30. */
  waitSeconds?: number;
}

export interface SessionOptions {
  /**
   * Ends the session when so long nobody was active, in whole seconds, 1 to 31,536,000. Activity is a call of
   * {@link Client.fetch} to a resource, {@link Client.getAccessToken}, {@link Client.userInfo} and {@link Client.touch}, in any tab of a shared vault;
   * renewals are none. Calls within a second of one another count as the first of them. Default: no limit.
   */
  idleSeconds?: number;
  /** Ends the session so long after the sign-in, whatever happens, in whole seconds, 1 to 31,536,000. Default: no limit. */
  absoluteSeconds?: number;
  /**
   * How often the server renews a session, if it counts: after so many renewals none is tried, `session.sessionEndsAt` is the expiry
   * of the last token, and the session ends then. 1 to 1,000,000. Default: no limit.
   */
  maxRenewals?: number;
  /**
   * How long before either end the event `session-ending` comes, in whole seconds, 0 (never) to 31,536,000; at most half of
   * the limit counts. Default 60.
   */
  warnSeconds?: number;
  /** `false`: calls are no activity, only {@link Client.touch} is. For applications that poll. Default `true`. */
  countsCalls?: boolean;
}

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

export type SessionStatus = "signed-out" | "signing-in" | "signed-in" | "renewal-delayed";

/**
 * What the page may know of the session. Frozen, and replaced by another object when something changes. `Own`: the claims of
 * your own, see {@link Claims}.
 */
export interface Session<Own extends object = object> {
  /** `"renewal-delayed"`: signed in, but the last renewal failed; another is tried, see `refreshAt`. */
  readonly status: SessionStatus;
  /**
   * The claims of the ID token, which was validated in full, its signature included; `null` without one. At a back end of your own:
   * its word for who it is, verified by nobody.
   */
  readonly claims: (Claims & Own) | null;
  /** The granted scope, which may be less than was asked for. */
  readonly scope: string | null;
  /** The granted authorization details (RFC 9396 §7); `null` if the server said nothing, whatever was asked for. */
  readonly authorizationDetails: readonly AuthorizationDetail[] | null;
  /** When the access token expires, in milliseconds as `Date.now()` counts; `null` if the server did not say. */
  readonly expiresAt: number | null;
  /** When the next renewal is due, by schedule or after a failure, in milliseconds as `Date.now()` counts. */
  readonly refreshAt: number | null;
  /** When the refresh token ends, if the server said so. A hint: the session ends when the server says so. */
  readonly sessionEndsAt: number | null;
  /** The isolation in force. */
  readonly isolation: Isolation;
  /** Why the last session ended. */
  readonly reason: SignOutReason | null;
}

/**
 * - `"sign-out"`: {@link Client.signOut} was called.
 * - `"session-ended"`: the server answered `invalid_grant` to the current refresh token.
 * - `"account-switch"`: a renewal brought another user's ID token.
 * - `"idle"`, `"absolute"`, `"renewals"`: a limit of {@link SessionOptions} was reached; the tokens were revoked as by `signOut()`.
 * - `"vault-lost"`: the browser ended the vault, or it does not answer. The next call opens another, without a session.
 */
export type SignOutReason =
  | "sign-out"
  | "session-ended"
  | "account-switch"
  | "idle"
  | "absolute"
  | "renewals"
  | "vault-lost";

/**
 * Claims about the user (OpenID Connect Core 1.0 §5.1), each there only if the server has it and the granted scope covers it
 * (§5.4). What type they have the specification says, and nothing here checks it.
 */
export interface StandardClaims {
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly middle_name?: string;
  readonly nickname?: string;
  readonly preferred_username?: string;
  readonly profile?: string;
  readonly picture?: string;
  readonly website?: string;
  /** May change, and may be another user's at another issuer: no key to tell users apart by. */
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly gender?: string;
  /** `"YYYY-MM-DD"`, with the year `0000` where it is not told; or the year alone. */
  readonly birthdate?: string;
  /** A time zone's name, such as `"Europe/Vienna"`. */
  readonly zoneinfo?: string;
  /** A language tag (BCP 47), such as `"de-AT"`; some servers write `"de_AT"`. */
  readonly locale?: string;
  /** In E.164, such as `"+43 1 5550100"`. */
  readonly phone_number?: string;
  readonly phone_number_verified?: boolean;
  readonly address?: AddressClaim;
  /** When these were changed, in seconds since 1970. */
  readonly updated_at?: number;
}

/** A postal address (OpenID Connect Core 1.0 §5.1.1). */
export interface AddressClaim {
  readonly formatted?: string;
  readonly street_address?: string;
  readonly locality?: string;
  readonly region?: string;
  readonly postal_code?: string;
  readonly country?: string;
}

/**
 * ID token claims (OpenID Connect Core 1.0 §2, RFC 7519 §4.1), times in seconds since 1970. The five that are always there were
 * checked; of the others the signature says that the server wrote them, and nobody that they have the type they should.
 *
 * A claim of your own is `unknown`. Say what you know of it once, where the client is made:
 * `createClient<{ readonly "urn:own:role"?: "reader" | "writer" }>(options)`. It is you who vouches for such a type: nothing
 * checks it.
 */
export interface Claims extends StandardClaims {
  readonly iss: string;
  /** The user at this issuer. Never tell users apart by e-mail. */
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
  readonly iat: number;
  /** When the user signed in at the server; there if `maxAgeSeconds` was asked for. */
  readonly auth_time?: number;
  /** The authentication context class that the sign-in satisfied. */
  readonly acr?: string;
  /** How the user was authenticated (RFC 8176), such as `["pwd", "otp"]`. */
  readonly amr?: readonly string[];
  readonly azp?: string;
  readonly nonce?: string;
  readonly nbf?: number;
  readonly jti?: string;
  readonly at_hash?: string;
  /** The session at the server (OpenID Connect Front-Channel Logout 1.0 §3). */
  readonly sid?: string;
  readonly [name: string]: unknown;
}

/** What the UserInfo endpoint says of the user. Which claims are there, the granted scope says (OpenID Connect Core 1.0 §5.4). */
export interface UserInfo extends StandardClaims {
  /** The same as the ID token's. */
  readonly sub: string;
  readonly [name: string]: unknown;
}

/** A token response as the server sent it (RFC 6749 §5.1). */
export interface TokenResponse {
  access_token: string;
  /** `"Bearer"`, in any case. */
  token_type: string;
  /** Seconds, counted from now. */
  expires_in?: number | string;
  refresh_token?: string;
  scope?: string;
  [name: string]: unknown;
}

export interface SignInOptions {
  /**
   * `"redirect"`, the default: the whole page goes to the authorization server. `"popup"`: a window does, and the page
   * stays; nothing is stored. Call it in a click, or the browser blocks the window. `"silent"`: a hidden frame does, with
   * `prompt=none`; nobody is asked anything. `"sso"`: as silently, and where the frame cannot tell by one redirect of the page
   * with `prompt=none`; only with `strongroom/full`.
   */
  mode?: "redirect" | "popup" | "silent" | "sso";
  /** A path of this origin to come back to, such as `"/orders?page=2"`. Default: the page's own. */
  returnTo?: string;
  /**
   * What to ask the user for, whatever the server remembers (`prompt`, OpenID Connect Core §3.1.2.1): `"login"`,
   * `"consent"`, `"select_account"`, with a space between; `"none"` alone. With `mode: "silent"` and `"sso"` it is `"none"`.
   */
  prompt?: string | null;
  /** Who wants to sign in, such as an e-mail address (`login_hint`). */
  loginHint?: string | null;
  /** Authentication context classes, the first preferred, with a space between (`acr_values`). */
  acrValues?: string | null;
  /** How long ago the user may have signed in, in whole seconds; 0: asks anew (`max_age`). At most 1,000,000,000. */
  maxAgeSeconds?: number | null;
  /** Languages for the server's pages, the first preferred, with a space between: `"de-AT de en"` (`ui_locales`). */
  uiLocales?: string | null;
  /** Asked for beside the configured scope: tokens with one space between (RFC 6749 §3.3). */
  scope?: string | null;
  /** More parameters of the authorization request, by wire name, such as `{ display: "touch" }`. One that is named above too is an error. */
  parameters?: Readonly<Record<string, string>>;
  /**
   * What the access is for, in detail (RFC 9396): plain data, sent as `authorization_details`. What was granted is in
   * `session.authorizationDetails`. Anything but an array of objects with a `type` is refused with `ERR_INVALID_OPTION`.
   */
  authorizationDetails?: readonly AuthorizationDetail[];
  /**
   * What the user typed, for a provider that takes it from the application: the placeholders of `provider.signIn` for type `"json"`,
   * `username` and `password` with `provider.legacyPasswordGrant`. Sent once, kept nowhere. The page goes nowhere, so `mode` must be
   * `"redirect"`; with the password grant the options `scope` and `parameters` count too. Only with `strongroom/full`.
   */
  credentials?: Readonly<Record<string, string>> | null;
}

/** One authorization detail (RFC 9396 §2). What else it holds, its `type` says. */
export interface AuthorizationDetail {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** How a sign-in with `mode: "silent"` or `"sso"` ended. */
export type SilentSignIn =
  | { readonly signedIn: true; readonly error: null }
  /** Nobody could be signed in without being asked (OpenID Connect Core §3.1.2.6). The session is as it was. */
  | {
      readonly signedIn: false;
      readonly error:
        | "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required";
    };

/**
 * What an API demands of the next sign-in (RFC 9470 §3; RFC 6750 §3.1 for `scope` alone). It comes from the API: words of
 * printable ASCII, at most 1,024 characters; what is not so is `null`.
 */
export interface StepUp {
  /** The resource that answered, as the browser writes its URL. */
  readonly url: string;
  readonly acrValues: string | null;
  readonly maxAgeSeconds: number | null;
  readonly scope: string | null;
  /**
   * The session's own sign-in asked for exactly this, so another would bring nothing new: do not sign in again by
   * yourself. With `maxAgeSeconds`, only within 30 seconds of that sign-in.
   */
  readonly isRepeated: boolean;
}

export interface SignInResult {
  /** The path that the application wanted to come back to. */
  returnTo: string;
  /** The page is the way back of `signOut({ redirect: true })`, not of a sign-in. */
  signedOut?: true;
  /** The page is the way back of `mode: "sso"`, and nobody could be signed in without being asked: `error` says why. */
  signedIn?: false;
  /** With `signedIn: false` alone (OpenID Connect Core §3.1.2.6). */
  error?: Exclude<SilentSignIn["error"], null>;
}

export interface SignOutOptions {
  /**
   * Goes on to the authorization server's own sign-out (OpenID Connect RP-Initiated Logout 1.0), by a form that the page
   * posts, so that nothing stands in a URL. Default `false`.
   */
  redirect?: boolean;
  /**
   * The URL (`location.href`) of a page that the authorization server loads in a frame to say that its session is over (OpenID
   * Connect Front-Channel Logout 1.0). Signs out only if its `iss` is the issuer and its `sid` the session's; else nothing
   * happens, and nothing is told. In a frame that the browser keeps apart from the application's tabs it reaches no session.
   * Not beside `redirect: true`. Needs `strongroom/full`. Default: none.
   */
  frontChannel?: string;
}

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

/** See each code's meaning and remedy in the package's `docs/errors.md`. */
export type StrongroomErrorCode =
  | "ERR_AUTHORIZATION"
  | "ERR_BAD_RESPONSE"
  | "ERR_CALLBACK"
  | "ERR_CLOSED"
  | "ERR_CONFIGURED"
  | "ERR_CREDENTIALS"
  | "ERR_ENGINE"
  | "ERR_ID_TOKEN"
  | "ERR_INSECURE_CONTEXT"
  | "ERR_JWT"
  | "ERR_METADATA"
  | "ERR_NOT_EXPOSED"
  | "ERR_NOT_RENEWABLE"
  | "ERR_NOT_SIGNED_IN"
  | "ERR_POPUP"
  | "ERR_REFUSED"
  | "ERR_SESSION_ENDED"
  | "ERR_STORAGE"
  | "ERR_TIMEOUT"
  | "ERR_UNAVAILABLE"
  | "ERR_UNREACHABLE"
  | "ERR_USER_INFO"
  | "ERR_VAULT";
