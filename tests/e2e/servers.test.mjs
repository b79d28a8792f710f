// The demo's servers themselves: what the browser tests rely on them for, proved by plain HTTP.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startDemo } from "../../scripts/start.mjs";
import { startApi } from "../../www/server/api.mjs";
import { startAuthorizationServer } from "../../www/server/authorization-server.mjs";
import { startForeign } from "../../www/server/foreign.mjs";

const ORIGIN = "http://127.0.0.1:9";
const REDIRECT_URI = `${ORIGIN}/callback`;
let server;
let api;
let foreign;

before(async () => {
  server = await startAuthorizationServer({ origins: [ORIGIN], recordTokens: true });
  foreign = await startForeign();
  api = await startApi({ authorizationServer: server, foreignUrl: foreign.url });
});
after(() => Promise.all([server.close(), api.close(), foreign.close()]));

/** Follows the authorization request through the sign-in form, as a browser would, to the redirect's parameters. */
async function authorize(parameters = {}, { password = "strongroom", authorizationServer = server } = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: "spa",
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope: "openid profile email offline_access orders:read",
    state: "state-1",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...parameters,
  });
  const jar = new Map();
  let step = await visit(jar, `${authorizationServer.url}/auth?${query}`);
  for (let hops = 0; hops < 12 && !isRedirectUri(step.url); hops += 1) {
    const form = /action="([^"]+\/(?:login|consent))"/.exec(step.html ?? "")?.[1];
    if (step.location !== null) step = await visit(jar, step.location);
    else if (step.html.includes('role="alert"') || form === undefined) break;
    else {
      const fields = { login: "ada", password };
      const body = new URLSearchParams(form.endsWith("/login") ? fields : {});
      step = await visit(jar, authorizationServer.url + form, { method: "POST", body });
    }
  }
  return { verifier, html: step.html, parameters: new URL(step.url).searchParams };
}

const isRedirectUri = (url) => new URL(url).pathname === "/callback";

async function visit(jar, url, init = {}) {
  if (isRedirectUri(url)) return { url, location: null };
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const response = await fetch(url, { ...init, redirect: "manual", headers: { cookie } });
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = line.split(";", 1)[0].split(/=(.*)/s);
    jar.set(name, value);
  }
  const location = response.headers.get("location");
  const next = location === null ? null : new URL(location, url).href;
  return { url, location: next, html: await response.text(), status: response.status };
}

async function tokenRequest(parameters, { origin = ORIGIN, authorizationServer = server } = {}) {
  const body = new URLSearchParams({ client_id: "spa", ...parameters });
  const response = await fetch(`${authorizationServer.url}/token`, {
    method: "POST",
    body,
    headers: { origin },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function signIn(authorizationServer = server) {
  const { verifier, parameters } = await authorize({}, { authorizationServer });
  const code = parameters.get("code");
  const grant = {
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  };
  const { status, body } = await tokenRequest(grant, { authorizationServer });
  assert.equal(status, 200, body.error_description);
  return body;
}

async function until(condition) {
  for (const deadline = Date.now() + 5000; !(await condition()); ) {
    assert.ok(Date.now() < deadline, `not within 5 s: ${condition}`);
    await new Promise(setImmediate);
  }
}

const refresh = (refreshToken) => tokenRequest({ grant_type: "refresh_token", refresh_token: refreshToken });
const callOrders = (token) => fetch(`${api.url}/orders`, { headers: { authorization: `Bearer ${token}` } });
const post = (url, body) =>
  fetch(url, { method: "POST", headers: { origin: ORIGIN }, body: JSON.stringify(body ?? {}) });

test("the code flow with PKCE gives tokens, an ID token with name and email, and iss in the redirect", async () => {
  const { parameters } = await authorize();
  assert.equal(parameters.get("iss"), server.issuer);
  assert.equal(parameters.get("state"), "state-1");
  const tokens = await signIn();
  assert.equal(tokens.token_type, "Bearer");
  assert.equal(tokens.expires_in, 30);
  assert.equal(typeof tokens.refresh_token, "string");
  const claims = JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"));
  assert.deepEqual(
    [claims.sub, claims.name, claims.email],
    ["ada", "Ada Lovelace", "ada@strongroom.example"],
  );
  const response = await callOrders(tokens.access_token);
  assert.equal(response.status, 200);
  assert.equal((await response.json()).orders.length, 3);
});

test("a sign-in without PKCE, with a wrong password, or from another redirect URI is refused", async () => {
  const withoutPkce = await authorize({ code_challenge: "", code_challenge_method: "" });
  assert.equal(withoutPkce.parameters.get("error"), "invalid_request");
  const wrongPassword = await authorize({}, { password: "wrong" });
  assert.match(wrongPassword.html, /do not match/);
  const wrongRedirect = await authorize({ redirect_uri: "http://127.0.0.1:8/callback" });
  assert.match(wrongRedirect.html, /invalid_redirect_uri/);
});

test("a code needs its verifier and is redeemed once", async () => {
  const { verifier, parameters } = await authorize();
  const grant = {
    grant_type: "authorization_code",
    code: parameters.get("code"),
    redirect_uri: REDIRECT_URI,
  };
  assert.equal((await tokenRequest({ ...grant, code_verifier: "x".repeat(43) })).body.error, "invalid_grant");
  assert.equal((await tokenRequest({ ...grant, code_verifier: verifier })).status, 200);
  assert.equal((await tokenRequest({ ...grant, code_verifier: verifier })).body.error, "invalid_grant");
});

test("each refresh rotates the refresh token, and a used one presented again revokes the grant", async () => {
  const before = server.control.stats();
  const first = await signIn();
  const second = await refresh(first.refresh_token);
  assert.equal(second.status, 200);
  assert.notEqual(second.body.refresh_token, first.refresh_token);
  assert.equal((await refresh(first.refresh_token)).body.error, "invalid_grant");
  assert.equal((await refresh(second.body.refresh_token)).body.error, "invalid_grant");
  const now = server.control.stats();
  assert.equal(now.reuseDetected - before.reuseDetected, 1);
  assert.equal(now.refreshes - before.refreshes, 1);
  assert.equal(now.tokenRequests.refresh_token - (before.tokenRequests.refresh_token ?? 0), 3);
});

test("the token endpoint answers only the origins it knows", async () => {
  const tokens = await signIn();
  const stranger = await tokenRequest(
    { grant_type: "refresh_token", refresh_token: tokens.refresh_token },
    { origin: "http://127.0.0.1:7" },
  );
  assert.equal(stranger.status, 400);
  assert.equal(stranger.headers.get("access-control-allow-origin"), null);
});

test("the API refuses no token, a malformed header, a forged token and a missing scope, each with its challenge", async () => {
  const none = await fetch(`${api.url}/orders`);
  assert.deepEqual([none.status, none.headers.get("www-authenticate")], [401, 'Bearer realm="orders"']);
  const malformed = await fetch(`${api.url}/orders`, { headers: { authorization: "Bearer a b" } });
  assert.equal(malformed.status, 400);
  const { access_token: token } = await signIn();
  const [head, payload, signature] = token.split(".");
  const forged = { ...JSON.parse(Buffer.from(payload, "base64url")), scope: "orders:admin" };
  const response = await callOrders(
    [head, Buffer.from(JSON.stringify(forged)).toString("base64url"), signature].join("."),
  );
  assert.equal(response.status, 401);
  assert.match(response.headers.get("www-authenticate"), /error="invalid_token"/);
  const admin = await fetch(`${api.url}/admin`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(admin.status, 403);
  assert.match(admin.headers.get("www-authenticate"), /error="insufficient_scope".*scope="orders:admin"/);
});

test("the API refuses an expired token", async () => {
  server.control.setAccessTokenTtlSeconds(1);
  const { access_token: token } = await signIn();
  server.control.setAccessTokenTtlSeconds(30);
  let response;
  await until(async () => {
    response = await callOrders(token);
    return response.status !== 200;
  });
  assert.equal(response.status, 401);
  assert.match(response.headers.get("www-authenticate"), /expired/);
});

test("revoking the access tokens refuses those issued so far and no later one", async () => {
  const first = await signIn();
  assert.equal((await post(`${server.url}/control/revoke-access-tokens`)).status, 200);
  const refused = await callOrders(first.access_token);
  assert.equal(refused.status, 401);
  assert.match(
    refused.headers.get("www-authenticate"),
    /error="invalid_token", error_description="The access token was revoked"/,
  );
  const second = await refresh(first.refresh_token);
  assert.equal((await callOrders(second.body.access_token)).status, 200);
});

test("revoking the session ends in invalid_grant", async () => {
  const tokens = await signIn();
  assert.ok((await (await post(`${server.url}/control/revoke-session`)).json()).revoked >= 1);
  const { status, body } = await refresh(tokens.refresh_token);
  assert.deepEqual([status, body.error], [400, "invalid_grant"]);
});

test("the revocation endpoint ends the grant of a refresh token", async () => {
  const tokens = await signIn();
  const body = new URLSearchParams({
    client_id: "spa",
    token: tokens.refresh_token,
    token_type_hint: "refresh_token",
  });
  const before = server.control.stats().revocations;
  assert.equal((await fetch(`${server.url}/token/revocation`, { method: "POST", body })).status, 200);
  assert.equal(server.control.stats().revocations, before + 1);
  assert.equal((await refresh(tokens.refresh_token)).body.error, "invalid_grant");
});

test("an outage of each mode does what it says and can be lifted", async () => {
  const tokens = await signIn();
  const begin = (fault) => post(`${server.url}/control/outage`, fault);

  await begin({ mode: "503", retryAfterSeconds: 7 });
  const unavailable = await refresh(tokens.refresh_token);
  assert.deepEqual([unavailable.status, unavailable.headers.get("retry-after")], [503, "7"]);
  assert.equal(unavailable.headers.get("access-control-allow-origin"), ORIGIN);
  assert.equal((await (await fetch(`${server.url}/control/state`)).json()).outage.mode, "503");

  await begin({ mode: "html" });
  await assert.rejects(refresh(tokens.refresh_token), SyntaxError);
  await begin({ mode: "answer", status: 400, body: '{"error":"server_error"}' });
  assert.equal((await refresh(tokens.refresh_token)).body.error, "server_error");
  await begin({ mode: "reset" });
  await assert.rejects(refresh(tokens.refresh_token), TypeError);

  await begin({ mode: "hold" });
  const arrivals = server.control.stats().tokenRequests.refresh_token;
  const held = refresh(tokens.refresh_token);
  await until(() => server.control.stats().tokenRequests.refresh_token > arrivals);
  await post(`${server.url}/control/end-outage`);
  const released = await held;
  assert.equal(released.status, 200);

  await begin({ mode: "hang" });
  const seen = server.control.stats().tokenRequests.refresh_token;
  const hung = refresh(released.body.refresh_token);
  await until(() => server.control.stats().tokenRequests.refresh_token > seen);
  server.control.endOutage();
  await assert.rejects(hung, TypeError);

  assert.equal((await post(`${server.url}/control/outage`, { mode: "storm" })).status, 400);
  assert.equal((await refresh(released.body.refresh_token)).status, 200);
});

test("a lost response spends the refresh token", async () => {
  const tokens = await signIn();
  const before = server.control.stats().refreshes;
  server.control.outage({ mode: "lose-response", times: 1 });
  await assert.rejects(refresh(tokens.refresh_token), TypeError);
  assert.equal(server.control.stats().refreshes, before + 1);
  assert.equal((await refresh(tokens.refresh_token)).body.error, "invalid_grant");
});

test("refreshes under way together are counted, and the recorder knows every token", async () => {
  const one = await signIn();
  const two = await signIn();
  const arrivals = server.control.stats().tokenRequests.refresh_token;
  server.control.outage({ mode: "hold" });
  const both = Promise.all([refresh(one.refresh_token), refresh(two.refresh_token)]);
  await until(() => server.control.stats().tokenRequests.refresh_token === arrivals + 2);
  server.control.endOutage();
  for (const { status } of await both) assert.equal(status, 200);
  assert.equal(server.control.stats().refreshesInFlightMax, 2);
  const values = server.control.issuedTokens().map(({ value }) => value);
  for (const token of [one.access_token, one.refresh_token, one.id_token]) assert.ok(values.includes(token));
});

test("controls are closed to other origins, and to no origin's preflight but ours", async () => {
  const response = await fetch(`${server.url}/control/revoke-session`, {
    method: "POST",
    headers: { origin: "http://127.0.0.1:7" },
  });
  assert.equal(response.status, 403);
  server.control.allowOrigin("http://127.0.0.1:7");
  const stats = await fetch(`${server.url}/control/stats`, { headers: { origin: "http://127.0.0.1:7" } });
  assert.equal(stats.headers.get("access-control-allow-origin"), "http://127.0.0.1:7");
});

test("opaque access tokens are introspected, unknown ones refused, and revoked all the same", async () => {
  const opaque = await startAuthorizationServer({
    origins: [ORIGIN],
    accessTokenFormat: "opaque",
    consent: "ask",
  });
  const itsApi = await startApi({ authorizationServer: opaque });
  try {
    const { access_token: token } = await signIn(opaque);
    assert.ok(!token.includes("."));
    const call = () => fetch(`${itsApi.url}/orders`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await call()).status, 200);
    const unknown = await fetch(`${itsApi.url}/orders`, { headers: { authorization: "Bearer unknown" } });
    assert.equal(unknown.status, 401);
    opaque.control.revokeAccessTokens();
    assert.equal((await call()).status, 401);
  } finally {
    await Promise.all([opaque.close(), itsApi.close()]);
  }
});

test("the API records calls without tokens, redirects, echoes, uploads, streams and can be taken off the network", async () => {
  const { access_token: token } = await signIn();
  const headers = { authorization: `Bearer ${token}` };
  const call = (path, init = {}) =>
    fetch(api.url + path, { ...init, headers: { ...headers, ...init.headers } });

  const upload = await (await call("/upload", { method: "PUT", body: Buffer.alloc(300_000, 7) })).json();
  assert.equal(upload.bytes, 300_000);
  assert.deepEqual(await (await call("/orders", { method: "POST", body: '{"a":1}' })).json(), {
    created: { a: 1 },
  });
  assert.equal((await call("/redirect-same")).url, `${api.url}/orders`);
  assert.deepEqual(await (await call("/redirect-cross")).json(), {
    origin: "foreign",
    sawAuthorization: false,
  });
  assert.equal(foreign.requests.at(-1).path, "/landed");
  assert.equal((await call("/status/418")).status, 418);
  assert.equal((await (await call("/stream")).text()).trim().split("\n").length, 20);
  assert.equal((await fetch(`${api.url}/public`)).status, 200);

  const record = api.requests.findLast(({ path }) => path === "/upload");
  assert.deepEqual([record.method, record.authorization, record.status], ["PUT", true, 200]);
  assert.equal(record.tokenHash, createHash("sha256").update(token).digest("hex").slice(0, 12));
  assert.ok(!JSON.stringify(api.requests).includes(token));

  api.control.refuseNext(1);
  assert.equal((await call("/orders")).status, 401);
  assert.equal((await call("/orders")).status, 200);
  api.control.outage({ mode: "reset" });
  await assert.rejects(call("/orders"), TypeError);
  api.control.endOutage();
  assert.equal((await call("/orders")).status, 200);
});

test("the demo starts on free ports and tells the page where its servers are", async () => {
  const strongroom = fileURLToPath(import.meta.url);
  const demo = await startDemo({ strongroom });
  try {
    const servers = await (await fetch(`${demo.spa.url}/demo-servers.json`)).json();
    assert.deepEqual(servers, {
      issuer: demo.authorizationServer.issuer,
      apiUrl: demo.api.url,
      user: { login: "ada", password: "strongroom" },
    });
    const callback = await fetch(`${demo.spa.url}/callback?code=c&state=s`, {
      headers: { accept: "text/html" },
    });
    assert.match(await callback.text(), /<title>Strongroom demo<\/title>/);
    assert.match(callback.headers.get("content-security-policy"), /script-src 'self' 'wasm-unsafe-eval';/);
    const redirect_uri = `${demo.spa.url}/callback`;
    const { parameters } = await authorize(
      { redirect_uri },
      { authorizationServer: demo.authorizationServer },
    );
    assert.match(parameters.get("code"), /./);
    const port = Number(new URL(demo.api.url).port);
    await assert.rejects(startDemo({ strongroom, ports: { api: port } }), /api cannot start on port \d+/);
    const other = await startDemo({ strongroom, preferredPorts: { api: port } });
    assert.notEqual(other.api.url, demo.api.url);
    await other.close();
  } finally {
    await demo.close();
  }
  await assert.rejects(fetch(demo.spa.url), TypeError);
});
