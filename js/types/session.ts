// The session, and who is signed in.
import type { Client } from "./client.js";
import type { Isolation, SessionOptions } from "./options.js";
import type { AuthorizationDetail } from "./sign-in.js";

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
