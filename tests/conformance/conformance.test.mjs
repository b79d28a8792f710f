// Each row of modules/, in a real browser, against a server that misbehaves as the row says.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { browserNames } from "../e2e/browsers.mjs";
import { modules } from "./modules/index.mjs";
import { startStage } from "./stage.mjs";

/** Where a client that rejects may have been: nowhere further. */
const beyond = {
  signIn: ["par", "authorization", "token", "jwks", "userinfo", "api"],
  callback: ["token", "jwks", "userinfo", "api"],
  token: ["userinfo", "api"],
  refresh: ["userinfo", "api"],
};

const steps = {
  signIn: async ({ page }) => {
    await page.open("/");
    await page.run(() => app.client.signIn());
  },
  callback: (scene) => scene.signIn(),
  token: (scene) => scene.signIn(),
  refresh: async (scene) => {
    await scene.signIn();
    await scene.page.run(() => app.client.refresh());
  },
};

async function rejects(scene, [where, code, says]) {
  const rejection = await scene.refusal(() => steps[where](scene));
  assert.deepEqual([rejection.code, rejection.isStrongroomError], [code, true], rejection.message);
  assert.ok(rejection.message.includes(says), rejection.message);
  await scene.isSilent();
  const { server } = scene;
  assert.deepEqual(
    beyond[where].filter((endpoint) => server.count(endpoint) > 0),
    [],
  );
  assert.ok(server.count("token") <= (where === "refresh" ? 2 : 1), "a code or refresh token was sent again");
  assert.equal((await scene.session()).claims, null);
}

async function accepts(scene, [, proof]) {
  await scene.signIn();
  await proof(scene);
}

for (const browserName of browserNames) {
  describe(`in ${browserName}`, { timeout: 400_000 }, () => {
    let stage;
    before(async () => {
      stage = await startStage(browserName);
    });
    after(() => stage?.close());

    for (const row of modules.filter(({ everywhere }) => everywhere || browserName === "chromium")) {
      test(row.module, async () => {
        const scene = await stage.begin(row.script, row.options);
        if (row.rejects !== undefined) await rejects(scene, row.rejects);
        else await accepts(scene, row.accepts);
        assert.deepEqual(scene.server.faults, [], "the client made requests that no server takes");
      });
    }

    test("the control: a client that goes on is not silent", async () => {
      const scene = await stage.begin();
      await scene.signIn();
      await assert.rejects(scene.isSilent(), { code: "ERR_ASSERTION" });
    });

    test("of those that rejected, none made a request until now", () => {
      const silent = stage.scenes.filter(({ silentFrom }) => silentFrom !== undefined);
      assert.ok(silent.length > 0);
      for (const scene of silent) assert.deepEqual(scene.late(), []);
    });
  });
}
