// Several tabs of one application: what they share, what one of them can end, and for whom.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startStage } from "./stage.mjs";

let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.close());

async function inTwoTabs(isolation, body) {
  const scene = await stage.begin({ isolation });
  try {
    const first = await scene.open();
    await scene.signIn(first);
    await body(scene, first, await scene.open());
  } finally {
    await scene.close();
  }
}

/** A tab with a call that is never answered and a body that does not end. */
async function holdCalls(scene, tab, name) {
  await tab.run(async (name) => {
    app.waiting = app.status(`/${name}-hang/hang`);
    app.half = await app.client.fetch(`${app.url}/${name}-half/pieces`);
  }, name);
  await scene.control(`${name}-hang`, "arrived");
}

/** The connections of both calls are gone without a whole answer. */
async function sawTheEnd(scene, name) {
  for (const run of [`${name}-hang`, `${name}-half`]) {
    assert.deepEqual(await scene.control(run, "closed"), { isClosed: true, isComplete: false }, run);
  }
}

/** Both calls are still there: they end as the server wants. */
async function goesOn(scene, tab, name) {
  for (const run of [`${name}-hang`, `${name}-half`]) await scene.control(run, "end");
  assert.equal(await tab.run(() => app.waiting), 200);
  assert.equal(await tab.run(() => app.half.text()), "piece 1;");
}

describe("tabs of a shared vault", { timeout: 200_000 }, () => {
  test("closing a tab aborts its calls and not another's", () =>
    inTwoTabs("shared", async (scene, first, second) => {
      await holdCalls(scene, first, "first");
      await holdCalls(scene, second, "second");
      await second.close();
      await sawTheEnd(scene, "second");
      await goesOn(scene, first, "first");
    }));

  test("reloading aborts a tab's calls and not another's", () =>
    inTwoTabs("shared", async (scene, first, second) => {
      await holdCalls(scene, first, "first");
      await holdCalls(scene, second, "second");
      await second.reload();
      await sawTheEnd(scene, "second");
      await goesOn(scene, first, "first");
    }));

  test("a tab that crashes loses its calls; another goes on, and shows the session", () =>
    inTwoTabs("shared", async (scene, first, second) => {
      await holdCalls(scene, first, "first");
      await holdCalls(scene, second, "second");
      second.target.send("Page.crash").catch(() => {});
      await sawTheEnd(scene, "second");
      await goesOn(scene, first, "first");
      assert.equal((await first.session()).status, "signed-in");
    }));

  test("a client that closes keeps the session for the others; the last one ends it", () =>
    inTwoTabs("shared", async (scene, first, second) => {
      await holdCalls(scene, first, "first");
      await holdCalls(scene, second, "second");
      await first.run(() => app.client.close());
      await sawTheEnd(scene, "first");
      assert.equal((await first.session()).status, "signed-out");
      assert.equal((await first.run(() => app.status("/closed/echo"))).code, "ERR_CLOSED");
      await goesOn(scene, second, "second");
      assert.equal((await second.session()).status, "signed-in");
      await second.run(() => app.client.close());
      const third = await scene.open();
      assert.equal((await third.session()).status, "signed-out");
    }));

  test("twenty tabs whose token expired renew it once", async () => {
    const scene = await stage.begin({ isolation: "shared", refresh: { timeoutSeconds: 20 } });
    try {
      const tabs = [];
      for (let number = 0; number < 20; number += 1) tabs.push(await scene.open());
      scene.mirror.tokens.hold();
      await scene.signIn(tabs[0], 1);
      await tabs[0].run(() => app.until(() => Date.now() > app.client.session.expiresAt, "expiry"));
      for (const tab of tabs) {
        await tab.run(() => {
          app.many = Promise.all(Array.from({ length: 20 }, () => app.status("/many/echo")));
        });
        await tab.isHeard();
      }
      scene.mirror.tokens.release();
      const statuses = await Promise.all(tabs.map((tab) => tab.run(() => app.many)));
      assert.equal(scene.tokenRequests(), 1);
      assert.deepEqual(statuses.flat(), Array(400).fill(200));
    } finally {
      await scene.close();
    }
  });
});
