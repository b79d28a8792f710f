// Sessions of one tab each: what the tabs tell each other, what it is worth, and what a liar obtains.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startStage, until } from "./stage.mjs";

const channel = "strongroom/1/spa";

let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.close());

async function inScene(body) {
  const scene = await stage.begin({ isolation: "worker" });
  try {
    const first = await scene.open();
    const second = await scene.open();
    for (const tab of [first, second]) {
      await tab.run((name) => {
        app.notices = [];
        app.client.addEventListener("notice", ({ detail }) => app.notices.push(detail));
        app.channel = new BroadcastChannel(name);
        app.heard = [];
        app.channel.onmessage = ({ data }) => app.heard.push(data);
      }, channel);
    }
    await body(scene, first, second);
  } finally {
    await scene.close();
  }
}

const noticesOf = (tab) => tab.run(() => app.notices);
const heardBy = (tab) => tab.run(() => app.heard);

describe("notices between tabs", { timeout: 100_000 }, () => {
  test("a sign-in and a sign-out are told, by two words and nothing else", () =>
    inScene(async (scene, first, second) => {
      await scene.signIn(first);
      await until(async () => (await noticesOf(second)).length === 1, "a notice");
      // A session per tab: this one has none, and is told that it could have one.
      assert.deepEqual(await noticesOf(second), [{ what: "signed-in" }]);
      assert.equal((await second.session()).status, "signed-out");
      await first.run(() => app.client.refresh());
      assert.equal(await first.run(() => app.status("/first/echo")), 200);
      await first.run(() => app.client.signOut());
      await until(async () => (await noticesOf(second)).length === 2, "another notice");
      assert.deepEqual(await noticesOf(second), [{ what: "signed-in" }, { what: "signed-out" }]);
      assert.deepEqual(await noticesOf(first), [], "nobody hears its own");
      assert.deepEqual(await heardBy(second), ["signed-in", "signed-out"]);
    }));

  test("a sign-out elsewhere makes a tab ask the server about its own session", () =>
    inScene(async (scene, first, second) => {
      await scene.signIn(first);
      await first.run(() => app.client.signOut());
      await scene.signIn(second);
      await scene.signIn(first);
      // The mirror accepts the newest refresh token alone: the second tab's session is over, and it does not know.
      await first.run(() => app.client.signOut());
      await second.shows("signed-out");
      assert.equal((await second.session()).reason, "session-ended");
    }));

  test("a forged sign-out, however often, ends nothing and costs one renewal at most", () =>
    inScene(async (scene, first, second) => {
      await scene.signIn(first);
      const forge = () =>
        second.run(() => {
          for (let number = 0; number < 20; number += 1) app.channel.postMessage("signed-out");
        });
      await forge();
      await until(async () => (await first.eventsOf("refreshed")).length > 0, "the server's word");
      // It has been asked, and is not asked again.
      await forge();
      await until(async () => (await noticesOf(first)).length === 40, "all that was forged");
      assert.equal(await first.run(() => app.status("/first/echo")), 200);
      assert.deepEqual(await first.eventsOf("refresh-started"), [{ attempt: 1, cause: "notice" }]);
      assert.equal((await first.session()).status, "signed-in");
      assert.ok(scene.tokenRequests() <= 1, `${scene.tokenRequests()} renewals`);
      assert.deepEqual(await first.eventsOf("signed-out"), []);
    }));

  test("anything else on the channel is not heard", () =>
    inScene(async (scene, first, second) => {
      await scene.signIn(first);
      await second.run(() => {
        const words = [
          "",
          "signed-OUT",
          "renewed",
          null,
          7,
          { what: "signed-out" },
          ["signed-out"],
          new Map(),
        ];
        for (const word of words) app.channel.postMessage(word);
        app.channel.postMessage("signed-in");
      });
      await until(async () => (await noticesOf(first)).length > 0, "the word at the end");
      assert.deepEqual(await noticesOf(first), [{ what: "signed-in" }]);
      assert.equal(scene.tokenRequests(), 0);
      assert.equal((await first.session()).status, "signed-in");
    }));
});
