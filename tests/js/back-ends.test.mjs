// The back ends that the browser tests run against do what each of them says. They are there to judge Strongroom, so they
// have to be right first.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as bff from "../e2e/app/back-ends/bff.mjs";
import * as cookie from "../e2e/app/back-ends/cookie.mjs";
import * as docusign from "../e2e/app/back-ends/docusign.mjs";
import * as dualTokens from "../e2e/app/back-ends/dual-tokens.mjs";
import * as gateway from "../e2e/app/back-ends/gateway.mjs";
import * as mediating from "../e2e/app/back-ends/mediating.mjs";
import * as opaque from "../e2e/app/back-ends/opaque.mjs";
import * as sliding from "../e2e/app/back-ends/sliding.mjs";
import * as wechat from "../e2e/app/back-ends/wechat.mjs";

const APP = "http://127.0.0.1:9";
const ada = { username: "ada", password: "strongroom" };
const X_CSRF = { "x-csrf": "1" };

/** One test against one back end; `visit` sends what a browser would, with its cookies. */
function at(shape, name, body, options) {
  test(name, async () => {
    const backEnd = await shape.start(options);
    backEnd.allow(APP);
    const jar = new Map();
    const visit = async (
      path,
      { json, form, method = json || form ? "POST" : "GET", token, headers } = {},
    ) => {
      const response = await fetch(new URL(path, backEnd.url), {
        method,
        redirect: "manual",
        headers: {
          origin: APP,
          cookie: [...jar].map((pair) => pair.join("=")).join("; "),
          ...(json && { "content-type": "application/json" }),
          ...(token && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: json ? JSON.stringify(json) : form && new URLSearchParams(form),
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        if (line.includes("Max-Age=0")) jar.delete(name);
        else jar.set(name, value);
      }
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json");
      return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
    };
    try {
      await body({
        backEnd,
        jar,
        visit,
        call: (token) => visit("/api/x", { token }).then(({ status }) => status),
      });
    } finally {
      await backEnd.close();
    }
  });
}

at(dualTokens, "a spent refresh token in the body ends its session", async ({ backEnd, visit, call }) => {
  assert.equal((await visit("/sign-in", { json: { ...ada, password: "wr0ng" } })).status, 401);
  const first = (await visit("/sign-in", { json: ada })).body.data;
  const second = (await visit("/refresh", { json: first })).body.data;
  assert.deepEqual(
    [await call(first.accessToken), await call(second.accessToken), await call("x")],
    [200, 200, 401],
  );
  assert.equal((await visit("/refresh", { json: first })).status, 401);
  assert.equal((await visit("/refresh", { json: second })).status, 401);
  assert.deepEqual([backEnd.sessions.reuses, await call(second.accessToken)], [1, 401]);
});

at(
  dualTokens,
  "faults are turned on and off, and all that arrives is on record",
  async ({ backEnd, visit }) => {
    const { data } = (await visit("/sign-in", { json: ada })).body;
    backEnd.outage({ mode: "lose-response", times: 1 });
    await assert.rejects(visit("/refresh", { json: data }));
    assert.equal((await visit("/refresh", { json: data })).status, 401, "it was spent, and nobody heard");
    backEnd.outage({ mode: "503" });
    assert.equal((await visit("/refresh", { json: data })).status, 503);
    backEnd.endOutage();
    assert.deepEqual(
      backEnd
        .requests("/refresh")
        .map(({ status, body }) => [status, body.refreshToken === data.refreshToken]),
      [
        [200, true],
        [401, true],
        [undefined, true],
      ],
    );
    assert.equal(backEnd.atOnceMax("/refresh"), 1);
  },
);

at(dualTokens, "no page of another origin may read or ask", async ({ visit }) => {
  const ask = (origin) =>
    visit("/refresh", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
  assert.equal((await ask(APP)).headers.get("access-control-allow-origin"), APP);
  assert.equal((await ask("http://127.0.0.1:8")).headers.get("access-control-allow-origin"), null);
});

for (const isSecure of [true, false]) {
  const name = isSecure ? "__Host-refresh" : "refresh";
  at(
    cookie,
    `a refresh token in the cookie ${name} rotates, and its reuse ends the session`,
    async ({ backEnd, jar, visit }) => {
      const { body, headers } = await visit("/sign-in", { json: ada });
      const [line] = headers.getSetCookie();
      assert.match(line, /; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict/);
      assert.equal(line.endsWith("; Secure"), isSecure);
      assert.ok(!JSON.stringify(body).includes(jar.get(name)));
      const spent = jar.get(name);
      assert.equal((await visit("/refresh", { method: "POST" })).status, 200);
      assert.notEqual(jar.get(name), spent);
      jar.set(name, spent);
      assert.equal((await visit("/refresh", { method: "POST" })).status, 401);
      assert.deepEqual([jar.size, backEnd.sessions.reuses, backEnd.sessions.alive()], [0, 1, 0]);
    },
    { isSecure },
  );
}

at(wechat, "what is wrong is said under HTTP 200", async ({ backEnd, visit, call }) => {
  const { headers } = await visit("/authorize?redirect_uri=http://127.0.0.1:9/callback&state=s");
  const { code, state } = Object.fromEntries(new URL(headers.get("location")).searchParams);
  const { status, body } = await visit(`/access_token?code=${code}`);
  assert.deepEqual(
    [state, status, body.scope, body.token_type],
    ["s", 200, "snsapi_base,snsapi_userinfo", undefined],
  );
  assert.equal((await visit(`/access_token?code=${code}`)).body.errcode, 40029);
  const renewed = await visit(`/refresh_token?refresh_token=${body.refresh_token}`);
  assert.deepEqual(
    [renewed.body.refresh_token, await call(renewed.body.access_token)],
    [body.refresh_token, 200],
  );
  backEnd.failWith(-1);
  assert.equal((await visit(`/refresh_token?refresh_token=${body.refresh_token}`)).body.errcode, -1);
  backEnd.failWith(0);
  backEnd.sessions.endAll();
  const ended = await visit(`/refresh_token?refresh_token=${body.refresh_token}`);
  assert.deepEqual([ended.status, ended.body.errcode], [200, 40030]);
});

at(
  docusign,
  "a code is good once and for two minutes; refresh tokens for 30 days each",
  async ({ backEnd, visit }) => {
    const code = async () => {
      const { headers } = await visit("/authorize?redirect_uri=http://127.0.0.1:9/callback");
      return new URL(headers.get("location")).searchParams.get("code");
    };
    const [late, once] = [await code(), await code()];
    const { body } = await visit("/exchange", { json: { code: once } });
    assert.equal((await visit("/exchange", { json: { code: once } })).body.error, "invalid_grant");
    backEnd.sessions.pass(121);
    assert.equal((await visit("/exchange", { json: { code: late } })).body.error, "invalid_grant");
    const days = (count) => backEnd.sessions.pass(count * 24 * 3600);
    days(29);
    const renewed = (await visit("/refresh", { json: body })).body;
    days(29);
    const again = (await visit("/refresh", { json: renewed })).body;
    assert.equal(again.refresh_expires_in, 30 * 24 * 3600);
    days(31);
    assert.equal((await visit("/refresh", { json: again })).status, 400);
  },
);

at(gateway, "the gateway takes what its key signed, until it expires", async ({ backEnd, visit, call }) => {
  const { token } = (await visit("/sign-in", { json: ada })).body;
  const [header, payload, signature] = token.split(".");
  assert.deepEqual(
    [await call(token), await call(`${header}.${payload}.${signature.slice(2)}AA`)],
    [200, 401],
  );
  backEnd.sessions.pass(601);
  assert.equal(await call(token), 401);
  backEnd.sessions.pass(-601);
  await backEnd.configureAnotherKey();
  assert.equal(await call(token), 401);
});

at(opaque, "reference tokens say nothing and can be revoked", async ({ backEnd, visit, call }) => {
  const { body } = await visit("/sign-in", { form: ada });
  assert.deepEqual(Object.keys(body), ["token", "refresh"]);
  backEnd.sessions.revokeAccessTokens();
  const { token } = (await visit("/refresh", { form: { refresh: body.refresh } })).body;
  assert.deepEqual([await call(body.token), await call(token)], [401, 200]);
  await visit("/sign-out", { method: "POST", token });
  assert.deepEqual([await call(token), (await visit("/refresh", { form: body })).status], [401, 401]);
});

at(sliding, "each good call brings the next token", async ({ backEnd, visit }) => {
  let { token } = (await visit("/sign-in", { json: ada })).body;
  for (let round = 0; round < 3; round += 1) {
    backEnd.sessions.pass(599);
    const { status, headers } = await visit("/api/x", { token });
    assert.equal(status, 200);
    token = headers.get("x-next-token");
  }
  backEnd.sessions.pass(601);
  const { status, headers } = await visit("/api/x", { token });
  assert.deepEqual([status, headers.get("x-next-token")], [401, null]);
});

/** From /bff/login to where the callback leads. */
async function signInByPages(visit, returnTo) {
  const { headers } = await visit(`/bff/login?returnTo=${encodeURIComponent(returnTo)}`);
  const signedIn = await visit(headers.get("location"), { form: ada });
  return signedIn.headers.get("location");
}

at(bff, "one cookie, and the header on every request", async ({ backEnd, jar, visit }) => {
  const callback = await signInByPages(visit, "/orders?page=2");
  const login = new Map(jar);
  const { headers } = await visit(callback);
  assert.equal(headers.get("location"), `${APP}/orders?page=2`);
  assert.deepEqual([...jar.keys()], ["__Host-session"]);
  const line = headers.getSetCookie().find((one) => one.startsWith("__Host-session="));
  assert.match(line, /; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/);
  for (const path of ["/bff/session", "/bff/user", "/api/x"]) {
    assert.equal((await visit(path, { headers: X_CSRF })).status, 200, path);
    assert.ok((await visit(path)).status >= 401, path);
  }
  assert.equal((await visit("/bff/logout", { method: "POST" })).status, 403);
  assert.equal((await visit("/bff/logout", { method: "POST", headers: X_CSRF })).status, 200);
  assert.deepEqual([jar.size, backEnd.sessions.alive()], [0, 0]);
  for (const [name, value] of login) jar.set(name, value);
  assert.equal((await visit(callback)).status, 400, "a callback is good once");
});

at(bff, "a callback needs the browser that began, and a path to return to", async ({ jar, visit }) => {
  const callback = await signInByPages(visit, "/");
  jar.clear();
  assert.equal((await visit(callback)).status, 400);
  for (const elsewhere of ["https://evil.example", "//evil.example", "/\\evil.example"])
    assert.equal(
      (await visit(`/bff/login?returnTo=${encodeURIComponent(elsewhere)}`)).status,
      400,
      elsewhere,
    );
});

at(mediating, "the cookie brings a token, and the API takes that alone", async ({ visit, call }) => {
  await visit(await signInByPages(visit, "/"));
  const { body } = await visit("/bff/token", { method: "POST", headers: X_CSRF });
  assert.deepEqual([await call(body.accessToken), await call(undefined)], [200, 401]);
  assert.equal((await visit("/bff/token", { method: "POST" })).status, 403);
});
