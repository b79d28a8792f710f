// APIs that answer with the next access token in a header.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { startSlidingApi } from "./app/sliding-api.mjs";
import { startWorld } from "./app/world.mjs";

inEachHome((place) => {
  let world;
  let page;
  let api;

  before(async () => {
    api = await startSlidingApi();
    world = await startWorld(place.browser, { isolation: place.isolation });
    ({ page } = world);
    world.app.isFull = true;
  });
  after(async () => {
    await world?.close();
    await api?.close();
  });
  beforeEach(async () => {
    Object.assign(api.control, { hides: false, spoils: false, holds: false });
    await world.moveOn();
    world.app.options = {
      provider: { type: "json" },
      resources: [{ url: api.url, slidingTokens: { header: "X-Next-Token" } }],
      isolation: place.isolation,
    };
    await page.open("/");
    await page.run((tokens) => app.client.setTokens(tokens), api.first());
    api.calls.length = 0;
  });

  const call = (n) =>
    page.run((url) => app.client.fetch(url).then(({ status }) => status), `${api.url}/orders?n=${n}`);

  test("each call goes with the token of the answer before, and no answer shows it to the page", async () => {
    for (let n = 0; n < 5; n += 1) assert.equal(await call(n), 200);
    const { calls } = api;
    for (const [at, { token }] of calls.slice(1).entries()) assert.equal(token, calls[at].next);
    const told = await page.run(async (url) => {
      const answer = await app.client.fetch(url);
      const copy = answer.clone();
      const header = (one) => [
        one.headers.get("x-next-token"),
        one.headers.get("x-other"),
        one.url === url,
        one.type,
      ];
      return [header(answer), header(copy), answer.redirected, await copy.json(), await answer.json()];
    }, `${api.url}/orders?n=6`);
    const expected = [null, "stays", true, "cors"];
    assert.deepEqual(told, [expected, expected, false, { n: 6 }, { n: 6 }]);
    assert.deepEqual(await page.eventsOf("sliding-token-missed"), []);
  });

  test("of 20 calls at once, answered the last one first, the newest call's token stays", async () => {
    api.control.holds = true;
    await page.run((url) => {
      const one = (_, n) => app.client.fetch(`${url}?n=${n}`).then(({ status }) => status);
      app.waiting = Promise.all(Array.from({ length: 20 }, one));
    }, `${api.url}/orders`);
    // A browser has six connections to a host.
    while (api.calls.length < 20) {
      await page.run(() => new Promise((resolve) => setTimeout(resolve, 10)));
      const isHeld = api.control.holds;
      api.control.release();
      api.control.holds = isHeld;
    }
    api.control.release();
    assert.deepEqual(await page.run(() => app.waiting), Array(20).fill(200));
    const newest = api.calls.find(({ n }) => n === 19);
    await call(20);
    assert.equal(api.calls.at(-1).token, newest.next);
  });

  test("what arrives after a sign-out brings nothing back", async () => {
    api.control.holds = true;
    await page.run((url) => {
      app.waiting = app.client.fetch(url).then(({ status }) => status);
    }, `${api.url}/orders?n=1`);
    await page.run(() => app.client.signOut());
    await page.runUntil(() => app.client.session.status === "signed-out");
    api.control.release();
    assert.equal(await page.run(() => app.waiting), 200);
    assert.equal(await page.run(() => app.client.session.status), "signed-out");
    assert.equal((await page.rejection((url) => app.client.fetch(url), api.url)).code, "ERR_NOT_SIGNED_IN");
  });

  test("a header that CORS hides is told once, one without a token too, and the session stays", async () => {
    api.control.hides = true;
    for (let n = 0; n < 8; n += 1) assert.equal(await call(n), 200);
    api.control.hides = false;
    api.control.spoils = true;
    for (let n = 0; n < 3; n += 1) assert.equal(await call(n), 200);
    const resource = `${api.url}/`;
    assert.deepEqual(await page.eventsOf("sliding-token-missed"), [
      { resource, reason: "unseen" },
      { resource, reason: "malformed" },
    ]);
  });
});
