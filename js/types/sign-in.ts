// What `signIn`, `completeSignIn` and `signOut` take and give.

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
