// The option `placement` of a resource, with an API that takes the token in that place alone.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { startPlacedApi } from "./app/placed-api.mjs";
import { startVisitor } from "./app/visitor.mjs";

inEachHome((place) => {
  let visitor;
  let world;
  let page;
  let api;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation });
    ({ world, page } = visitor);
    api = await startPlacedApi({
      authorizationServer: world.authorizationServer,
      foreignUrl: world.foreign.url,
    });
    world.app.isFull = true;
    world.app.options.resources = api.resources;
  });
  after(async () => {
    await api?.close();
    await visitor?.close();
  });
  beforeEach(async () => {
    await visitor.reset();
    await page.signIn();
    api.calls.length = 0;
    world.foreign.requests.length = 0;
  });

  const call = (path, init) =>
    page.run(
      async (url, init) => {
        const answer = await app.client.fetch(url, init).catch((error) => ({ failed: error.name }));
        if (answer.failed !== undefined) return answer;
        const { url: shown, status, redirected } = answer;
        return { url: shown, status, redirected, body: await answer.clone().text() };
      },
      `${api.url}${path}`,
      init,
    );
  const seen = () => api.calls.map(({ status, places }) => [status, ...places]);
  const kinds = () => Object.entries(api.expected);

  test("6750-1: the token is in the one place that the resource asks for, whatever the call is made of", async () => {
    for (const [kind, expected] of kinds()) {
      const path = `/${kind}/a%20b?q=a%20b&q=+#part`;
      const got = await call(path);
      assert.deepEqual([got.status, got.url], [200, `${api.url}${path.replace("#part", "")}`], kind);
      assert.equal(JSON.parse(got.body).query, "q=a%20b&q=+", kind);
      const posted = await page.run(async (url) => {
        const request = new Request(url, { method: "POST", body: "text", headers: { "x-mine": "1" } });
        const form = new FormData();
        form.append("field", "value");
        const answers = [];
        for (const given of [
          [request],
          [url, { method: "PUT", body: form }],
          [url, { method: "PATCH", body: "more" }],
        ]) {
          const answer = await app.client.fetch(...given);
          answers.push([answer.status, answer.url === url, await answer.json()]);
        }
        return answers;
      }, `${api.url}/${kind}`);
      const [first, second, third] = posted;
      assert.deepEqual(first, [200, true, { method: "POST", query: "", body: "text" }], kind);
      assert.deepEqual(
        [second[0], second[1], second[2].body.includes('name="field"')],
        [200, true, true],
        kind,
      );
      assert.deepEqual(third, [200, true, { method: "PATCH", query: "", body: "more" }], kind);
      assert.deepEqual(seen(), Array(4).fill([200, expected]), kind);
      api.calls.length = 0;
    }
  });

  test("a refused token is renewed, and the newer one goes to the same place", async () => {
    for (const [kind, expected] of kinds()) {
      api.control.refuseNext(1);
      const spent = await visitor.tokenRequestsOf(async () => {
        assert.equal((await call(`/${kind}/x`, { method: "POST", body: "text" })).status, 200, kind);
      });
      assert.equal(spent.refresh_token, 1, kind);
      assert.deepEqual(
        seen(),
        [
          [401, expected],
          [200, expected],
        ],
        kind,
      );
      api.calls.length = 0;
    }
  });

  test("no token follows a redirect to another origin", async () => {
    for (const kind of ["header", "bare", "query"]) {
      assert.deepEqual(await call(`/${kind}/leave`), { failed: "TypeError" }, kind);
      assert.deepEqual(await call(`/${kind}/leave?stay`), { failed: "TypeError" }, kind);
      const asked = await page.run(
        (url) =>
          app.client.fetch(new Request(url)).then(
            (answer) => answer.status,
            (error) => error.name,
          ),
        `${api.url}/${kind}/leave`,
      );
      assert.equal(asked, "TypeError", kind);
    }
    assert.deepEqual(world.foreign.requests, []);
    // The browser itself takes `Authorization` away.
    const left = await call("/scheme/leave");
    assert.equal(left.failed ?? JSON.parse(left.body).sawAuthorization, false);
    const tokens = world.foreign.requests.filter((request) => JSON.stringify(request).includes("eyJ"));
    assert.deepEqual(tokens, []);
  });

  test("F-11: a call that its caller authorises is the caller's", async () => {
    const own = {
      header: ["x-token", "/header/x"],
      bare: ["jwt", "/bare/x"],
      scheme: ["authorization", "/scheme/x"],
    };
    for (const [name, path] of Object.values(own)) {
      assert.equal((await call(path, { headers: { [name]: "mine" } })).status, 401, path);
    }
    for (const { url } of api.resources) {
      const path = `${url.slice(api.url.length)}/x`;
      assert.equal((await call(path, { headers: { authorization: "mine" } })).status, 401, path);
    }
    assert.equal((await call("/query/x?access_token=mine")).status, 401);
    assert.deepEqual(seen(), Array(8).fill([401]));
  });

  test("the common engine refuses the option", async () => {
    // No vault of the full one is there yet.
    await world.moveOn();
    world.app.isFull = false;
    try {
      await assert.rejects(page.open("/"), ({ description }) => {
        assert.deepEqual(
          [description.code, description.option],
          ["ERR_INVALID_OPTION", "resources[0].placement"],
        );
        return true;
      });
    } finally {
      world.app.isFull = true;
    }
  });
});
