// The first configuration wins, for as long as a page is there that relies on it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startStage, until } from "./stage.mjs";

let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.close());

async function inScene(body) {
  const scene = await stage.begin({ isolation: "shared" });
  try {
    const first = await scene.open();
    await scene.signIn(first);
    await body(scene, first);
  } finally {
    await scene.close();
  }
}

/** The same client with one more resource, as a new release of the application may have it. */
const released = ({ options }) => ({
  ...options,
  resources: [...options.resources, "https://api.invalid/"],
});

test("another configuration beside the first is refused, and changes nothing", () =>
  inScene(async (scene, first) => {
    const second = await scene.open("/", released(scene));
    const { code, isStrongroomError } = await second.run(() => app.failure);
    assert.deepEqual([code, isStrongroomError], ["ERR_CONFIGURED", true]);
    assert.equal(await first.run(() => app.status("/first/echo")), 200);
    assert.equal((await first.session()).status, "signed-in");
    const third = await scene.open();
    assert.equal((await third.session()).status, "signed-in");
  }));

test("the same configuration written otherwise is the same", () =>
  inScene(async (scene) => {
    const { provider, resources, isolation } = scene.options;
    const turned = {
      resources: [...resources],
      isolation,
      provider: Object.fromEntries(Object.entries(provider).reverse()),
    };
    const second = await scene.open("/", turned);
    assert.equal(await second.run(() => app.failure), undefined);
    assert.equal(await second.run(() => app.status("/second/echo")), 200);
  }));

test("a vault without pages takes another configuration, and forgets the session", () =>
  inScene(async (scene, first) => {
    const [vault] = scene.vaults();
    await first.close();
    // The browser keeps the vault for a while: with the same configuration its session would still be there.
    const same = await scene.open();
    assert.equal((await same.session()).status, "signed-in");
    await same.close();
    const other = await scene.open("/", released(scene));
    assert.deepEqual(scene.vaults(), [vault], "one vault, which never ended");
    assert.equal(await other.run(() => app.failure), undefined);
    assert.equal((await other.session()).status, "signed-out");
    assert.equal((await other.run(() => app.status("/other/echo"))).code, "ERR_NOT_SIGNED_IN");
    await scene.signIn(other);
    assert.equal(await other.run(() => app.status("/other/echo")), 200);
  }));

test("a reload of the only tab takes another configuration", () =>
  inScene(async (scene, first) => {
    for (let number = 0; number < 5; number += 1) {
      scene.app.options = number % 2 === 0 ? released(scene) : scene.options;
      await first.reload();
      assert.equal(await first.run(() => app.failure), undefined, `reload ${number}`);
      assert.equal((await first.session()).status, "signed-out");
      await scene.signIn(first);
    }
  }));

test("a page in the back/forward cache relies on nothing, and begins anew when it comes back", () =>
  inScene(async (scene, first) => {
    scene.app.options = released(scene);
    await first.leave(`${scene.app.url}/released`);
    assert.equal(await first.run(() => app.failure), undefined);
    assert.equal((await first.session()).status, "signed-out");
    await scene.signIn(first);
    scene.app.options = scene.options;
    await first.back();
    assert.equal(await first.run(() => app.failure), undefined);
    await first.shows("signed-out");
    // What the page that was left, and is in the cache itself now, had signed in to is not its.
    assert.equal((await first.run(() => app.status("/back/echo"))).code, "ERR_NOT_SIGNED_IN");
    await scene.signIn(first);
    assert.equal(await first.run(() => app.status("/back/echo")), 200);
  }));

test("once the old tabs are gone a refused one can begin", () =>
  inScene(async (scene, first) => {
    const second = await scene.open("/", released(scene));
    assert.equal((await second.run(() => app.failure)).code, "ERR_CONFIGURED");
    await first.close();
    await until(
      () =>
        second.run(async () => {
          app.client = await app.createClient(app.options);
          return true;
        }),
      "the new configuration",
    );
    assert.equal((await second.session()).status, "signed-out");
  }));
