// The demo's authorization server itself: what the browser tests rely on it for, proved by plain HTTP.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ORIGIN, REDIRECT_URI, startServers, until } from "./app/servers.mjs";

let servers;
let server;
let authorize;
let tokenRequest;
let signIn;
let refresh;
let callOrders;
let post;

before(async () => {
  servers = await startServers();
  ({ server, authorize, tokenRequest, signIn, refresh, callOrders, post } = servers);
});
after(() => servers?.close());

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
