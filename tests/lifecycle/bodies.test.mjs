// Bodies that nobody can read any more: their calls end, although the page still runs.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inScene, startStage, until } from "./stage.mjs";

let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.close());

/** How many pieces the page reads before it drops the body. From the second on it asks ahead for more. */
const uses = { "never read": 0, "read in part, with more asked for ahead": 2 };

for (const isolation of ["worker", "shared"]) {
  describe(`a body that is dropped, ${isolation}`, { timeout: 120_000 }, () => {
    for (const [name, pieces] of Object.entries(uses)) {
      test(`${name}: garbage collection ends its call, and a body that is held goes on`, async () => {
        const scene = await stage.begin({ isolation });
        try {
          const tab = await scene.open();
          await scene.signIn(tab);
          for (const run of ["dropped", "held"]) {
            await tab.run(async (run) => {
              app[run] = (await app.client.fetch(`${app.url}/${run}/pieces`)).body.getReader();
            }, run);
            for (let read = 0; read < pieces; read++) {
              if (read > 0) await scene.control(run, "next");
              await tab.run((run) => app[run].read().then(() => {}), run);
            }
          }
          await tab.run(() => {
            app.dropped = undefined;
          });
          await collected(scene, tab, "dropped");
          await scene.control("held", "end");
          await tab.run(async () => {
            for (let step = {}; !step.done; ) step = await app.held.read();
          });
          assert.deepEqual(await scene.control("held", "closed"), { isClosed: true, isComplete: true });
        } finally {
          await scene.close();
        }
      });
    }
  });
}

for (const isolation of ["worker", "shared"]) {
  test(`a body that is given up while a piece is on its way: no error is left over, ${isolation}`, () =>
    inScene(stage, { isolation }, async (scene, tab) => {
      await tab.run(async () => {
        app.errors = [];
        addEventListener("error", ({ message }) => app.errors.push(message));
        app.reader = (await app.client.fetch(`${app.url}/given-up/pieces`)).body.getReader();
        await app.reader.read();
      });
      await scene.control("given-up", "next");
      const errors = await tab.run(async () => {
        const reading = app.reader.read();
        // The vault answers meanwhile; this page hears of it afterwards.
        for (const end = performance.now() + 300; performance.now() < end; );
        await app.reader.cancel();
        await reading;
        await app.status("/later/echo");
        return app.errors;
      });
      assert.deepEqual(errors, []);
    }));
}

/** Collects the page's garbage until a run's connection is gone; its server sends nothing meanwhile. */
async function collected(scene, tab, run) {
  await until(async () => {
    await tab.target.send("HeapProfiler.collectGarbage");
    return (await scene.control(run, "state")).isClosed;
  }, `the end of ${run}`);
}
