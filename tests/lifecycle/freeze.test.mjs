// A page that the browser freezes, and a network that is away: the session goes on where it can, and is right afterwards.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startStage, until } from "./stage.mjs";

let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.close());

async function inScene(options, body) {
  const scene = await stage.begin(options);
  try {
    const tab = await scene.open();
    await body(scene, tab);
  } finally {
    await scene.close();
  }
}

/** How long a worker may go on after its page was frozen. */
const freezeMaxMs = 200;

/** Freezes a page for as long as the action takes. That it slept shows in its timers, and in its worker's. */
async function asleep(scene, tab, action) {
  const realms = [tab.target, ...(scene.options.isolation === "worker" ? [await scene.vault()] : [])];
  for (const realm of realms) {
    await realm.evaluate("globalThis.ticks = [], setInterval(() => { ticks.push(Date.now()); }, 10), null");
    await until(() => realm.evaluate("ticks.length > 0"), "a tick");
  }
  await tab.target.send("Page.setWebLifecycleState", { state: "frozen" });
  const begin = Date.now() + freezeMaxMs;
  await action();
  const end = Date.now();
  await tab.target.send("Page.setWebLifecycleState", { state: "active" });
  for (const realm of realms) {
    await until(() => realm.evaluate(`ticks.at(-1) > ${end}`), "the thaw");
    assert.equal(await realm.evaluate(`ticks.filter((at) => at > ${begin} && at < ${end}).length`), 0);
  }
}

/** So long that every bounded wait of a page that was frozen in the middle of it is over. */
const longerThanAnyWaitMs = 17_000;
const pass = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a frozen page", { concurrency: 4, timeout: 200_000 }, () => {
  for (const isolation of ["shared", "worker"]) {
    test(`${isolation}: has its session and its calls when it thaws, however long it slept`, () =>
      inScene({ isolation }, async (scene, tab) => {
        await scene.signIn(tab);
        await tab.run(() => {
          app.hanging = app.status("/sleeping/hang");
          // What else waits: a body, and a question.
          app.half = app.client.fetch(`${app.url}/half/pieces`).then((response) => response.text());
        });
        await scene.control("sleeping", "arrived");
        await asleep(scene, tab, () => pass(longerThanAnyWaitMs));
        await scene.control("half", "end");
        await scene.control("sleeping", "end");
        assert.equal(await tab.run(() => app.hanging), 200);
        assert.equal(await tab.run(() => app.half), "piece 1;");
        const { status, reason } = await tab.session();
        assert.deepEqual([status, reason], ["signed-in", null]);
        assert.equal(await tab.run(() => app.status("/after/echo")), 200);
        assert.deepEqual(await tab.eventsOf("signed-out"), []);
        assert.equal(scene.tokenRequests(), 0);
      }));

    test(`${isolation}: whose token expired meanwhile renews it once`, () =>
      inScene({ isolation }, async (scene, tab) => {
        scene.mirror.tokens.hold();
        await scene.signIn(tab, 1);
        const { expiresAt } = await tab.session();
        await asleep(scene, tab, async () => {
          await until(() => Date.now() > expiresAt, "expiry");
          // A dedicated worker sleeps with its page; a shared one renews in time.
          if (isolation === "shared")
            await until(() => scene.tokenRequests() === 1, "the renewal by schedule");
        });
        await tab.run(() => {
          app.all = Promise.all(Array.from({ length: 5 }, () => app.status("/after/echo")));
        });
        await tab.isHeard();
        scene.mirror.tokens.release();
        const statuses = await tab.run(() => app.all);
        assert.equal(scene.tokenRequests(), 1);
        assert.deepEqual(statuses, Array(5).fill(200));
        await tab.shows("signed-in");
      }));
  }

  test("shared: another page's session is renewed while one sleeps, and the sleeper shows it", () =>
    inScene({ isolation: "shared" }, async (scene, sleeper) => {
      const awake = await scene.open();
      await asleep(scene, sleeper, async () => {
        await scene.signIn(awake, 1);
        await until(() => scene.tokenRequests() === 1, "the renewal by schedule");
        await awake.run(() => app.until(() => app.client.session.expiresAt > Date.now() + 60_000));
        assert.equal(await awake.run(() => app.status("/awake/echo")), 200);
      });
      await sleeper.shows("signed-in");
      assert.equal((await sleeper.session()).expiresAt, (await awake.session()).expiresAt);
      assert.equal(await sleeper.run(() => app.status("/sleeper/echo")), 200);
      assert.equal(scene.tokenRequests(), 1);
    }));

  test("shared: a sign-out while it sleeps is not undone", () =>
    inScene({ isolation: "shared" }, async (scene, sleeper) => {
      const awake = await scene.open();
      await scene.signIn(awake);
      await sleeper.shows("signed-in");
      await asleep(scene, sleeper, () => awake.run(() => app.client.signOut()));
      assert.equal((await sleeper.run(() => app.status("/sleeper/echo"))).code, "ERR_NOT_SIGNED_IN");
      const { status, reason } = await sleeper.session();
      assert.deepEqual([status, reason], ["signed-out", "sign-out"]);
    }));
});

const offline = { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };

/** Ways to lose the network; each gives the way back. */
const losses = [
  {
    how: "a server that is away",
    isolations: ["shared", "worker"],
    async lose({ relay }) {
      relay.cut();
      return () => relay.restore();
    },
  },
  {
    // Chromium cannot do that to dedicated workers.
    how: "a browser that is offline",
    isolations: ["shared"],
    async lose(scene) {
      const vault = await scene.vault();
      await vault.send("Network.enable");
      await vault.send("Network.emulateNetworkConditions", offline);
      return () => vault.send("Network.emulateNetworkConditions", { ...offline, offline: false });
    },
  },
];

describe("without a network", { timeout: 100_000 }, () => {
  for (const { how, isolations, lose } of losses) {
    for (const isolation of isolations) {
      test(`${isolation}: ${how} delays the renewal, and the session goes on by itself`, () =>
        inScene({ isolation }, async (scene, tab) => {
          await scene.signIn(tab);
          const restore = await lose(scene);
          const failure = await tab.run(() => app.client.refresh().then(String, app.describe));
          assert.equal(failure.code, "ERR_UNREACHABLE");
          assert.equal((await tab.session()).status, "renewal-delayed");
          // A call fails as native `fetch` does, and the session stays.
          const call = await tab.run(() => app.status("/offline/echo"));
          assert.deepEqual([call.name, call.isTypeError, call.code], ["TypeError", true, undefined]);
          assert.equal((await tab.session()).status, "renewal-delayed");
          await restore();
          await tab.shows("signed-in");
          assert.equal(await tab.run(() => app.status("/online/echo")), 200);
          assert.equal((await tab.session()).reason, null);
        }));
    }
  }
});
