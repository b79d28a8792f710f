// A vault that ends or hangs: whoever waits for it is told in bounded time, and what comes next is clear.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inScene, startStage, timed, until } from "./stage.mjs";

/** Looks at a vault that says nothing, five seconds apart, and some; as long as it may take to start. */
const noticedMaxMs = 21_000;

/** How a vault ends, and whether the page's next call finds another. */
const ends = [
  { isolation: "shared", how: "ended", hasSuccessor: true },
  { isolation: "worker", how: "ended", hasSuccessor: true },
  // The browser gives every page that asks for this name the one that hangs.
  { isolation: "shared", how: "hung", hasSuccessor: false },
  { isolation: "worker", how: "hung", hasSuccessor: true },
];

let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.close());

describe("a vault is lost", { concurrency: 4, timeout: 300_000 }, () => {
  for (const { isolation, how, hasSuccessor } of ends) {
    test(`${isolation}, ${how}: calls in flight and bodies half read reject with ERR_VAULT`, () =>
      inScene(stage, { isolation }, async (scene, tab) => {
        await tab.run(async () => {
          app.half = await app.client.fetch(`${app.url}/half/half`);
          app.reader = app.half.body.getReader();
          await app.reader.read();
          app.whole = (await app.client.fetch(`${app.url}/whole/half`)).text().then(String, app.describe);
          app.hanging = app.status("/hanging/hang");
        });
        await scene.control("hanging", "arrived");
        const outcomes = tab.run(() =>
          Promise.all([app.hanging, app.whole, app.reader.read().then(String, app.describe)]),
        );
        await endVault[how](await scene.vault());
        const { value, ms } = await timed(() => outcomes);
        assert.deepEqual(
          value.map(({ code, isStrongroomError }) => [code, isStrongroomError]),
          Array(3).fill(["ERR_VAULT", true]),
        );
        assert.ok(ms < noticedMaxMs, `after ${ms} ms`);
        const { status, reason, expiresAt } = await tab.session();
        assert.deepEqual([status, reason, expiresAt], ["signed-out", "vault-lost", null]);
        assert.deepEqual(await tab.eventsOf("signed-out"), [{ reason: "vault-lost" }]);
        await (hasSuccessor ? startsAnew : staysLost)(scene, tab);
      }));

    test(`${isolation}, ${how}: the next call finds out if nobody was waiting`, () =>
      inScene(stage, { isolation }, async (scene, tab) => {
        await endVault[how](await scene.vault());
        const { value, ms } = await timed(() => tab.run(() => app.status("/idle/echo")));
        assert.equal(value.code, "ERR_VAULT");
        assert.ok(ms < noticedMaxMs, `after ${ms} ms`);
        assert.equal((await tab.session()).reason, "vault-lost");
        await (hasSuccessor ? startsAnew : staysLost)(scene, tab);
      }));
  }

  test("shared, hung: a new tab is told in bounded time, and `auto` takes a worker", () =>
    inScene(stage, { isolation: "shared" }, async (scene) => {
      await endVault.hung(await scene.vault());
      const { value: second, ms } = await timed(() => scene.open());
      assert.equal((await second.run(() => app.failure)).code, "ERR_VAULT");
      assert.ok(ms < noticedMaxMs + 5_000, `after ${ms} ms`);
      const third = await scene.open("/", { ...scene.options, isolation: "auto" });
      const { isolation, status } = await third.session();
      assert.deepEqual([isolation, status], ["worker", "signed-out"]);
      await scene.signIn(third);
      assert.equal(await third.run(() => app.status("/third/echo")), 200);
    }));

  test("shared, hung until it was asked twice: it is not lost, and what waited goes on", () =>
    inScene(stage, { isolation: "shared" }, async (scene, tab) => {
      await tab.run(() => {
        app.asked = 0;
        const { postMessage } = MessagePort.prototype;
        MessagePort.prototype.postMessage = function (message, transfer) {
          if (message.type === "ping") app.asked += 1;
          return postMessage.call(this, message, transfer);
        };
      });
      const vault = await scene.vault();
      await endVault.hung(vault);
      await tab.run(() => {
        app.waiting = app.status("/while/echo");
      });
      await until(() => tab.run(() => app.asked === 2), "two questions");
      await vault.send("Runtime.terminateExecution");
      assert.equal(await tab.run(() => app.waiting), 200);
      assert.deepEqual(await tab.eventsOf("signed-out"), []);
    }));

  test("shared, hung for a while: its session is still there when it answers again", () =>
    inScene(stage, { isolation: "shared" }, async (scene, tab) => {
      const vault = await scene.vault();
      await endVault.hung(vault);
      assert.equal((await tab.run(() => app.status("/while/echo"))).code, "ERR_VAULT");
      await vault.send("Runtime.terminateExecution");
      assert.equal(await tab.run(() => app.status("/while/echo")), 200);
      await tab.shows("signed-in");
    }));
});

const endVault = {
  ended: (vault) => vault.send("Runtime.evaluate", { expression: "self.close()" }),
  // In a task of its own: Chromium does not end a worker in the middle of a debugger's.
  hung: (vault) => vault.send("Runtime.evaluate", { expression: "setTimeout(() => { for (;;); })" }),
};

/** The next call opens a new vault, which has no session, and which one can sign in to. */
async function startsAnew(scene, tab) {
  const next = await tab.run(() => app.status("/next/echo"));
  assert.equal(next.code, "ERR_NOT_SIGNED_IN");
  await scene.signIn(tab);
  assert.equal(await tab.run(() => app.status("/next/echo")), 200);
  const { status, reason } = await tab.session();
  assert.deepEqual([status, reason], ["signed-in", null]);
  await until(() => scene.vaults().length === 1, "one vault alone");
}

/** The next call finds the same vault, and is told so in bounded time. */
async function staysLost(_, tab) {
  const { value, ms } = await timed(() => tab.run(() => app.status("/next/echo")));
  assert.equal(value.code, "ERR_VAULT");
  assert.ok(ms < noticedMaxMs, `after ${ms} ms`);
}
