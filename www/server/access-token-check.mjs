// Whether an Authorization header lets a call in, and if not, why (RFC 6750 §3.1).
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { accessTokenId } from "./ledger.mjs";

const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

export class AccessTokenCheck {
  #server;
  #keys;

  constructor(authorizationServer) {
    this.#server = authorizationServer;
    this.#keys = createRemoteJWKSet(new URL(authorizationServer.jwksUri));
  }

  /**
   * null when the call may go on, else { status, error?, description?, scope?, acr? }. `acr`: the authentication context class
   * that the user must have signed in with, if any (RFC 9470).
   */
  async refusalFor(authorization, scope, acr) {
    if (authorization === undefined) return { status: 401 };
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) {
      return { status: 400, error: "invalid_request", description: "The Authorization header is malformed" };
    }
    const claims = await this.#claimsOf(token);
    if (typeof claims === "string") return { status: 401, error: "invalid_token", description: claims };
    if (this.#server.isRevoked(accessTokenId(token))) {
      return { status: 401, error: "invalid_token", description: "The access token was revoked" };
    }
    if (
      !String(claims.scope ?? "")
        .split(" ")
        .includes(scope)
    ) {
      return {
        status: 403,
        error: "insufficient_scope",
        description: "The access token lacks a scope",
        scope,
      };
    }
    if (acr !== undefined && claims.acr !== acr) {
      const description = "A stronger sign-in is required";
      return { status: 401, error: "insufficient_user_authentication", description, acr };
    }
    return null;
  }

  /** The claims, or as a string what is wrong with the token. */
  async #claimsOf(token) {
    if (!token.includes(".")) {
      const answer = await this.#server.introspect(token);
      const isForUs = answer.active === true && answer.aud === this.#server.audience;
      return isForUs ? answer : "The access token is not active";
    }
    const expected = { issuer: this.#server.issuer, audience: this.#server.audience, typ: "at+jwt" };
    try {
      const { payload } = await jwtVerify(token, this.#keys, { ...expected, algorithms: ["ES256"] });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) return "The access token expired";
      return "The access token is not valid";
    }
  }
}
