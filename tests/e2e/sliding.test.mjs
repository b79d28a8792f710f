// The option `slidingTokens` of a resource, with an API that gives the next token with its answers. There is no refresh token:
// the session lives by what slides.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { startSlidingApi } from "./app/sliding-api.mjs";
import { startVisitor } from "./app/visitor.mjs";

inEachHome((place) => {
  let visitor;
  let world;
  let page;
  let api;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation });
    ({ world, page } = visitor);
    api = await startSlidingApi();
    world.app.isFull = true;
    const slidingTokens = { header: "X-Next-Token", scheme: "Bearer" };
    world.app.options.resources = [{ url: `${api.url}/`, slidingTokens }, `${world.api.url}/`];
  });
  after(async () => {
    await api?.close();
    await visitor?.close();
  });
  beforeEach(async () => {
    await visitor.reset();
    api.control.lifetimeMs = 600_000;
    api.calls.length = 0;
    await page.open();
    await signIn();
  });

  const signIn = (expires_in = 600) =>
    page.run((response) => app.client.setTokens(response), {
      access_token: api.issue(),
      token_type: "Bearer",
      expires_in,
    });
  /** The statuses of so many calls at once. */
  const calls = (path, count = 1) =>
    page.run(
      (url, count) => {
        const one = () => app.client.fetch(url).then((answer) => answer.status, app.describe);
        return Promise.all(Array.from({ length: count }, one));
      },
      `${api.url}${path}`,
      count,
    );
  const tokens = () => api.calls.map(({ token }) => token);
  /** Which token the next call takes along. */
  const inForce = async () => {
    assert.deepEqual(await calls("/silent"), [200]);
    return api.calls.at(-1).token;
  };

  test("each call goes with the token of the answer before, beyond the first one's end", async () => {
    const first = api.newest();
    for (let at = 0; at < 5; at += 1) assert.deepEqual(await calls("/slide"), [200]);
    assert.deepEqual(
      tokens(),
      [0, 1, 2, 3, 4].map((at) => first + at),
    );
    const { status, expiresAt } = await visitor.session();
    assert.ok(status === "signed-in" && expiresAt > Date.now() + 590_000);
  });

  test("of calls at once the token of the last sent stays, in whatever order the answers come", async () => {
    for (const order of [
      Array.from({ length: 6 }, (_, at) => at),
      Array.from({ length: 6 }, (_, at) => 5 - at),
      [3, 0, 5, 1, 4, 2],
    ]) {
      // Six is what a browser has connections for.
      api.control.holdNext(6);
      const answers = page.run((url) => {
        app.sent = [];
        for (let at = 0; at < 6; at += 1) app.sent.push(app.client.fetch(`${url}?${at}`));
        return true;
      }, `${api.url}/slide`);
      await answers;
      await until(() => api.heldCount() === 6, "six calls");
      const arrived = api.calls.slice(-6);
      await api.control.release(order);
      const statuses = await page.run(async () => (await Promise.all(app.sent)).map(({ status }) => status));
      assert.deepEqual(statuses, Array(6).fill(200));
      assert.equal(new Set(arrived.map(({ token }) => token)).size, 1);
      const last = arrived.findIndex(({ search }) => search === "?5");
      assert.equal(await inForce(), arrived[last].next, order.join());
    }
    assert.deepEqual(await calls("/slide", 20), Array(20).fill(200));
    assert.deepEqual(await calls("/slide", 20), Array(20).fill(200));
  });

  test("an answer to a call of before a sign-out or a sign-in changes nothing", async () => {
    for (const signsOut of [true, false]) {
      api.control.holdNext(1);
      await page.run((url) => {
        app.sent = app.client.fetch(url).then(({ status }) => status);
        return true;
      }, `${api.url}/slide`);
      await until(() => api.heldCount() === 1, "the call");
      if (signsOut) await page.run(() => app.client.signOut());
      else await signIn();
      const own = api.newest();
      await api.control.release([0]);
      assert.equal(await page.run(() => app.sent), 200);
      const { status } = await visitor.session();
      assert.equal(status, signsOut ? "signed-out" : "signed-in");
      if (signsOut) await signIn();
      else assert.equal(await inForce(), own);
    }
  });

  test("promise 2: the page sees the answer without the header, and otherwise as it was", async () => {
    const seen = await page.run(async (url) => {
      const answers = [];
      for (const path of ["/slide", "/bodiless", "/refuse"]) {
        const answer = await app.client.fetch(url + path);
        const copy = answer.clone();
        let isFixed = false;
        try {
          answer.headers.set("x", "y");
        } catch (error) {
          isFixed = error instanceof TypeError;
        }
        const text = JSON.stringify([
          [...answer.headers],
          [...copy.headers],
          answer.headers.get("x-next-token"),
        ]);
        const { status, ok, type, redirected } = answer;
        answers.push({
          shown: [status, ok, type, redirected, answer.url === url + path, copy.url === url + path, isFixed],
          other: copy.headers.get("x-other"),
          body: (await copy.text()) === (await answer.text()),
          text,
        });
      }
      return answers;
    }, api.url);
    for (const [at, status] of [200, 204, 200].entries()) {
      const { shown, other, body, text } = seen[at];
      assert.deepEqual([shown, other, body], [[status, true, "cors", false, true, true, true], "seen", true]);
      assert.ok(!text.includes(api.mark), "a token");
    }
    const events = await page.run(() => JSON.stringify(app.events));
    assert.ok(!events.includes(api.mark));
  });

  test("a refusal that brings the next token is cured by it, without a refresh token", async () => {
    assert.deepEqual(await calls("/refuse"), [200]);
    assert.deepEqual(
      api.calls.map(({ status }) => status),
      [401, 200],
    );
    assert.equal(tokens()[1], api.newest());
  });

  test("the same token again only lives longer", async () => {
    const before = await visitor.session();
    const first = api.newest();
    await page.run(() => new Promise((resolve) => setTimeout(resolve, 50)));
    assert.deepEqual(await calls("/same", 3), [200, 200, 200]);
    assert.equal(await inForce(), first);
    assert.ok((await visitor.session()).expiresAt > before.expiresAt);
  });

  test("two tokens at once are none, and that is told once", async () => {
    const before = api.newest();
    assert.deepEqual(await calls("/two", 3), [200, 200, 200]);
    assert.equal(await inForce(), before);
    const missed = { resource: `${api.url}/`, reason: "malformed" };
    assert.deepEqual(await visitor.eventsOf("sliding-token-missed"), [missed]);
  });

  test("a header that CORS hides is told once, after five answers", async () => {
    const before = api.newest();
    assert.deepEqual(await calls("/down", 10), Array(10).fill(503), "which may be a gateway's word");
    for (let at = 0; at < 4; at += 1) assert.deepEqual(await calls("/hidden"), [200]);
    assert.deepEqual(await visitor.eventsOf("sliding-token-missed"), []);
    assert.deepEqual(await calls("/hidden", 10), Array(10).fill(200));
    const missed = { resource: `${api.url}/`, reason: "unseen" };
    assert.deepEqual(await visitor.eventsOf("sliding-token-missed"), [missed]);
    assert.equal(await inForce(), before);
  });

  test("who a redirect leads to has no say", async () => {
    const stranger = await startSlidingApi();
    try {
      const own = api.newest();
      const to = encodeURIComponent(`${stranger.url}/open`);
      assert.deepEqual(await calls(`/leave?to=${to}`), [200]);
      assert.equal(stranger.calls.length, 1);
      assert.equal(await inForce(), own);
      // Back at the API itself: its own answer counts.
      assert.deepEqual(await calls(`/leave?to=${encodeURIComponent(`${api.url}/slide`)}`), [200]);
      assert.equal(await inForce(), api.newest());
    } finally {
      await stranger.close();
    }
  });
});
