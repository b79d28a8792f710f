// What `createClient` takes, but for its provider.
import type { Client } from "./client.js";
import type { BffProvider, JsonProvider, OAuthProvider, OidcProvider } from "./provider.js";

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
