// A real sign-in at a real authorization server, and what becomes of a genuine or forged callback, in each browser.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { startVisitor } from "./app/visitor.mjs";

/**
 * What an attacker, or a broken server, may do to a genuine callback. One engine judges them all, and each costs the
 * time in which the opener of a popup might answer: all in one home, two where only the way to it is another.
 */
const forgeries = [
  ["without state", (query) => query.delete("state")],
  ["with an empty state", (query) => query.set("state", "")],
  ["with two states", (query) => query.append("state", "another")],
  ["with a foreign state", (query) => query.set("state", "A".repeat(43))],
  ["with an empty code", (query) => query.set("code", "")],
  ["with two codes", (query) => query.append("code", "another")],
  ["with a code and an error", (query) => query.set("error", "access_denied")],
  ["of another issuer", (query) => query.set("iss", "https://issuer.invalid")],
  ["without the issuer that the server always names", (query) => query.delete("iss")],
  ["with two issuers", (query) => query.append("iss", "https://issuer.invalid")],
];

inEachHome((place) => {
  const { isolation } = place;
  let visitor;
  let world;
  let page;
  let control;
  let session;
  let tokenRequestsOf;
  let eventsOf;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation });
    ({ world, page, control, session, tokenRequestsOf, eventsOf } = visitor);
  });
  after(() => visitor?.close());
  beforeEach(() => {
    delete world.app.options.provider.endpoints;
    return visitor.reset();
  });

  test("signs in by the server's form; two completions redeem one code", async () => {
    await page.open("/orders?page=2");
    assert.equal((await session()).status, "signed-out");
    await page.leaveToSignIn();
    assert.ok(await page.isAtForm());
    const callback = new URL(await page.comeBack());
    assert.equal(callback.searchParams.get("iss"), world.authorizationServer.issuer);
    let results;
    const cost = await tokenRequestsOf(async () => {
      control.outage({ mode: "hold" });
      await page.run(() => {
        app.completing = Promise.all([app.client.completeSignIn(), app.client.completeSignIn()]);
      });
      // The URL is clean before the code is even redeemed.
      await page.run(() => app.until(() => location.search === "", "a clean URL"));
      assert.equal(await page.url(), `${world.app.url}/callback`);
      control.endOutage();
      results = await page.run(() => app.completing);
    });
    assert.deepEqual(cost, { authorization_code: 1, refresh_token: 0 });
    assert.deepEqual(results, [{ returnTo: "/orders?page=2" }, { returnTo: "/orders?page=2" }]);
    assert.equal(await page.url(), `${world.app.url}/orders?page=2`);
    assert.deepEqual(await page.run(() => app.client.completeSignIn()), null);

    const { status, claims, scope, expiresAt, refreshAt, reason, isolation: inForce } = await session();
    assert.equal(status, "signed-in");
    assert.deepEqual(
      [claims.iss, claims.sub, claims.aud, claims.name, claims.email],
      [world.authorizationServer.issuer, "ada", "spa", "Ada Lovelace", "ada@strongroom.example"],
    );
    assert.equal(scope, "orders:read"); // what the server granted for its API, not what was asked for
    assert.equal(inForce, isolation);
    assert.equal(reason, null);
    const now = await page.run(() => Date.now());
    assert.ok(expiresAt > now + 500_000 && expiresAt <= now + 600_000, `expires in ${expiresAt - now} ms`);
    assert.ok(refreshAt > now && refreshAt < expiresAt, `refreshes in ${refreshAt - now} ms`);
    const statuses = await page.run(() => app.statuses);
    // A shared vault that lived on was signing in already when this page came.
    if (isolation === "shared" && statuses.length === 1) statuses.unshift("signing-in");
    assert.deepEqual(statuses, ["signing-in", "signed-in"]);
    assert.deepEqual(await eventsOf("signed-in"), [{ generation: 1 }]);
  });

  test("each named option reaches the server, which heeds it (OIDC-11)", async () => {
    // By hand, since what is pushed is in no URL.
    const { issuer } = world.authorizationServer;
    const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    world.app.options.provider.endpoints = {
      authorization: metadata.authorization_endpoint,
      token: metadata.token_endpoint,
      jwks: metadata.jwks_uri,
    };
    await page.signIn();
    const began = Math.floor(Date.now() / 1_000);
    await page.open("/");
    const known = control.authorizationRequests().length;
    const named = {
      prompt: "login",
      loginHint: "ada",
      acrValues: "urn:strongroom:strong",
      maxAgeSeconds: 0,
      uiLocales: "de en",
      scope: "orders:admin",
    };
    await page.leaveToSignIn({ ...named, parameters: { display: "page" } });
    assert.ok(await page.isAtForm(), "whom the server knows is asked again");
    const [request, ...others] = control.authorizationRequests().slice(known);
    assert.deepEqual(others, []);
    const sent = Object.fromEntries(new URLSearchParams(request));
    for (const [name, value] of [
      ["prompt", "login"],
      ["login_hint", "ada"],
      ["acr_values", "urn:strongroom:strong"],
      ["max_age", "0"],
      ["ui_locales", "de en"],
      ["scope", `${world.app.options.provider.scope} orders:admin`],
      ["display", "page"],
    ]) {
      assert.equal(sent[name], value, name);
    }
    await page.comeBack();
    await page.run(() => app.client.completeSignIn());
    const { claims, scope } = await session();
    assert.equal(claims.acr, "urn:strongroom:strong");
    assert.ok(claims.auth_time >= began);
    assert.match(scope, /\borders:admin\b/);
  });

  test("a wrong option is named, and the page stays", async () => {
    await page.open("/orders");
    for (const [given, option] of [
      [{ loginHint: 7 }, "loginHint"],
      [{ maxAgeSeconds: -1 }, "maxAgeSeconds"],
      [{ prompt: "login", parameters: { prompt: "consent" } }, "prompt"],
      [{ parameters: { scope: "openid" } }, "parameters.scope"],
      [{ hint: "ada" }, "hint"],
    ]) {
      const rejection = await page.rejection((given) => app.client.signIn(given), given);
      assert.deepEqual([rejection.code, rejection.option], ["ERR_INVALID_OPTION", option]);
    }
    assert.equal(await page.url(), `${world.app.url}/orders`);
    assert.equal((await session()).status, "signed-out");
  });

  test("leaves neither code nor state in the history", async () => {
    const callback = await page.signIn({ returnTo: "/after" });
    const { code, state } = Object.fromEntries(new URL(callback).searchParams);
    const entries = [await page.url(), JSON.stringify(await page.run(() => history.state))];
    // A step on and back again, onto the entry that was the callback.
    await page.run(async () => {
      history.pushState(null, "", "/further");
      const back = new Promise((resolve) => addEventListener("popstate", resolve, { once: true }));
      history.back();
      await back;
    });
    entries.push(await page.url());
    assert.equal(entries.at(-1), `${world.app.url}/after`);
    for (const secret of [code, state]) assert.ok(!entries.join(" ").includes(secret));
    assert.ok(callback.includes(code) && callback.includes(state), "the control");
  });

  test("a callback that was used is refused without a token request", async () => {
    const callback = await page.signIn();
    const cost = await tokenRequestsOf(async () => {
      await page.driver.get(callback);
      await page.ready();
      const { code, message } = await page.rejection(() => app.client.completeSignIn());
      assert.equal(code, "ERR_CALLBACK");
      assert.ok(!message.includes(new URL(callback).searchParams.get("code")));
      assert.equal(await page.url(), `${world.app.url}/callback`);
    });
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
  });

  test("forged callbacks are refused without a token request", async () => {
    const isFull = place.browserName === "chromium" && isolation === "page";
    const some = isFull ? forgeries : [forgeries[1], forgeries[7]];
    for (const [name, forge] of some) {
      await page.open("/");
      await page.leaveToSignIn();
      const callback = new URL(await page.comeBack());
      const secrets = [callback.searchParams.get("code"), callback.searchParams.get("state")];
      forge(callback.searchParams);
      const cost = await tokenRequestsOf(async () => {
        await page.open(callback.href);
        const rejection = await page.rejection(() => app.client.completeSignIn());
        assert.equal(rejection.code, "ERR_CALLBACK", `${name}: ${rejection.message}`);
        for (const secret of secrets) assert.ok(!JSON.stringify(rejection).includes(secret), name);
        assert.equal(await page.url(), `${world.app.url}/callback`, name);
        // A shared vault that lived on still waits for the genuine one.
        const allowed = isolation === "shared" ? ["signed-out", "signing-in"] : ["signed-out"];
        assert.ok(allowed.includes((await session()).status), name);
      });
      assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 }, name);
    }
  });

  test("a forged callback does not spoil the genuine one", async () => {
    await page.open("/");
    await page.leaveToSignIn();
    const callback = await page.comeBack();
    await page.open("/callback?code=forged&state=forged");
    assert.equal((await page.rejection(() => app.client.completeSignIn())).code, "ERR_CALLBACK");
    await page.open(callback);
    await page.run(() => app.client.completeSignIn());
    assert.equal((await session()).status, "signed-in");
  });

  test("a refusal of the server or the user is told by its error", async () => {
    await page.open("/");
    // `prompt=login` asks even somebody whom the server knows.
    await page.leaveToSignIn({ parameters: { prompt: "login" } });
    assert.ok(await page.isAtForm());
    await (await page.find("#cancel")).click();
    await page.ready();
    const cost = await tokenRequestsOf(async () => {
      const rejection = await page.rejection(() => app.client.completeSignIn());
      assert.equal(rejection.code, "ERR_AUTHORIZATION");
      assert.equal(rejection.error, "access_denied");
    });
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
    assert.equal((await session()).status, "signed-out");
  });

  test("a sign-in that cannot begin rejects and says why", async () => {
    const { issuer } = world.app.options.provider;
    for (const [other, code] of [
      [`${issuer}/`, "ERR_METADATA"],
      [`${world.foreign.url}/nothing`, "ERR_METADATA"],
    ]) {
      await world.moveOn();
      world.app.options.provider.issuer = other;
      await page.open("/");
      world.app.options.provider.issuer = issuer;
      assert.equal((await page.rejection(() => app.client.signIn())).code, code, other);
    }
  });
});
