// A small authorization server that misbehaves as its script says. Without a script it is an honest OpenID provider
// for one public client, whose user is signed in already: it answers at once.
//
//   const server = await startAuthorizationServer({ script: { idToken: { claims: { aud: "other" } } } });
//   server.issuer, server.requests, server.faults, server.script, await server.close()
//
// server.resourceUrl   the origin of its API, which is another
// server.requests   [{ endpoint, method, path, headers, form }], in the order of arrival, without preflights; `endpoint`
//                   is metadata, par, authorization, token, jwks, userinfo, api,
//                   end_session, marker or other
// server.faults     what an honest server would have refused: empty, or the client is wrong
//
// The script bends values. A bend is a function that is given the value (and may change it, or give another), or a plain
// table of members to set; `undefined` takes a member away.
//   metadata, callback (the parameters of the authorization response), token, refreshedToken (token responses), jwks,
//   userinfo: bends
//   idToken, refreshedIdToken: { claims: a bend, …how } with the options of `signed` in id-tokens.mjs, or `null`: none
//   afterLogout: a bend of the parameters of the way back from the end session endpoint
//   callbackUri: where the authorization response goes, instead of the redirect URI
//   checksPkce: false for a server that forgets to
//   pushes: it demands PAR (RFC 9126)
//   dpop: it demands proofs (RFC 9449): { nonces: whether it demands those too, scheme: of its challenges }
//   answers: by endpoint, instead of its answer: { status, type, body, headers }, or a function of the request that gives
//     that, or "hang"
import { createHash, randomBytes } from "node:crypto";
import { answerCors, listen, readText, sendJson } from "../../www/server/loopback.mjs";
import { DpopProofs } from "./dpop-proofs.mjs";
import { keyOf, signed } from "./id-tokens.mjs";

export const clientId = "spa";
export const subject = "ada";

const paths = {
  "/.well-known/openid-configuration": "metadata",
  "/.well-known/oauth-authorization-server": "metadata",
  "/authorize": "authorization",
  "/token": "token",
  "/jwks": "jwks",
  "/userinfo": "userinfo",
  "/api": "api",
  "/par": "par",
  "/end-session": "end_session",
  "/marker": "marker",
};

const user = { sub: subject, name: "Ada Lovelace", email: "ada@strongroom.example", email_verified: true };

/** @param {any} value @param {any} change see above */
function bent(value, change, ...context) {
  if (change === undefined) return value;
  const copy = structuredClone(value);
  if (typeof change === "function") return change(copy, ...context) ?? copy;
  return { ...copy, ...change };
}

const unguessable = () => randomBytes(24).toString("base64url");
const sha256 = (text) => createHash("sha256").update(text).digest();

/** The `at_hash` of an ID token that is signed by an algorithm with SHA-256. */
export const atHash = (accessToken) => sha256(accessToken).subarray(0, 16).toString("base64url");

export async function startAuthorizationServer({ script = {} } = {}) {
  const server = new AuthorizationServer(script);
  const [own, resource] = await Promise.all(
    [1, 2].map(() => listen((request, response) => server.serve(request, response))),
  );
  const close = () => Promise.all([own.close(), resource.close()]);
  return Object.assign(server, { issuer: own.url, resourceUrl: resource.url, close });
}

class AuthorizationServer {
  issuer = "";
  resourceUrl = "";
  requests = [];
  faults = [];
  /** Every secret that went out or came in. */
  secrets = new Set();
  #codes = new Map();
  #pushed = new Map();
  #proofs = new DpopProofs();
  /** The nonce that each origin gave last. */
  #nonces = new Map();
  #refreshTokens = new Map();
  #accessTokens = new Set();

  constructor(script) {
    this.script = script;
  }

  /** How often each endpoint was asked. */
  count(endpoint) {
    return this.requests.filter((request) => request.endpoint === endpoint).length;
  }

  async serve(request, response) {
    if (answerCors(request, response, () => true)) return;
    const { pathname, searchParams } = new URL(request.url, this.issuer);
    const endpoint = paths[pathname] ?? "other";
    const form = Object.fromEntries(new URLSearchParams(await readText(request)));
    const { method, headers, url: path } = request;
    this.requests.push({ endpoint, method, path, headers, form });
    const answer = this.script.answers?.[endpoint];
    const instead = typeof answer === "function" ? answer({ searchParams, form }) : answer;
    if (instead === "hang") return;
    if (instead !== undefined) {
      const { status = 200, type = "application/json", body = "" } = instead;
      return response.writeHead(status, { "content-type": type, ...instead.headers }).end(body);
    }
    if (await this.#isProven(endpoint, request, response)) {
      await this[endpoint]({ headers, searchParams, form, response });
    }
  }

  /** Whether the request may go on; otherwise it has been answered. */
  async #isProven(endpoint, request, response) {
    const { dpop } = this.script;
    const { headers } = request;
    const isResource = endpoint === "api" || endpoint === "userinfo";
    // A pushed request may be bound by `dpop_jkt` instead (DPoP-19).
    const needsProof = isResource || endpoint === "token" || (endpoint === "par" && headers.dpop);
    if (!dpop || !needsProof) return true;
    const origin = `http://${headers.host}`;
    const [, accessToken] = isResource ? (headers.authorization ?? "").split(" ") : [];
    const expected = { nonce: this.#nonces.get(origin), accessToken };
    const fault = await this.#proofs.check(request, origin + request.url, expected);
    this.#expect(fault === undefined, `${endpoint}: ${fault}`);
    if (fault !== undefined) return sendJson(response, 400, { error: "invalid_dpop_proof" });
    if (!dpop.nonces) return true;
    const nonce = unguessable();
    this.#nonces.set(origin, nonce);
    response.setHeader("dpop-nonce", nonce);
    response.setHeader("access-control-expose-headers", "DPoP-Nonce, WWW-Authenticate");
    if (this.#proofs.hasNonce(request)) return true;
    const challenge = `${dpop.scheme ?? "DPoP"} error="use_dpop_nonce"`;
    if (isResource) sendJson(response, 401, {}, { "www-authenticate": challenge });
    else sendJson(response, 400, { error: "use_dpop_nonce" });
    return false;
  }

  #metadata() {
    const at = (path) => `${this.issuer}${path}`;
    const { dpop, pushes, metadata } = this.script;
    const document = {
      issuer: this.issuer,
      authorization_endpoint: at("/authorize"),
      token_endpoint: at("/token"),
      jwks_uri: at("/jwks"),
      userinfo_endpoint: at("/userinfo"),
      end_session_endpoint: at("/end-session"),
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["S256"],
      ...(pushes && {
        pushed_authorization_request_endpoint: at("/par"),
        require_pushed_authorization_requests: true,
      }),
      ...(dpop && { dpop_signing_alg_values_supported: ["ES256"] }),
    };
    return bent(document, metadata, this);
  }

  metadata({ response }) {
    sendJson(response, 200, this.#metadata());
  }

  par({ form, response }) {
    this.#expect(!("request_uri" in form), "9126-1: request_uri is pushed");
    this.#expect(form.client_id === clientId, "9126-1: client_id");
    const request_uri = `urn:ietf:params:oauth:request_uri:${unguessable()}`;
    this.#pushed.set(request_uri, form);
    sendJson(response, 201, { request_uri, expires_in: 60 });
  }

  /** What the authorization request asks, pushed or not. */
  #asked(searchParams) {
    const given = Object.fromEntries(searchParams);
    if (!this.script.pushes) return given;
    const pushed = this.#pushed.get(given.request_uri);
    this.#pushed.delete(given.request_uri);
    this.#expect(pushed !== undefined, "9126-2: request_uri is missing or was used");
    this.#expect(
      Object.keys(given).sort().join() === "client_id,request_uri",
      "9126-2: more than was pushed",
    );
    return pushed ?? given;
  }

  authorization({ searchParams, response }) {
    const asked = this.#asked(searchParams);
    this.#expect(asked.response_type === "code", "response_type");
    this.#expect(asked.client_id === clientId, "client_id");
    this.#expect(asked.code_challenge_method === "S256", "code_challenge_method");
    this.#expect(asked.code_challenge?.length === 43, "code_challenge");
    const { redirect_uri, state } = asked;
    const code = unguessable();
    this.#codes.set(code, asked);
    this.secrets.add(code).add(state);
    const announced = this.#metadata().authorization_response_iss_parameter_supported;
    const callback = bent(
      { code, state, ...(announced && { iss: this.issuer }) },
      this.script.callback,
      this,
    );
    const location = new URL(this.script.callbackUri ?? redirect_uri);
    for (const [name, value] of Object.entries(callback)) {
      if (value !== undefined) location.searchParams.set(name, value);
    }
    response.writeHead(302, { location: location.href, "cache-control": "no-store" }).end();
  }

  async token({ form, response, headers }) {
    this.#expect(form.client_id === clientId, "client_id in the body");
    this.#expect(headers.authorization === undefined, "no Authorization at the token endpoint");
    if (form.code_verifier) this.secrets.add(form.code_verifier);
    if (form.grant_type === "authorization_code") return this.#redeem(form, response);
    if (form.grant_type === "refresh_token") return this.#refresh(form, response);
    this.#expect(false, `grant_type ${form.grant_type}`);
    sendJson(response, 400, { error: "unsupported_grant_type" });
  }

  async #redeem({ code, code_verifier, redirect_uri }, response) {
    const asked = this.#codes.get(code);
    this.#codes.delete(code);
    const challenge = sha256(code_verifier ?? "").toString("base64url");
    const isProven = this.script.checksPkce === false || challenge === asked?.code_challenge;
    if (!asked || !isProven || redirect_uri !== asked.redirect_uri)
      return sendJson(response, 400, { error: "invalid_grant" });
    const { nonce, scope, dpop_jkt } = asked;
    const isBound = dpop_jkt === undefined || dpop_jkt === this.#proofs.thumbprint;
    this.#expect(isBound, "DPoP-19: another key than dpop_jkt");
    const claims = nonce === undefined ? {} : { nonce };
    sendJson(response, 200, await this.#issue(scope, claims, this.script.idToken, this.script.token));
  }

  async #refresh({ refresh_token }, response) {
    const { scope, thumbprint } = this.#refreshTokens.get(refresh_token) ?? {};
    this.#refreshTokens.delete(refresh_token);
    if (scope === undefined) return sendJson(response, 400, { error: "invalid_grant" });
    this.#expect(thumbprint === this.#proofs.thumbprint, "DPoP-7: another key than the refresh token's");
    const { refreshedIdToken, refreshedToken } = this.script;
    sendJson(response, 200, await this.#issue(scope, {}, refreshedIdToken, refreshedToken));
  }

  /** A token response without an ID token, for a session that begins without a sign-in. */
  tokens() {
    return this.#issue("api", {});
  }

  async #issue(scope = "", own, idToken = {}, token) {
    const accessToken = unguessable();
    const refreshToken = unguessable();
    this.#accessTokens.add(accessToken);
    this.#refreshTokens.set(refreshToken, { scope, thumbprint: this.#proofs.thumbprint });
    this.secrets.add(accessToken).add(refreshToken);
    const answer = {
      access_token: accessToken,
      token_type: this.script.dpop ? "DPoP" : "Bearer",
      expires_in: 600,
      refresh_token: refreshToken,
      scope,
    };
    if (idToken !== null && scope.split(" ").includes("openid")) {
      const iat = Math.floor(Date.now() / 1_000);
      const claims = { iss: this.issuer, sub: subject, aud: clientId, iat, exp: iat + 600, ...own };
      const { claims: change, ...how } = idToken;
      answer.id_token = await signed(bent(claims, change, this, accessToken), how);
      this.secrets.add(answer.id_token);
    }
    return bent(answer, token, this);
  }

  async jwks({ response }) {
    const { jwk } = await keyOf("RS256");
    const set =
      typeof this.script.jwks === "function" ? await this.script.jwks({ keys: [jwk] }) : this.script.jwks;
    sendJson(response, 200, set ?? { keys: [jwk] });
  }

  userinfo({ headers, searchParams, form, response }) {
    this.#expect(
      !searchParams.has("access_token") && !("access_token" in form),
      "the token in the header alone",
    );
    if (!this.#isAuthorized(headers)) return sendJson(response, 401, {}, { "www-authenticate": "Bearer" });
    sendJson(response, 200, bent(user, this.script.userinfo, this));
  }

  end_session({ searchParams, form, response }) {
    const { id_token_hint, post_logout_redirect_uri, state } = {
      ...Object.fromEntries(searchParams),
      ...form,
    };
    if (id_token_hint) this.#expect(this.secrets.has(id_token_hint), "RPI-1: no ID token of ours");
    if (state) this.secrets.add(state);
    const location = new URL(post_logout_redirect_uri);
    for (const [name, value] of Object.entries(bent({ state }, this.script.afterLogout, this))) {
      if (value !== undefined) location.searchParams.set(name, value);
    }
    response.writeHead(303, { location: location.href }).end();
  }

  api({ headers, response }) {
    const status = this.#isAuthorized(headers) ? 200 : 401;
    sendJson(response, status, { status }, { "www-authenticate": 'Bearer error="invalid_token"' });
  }

  marker({ response }) {
    sendJson(response, 200, {});
  }

  other({ response }) {
    sendJson(response, 404, {});
  }

  #isAuthorized({ authorization }) {
    const [scheme, token] = (authorization ?? "").split(" ");
    return scheme === (this.script.dpop ? "DPoP" : "Bearer") && this.#accessTokens.has(token);
  }

  #expect(condition, what) {
    if (!condition) this.faults.push(what);
  }
}
