// Pages that come back: out of Chromium's back/forward cache, with a vault that has gone on without them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inScene, startStage, until } from "./stage.mjs";

let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.close());

const elsewhere = ({ app }) => `${app.url}/elsewhere`;
const isRestored = (tab) => tab.run(() => app.isRestored);

describe("a page of a shared vault that comes back", { timeout: 100_000 }, () => {
  test("has its session, asks nobody for it, and gets what it waited for", () =>
    inScene(stage, { isolation: "shared" }, async (scene, tab) => {
      await tab.run(() => {
        app.hanging = app.status("/waiting/hang");
      });
      await scene.control("waiting", "arrived");
      await tab.leave(elsewhere(scene));
      assert.equal(await tab.run(() => app.status("/elsewhere/echo")), 200);
      await tab.back();
      assert.equal(await isRestored(tab), true);
      await scene.control("waiting", "end");
      assert.equal(await tab.run(() => app.hanging), 200);
      assert.equal(await tab.run(() => app.status("/back/echo")), 200);
      assert.equal((await tab.session()).status, "signed-in");
      assert.equal(scene.tokenRequests(), 0);
      assert.deepEqual(await tab.eventsOf("signed-out"), []);
    }));

  test("is loaded anew if its vault had something to tell, and a sign-out stays one", () =>
    inScene(stage, { isolation: "shared" }, async (scene, tab) => {
      await tab.leave(elsewhere(scene));
      await tab.run(() => app.client.signOut());
      await tab.back();
      // Chromium takes a page out of the cache when a shared worker posts to it, be it on its way back already.
      await until(async () => {
        await tab.ready();
        return !(await isRestored(tab));
      }, "the page to be loaded anew");
      assert.deepEqual(await tab.notRestoredReasons(), ["sharedworker-message"]);
      assert.equal((await tab.session()).status, "signed-out");
      assert.equal((await tab.run(() => app.status("/back/echo"))).code, "ERR_NOT_SIGNED_IN");
    }));

  test("finds a vault that was ended meanwhile, and says so", () =>
    inScene(stage, { isolation: "shared" }, async (scene, tab) => {
      const vault = await scene.vault();
      await tab.leave(`${scene.mirror.url}/elsewhere/echo`);
      await vault.send("Runtime.evaluate", { expression: "self.close()" });
      await tab.back();
      assert.equal(await isRestored(tab), true);
      await tab.shows("signed-out");
      assert.equal((await tab.session()).reason, "vault-lost");
      assert.equal((await tab.run(() => app.status("/back/echo"))).code, "ERR_NOT_SIGNED_IN");
    }));
});

test("a page of a worker asks the server about its session when it comes back", () =>
  inScene(stage, { isolation: "worker" }, async (scene, tab) => {
    await tab.leave(elsewhere(scene));
    await tab.back();
    assert.equal(await isRestored(tab), true);
    assert.equal(await tab.run(() => app.status("/back/echo")), 200);
    assert.equal(scene.tokenRequests(), 1);
    const causes = (await tab.eventsOf("refresh-started")).map(({ cause }) => cause);
    assert.deepEqual(causes, ["restored"]);
  }));

describe("a reload of the only tab", () => {
  test("keeps the session in a shared vault, for no token request", () =>
    inScene(stage, { isolation: "shared" }, async (scene, tab) => {
      for (let number = 0; number < 5; number += 1) {
        await tab.reload();
        assert.equal((await tab.session()).status, "signed-in");
        assert.equal(await tab.run(() => app.status("/reload/echo")), 200);
      }
      assert.equal(scene.tokenRequests(), 0);
    }));

  test("ends the session of a worker, without an error or a reason", () =>
    inScene(stage, { isolation: "worker" }, async (scene, tab) => {
      await tab.reload();
      const { status, reason } = await tab.session();
      assert.deepEqual([status, reason], ["signed-out", null]);
      assert.equal((await tab.run(() => app.status("/reload/echo"))).code, "ERR_NOT_SIGNED_IN");
      assert.equal(scene.tokenRequests(), 0);
      assert.equal(scene.vaults().length, 1);
    }));
});
