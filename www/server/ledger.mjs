// What the authorization server keeps account of: token requests, rotations, what was revoked, which tokens it issued.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { decodeJwt } from "jose";

export class Ledger {
  #recordTokens;
  #issued = [];
  #ownersByHash = new Map();
  #tokenRequests = {};
  #counts = { refreshes: 0, reuseDetected: 0, revocations: 0, accessTokensIssued: 0 };
  #refreshesInFlight = 0;
  #refreshesInFlightMax = 0;
  #liveAccessTokenIds = new Set();
  #revokedAccessTokenIds = new Set();
  #grantIds = new Set();
  #loginIds = new Set();

  constructor({ recordTokens }) {
    this.#recordTokens = recordTokens;
  }

  /** Counts a token request from its arrival to the end of its connection. */
  async open(request, response) {
    const grantType = new URLSearchParams(await peekBody(request)).get("grant_type") ?? "none";
    this.#tokenRequests[grantType] = (this.#tokenRequests[grantType] ?? 0) + 1;
    if (grantType !== "refresh_token") return;
    this.#refreshesInFlight += 1;
    this.#refreshesInFlightMax = Math.max(this.#refreshesInFlightMax, this.#refreshesInFlight);
    response.once("close", () => {
      this.#refreshesInFlight -= 1;
    });
  }

  /** Koa middleware around every route of oidc-provider. */
  middleware() {
    return async (ctx, next) => {
      await next();
      const { route, entities, params, session, client } = ctx.oidc ?? {};
      if (session?.jti !== undefined) this.#loginIds.add(session.jti);
      if (entities?.Grant?.jti !== undefined) this.#grantIds.add(entities.Grant.jti);
      if (route === "revocation" && ctx.status === 200) this.#counts.revocations += 1;
      if (route === "token" && ctx.status === 200)
        this.#tokensIssued(ctx.body, params.grant_type, client.clientId);
      if (route === "token" && entities?.RefreshToken?.consumed && ctx.body?.error === "invalid_grant") {
        this.#counts.reuseDetected += 1;
      }
    };
  }

  #tokensIssued(body, grantType, clientId) {
    if (grantType === "refresh_token") this.#counts.refreshes += 1;
    this.#counts.accessTokensIssued += 1;
    this.#liveAccessTokenIds.add(accessTokenId(body.access_token));
    for (const kind of ["access_token", "refresh_token", "id_token"]) {
      const value = body[kind];
      if (value === undefined) continue;
      this.#ownersByHash.set(tokenHash(value), { kind, clientId });
      if (this.#recordTokens) this.#issued.push({ kind, value });
    }
  }

  revokeAccessTokens() {
    const revoked = this.#liveAccessTokenIds.size;
    for (const id of this.#liveAccessTokenIds) this.#revokedAccessTokenIds.add(id);
    this.#liveAccessTokenIds.clear();
    return { revoked };
  }

  isRevoked(id) {
    return this.#revokedAccessTokenIds.has(id);
  }

  takeGrantIds() {
    return take(this.#grantIds);
  }

  takeLoginIds() {
    return take(this.#loginIds);
  }

  issuedTokens() {
    if (!this.#recordTokens) throw new Error("start the authorization server with recordTokens: true");
    return [...this.#issued];
  }

  /** Which of these SHA-256 hashes (base64url) are of tokens issued here, to whom: [{ hash, kind, clientId }]. */
  findTokens(hashes) {
    return hashes.flatMap((hash) => {
      const owner = this.#ownersByHash.get(hash);
      return owner === undefined ? [] : [{ hash, ...owner }];
    });
  }

  /**
   * `tokenRequests`: number received, by grant type, whatever came of them. `refreshes`: those that succeeded.
   * `reuseDetected`: used refresh tokens presented again. `revocations`: requests to the revocation endpoint that succeeded.
   * `refreshesInFlightMax`: the most refresh requests that were ever under way together.
   */
  stats() {
    return {
      tokenRequests: { ...this.#tokenRequests },
      ...this.#counts,
      refreshesInFlightMax: this.#refreshesInFlightMax,
    };
  }
}

/** A JWT access token is known by its `jti`, an opaque one is its own id. */
export function accessTokenId(token) {
  return token.includes(".") ? decodeJwt(token).jti : token;
}

export function tokenHash(token) {
  return createHash("sha256").update(token).digest("base64url");
}

function take(ids) {
  const taken = [...ids];
  ids.clear();
  return taken;
}

// Reads the body and puts it back before the stream's end is announced, so that oidc-provider can read it again.
async function peekBody(request) {
  const length = Number(request.headers["content-length"] ?? 0);
  const chunks = [];
  let received = 0;
  while (received < length) {
    const chunk = request.read();
    if (chunk !== null) {
      chunks.push(chunk);
      received += chunk.length;
    } else {
      await once(request, "readable", { signal: AbortSignal.timeout(10_000) });
    }
  }
  const body = Buffer.concat(chunks);
  if (received > 0) request.unshift(body);
  return body.toString("utf8");
}
