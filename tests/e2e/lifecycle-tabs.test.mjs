// Tabs of one application with a shared vault, in each browser: what one of them does, and what the others see.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachBrowser } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { inSecondTab } from "./app/tabs.mjs";
import { startVisitor } from "./app/visitor.mjs";

inEachBrowser((place) => {
  let visitor;
  let world;
  let page;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: "shared" });
    ({ world, page } = visitor);
  });
  after(() => visitor?.close());
  beforeEach(() => visitor.reset());

  const status = async () => (await visitor.session()).status;
  const shows = (wanted) => until(async () => (await status()) === wanted, wanted);
  const isSignedOut = async (reason) => {
    assert.deepEqual([await status(), (await visitor.session()).reason], ["signed-out", reason]);
    const [{ code }] = await visitor.calls("/orders", 1);
    assert.equal(code, "ERR_NOT_SIGNED_IN");
  };

  test("one sign-in, one renewal and one sign-out are of both tabs", async () => {
    await page.signIn();
    await inSecondTab(page, async ({ inFirst, inSecond }) => {
      await page.open("/second");
      assert.equal(await status(), "signed-in");
      assert.equal((await visitor.session()).claims.sub, "ada");
      visitor.control.revokeAccessTokens();
      const begin = () =>
        page.run((url) => {
          const one = () => app.client.fetch(url).then((answer) => answer.status, app.describe);
          app.refused = Promise.all(Array.from({ length: 10 }, one));
        }, `${world.api.url}/orders`);
      const cost = await visitor.tokenRequestsOf(async () => {
        await begin();
        await inFirst(begin);
        for (const inTab of [inFirst, inSecond]) {
          assert.deepEqual(await inTab(() => page.run(() => app.refused)), Array(10).fill(200));
        }
      });
      assert.deepEqual(cost, { authorization_code: 0, refresh_token: 1 });
      await inSecond(() => page.run(() => app.client.signOut()));
      await inFirst(() => shows("signed-out"));
      await isSignedOut("sign-out");
      assert.deepEqual(await visitor.eventsOf("signed-out"), [{ reason: "sign-out" }]);
    });
  });

  test("a reload keeps the session while another tab is open", async () => {
    await page.signIn();
    await inSecondTab(page, async ({ inFirst }) => {
      await page.open("/second");
      await inFirst(async () => {
        const cost = await visitor.tokenRequestsOf(() => page.open("/next"));
        assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
        assert.equal(await status(), "signed-in");
        assert.deepEqual(await visitor.calls("/orders", 1), [200]);
      });
    });
  });

  test("a callback in two tabs spends its code once", async () => {
    await page.open("/");
    await page.leaveToSignIn();
    const callback = await page.comeBack();
    await inSecondTab(page, async ({ inFirst, inSecond }) => {
      await page.open(callback);
      const begin = () =>
        page.run(() => {
          app.completed = app.client.completeSignIn().catch(app.describe);
        });
      const cost = await visitor.tokenRequestsOf(async () => {
        await inFirst(begin);
        await inSecond(begin);
        const outcomes = [];
        for (const inTab of [inFirst, inSecond])
          outcomes.push(await inTab(() => page.run(() => app.completed)));
        assert.deepEqual(outcomes.map(({ code, returnTo }) => code ?? returnTo).sort(), [
          "/",
          "ERR_CALLBACK",
        ]);
      });
      assert.deepEqual(cost, { authorization_code: 1, refresh_token: 0 });
      for (const inTab of [inFirst, inSecond]) await inTab(() => shows("signed-in"));
    });
  });

  test("a page out of the back/forward cache does not undo a sign-out", async () => {
    await page.signIn();
    await inSecondTab(page, async ({ inFirst, inSecond }) => {
      await page.open("/second");
      await inFirst(() => page.driver.get(`${world.foreign.url}/elsewhere`));
      await inSecond(() => page.run(() => app.client.signOut()));
      await inFirst(async () => {
        await page.driver.navigate().back();
        await page.ready();
        await shows("signed-out");
        const [{ code }] = await visitor.calls("/orders", 1);
        assert.equal(code, "ERR_NOT_SIGNED_IN");
        assert.equal(await status(), "signed-out");
      });
    });
  });

  test("a page out of the back/forward cache shows the session that goes on without it, and calls", async () => {
    await page.signIn();
    await inSecondTab(page, async ({ inFirst, inSecond }) => {
      await page.open("/second");
      await inFirst(() => page.driver.get(`${world.foreign.url}/elsewhere`));
      await inSecond(() => page.run(() => app.client.refresh()));
      const { expiresAt } = await inSecond(() => visitor.session());
      await inFirst(async () => {
        await page.driver.navigate().back();
        await page.ready();
        await until(async () => (await visitor.session()).expiresAt === expiresAt, "the renewed session");
        assert.equal(await status(), "signed-in");
        assert.deepEqual(await visitor.calls("/orders", 2), [200, 200]);
        assert.deepEqual(await visitor.eventsOf("signed-out"), []);
      });
    });
  });
});
