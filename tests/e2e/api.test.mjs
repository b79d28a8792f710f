// The demo's API itself: what the browser tests rely on it for, proved by plain HTTP.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { startApi } from "../../www/server/api.mjs";
import { startAuthorizationServer } from "../../www/server/authorization-server.mjs";
import { ORIGIN, startServers, until } from "./app/servers.mjs";

let servers;
let server;
let api;
let foreign;
let signIn;
let refresh;
let callOrders;
let post;

before(async () => {
  servers = await startServers();
  ({ server, api, foreign, signIn, refresh, callOrders, post } = servers);
});
after(() => servers?.close());

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
