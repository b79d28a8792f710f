// `refreshToken: "cookie"` at a back end whose refresh tokens are good once each, and never in a body. The options are those of
// docs/recipes.md.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import * as cookie from "./app/back-ends/cookie.mjs";
import { assertEnded, assertOneRenewal, assertRestored, startGuest } from "./app/guest.mjs";
import { inEachBrowser, inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";

const RECIPE = "Refresh token in a cookie";
const TABS = 20;

inEachBrowser((place) => {
  test("a Secure cookie of a host on loopback is kept where the browser takes it from http", async (t) => {
    const guest = await startGuest(
      { ...place, browserName: "as one that takes it" },
      { shape: cookie, recipe: RECIPE },
    );
    t.after(() => guest.close());
    await guest.reset();
    await guest.open();
    await guest.signIn();
    await guest.page.run(() => app.client.refresh().catch(() => {}));
    const [{ cookies }] = guest.backEnd.requests("/refresh").slice(-1);
    // Why WebKit's tests have a cookie that is not `Secure`: the day this fails they can have it.
    assert.deepEqual(Object.keys(cookies), place.browserName === "webkit" ? [] : ["__Host-refresh"]);
  });
});

inEachHome((place) => {
  let guest;
  let page;
  let backEnd;

  before(async () => {
    guest = await startGuest(place, { shape: cookie, recipe: RECIPE });
    ({ page, backEnd } = guest);
  });
  after(() => guest?.close());
  beforeEach(async () => {
    await guest.reset();
    await guest.open();
    backEnd.forget();
  });

  const refreshes = () => backEnd.requests("/refresh");
  const reload = async () => {
    await page.driver.navigate().refresh();
    await guest.landed();
  };

  test("without a session the first check finds nobody, and that is no error", async () => {
    await reload();
    assert.equal(await page.run(() => app.client.completeSignIn()), null);
    const { status, reason } = await guest.session();
    assert.deepEqual([status, reason, await page.run(() => app.events)], ["signed-out", null, []]);
    assert.deepEqual(await guest.calls(2), ["ERR_NOT_SIGNED_IN", "ERR_NOT_SIGNED_IN"]);
    const statuses = refreshes().map(({ status }) => status);
    // A page may ask a shared vault that is about to go, and then the next one.
    assert.deepEqual(place.isolation === "shared" ? [...new Set(statuses)] : statuses, [401]);
  });

  test("credentials sign in; the cookie goes to the back end's own requests and to no call", async () => {
    await guest.signIn();
    assert.deepEqual(await guest.calls(3), [200, 200, 200]);
    await page.run(() => app.client.refresh());
    assert.deepEqual(await guest.calls(1), [200]);
    const [{ cookies }] = refreshes();
    assert.equal(Object.keys(cookies).length, 1);
    assert.ok(backEnd.requests("/api/orders").every((call) => Object.keys(call.cookies).length === 0));
    assert.equal(await page.run(() => document.cookie), "");
    assert.equal(backEnd.sessions.reuses, 0);
  });

  test("wrong credentials are told as such", async () => {
    const { code, status } = await page.rejection(() =>
      app.client.signIn({ credentials: { username: "ada", password: "wr0ng" } }),
    );
    assert.deepEqual([code, status, await guest.status()], ["ERR_CREDENTIALS", 401, "signed-out"]);
  });

  test("a reload restores the session by one request, before which calls wait", async () => {
    await guest.signIn();
    await reload();
    // Nothing was completed yet.
    assert.deepEqual(await guest.calls(20), Array(20).fill(200));
    await page.run(() => app.client.completeSignIn());
    const { status, claims } = await guest.session();
    assert.deepEqual([status, claims.name], ["signed-in", "Ada Lovelace"]);
    assertRestored(place, refreshes());
    await page.run(() => app.client.refresh());
    assert.deepEqual([await guest.calls(1), backEnd.sessions.reuses], [[200], 0]);
  });

  // A shared vault may outlive the reload: then there is nothing to check.
  if (place.isolation !== "shared") {
    test("a first check that nobody answers says so, and the next call asks again", async () => {
      await guest.signIn();
      backEnd.outage({ mode: "hang" });
      await reload();
      await page.run(() => {
        app.completing = app.client.completeSignIn().catch(app.describe);
      });
      await until(() => refreshes().length === 1, "the check");
      backEnd.outage({ mode: "reset" });
      assert.equal((await page.run(() => app.completing)).code, "ERR_UNREACHABLE");
      assert.deepEqual(await guest.calls(1), ["ERR_UNREACHABLE"]);
      backEnd.endOutage();
      assert.deepEqual([await guest.calls(1), await guest.status()], [[200], "signed-in"]);
      assert.equal(backEnd.sessions.reuses, 0);
    });

    test("a sign-out during the first check leaves nobody", async () => {
      await guest.signIn();
      backEnd.outage({ mode: "hold" });
      await reload();
      await until(() => refreshes().length === 1, "the check");
      await page.run(() => {
        app.signingOut = app.client.signOut().catch(app.describe);
        return app.client.getAccessToken().catch(() => {});
      });
      backEnd.endOutage();
      await page.run(() => app.signingOut);
      await until(() => backEnd.sessions.alive() === 0, "the session's end");
      assert.equal(await guest.status(), "signed-out");
    });
  }

  test("20 calls with an expired token wait for one renewal", async () => {
    await assertOneRenewal(guest);
  });

  test("a lost answer takes the next cookie with it: asked once more, the back end ends the session", async () => {
    await guest.signIn();
    backEnd.outage({ mode: "lose-response", times: 1 });
    assert.equal((await page.rejection(() => app.client.refresh())).code, "ERR_SESSION_ENDED");
    const { status, reason } = await guest.session();
    assert.deepEqual([status, reason, refreshes().length], ["signed-out", "session-ended", 2]);
    await reload();
    await page.run(() => app.client.completeSignIn());
    assert.equal(await guest.status(), "signed-out");
  });

  test("a back end out of reach delays the renewal, and calls go on", async () => {
    await guest.signIn();
    backEnd.outage({ mode: "503" });
    assert.equal((await page.rejection(() => app.client.refresh())).code, "ERR_UNAVAILABLE");
    assert.deepEqual([await guest.status(), await guest.calls(1)], ["renewal-delayed", [200]]);
    backEnd.endOutage();
    await page.run(() => app.until(() => app.client.session.status === "signed-in", "a recovery"));
    assert.equal(backEnd.sessions.reuses, 0);
  });

  test("a 401 at the renewal is the session's end", async () => {
    await guest.signIn();
    backEnd.sessions.endAll();
    await assertEnded(guest, "/refresh", 5);
    const { status, reason } = await guest.session();
    assert.deepEqual([status, reason], ["signed-out", "session-ended"]);
    assert.equal(refreshes().length, 1);
  });

  test("a sign-out during a renewal waits its turn, and ends what that brought", async () => {
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
    release();
    assert.equal((await page.run(() => app.refreshing)).code, "ERR_SESSION_ENDED");
    assert.equal(await page.run(() => app.signingOut), undefined);
    const [{ cookies }] = backEnd.requests("/sign-out");
    assert.equal(Object.keys(cookies).length, 1);
    assert.notDeepEqual(cookies, refreshes()[0].cookies, "with the next cookie");
    assert.deepEqual([backEnd.sessions.alive(), await guest.status()], [0, "signed-out"]);
    await reload();
    await page.run(() => app.client.completeSignIn());
    assert.deepEqual([await guest.status(), backEnd.sessions.reuses], ["signed-out", 0]);
  });

  test("a sign-out that was not heard is an error, and the next that is ends the session", async () => {
    await guest.signIn();
    backEnd.outage({ mode: "reset", scope: "all" });
    const { code } = await page.rejection(() => app.client.signOut());
    backEnd.endOutage();
    assert.deepEqual(
      [code, await guest.status(), backEnd.sessions.alive()],
      ["ERR_UNREACHABLE", "signed-out", 1],
    );
    await page.run(() => app.client.signOut());
    assert.equal(backEnd.sessions.alive(), 0);
  });

  test("tokens are in memory only, and no script sees the cookie", async () => {
    await guest.signIn();
    await guest.calls(1);
    await page.run(() => app.client.refresh());
    await page.run(
      async (url, elsewhere) => {
        app.errors = [];
        const to = `${url}/api/redirect?to=${encodeURIComponent(elsewhere)}`;
        await app.client.fetch(to).catch((error) => app.errors.push(error));
        const { places, search } = await app.load("/app/places.js");
        Object.assign(app, { places, search });
      },
      backEnd.url,
      `${guest.foreign.url}/run/echo`,
    );
    const secrets = backEnd.sessions.issued();
    assert.ok(secrets.length >= 4);
    assert.deepEqual(await page.run((secrets) => app.search(secrets), secrets), {});
    const told =
      (await page.run(() => window.recordedMessages.join("\n"))) + JSON.stringify(guest.foreign.requests);
    assert.ok(secrets.every(([, value]) => !told.includes(value)));
    const found = await page.run(async (secrets) => {
      document.body.append(document.createComment(secrets.join()));
      return app.search(secrets);
    }, secrets);
    assert.deepEqual(found, { DOM: ["access token", "refresh token"] }, "the control");
    const sent = JSON.stringify(backEnd.arrivals);
    assert.ok(
      secrets.filter(([, value]) => sent.includes(value)).length >= 3,
      "the control: they were in use",
    );
  });

  test(`${TABS} tabs with 20 calls each on an expired token: one renewal at a time, none with a spent token`, async () => {
    await guest.signIn();
    const first = await page.driver.getWindowHandle();
    const tabs = [first];
    try {
      while (tabs.length < TABS) {
        await page.driver.switchTo().newWindow("tab");
        tabs.push(await page.driver.getWindowHandle());
        await guest.open();
        assert.equal(await guest.status(), "signed-in");
      }
      const inEachTab = async (action) => {
        const results = [];
        for (const tab of tabs) {
          await page.driver.switchTo().window(tab);
          results.push(await action());
        }
        return results;
      };
      await inEachTab(() =>
        page.run(() => {
          const go = new BroadcastChannel("go");
          app.calling = new Promise((resolve) => {
            go.onmessage = () => resolve(app.calls(20));
          });
        }),
      );
      backEnd.sessions.pass(601);
      backEnd.forget();
      await page.run(() => {
        app.calling = app.calls(20);
        new BroadcastChannel("go").postMessage("go");
      });
      const answers = (await inEachTab(() => page.run(() => app.calling))).flat();
      assert.deepEqual(answers, Array(TABS * 20).fill(200));
      // No token passes from one vault to another, so each has a request of its own.
      assert.equal(refreshes().length, place.isolation === "shared" ? 1 : TABS);
      assert.deepEqual([backEnd.atOnceMax("/refresh"), backEnd.sessions.reuses], [1, 0]);
      assert.deepEqual(
        [backEnd.sessions.alive(), ...new Set(await inEachTab(guest.status))],
        [1, "signed-in"],
      );
    } finally {
      for (const tab of tabs.slice(1)) {
        await page.driver.switchTo().window(tab);
        await page.driver.close();
      }
      await page.driver.switchTo().window(first);
    }
  });
});
