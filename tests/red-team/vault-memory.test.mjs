// Promise 1, the vault's memory: after the sign-out nothing of the session is left in it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until } from "./devtools.mjs";
import { readMemory } from "./heap.mjs";
import { Finder } from "./secrets.mjs";
import { startStage, vaultHomes } from "./stage.mjs";

describe("the vault's memory", { timeout: 300_000 }, () => {
  let stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage?.close());

  for (const isolation of vaultHomes) {
    test(`${isolation}: holds the tokens of a session, and none after the sign-out`, async () => {
      const visit = await stage.visit({ isolation });
      await visit.signIn();
      assert.deepEqual(await visit.call("/orders", 3), [200, 200, 200]);
      await visit.refresh(5);
      const search = async () => {
        const finder = new Finder(visit.secrets());
        const { strings, memories, bufferSizes } = await readMemory(visit.vault());
        const others = bufferSizes.filter((size) => size !== memories[0].length);
        return { strings: finder.findIn(strings), memories: finder.findIn(memories), others };
      };
      const during = await search();
      assert.ok(during.memories.refresh_token >= 1, "the control: the engine's memory has the refresh token");
      assert.ok(during.strings.access_token >= 1, "the control: the lease has the access token");

      await visit.signOut();
      await until(
        () => visit.requests().filter(({ path }) => path.includes("revocation")).length >= 1,
        "revocation",
      );
      assert.deepEqual(await search(), { strings: {}, memories: {}, others: [] });
      await visit.close();
    });
  }
});
