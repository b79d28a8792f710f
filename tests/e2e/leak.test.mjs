// Promise 1, memory only: no token, code or verifier is found outside of the page's memory.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inEachHome, outlivesPages } from "./app/matrix.mjs";
import { startWorld } from "./app/world.mjs";

/**
 * What the browser itself keeps of the redirect, for as long as the callback's document lives: the timing entry of
 * its navigation bears the URL that it came to, and no script can change that. The code is spent and was of no use
 * without its verifier.
 */
const keptByTheBrowser = { "performance entries": ["code", "state"] };

/** A secret and each of its parts: a JWT's payload or signature alone would be as bad. */
const parts = (kind, secret) => [secret, ...secret.split(".")].map((part) => [kind, part]);

inEachHome((place) => {
  const { isolation } = place;
  let world;
  let page;

  before(async () => {
    world = await startWorld(place.browser, { isolation });
    ({ page } = world);
  });
  after(() => world?.close());

  const prepare = () =>
    page.run(async () => {
      app.errors = [];
      const { places, search } = await app.load("/app/places.js");
      Object.assign(app, { places, search });
    });
  const search = (secrets) => page.run((secrets) => app.search(secrets), secrets);
  const consoleText = () => (world.browser.consoleMessages() ?? []).join("\n");

  test("promise 1: tokens, code and verifier are in memory only", async () => {
    const { control } = world.authorizationServer;
    const issued = () => control.issuedTokens().flatMap(({ kind, value }) => parts(kind, value));

    await page.open("/");
    await page.leaveToSignIn({ returnTo: "/somewhere" });
    const callback = new URL(await page.comeBack());
    await prepare();
    const pending = await page.run(() =>
      Object.entries(sessionStorage).find(([key]) => key.startsWith("strongroom.sign-in.")),
    );
    const { code, state } = Object.fromEntries(callback.searchParams);
    // The one exception, documented: where no vault survives the redirect, a pending sign-in waits in sessionStorage.
    assert.equal(pending === undefined, outlivesPages(place));
    const verifier = new URLSearchParams(pending?.[1]).get("code_verifier");
    const ofSignIn = verifier === null ? { code, state } : { code, state, verifier };
    if (verifier !== null) assert.equal(verifier.length, 43);
    const transient = Object.entries(ofSignIn);
    assert.deepEqual(await search(transient), {
      ...(verifier === null ? {} : { sessionStorage: ["state", "verifier"] }),
      URL: ["code", "state"],
      ...keptByTheBrowser,
    });

    // The page gives the callback to its vault, with what it kept for it, and is told nothing in return.
    const given = isolation === "page" ? {} : { messages: Object.keys(ofSignIn) };
    const kept = { ...keptByTheBrowser, ...given };

    // Its entry is gone before the code is redeemed.
    control.outage({ mode: "hold" });
    await page.run(() => {
      app.completing = app.client.completeSignIn();
      return app.until(
        () => location.search === "" && sessionStorage.length === 0,
        "the callback to be gone",
      );
    });
    await page.run(() => app.until(() => app.client.session.status === "signing-in", "the redemption"));
    assert.deepEqual(await search(transient), kept);
    control.endOutage();
    await page.run(() => app.completing);

    // Everything that could make a client talk.
    await page.run(async (url) => {
      const attempt = (action) =>
        Promise.resolve()
          .then(action)
          .catch((error) => app.errors.push(error));
      for (let call = 0; call < 3; call += 1) await app.client.fetch(url);
      for (let refresh = 0; refresh < 3; refresh += 1) await app.client.refresh();
      await app.client.fetch(new Request(url, { headers: { "x-own": "1" } }));
      await attempt(() => app.client.getAccessToken());
      await attempt(() => app.client.fetch(url, { signal: AbortSignal.abort() }));
      await attempt(() => app.client.setTokens({ access_token: "\u0000" }));
      await attempt(() => app.client.signIn({ returnTo: "https://foreign.invalid/" }));
      await attempt(() => app.createClient({ ...app.options, unknown: 1 }));
    }, `${world.api.url}/orders`);
    control.revokeAccessTokens();
    await page.run((url) => app.client.fetch(url), `${world.api.url}/orders`);
    for (const mode of ["503", "html", "reset"]) {
      control.outage({ mode });
      await page.run(() => app.client.refresh().catch((error) => app.errors.push(error)));
    }
    control.endOutage();
    await page.run(() => app.client.refresh());

    const secrets = () => [...transient, ...issued()];
    const kinds = new Set(secrets().map(([kind]) => kind));
    for (const kind of ["access_token", "refresh_token", "id_token", "code"]) assert.ok(kinds.has(kind));
    assert.ok(control.stats().refreshes >= 5, "there were renewals");
    assert.equal(await page.run(() => app.errors.length), 8, "there were errors to search");
    assert.deepEqual(await search(secrets()), kept, "while signed in");

    await page.run(() => app.client.signOut());
    assert.deepEqual(await search(secrets()), kept, "after the sign-out");
    for (const [kind, secret] of secrets()) {
      assert.ok(!consoleText().includes(secret), `${kind} in what the browser says was printed`);
    }

    // What stays on the disk is there for the next page as well.
    await page.open("/");
    await prepare();
    assert.deepEqual(await search(secrets()), {}, "on the next page");
    assert.deepEqual(await page.run(() => [localStorage.length, sessionStorage.length, document.cookie]), [
      0,
      0,
      "",
    ]);
  });

  test("the control: each kind of secret is found in each place when it is there", async () => {
    await page.signIn();
    await prepare();
    const issued = world.authorizationServer.control.issuedTokens();
    for (const wanted of ["access_token", "refresh_token", "id_token"]) {
      const { kind, value } = issued.find(({ kind }) => kind === wanted);
      const found = await page.run(
        async (kind, text) => {
          const found = {};
          for (const [name, { plant, read, remove }] of Object.entries(app.places)) {
            const has = async () => (await read()).includes(text);
            await plant(text);
            await app.until(has, `${name} to hold what was planted`);
            const { cookies, ...others } = await app.search([[kind, text]]);
            // WebKit forgets a cookie a moment later, and may show it once more meanwhile.
            found[name] = name === "cookies" ? { cookies, ...others } : others;
            await remove();
            await app.until(async () => !(await has()), `${name} to be clean again`);
          }
          const isClean = async () => Object.keys(await app.search([[kind, text]])).length === 0;
          return [found, await app.until(isClean, "all places to be clean again")];
        },
        kind,
        value,
      );
      const names = Object.keys(found[0]);
      assert.equal(names.length, 13);
      const all = Object.fromEntries(names.map((name) => [name, { [name]: [kind] }]));
      assert.deepEqual(found, [all, true]);
    }
    if (world.browser.consoleMessages() !== undefined) {
      await page.driver.wait(async () => issued.some(({ value }) => consoleText().includes(value)), 5_000);
    }
  });
});
