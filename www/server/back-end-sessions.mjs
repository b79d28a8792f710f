// The sessions of the demo's own back end: access tokens, and refresh tokens of which each is good once.
import { randomUUID } from "node:crypto";

export const USER = { id: "ada", login: "ada", password: "strongroom", name: "Ada Lovelace" };

export class Sessions {
  #lifetimeSeconds;
  #sessions = new Map();
  #accessTokens = new Map();
  #refreshTokens = new Map();
  /** Refresh tokens that came a second time. */
  reuses = 0;

  constructor(lifetimeSeconds) {
    this.#lifetimeSeconds = lifetimeSeconds;
  }

  /** A new session's id, or nothing if the credentials are wrong. */
  begin({ username, password }) {
    if (username !== USER.login || password !== USER.password) return undefined;
    const id = `session-${randomUUID()}`;
    this.#sessions.set(id, USER);
    return id;
  }

  isAlive(id) {
    return this.#sessions.has(id);
  }

  end(id) {
    this.#sessions.delete(id);
  }

  /** The access token of a session, and when it ends. */
  accessToken(id) {
    const accessToken = `access-${randomUUID()}`;
    const expiresAt = Date.now() + this.#lifetimeSeconds * 1000;
    this.#accessTokens.set(accessToken, { id, expiresAt });
    return { accessToken, expiresIn: this.#lifetimeSeconds };
  }

  refreshToken(id) {
    const refreshToken = `refresh-${randomUUID()}`;
    this.#refreshTokens.set(refreshToken, { id, isSpent: false });
    return refreshToken;
  }

  /** The session that the refresh token belongs to. One that was spent before ends it: it was stolen, or lost. */
  spend(refreshToken) {
    const issued = this.#refreshTokens.get(refreshToken);
    if (issued === undefined) return undefined;
    if (issued.isSpent) {
      this.reuses += 1;
      this.end(issued.id);
    }
    issued.isSpent = true;
    return this.isAlive(issued.id) ? issued.id : undefined;
  }

  /** The session of a refresh token, which is not spent by that. */
  find(refreshToken) {
    return this.#refreshTokens.get(refreshToken)?.id;
  }

  accepts(accessToken) {
    const issued = this.#accessTokens.get(accessToken);
    return issued !== undefined && Date.now() < issued.expiresAt && this.isAlive(issued.id);
  }

  revokeAccessTokens() {
    this.#accessTokens.clear();
  }

  revokeAll() {
    this.#sessions.clear();
  }
}
