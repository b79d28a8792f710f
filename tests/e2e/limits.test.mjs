// Sessions that end in time (BBA-5): warned of, put off by activity, and at the end signed out and revoked.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { inSecondTab } from "./app/tabs.mjs";
import { startVisitor } from "./app/visitor.mjs";

inEachHome((place) => {
  let visitor;
  let page;
  let world;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation });
    ({ page, world } = visitor);
    world.app.isFull = true;
  });
  after(() => visitor?.close());
  beforeEach(() => visitor.reset());

  const signInWith = async (session) => {
    world.app.options.session = session;
    await page.signIn();
    return visitor.control.stats().revocations;
  };
  const orders = () => `${world.api.url}/orders`;
  /** What was told of limits, in its order; how far the end was is seen to be at most two seconds, as was asked. */
  const told = async () => {
    const events = await page.run(() =>
      app.events.filter(([type]) => type.startsWith("session-") || type === "signed-out"),
    );
    return events.map(([type, { inSeconds, ...detail }]) => {
      if (type === "session-ending") assert.ok(inSeconds === 1 || inSeconds === 2, `in ${inSeconds} s`);
      return [type, detail];
    });
  };
  /** The server has been told, and the page can do no more. */
  const assertEnded = async (reason, revocations) => {
    const { status, ...session } = await visitor.session();
    assert.deepEqual([status, session.reason, session.claims], ["signed-out", reason, null]);
    assert.deepEqual(await visitor.calls("/orders", 1).then(([{ code }]) => code), "ERR_NOT_SIGNED_IN");
    await until(() => visitor.control.stats().revocations > revocations, "the revocation");
    assert.equal(visitor.control.stats().revocations, revocations + 1);
  };

  test("an idle session is warned, goes on after a call or a word of the application, and ends without", async () => {
    const revocations = await signInWith({ idleSeconds: 4, warnSeconds: 2 });
    await page.run(async (url) => {
      const isTold = (wanted, times) =>
        app.until(() => app.events.filter(([type]) => type === wanted).length === times, wanted);
      await isTold("session-ending", 1);
      await app.client.fetch(url);
      await isTold("session-continues", 1);
      await isTold("session-ending", 2);
      await app.client.touch();
      await isTold("session-continues", 2);
      await isTold("signed-out", 1);
    }, orders());
    const detail = { reason: "idle" };
    const once = [
      ["session-ending", detail],
      ["session-continues", detail],
    ];
    assert.deepEqual(await told(), [...once, ...once, ["session-ending", detail], ["signed-out", detail]]);
    await assertEnded("idle", revocations);
  });

  test("no call moves the absolute end", async () => {
    const revocations = await signInWith({ absoluteSeconds: 4, warnSeconds: 2 });
    const outcomes = await page.run(async (url) => {
      const outcomes = new Set();
      await app.until(async () => {
        const outcome = await app.client.fetch(url).then(({ status }) => status, app.describe);
        outcomes.add(outcome.code ?? outcome);
        return outcome !== 200;
      });
      return [...outcomes];
    }, orders());
    assert.deepEqual(outcomes, [200, "ERR_NOT_SIGNED_IN"]);
    assert.deepEqual(await told(), [
      ["session-ending", { reason: "absolute" }],
      ["signed-out", { reason: "absolute" }],
    ]);
    await assertEnded("absolute", revocations);
  });

  if (place.isolation === "shared") {
    test("activity in one tab is that of all, and all are told", async () => {
      await signInWith({ idleSeconds: 4, warnSeconds: 2 });
      await inSecondTab(page, async ({ inFirst, inSecond }) => {
        await page.open("/second");
        await page.run(async () => {
          await app.until(() => app.events.some(([type]) => type === "session-ending"));
          await app.client.touch();
          await app.until(() => app.events.some(([type]) => type === "signed-out"));
        });
        const types = async () => (await told()).map(([type]) => type);
        const expected = ["session-ending", "session-continues", "session-ending", "signed-out"];
        assert.deepEqual(await inSecond(types), expected);
        assert.deepEqual(await inFirst(types), expected);
      });
    });
  }

  test("a session without limits takes a touch and is told nothing", async () => {
    await signInWith(undefined);
    assert.equal(await page.run(() => app.client.touch()), undefined);
    assert.deepEqual(await told(), []);
  });
});
