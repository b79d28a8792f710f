// The demo's authorization server: the real oidc-provider, state in memory, on loopback.
//
//   const server = await startAuthorizationServer({ port: 0, origins: ["http://127.0.0.1:5173"] });
//   server.issuer, server.url, server.jwksUri, server.audience, server.user, await server.close()
//
// Three public clients, "spa", "signed" (its UserInfo is a JWT) and "naive" (what the demo compares Strongroom with): code + PKCE (S256) only, refresh tokens
// rotated on each use; a used one presented again revokes the grant. One user: "ada", password "strongroom". The sign-in form has the fields `login` and `password` and the button
// `#sign-in`; the consent form the button `#allow`; both have a way out (`#cancel`, `#deny`).
//
// server.control, and the same as POST /control/<name> with a JSON body (GET for stats and state):
//   revokeAccessTokens()        the API refuses every access token issued so far   POST /control/revoke-access-tokens
//   revokeSession()             every grant and login is gone: `invalid_grant`     POST /control/revoke-session
//   outage({mode, seconds, …})  see outage.mjs                                     POST /control/outage
//   endOutage()                                                                    POST /control/end-outage
//   stats()                     see Ledger#stats in ledger.mjs                     GET  /control/stats
//   findTokens({hashes})        which SHA-256 hashes (base64url) are of tokens     POST /control/find-tokens
//                               issued here: { found: [{ hash, kind, clientId }] }
//   state()                     { outage, accessTokenTtlSeconds }                  GET  /control/state
// and in this process only:
//   allowOrigin(origin, redirectUris?)   one more SPA: CORS, redirect URIs (default: origin + "/callback")
//   setAccessTokenTtlSeconds(seconds)    for tokens issued from now on
//   forgetAccessTokens()                 the server's own endpoints refuse opaque access tokens issued so far; needs `recordTokens`
//   setForUserInfo(is)                   access tokens are for the UserInfo endpoint from now on, not for the API
//   authorizationRequests()              the query of every request to the authorization endpoint
//   issuedTokens()                       [{ kind, value }] of every token issued; needs `recordTokens: true`; for leak tests
import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { interactionRoutes } from "./interaction.mjs";
import { Ledger } from "./ledger.mjs";
import { answerCors, listen, readJson, sendJson } from "./loopback.mjs";
import { Outage } from "./outage.mjs";
import { providerConfiguration } from "./provider-configuration.mjs";
import { offerTokenExchange } from "./token-exchange.mjs";

const USER = {
  sub: "ada",
  login: "ada",
  password: "strongroom",
  name: "Ada Lovelace",
  email: "ada@strongroom.example",
};

/**
 * Options, all optional: `port` (0: any), `host` ("127.0.0.1" or "localhost", the name in the issuer), `origins` (SPA origins),
 * `redirectUris` (besides each origin's /callback), `accessTokenTtlSeconds` (30), `refreshTokenTtlSeconds` (14 days),
 * `accessTokenFormat` ("jwt" or "opaque"), `audience`, `consent` ("skip" for this first-party client, or "ask"),
 * `requiresPushing` (false: RFC 9126 is offered; true: and required), `recordTokens` (false),
 * `resources` (besides the audience, those that a token can be had for), `exchanges` (false; true: RFC 8693),
 * `dpop` (false: allowed; true: tokens are bound, and each proof needs a nonce).
 */
export async function startAuthorizationServer({
  port = 0,
  host = "127.0.0.1",
  origins = [],
  redirectUris = [],
  accessTokenTtlSeconds = 30,
  refreshTokenTtlSeconds = 14 * 24 * 3600,
  accessTokenFormat = "jwt",
  audience = "urn:strongroom:demo:orders",
  consent = "skip",
  requiresPushing = false,
  recordTokens = false,
  dpop = false,
  resources = [],
  exchanges = false,
} = {}) {
  const policy = {
    resources: new Set(resources),
    exchanges,
    origins: new Set(origins),
    redirectUris: new Set([...redirectUris, ...origins.map((origin) => `${origin}/callback`)]),
    accessTokenTtlSeconds,
    refreshTokenTtlSeconds,
    accessTokenFormat,
    audience,
    consent,
    requiresPushing,
    dpop,
    introspectionSecret: randomBytes(24).toString("base64url"),
    dpopNonceSecret: randomBytes(32),
    cookieKey: randomBytes(32).toString("base64url"),
    signingKey: signingKey(),
    user: USER,
  };
  const isAllowedOrigin = (origin) => policy.origins.has(origin);
  const ledger = new Ledger({ recordTokens });
  const outage = new Outage();
  const authorizationRequests = [];
  let serve = (_request, response) => response.writeHead(503).end();
  const { url, close } = await listen((request, response) => serve(request, response), { port, host });

  const provider = await createProvider(url, policy);
  provider.use(ledger.middleware());
  const serveProvider = provider.callback();
  const serveInteraction = interactionRoutes(provider, policy);

  const control = {
    revokeAccessTokens: () => ledger.revokeAccessTokens(),
    async revokeSession() {
      const grantIds = ledger.takeGrantIds();
      for (const grantId of grantIds) {
        await provider.RefreshToken.revokeByGrantId(grantId);
        await provider.Grant.adapter.destroy(grantId);
      }
      for (const id of ledger.takeLoginIds()) await provider.Session.adapter.destroy(id);
      return { revoked: grantIds.length };
    },
    outage: (fault) => outage.begin(fault),
    endOutage: () => outage.end(),
    stats: () => ledger.stats(),
    findTokens: ({ hashes }) => ({ found: ledger.findTokens(hashes) }),
    state: () => ({ outage: outage.state(), accessTokenTtlSeconds: policy.accessTokenTtlSeconds }),
    allowOrigin(origin, uris = [`${origin}/callback`]) {
      policy.origins.add(origin);
      for (const uri of uris) policy.redirectUris.add(uri);
    },
    setAccessTokenTtlSeconds(seconds) {
      policy.accessTokenTtlSeconds = seconds;
    },
    async forgetAccessTokens() {
      for (const { value } of ledger.issuedTokens()) {
        const token = await provider.AccessToken.find(value);
        await token?.destroy();
      }
    },
    setForUserInfo(is) {
      policy.isForUserInfo = is;
    },
    authorizationRequests: () => authorizationRequests,
    issuedTokens: () => ledger.issuedTokens(),
  };

  serve = async (request, response) => {
    // A browser silently repeats a request whose reused connection was dropped, which would spend a refresh token twice.
    response.setHeader("connection", "close");
    const [path, query] = request.url.split("?", 2);
    if (path === "/auth") authorizationRequests.push(query);
    try {
      if (path.startsWith("/control/"))
        return await serveControl(control, isAllowedOrigin, request, response);
      const isTokenRequest = path === "/token" && request.method === "POST";
      if (isTokenRequest) await ledger.open(request, response);
      if (!(await outage.admit(request, response, { isTokenRequest, isAllowedOrigin }))) return;
      if (path === "/session/end" && request.method === "POST") await asGet(request);
      if (path.startsWith("/interaction/")) return await serveInteraction(request, response);
      serveProvider(request, response);
    } catch (error) {
      if (!response.headersSent)
        sendJson(response, 400, { error: "invalid_request", error_description: error.message });
    }
  };

  return {
    issuer: url,
    url,
    jwksUri: `${url}/jwks`,
    audience,
    user: { login: USER.login, password: USER.password, sub: USER.sub, name: USER.name, email: USER.email },
    control,
    isRevoked: (jti) => ledger.isRevoked(jti),
    introspect: (token) => introspect(url, policy.introspectionSecret, token),
    close() {
      outage.end();
      return close();
    },
  };
}

/** The provider takes a POST only with `SameSite=None` cookies, which plain http on loopback cannot have. */
async function asGet(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  request.method = "GET";
  request.url += `?${body}`;
}

const CONTROLS = {
  "POST /control/revoke-access-tokens": (control) => control.revokeAccessTokens(),
  "POST /control/revoke-session": (control) => control.revokeSession(),
  "POST /control/outage": (control, fault) => control.outage(fault),
  "POST /control/end-outage": (control) => control.endOutage(),
  "POST /control/find-tokens": (control, loot) => control.findTokens(loot),
  "GET /control/stats": (control) => control.stats(),
  "GET /control/state": (control) => control.state(),
};

async function serveControl(control, isAllowedOrigin, request, response) {
  if (answerCors(request, response, isAllowedOrigin)) return;
  const { origin } = request.headers;
  if (origin !== undefined && !isAllowedOrigin(origin))
    return sendJson(response, 403, { error: "origin not allowed" });
  const action = CONTROLS[`${request.method} ${request.url.split("?", 1)[0]}`];
  if (action === undefined) return sendJson(response, 404, { error: "no such control" });
  const argument = request.method === "POST" ? await readJson(request) : undefined;
  sendJson(response, 200, (await action(control, argument)) ?? {});
}

/** Builds the provider without its notices: about Node versions and the in-memory store, which is what a demo wants. */
async function createProvider(issuer, policy) {
  const { warn, info } = console;
  const quiet =
    (print) =>
    (...words) =>
      String(words[0]).includes("oidc-provider ") || print(...words);
  console.warn = quiet(warn);
  console.info = quiet(info);
  try {
    const { default: Provider, interactionPolicy, errors } = await import("oidc-provider");
    policy.InvalidTarget = errors.InvalidTarget;
    const provider = new Provider(issuer, providerConfiguration(policy, interactionPolicy));
    if (policy.exchanges) offerTokenExchange(provider, policy);
    provider.Client.prototype.redirectUriAllowed = (uri) => policy.redirectUris.has(uri);
    provider.Client.prototype.postLogoutRedirectUriAllowed = (uri) => policy.origins.has(new URL(uri).origin);
    return provider;
  } finally {
    console.warn = warn;
    console.info = info;
  }
}

function signingKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg: "ES256", use: "sig" };
}

/** RFC 7662, as the confidential client "api". */
async function introspect(url, secret, token) {
  const response = await fetch(`${url}/token/introspection`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`api:${secret}`).toString("base64")}` },
    body: new URLSearchParams({ token, token_type_hint: "access_token" }),
  });
  if (!response.ok) throw new Error(`introspection answered ${response.status}`);
  return response.json();
}
