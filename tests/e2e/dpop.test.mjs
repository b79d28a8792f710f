// DPoP with real parts: oidc-provider that demands nonces, and an API that checks each proof with `jose` (RFC 9449).
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { startStrictApi } from "./app/strict-api.mjs";
import { startVisitor } from "./app/visitor.mjs";

const BILLS = "urn:strongroom:test:bills";

inEachHome((place) => {
  // WebKitGTK writes %7E as ~ and %2f as %2F on the wire, behind the back of its own `URL`: only a server that normalises
  // (RFC 9449 §4.3) can take such a path from it.
  const escaped = place.browserName === "webkit" ? "a%20b" : "%7Ea%2fb";
  let visitor;
  let world;
  let page;
  let api;

  before(async () => {
    visitor = await startVisitor(place.browser, {
      isolation: place.isolation,
      dpop: true,
      resources: [BILLS],
    });
    ({ world, page } = visitor);
    api = await startStrictApi({ authorizationServer: world.authorizationServer });
    world.app.isFull = true;
    world.app.options.provider.dpop = "require";
    world.app.options.resources = [`${api.url}/`];
  });
  after(async () => {
    await api?.close();
    await visitor?.close();
  });
  beforeEach(async () => {
    await visitor.reset();
    api.calls.length = 0;
    api.control.exposes = true;
    api.control.refuseNext(0);
  });

  const call = (path, init) =>
    page.run(
      async (url, init) => {
        const response = await app.client.fetch(url, init);
        return [response.status, await response.json()];
      },
      `${api.url}${path}`,
      init,
    );
  const statuses = () => api.calls.map(({ status }) => status);
  const wrongs = () => api.calls.flatMap(({ wrong }) => wrong ?? []);

  test("DPoP-1 to 16: signs in, renews and calls with one key, and each nonce costs one more try", async () => {
    await page.signIn();
    assert.deepEqual(await call("/echo?a=b#c", { method: "POST", body: "text" }), [
      200,
      { method: "POST", body: "text" },
    ]);
    assert.deepEqual([statuses(), wrongs()], [[401, 200], ["nonce"]], "DPoP-13");
    assert.deepEqual((await call("/echo"))[0], 200);
    assert.deepEqual(statuses(), [401, 200, 200], "DPoP-12: the nonce is known");
    const [, before] = api.calls;
    await page.run(() => app.client.refresh());
    api.control.changeNonce();
    const [status] = await call(`/echo/${escaped}`, { method: "PATCH" });
    assert.deepEqual([status, wrongs().slice(1)], [200, ["nonce"]], "DPoP-4");
    const now = api.calls.at(-1);
    assert.deepEqual([now.claims.htm, now.claims.htu], ["PATCH", `${api.url}/echo/${escaped}`]);
    assert.notEqual(now.tokenHash, before.tokenHash);
    assert.equal(now.thumbprint, before.thumbprint, "DPoP-7");
    assert.deepEqual(statuses(), [401, 200, 200, 401, 200]);
  });

  test("a refused token is renewed once, beside the nonce", async () => {
    await page.signIn();
    api.control.refuseNext(1);
    const cost = await visitor.tokenRequestsOf(async () => {
      assert.deepEqual((await call("/echo", { method: "PUT", body: "x" }))[1], { method: "PUT", body: "x" });
    });
    assert.deepEqual(statuses(), [401, 401, 200]);
    assert.ok(cost.refresh_token >= 1);
  });

  test("DPoP-9 and 16: UserInfo is asked with a proof, and a refused token renewed once", async () => {
    visitor.control.setForUserInfo(true);
    world.app.options.provider.userInfo = true;
    try {
      await page.signIn();
      const ask = () => page.run(() => app.client.userInfo());
      assert.equal((await ask()).sub, "ada");
      await visitor.control.forgetAccessTokens();
      const cost = await visitor.tokenRequestsOf(async () => assert.equal((await ask()).sub, "ada"));
      assert.ok(cost.refresh_token >= 1);
    } finally {
      visitor.control.setForUserInfo(false);
      delete world.app.options.provider.userInfo;
    }
  });

  test("DPoP-7: a resource's own token is proved with the same key, and each proof names its own token", async () => {
    const bills = await startStrictApi({
      authorizationServer: { ...world.authorizationServer, audience: BILLS },
    });
    const before = world.app.options.resources;
    world.app.options.resources = [
      `${api.url}/`,
      { url: `${bills.url}/`, resource: BILLS, scope: "orders:read" },
    ];
    try {
      await page.signIn({ parameters: { resource: world.authorizationServer.audience } });
      const round = () =>
        page.run(
          async (urls) => {
            const statuses = [];
            for (const url of urls) statuses.push((await app.client.fetch(url)).status);
            return statuses;
          },
          [api, bills, api, bills].map(({ url }) => `${url}/echo`),
        );
      assert.deepEqual(await round(), [200, 200, 200, 200]);
      // Then both tokens have the same number of generations.
      api.control.refuseNext(1);
      assert.deepEqual(await round(), [200, 200, 200, 200]);
      const proofs = [api, bills].map(({ calls }) => calls.filter(({ status }) => status === 200));
      assert.deepEqual(
        proofs.map(({ length }) => length),
        [4, 4],
      );
      assert.equal(new Set(proofs.flat().map(({ thumbprint }) => thumbprint)).size, 1, "one key");
      assert.equal(
        new Set(proofs.flat().map(({ tokenHash }) => tokenHash)).size,
        3,
        "the refused one was renewed",
      );
      const wrongs = [api, bills].map(({ calls }) => calls.flatMap(({ wrong }) => wrong ?? []));
      assert.deepEqual(wrongs, [["nonce", "refused as asked"], ["nonce"]]);
    } finally {
      world.app.options.resources = before;
      await bills.close();
    }
  });

  test("DPoP-23: no redirect is followed", async () => {
    await page.signIn();
    await call("/echo");
    const { name } = await page.rejection((url) => app.client.fetch(url), `${api.url}/redirect`);
    assert.equal(name, "TypeError");
    assert.deepEqual(statuses(), [401, 200, 307]);
  });

  test("DPoP-17: what CORS hides is handed on, without a loop", async () => {
    api.control.exposes = false;
    await page.signIn();
    const [status] = await call("/echo");
    assert.equal(status, 401);
    assert.ok(api.calls.length <= 2, `${api.calls.length} calls`);
  });

  test("twenty calls at once", async () => {
    await page.signIn();
    const results = await page.run(
      (url) =>
        Promise.all(Array.from({ length: 20 }, () => app.client.fetch(url).then(({ status }) => status))),
      `${api.url}/echo`,
    );
    assert.deepEqual(new Set(results), new Set([200]));
    assert.deepEqual(new Set(wrongs()), new Set(["nonce"]));
    assert.ok(api.calls.length <= 40);
  });

  test("DPoP-19: a code that is bound to the key of the session is redeemed with it", async () => {
    await page.signIn();
    await call("/echo");
    await page.run(() => app.client.signIn({ mode: "silent" }));
    await call("/echo");
    const [first, second] = api.calls.filter(({ status }) => status === 200);
    assert.notEqual(first.tokenHash, second.tokenHash);
    assert.equal(first.thumbprint, second.thumbprint);
  });

  test("DPoP-26: after a sign-out the key is another", async () => {
    await page.signIn();
    await call("/echo");
    await page.run(() => app.client.signOut());
    await page.signIn();
    await call("/echo");
    const [first, second] = api.calls.filter(({ status }) => status === 200);
    assert.notEqual(first.thumbprint, second.thumbprint);
  });
});
