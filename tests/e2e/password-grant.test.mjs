// `signIn({ credentials })` with an OAuth server of the old kind (9700-8).
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startLegacyServer } from "./app/legacy-server.mjs";
import { inEachHome } from "./app/matrix.mjs";
import { startWorld } from "./app/world.mjs";

const password = "strongroom";

inEachHome((place) => {
  let world;
  let page;
  let legacy;

  before(async () => {
    legacy = await startLegacyServer();
    world = await startWorld(place.browser, { isolation: place.isolation });
    ({ page } = world);
    world.app.isFull = true;
    world.app.recordsMessages = true;
    world.app.options = {
      provider: {
        type: "oauth",
        clientId: "old",
        endpoints: legacy.endpoints,
        scope: "api offline_access",
        legacyPasswordGrant: true,
      },
      resources: [`${legacy.url}/api`],
      isolation: place.isolation,
    };
  });
  after(async () => {
    await world?.close();
    await legacy?.close();
  });
  beforeEach(async () => {
    await world.moveOn();
    await page.open("/");
    legacy.forms.length = 0;
    legacy.calls.length = 0;
  });

  const signIn = (given) =>
    page.run((password) => app.client.signIn({ credentials: { username: "ada", password } }), given);
  const status = () => page.run(() => app.client.session.status);
  const call = () =>
    page.run((url) => app.client.fetch(url).then((answer) => answer.status), `${legacy.url}/api/orders`);

  test("a password signs in, is sent once, and is nowhere afterwards", async () => {
    await signIn(password);
    assert.equal(await status(), "signed-in");
    assert.equal(await call(), 200);
    await page.run(() => app.client.refresh());
    assert.equal(await call(), 200);
    const [first, second] = legacy.forms;
    assert.equal(legacy.forms.length, 2);
    assert.deepEqual(first, {
      grant_type: "password",
      username: "ada",
      password,
      scope: "api offline_access",
      client_id: "old",
    });
    assert.deepEqual(Object.keys(second), ["grant_type", "refresh_token", "client_id"]);
    const kept = await page.run(() =>
      JSON.stringify([
        app.events,
        app.client.session,
        { ...localStorage },
        { ...sessionStorage },
        location.href,
      ]),
    );
    assert.ok(kept.includes("signed-in") && !kept.includes('strongroom"'), kept);
  });

  test("a wrong one is refused with a code of its own, which does not hold it", async () => {
    const refused = async (act) => {
      const rejection = await page.rejection(act, "wr0ng");
      assert.ok(!JSON.stringify(rejection).includes("wr0ng"));
      return [rejection.code, rejection.error];
    };
    const attempt = (password) => app.client.signIn({ credentials: { username: "ada", password } });
    assert.deepEqual(await refused(attempt), ["ERR_CREDENTIALS", "invalid_grant"]);
    assert.equal(await status(), "signed-out");
    legacy.control.refuse(400, { error: "unauthorized_client" });
    assert.deepEqual(await refused(attempt), ["ERR_REFUSED", "unauthorized_client"]);
    assert.equal(legacy.forms.length, 2);
    await signIn(password);
    assert.deepEqual(await refused(attempt), ["ERR_CREDENTIALS", "invalid_grant"]);
    assert.deepEqual([await status(), await call()], ["signed-in", 200], "the session that was there stays");
  });

  test("credentials that are none are refused before anything is sent", async () => {
    const options = async (given) => {
      const { code, option } = await page.rejection((given) => app.client.signIn(given), given);
      return [code, option];
    };
    const credentials = { username: "ada", password };
    assert.deepEqual(await options({ credentials, mode: "silent" }), ["ERR_INVALID_OPTION", "mode"]);
    assert.deepEqual(await options({ credentials: { username: "ada" } }), [
      "ERR_INVALID_OPTION",
      "credentials",
    ]);
    assert.deepEqual(legacy.forms, []);
  });

  test("the common engine refuses the option", async () => {
    await world.moveOn();
    world.app.isFull = false;
    try {
      await assert.rejects(page.open("/"), ({ description: { code, option } }) => {
        assert.deepEqual([code, option], ["ERR_INVALID_OPTION", "provider.legacyPasswordGrant"]);
        return true;
      });
    } finally {
      world.app.isFull = true;
    }
  });
});
