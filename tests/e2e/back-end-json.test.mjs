// `provider.type: "json"` with both tokens in bodies, at a back end that takes each refresh token once and ends the session
// of one that comes again. The options are those of docs/recipes.md.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import * as dualTokens from "./app/back-ends/dual-tokens.mjs";
import { assertEnded, assertOneRenewal, startGuest } from "./app/guest.mjs";
import { inEachHome, outlivesPages } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";

/** How the renewal's endpoint fails, and what `refresh()` rejects with. None of these ends a session. */
const outages = [
  [{ mode: "503" }, "ERR_UNAVAILABLE"],
  [{ mode: "reset" }, "ERR_UNREACHABLE"],
  [{ mode: "hang" }, "ERR_TIMEOUT"],
  [{ mode: "html" }, "ERR_BAD_RESPONSE"],
  [
    { mode: "answer", body: '{"data":{"accessToken":7,"refreshToken":"secret-of-a-bad-body"}}' },
    "ERR_BAD_RESPONSE",
  ],
  [{ mode: "answer", body: '{"data":{"refreshToken":"secret-of-a-bad-body"}}' }, "ERR_BAD_RESPONSE"],
  [{ mode: "answer", status: 403, body: '{"hint":"secret-of-a-bad-body"}' }, "ERR_REFUSED"],
];

inEachHome((place) => {
  let guest;
  let page;
  let backEnd;

  before(async () => {
    guest = await startGuest(place, { shape: dualTokens, recipe: "Two tokens in JSON" });
    ({ page, backEnd } = guest);
  });
  after(() => guest?.close());
  beforeEach(async () => {
    await guest.reset();
    await guest.open();
  });

  const refreshes = () => backEnd.requests("/refresh");
  const refreshFails = async () => (await page.rejection(() => app.client.refresh())).code;

  test("credentials sign in, are sent once, and calls go with the token", async () => {
    assert.deepEqual([await guest.status(), await guest.calls(1)], ["signed-out", ["ERR_NOT_SIGNED_IN"]]);
    await guest.signIn();
    const { status, claims, expiresAt, reason } = await guest.session();
    assert.deepEqual([status, claims, reason], ["signed-in", { id: "ada", name: "Ada Lovelace" }, null]);
    assert.ok(expiresAt > Date.now() + 500_000 && expiresAt <= Date.now() + 600_000);
    assert.deepEqual(await guest.calls(3), [200, 200, 200]);
    const withPassword = backEnd.arrivals.filter((arrival) =>
      JSON.stringify(arrival.body)?.includes("strongroom"),
    );
    assert.deepEqual(
      withPassword.map(({ path }) => path),
      ["/sign-in"],
    );
    assert.ok(backEnd.arrivals.every(({ cookies }) => Object.keys(cookies).length === 0));
  });

  test("wrong credentials are told as such, without them, and leave the session as it was", async () => {
    const refuse = async () => {
      const rejection = await page.rejection(() =>
        app.client.signIn({ credentials: { username: "ada", password: "wr0ng" } }),
      );
      assert.ok(!JSON.stringify(rejection).includes("wr0ng"));
      return [rejection.code, rejection.status];
    };
    assert.deepEqual(await refuse(), ["ERR_CREDENTIALS", 401]);
    assert.equal(await guest.status(), "signed-out");
    await guest.signIn();
    assert.deepEqual(await refuse(), ["ERR_CREDENTIALS", 401]);
    assert.deepEqual([await guest.status(), await guest.calls(1)], ["signed-in", [200]]);
  });

  test("credentials that the options do not name, or lack, are refused before anything is sent", async () => {
    for (const [credentials, option] of [
      [{ username: "ada" }, "credentials.password"],
      [{ username: "ada", password: "p", otp: "1" }, "credentials.otp"],
    ]) {
      const rejection = await page.rejection(
        (credentials) => app.client.signIn({ credentials }),
        credentials,
      );
      assert.deepEqual([rejection.code, rejection.option], ["ERR_INVALID_OPTION", option]);
    }
    assert.deepEqual(backEnd.arrivals, []);
  });

  test("20 calls with an expired token wait for one renewal, and nothing goes out with the old one", async () => {
    await assertOneRenewal(guest);
  });

  test("20 calls that are refused share one renewal, with the newest refresh token each time", async () => {
    await guest.signIn();
    for (let round = 1; round <= 3; round += 1) {
      backEnd.sessions.revokeAccessTokens();
      assert.deepEqual(await guest.calls(20), Array(20).fill(200));
      assert.equal(refreshes().length, round);
    }
    const spent = refreshes().map(({ body }) => body.refreshToken);
    assert.deepEqual([new Set(spent).size, backEnd.sessions.reuses], [3, 0]);
  });

  test("a renewal whose answer is lost is sent once more; a back end that takes that for theft ends the session", async () => {
    await guest.signIn();
    backEnd.outage({ mode: "lose-response", times: 1 });
    assert.equal(await refreshFails(), "ERR_SESSION_ENDED");
    const [first, second, ...more] = refreshes().map(({ body }) => body.refreshToken);
    assert.deepEqual([first, more], [second, []]);
    const { status, reason } = await guest.session();
    assert.deepEqual([status, reason, backEnd.sessions.reuses], ["signed-out", "session-ended", 1]);
  });

  for (const [fault, code] of place.isolation === "page" ? outages : outages.slice(0, 2)) {
    test(`a renewal that fails (${Object.values(fault).join(" ")}) keeps the session`, async () => {
      await guest.signIn();
      backEnd.outage(fault);
      const rejection = await page.rejection(() => app.client.refresh());
      assert.equal(rejection.code, code);
      assert.ok(!JSON.stringify(rejection).includes("secret-of"));
      if (code !== "ERR_REFUSED") assert.equal(await guest.status(), "renewal-delayed");
      assert.deepEqual(await guest.calls(2), [200, 200]);
      backEnd.endOutage();
      await page.run(() => app.client.refresh());
      assert.deepEqual([await guest.status(), await guest.calls(1)], ["signed-in", [200]]);
    });
  }

  test("a back end out of reach is asked again without anybody's doing", async () => {
    await guest.signIn();
    backEnd.outage({ mode: "503", times: 1 });
    assert.equal(await refreshFails(), "ERR_UNAVAILABLE");
    await page.run(() => app.until(() => app.client.session.status === "signed-in", "a recovery"));
    assert.equal(refreshes().length, 2);
  });

  test("a 401 at the renewal is the session's end, for those who wait too", async () => {
    await guest.signIn();
    backEnd.sessions.endAll();
    await assertEnded(guest, "/refresh", 5);
    const { status, reason, claims } = await guest.session();
    assert.deepEqual([status, reason, claims], ["signed-out", "session-ended", null]);
    assert.deepEqual(
      [refreshes().length, await page.eventsOf("signed-out")],
      [1, [{ reason: "session-ended" }]],
    );
    assert.deepEqual(await guest.calls(1), ["ERR_NOT_SIGNED_IN"]);
  });

  test("a sign-out is sent with the refresh token, and ends the session there", async () => {
    await guest.signIn();
    await page.run(() => app.client.refresh());
    await page.run(() => app.client.signOut());
    const { status, reason } = await guest.session();
    assert.deepEqual([status, reason, backEnd.sessions.alive()], ["signed-out", "sign-out", 0]);
    assert.equal(backEnd.requests("/sign-out").length, 1);
  });

  test("a sign-out during a renewal is not undone by its answer, whose tokens are signed out too", async () => {
    await guest.signIn();
    const release = backEnd.holdAnswers("/refresh");
    await page.run(() => {
      app.refreshing = app.client.refresh().catch(app.describe);
    });
    await until(() => refreshes()[0]?.status === 200, "the renewal");
    await page.run(() => {
      app.signingOut = app.client.signOut().catch(app.describe);
      return app.until(() => app.client.session.status === "signed-out", "the sign-out");
    });
    await until(
      () => backEnd.requests("/sign-out").length === 1,
      "the sign-out, with the token that is spent by then",
    );
    assert.equal(backEnd.sessions.alive(), 1);
    release();
    assert.equal((await page.run(() => app.refreshing)).code, "ERR_SESSION_ENDED");
    await page.run(() => app.signingOut);
    await until(() => backEnd.sessions.alive() === 0, "the session's end at the back end");
    assert.deepEqual([await guest.status(), await page.eventsOf("refreshed")], ["signed-out", []]);
    assert.deepEqual(await guest.calls(1), ["ERR_NOT_SIGNED_IN"]);
  });

  test("a reload ends the session, but for a vault that outlives the page", async () => {
    await guest.signIn();
    await page.driver.navigate().refresh();
    await guest.landed();
    await page.run(() => app.client.completeSignIn());
    const found = [await guest.status(), ...(await guest.calls(1))];
    const isWebKit = place.isolation === "shared" && place.browserName === "webkit";
    // WebKit's shared vault may be there for a while.
    const isKept = isWebKit ? found[0] === "signed-in" : outlivesPages(place);
    assert.deepEqual(found, isKept ? ["signed-in", 200] : ["signed-out", "ERR_NOT_SIGNED_IN"]);
    assert.equal(refreshes().length, 0);
  });

  test("tokens are in memory only, and a redirect takes none to another origin", async () => {
    await guest.signIn();
    await guest.calls(2);
    await page.run(() => app.client.refresh());
    await guest.calls(2);
    const { url } = guest.foreign;
    await page.run(
      async (url, elsewhere) => {
        app.errors = [];
        const keep = (error) => app.errors.push(error);
        await app.client.fetch(`${url}/api/redirect?to=${encodeURIComponent(elsewhere)}`).catch(keep);
        await app.client.fetch(elsewhere).catch(keep);
        await app.client.signIn({ credentials: { username: "ada" } }).catch(keep);
        const { places, search } = await app.load("/app/places.js");
        Object.assign(app, { places, search });
      },
      backEnd.url,
      `${url}/run/echo`,
    );
    const secrets = backEnd.sessions.issued();
    assert.ok(secrets.length >= 4);
    const search = () => page.run((secrets) => app.search(secrets), secrets);
    const recorded = () => page.run(() => window.recordedMessages.join("\n"));
    assert.deepEqual(await search(), {});
    const messages = await recorded();
    assert.ok(secrets.every(([, value]) => !messages.includes(value)));
    assert.ok(
      backEnd.arrivals.every(({ query }) => secrets.every(([, value]) => !String(query).includes(value))),
    );
    const away = JSON.stringify(guest.foreign.requests);
    assert.ok(guest.foreign.requests.length >= 1, "the control: something went there");
    assert.ok(secrets.every(([, value]) => !away.includes(value)) && !away.includes("Bearer"));
    // The control: each is found where it is.
    const [[kind, value]] = secrets;
    const found = await page.run(
      async (secrets) => {
        sessionStorage.setItem("planted", secrets[0][1]);
        const found = await app.search(secrets);
        sessionStorage.clear();
        return found;
      },
      [[kind, value]],
    );
    assert.deepEqual(found, { sessionStorage: [kind] });
    const used = backEnd.requests("/api/orders").map(({ headers }) => headers.authorization);
    assert.ok(secrets.some(([, value]) => used.includes(`Bearer ${value}`)));
  });
});
