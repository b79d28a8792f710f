// The sessions of a back end of one's own: who is signed in, and which tokens are good. Each refresh token is good once; one that
// comes again ends its session. Time goes on by itself, and by `pass`.
import { randomUUID } from "node:crypto";

export const USER = { id: "ada", username: "ada", password: "strongroom", name: "Ada Lovelace" };

/** What several back ends promise of their refresh tokens. */
export const THIRTY_DAYS_SECONDS = 30 * 24 * 3600;

export class Sessions {
  /** For the next tokens, in seconds. */
  accessTokenTtlSeconds;
  /** Refresh tokens that came after they were spent. */
  reuses = 0;
  #aheadMs = 0;
  #alive = new Set();
  #accessTokens = new Map();
  #refreshTokens = new Map();

  constructor({ accessTokenTtlSeconds = 600 } = {}) {
    this.accessTokenTtlSeconds = accessTokenTtlSeconds;
  }

  nowMs() {
    return Date.now() + this.#aheadMs;
  }

  /** So much time goes by, for this back end alone. */
  pass(seconds) {
    this.#aheadMs += seconds * 1000;
  }

  /** A new session's id; nothing if the credentials are wrong. */
  begin({ username, password }) {
    return username === USER.username && password === USER.password ? this.open() : undefined;
  }

  open() {
    const id = `session-${randomUUID()}`;
    this.#alive.add(id);
    return id;
  }

  isAlive(id) {
    return this.#alive.has(id);
  }

  alive() {
    return this.#alive.size;
  }

  end(id) {
    this.#alive.delete(id);
  }

  endAll() {
    this.#alive.clear();
  }

  /** @param {string} [accessToken] the token, if it is not just any text */
  accessToken(id, accessToken = `access-${randomUUID()}`) {
    const endsAtMs = this.nowMs() + this.accessTokenTtlSeconds * 1000;
    this.#accessTokens.set(accessToken, { id, endsAtMs });
    return accessToken;
  }

  refreshToken(id) {
    const refreshToken = `refresh-${randomUUID()}`;
    const endsAtMs = this.nowMs() + THIRTY_DAYS_SECONDS * 1000;
    this.#refreshTokens.set(refreshToken, { id, endsAtMs, isSpent: false });
    return refreshToken;
  }

  /** The session that the refresh token renews, and is spent by that. */
  spend(refreshToken) {
    const issued = this.#refreshTokens.get(refreshToken);
    if (issued === undefined || issued.endsAtMs <= this.nowMs()) return undefined;
    if (issued.isSpent) {
      this.reuses += 1;
      this.end(issued.id);
    }
    issued.isSpent = true;
    return this.isAlive(issued.id) ? issued.id : undefined;
  }

  /** The session of a refresh token, which is not spent by that, nor was it before. */
  find(refreshToken) {
    const { id, isSpent = true } = this.#refreshTokens.get(refreshToken) ?? {};
    return isSpent ? undefined : id;
  }

  /** The session of an access token that is good. */
  holder(accessToken) {
    const { id, endsAtMs } = this.#accessTokens.get(accessToken) ?? {};
    return this.nowMs() < endsAtMs && this.isAlive(id) ? id : undefined;
  }

  /** Whether an API takes the access token. */
  accepts(accessToken) {
    return this.holder(accessToken) !== undefined;
  }

  revokeAccessTokens() {
    this.#accessTokens.clear();
  }

  /** All tokens that were ever issued and not revoked, for a search: `[kind, value]`. */
  issued() {
    const of = (kind, tokens) => [...tokens.keys()].map((value) => [kind, value]);
    return [...of("access token", this.#accessTokens), ...of("refresh token", this.#refreshTokens)];
  }
}
