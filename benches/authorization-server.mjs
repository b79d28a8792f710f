// The bench's token endpoint: it rotates refresh tokens and ends a session whose used one comes again (RFC 9700 section 4.14.2).
// Tokens are "<session>.<number>"; the number counts the session's refreshes.

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

const tokensOf = (session, number, expiresIn) => ({
  access_token: `${session}.${number}`,
  token_type: "Bearer",
  expires_in: expiresIn,
  refresh_token: `${session}.${number}`,
});

export class AuthorizationServer {
  /** Where its ID tokens come from; known when the server listens. */
  issuer = "";
  refreshRequests = 0;
  #sessions = 0;
  /** Session → the number of its newest token; a session that was ended has none. */
  #newest = new Map();
  /** Session → who its ID tokens are for, if it began with a code. */
  #audiences = new Map();
  #held = Promise.resolve();
  release = () => {};

  /** Keeps the answers to refresh requests back until `release`. */
  hold() {
    this.#held = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  begin(expiresIn, audience, nonce) {
    this.#sessions += 1;
    const session = `s${this.#sessions}`;
    this.#newest.set(session, 0);
    if (audience === undefined) return tokensOf(session, 0, expiresIn);
    this.#audiences.set(session, audience);
    return { ...tokensOf(session, 0, expiresIn), id_token: this.#idToken(audience, nonce) };
  }

  /** The answer to a token request; `undefined` is `invalid_grant`. A code is "<lifetime in seconds>.<nonce>". */
  async token(form) {
    if (form.get("grant_type") !== "refresh_token") {
      const [, expiresIn, nonce] = /^(-?\d+)\.(.+)$/.exec(form.get("code") ?? "") ?? [];
      return nonce && this.begin(Number(expiresIn), form.get("client_id"), nonce);
    }
    this.refreshRequests += 1;
    await this.#held;
    const [session, used] = (form.get("refresh_token") ?? "").split(".");
    if (String(this.#newest.get(session)) !== used) {
      this.#newest.delete(session);
      return undefined;
    }
    const number = Number(used) + 1;
    this.#newest.set(session, number);
    const audience = this.#audiences.get(session);
    const tokens = tokensOf(session, number, 3600);
    return audience === undefined ? tokens : { ...tokens, id_token: this.#idToken(audience) };
  }

  #idToken(audience, nonce) {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: `${this.issuer}/`, sub: "ada", aud: audience, iat, exp: iat + 3600, nonce };
    return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.AAAA`;
  }
}
