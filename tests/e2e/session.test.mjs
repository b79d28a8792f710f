// The life of a session after a real sign-in: calls, renewals, outages, revocation and sign-out, in each browser.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { startVisitor } from "./app/visitor.mjs";

/** How a token endpoint fails, and what `refresh()` then rejects with; `everywhere`: not in page isolation alone. */
const outages = [
  { fault: { mode: "503" }, code: "ERR_UNAVAILABLE", everywhere: true },
  { fault: { mode: "answer", status: 429, body: "{}" }, code: "ERR_UNAVAILABLE" },
  { fault: { mode: "answer", status: 500, body: "" }, code: "ERR_UNAVAILABLE" },
  { fault: { mode: "answer", status: 503, cors: false }, code: "ERR_UNREACHABLE" },
  { fault: { mode: "html" }, code: "ERR_BAD_RESPONSE" },
  { fault: { mode: "answer", status: 200, body: "" }, code: "ERR_BAD_RESPONSE" },
  { fault: { mode: "reset" }, code: "ERR_UNREACHABLE", everywhere: true },
  { fault: { mode: "hang" }, code: "ERR_TIMEOUT" },
];

inEachHome((place) => {
  const { isolation } = place;
  let visitor;
  let world;
  let page;
  let control;
  let calls;
  let session;
  let tokenRequestsOf;
  let eventsOf;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation });
    ({ world, page, control, calls, session, tokenRequestsOf, eventsOf } = visitor);
  });
  after(() => visitor?.close());
  beforeEach(() => visitor.reset());

  test("calls the API with a token that it really validates", async () => {
    await page.signIn();
    const count = world.api.requests.length;
    assert.deepEqual(await calls("/orders", 3), [200, 200, 200]);
    assert.deepEqual(await calls("/admin", 1), [403]);
    const requests = world.api.requests.slice(count);
    assert.deepEqual(
      requests.map(({ authorization, status }) => [authorization, status]),
      [...Array(3).fill([true, 200]), [true, 403]],
    );
    // The control: the same call without Strongroom is refused.
    assert.equal(
      await page.run((url) => fetch(url).then(({ status }) => status), `${world.api.url}/orders`),
      401,
    );
  });

  test("renews short-lived tokens before they expire, each time with a new refresh token", async () => {
    // The server writes `exp` in whole seconds: a token may live a second less than `expires_in` says.
    control.setAccessTokenTtlSeconds(4);
    world.app.options.refresh = { leadSeconds: 2 };
    await page.signIn();
    world.app.options.refresh = { timeoutSeconds: 2 };
    const before = control.stats();
    const count = world.api.requests.length;
    await page.run(async (url) => {
      app.answers = [];
      const refreshed = () => app.events.filter(([type]) => type === "refreshed").length;
      await app.until(async () => {
        app.answers.push((await app.client.fetch(url)).status);
        return refreshed() >= 3;
      });
    }, `${world.api.url}/orders`);
    control.setAccessTokenTtlSeconds(600);
    const refreshed = await eventsOf("refreshed");
    assert.ok(refreshed.every(({ rotated }) => rotated));
    assert.deepEqual(
      refreshed.slice(0, 3).map(({ generation }) => generation),
      [2, 3, 4],
    );
    const started = await eventsOf("refresh-started");
    assert.ok(
      started.every(({ cause }) => cause === "schedule"),
      JSON.stringify(started),
    );
    assert.ok((await page.run(() => app.answers)).every((status) => status === 200));
    const requests = world.api.requests.slice(count);
    assert.ok(
      requests.every(({ status }) => status === 200),
      "the API saw no expired token",
    );
    assert.ok(new Set(requests.map(({ tokenHash }) => tokenHash)).size >= 3, "it saw new tokens");
    const now = control.stats();
    assert.ok(now.refreshes - before.refreshes >= 3);
    assert.equal(now.reuseDetected, before.reuseDetected);
    assert.equal(now.refreshesInFlightMax, 1);
  });

  test("a revoked access token costs one 401, one refresh and one more try", async () => {
    await page.signIn();
    control.revokeAccessTokens();
    const count = world.api.requests.length;
    const cost = await tokenRequestsOf(async () => assert.deepEqual(await calls("/orders", 1), [200]));
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 1 });
    assert.deepEqual(
      world.api.requests.slice(count).map(({ status }) => status),
      [401, 200],
    );
    assert.deepEqual(await eventsOf("retried"), [{ generation: 2 }]);
    assert.deepEqual(await eventsOf("refresh-started"), [{ attempt: 1, cause: "refused" }]);
  });

  for (const count of isolation === "page" ? [50, 500] : [50]) {
    test(`${count} calls at once with a revoked access token cost one refresh`, async () => {
      await page.signIn();
      control.revokeAccessTokens();
      let answers;
      const cost = await tokenRequestsOf(async () => {
        answers = await calls("/orders", count);
      });
      assert.deepEqual(answers, Array(count).fill(200));
      assert.deepEqual(cost, { authorization_code: 0, refresh_token: 1 });
      assert.equal((await eventsOf("retried")).length > 0, true);
    });
  }

  test("500 calls at once with an expired access token wait for one refresh", async () => {
    control.setAccessTokenTtlSeconds(1);
    world.app.options.refresh = { timeoutSeconds: 15 };
    await page.signIn();
    control.outage({ mode: "hold" });
    world.app.options.refresh = { timeoutSeconds: 2 };
    const count = world.api.requests.length;
    const before = world.tokenRequests();
    await page.run(async (url) => {
      await app.until(() => Date.now() > app.client.session.expiresAt, "expiry");
      const one = () => app.client.fetch(url).then((response) => response.status, app.describe);
      app.waiting = Array.from({ length: 500 }, one);
      await fetch(`${url}?without-token`);
    }, `${world.api.url}/orders`);
    assert.deepEqual(
      world.api.requests.slice(count).map(({ authorization }) => authorization),
      [false],
      "nothing went out with the expired token, nor without one but the control",
    );
    control.setAccessTokenTtlSeconds(600);
    control.endOutage();
    assert.deepEqual(await page.run(() => Promise.all(app.waiting)), Array(500).fill(200));
    // The scheduled renewal was held as it arrived, and is the only one.
    assert.equal(world.tokenRequests().refresh_token - before.refresh_token <= 1, true);
  });

  test("a revoked session ends, and says so to the calls that wait", async () => {
    control.setAccessTokenTtlSeconds(1);
    world.app.options.refresh = { timeoutSeconds: 15 };
    await page.signIn();
    world.app.options.refresh = { timeoutSeconds: 2 };
    control.outage({ mode: "hold" });
    await page.run((url) => {
      return app
        .until(() => Date.now() > app.client.session.expiresAt, "expiry")
        .then(() => {
          app.waiting = Array.from({ length: 20 }, () => app.client.fetch(url).catch(app.describe));
          // A question put after the calls: when it is answered, they have reached the engine, wherever it is.
          return app.client.getAccessToken().catch(() => {});
        });
    }, `${world.api.url}/orders`);
    await control.revokeSession();
    control.endOutage();
    const outcomes = await page.run(() => Promise.all(app.waiting));
    assert.deepEqual(
      new Set(outcomes.map(({ code, name }) => `${name} ${code}`)),
      new Set(["StrongroomError ERR_SESSION_ENDED"]),
    );
    const { status, reason, claims, expiresAt } = await session();
    assert.deepEqual([status, reason, claims, expiresAt], ["signed-out", "session-ended", null, null]);
    assert.deepEqual(await eventsOf("signed-out"), [{ reason: "session-ended" }]);
    const cost = await tokenRequestsOf(async () => {
      const [{ code }] = await calls("/orders", 1);
      assert.equal(code, "ERR_NOT_SIGNED_IN");
    });
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
  });

  test("a 401 of a session that is over is returned as the API sent it", async () => {
    await page.signIn();
    control.revokeAccessTokens();
    await control.revokeSession();
    assert.deepEqual(await calls("/orders", 1), [401]);
    const { status, reason } = await session();
    assert.deepEqual([status, reason], ["signed-out", "session-ended"]);
  });

  // One engine judges them all: what a failure is called cannot depend on where it runs.
  for (const { fault, code, everywhere } of outages) {
    if (isolation !== "page" && !everywhere) continue;
    const name = Object.values(fault).join(" ").trim();
    test(`an outage (${name}) delays the renewal and keeps the session`, async () => {
      await page.signIn();
      control.outage(fault);
      const rejection = await page.rejection(() => app.client.refresh());
      assert.equal(rejection.code, code);
      assert.equal(rejection.isStrongroomError, true);
      const delayed = await session();
      assert.equal(delayed.status, "renewal-delayed");
      assert.equal(delayed.claims.sub, "ada");
      assert.ok(delayed.refreshAt > (await page.run(() => Date.now())) - 1_000);
      assert.deepEqual(await calls("/orders", 2), [200, 200]);
      const [failed] = await eventsOf("refresh-failed");
      assert.equal(failed.code, code);
      control.endOutage();
      // Nobody asks: the client tries again by itself.
      await page.run(() => app.until(() => app.client.session.status === "signed-in", "a recovery"));
      assert.deepEqual(await calls("/orders", 1), [200]);
      assert.equal((await session()).reason, null);
    });
  }

  test("an answer that is lost is asked for once more at once, and its reuse ends the session", async () => {
    await page.signIn();
    control.outage({ mode: "lose-response", times: 1 });
    const cost = await tokenRequestsOf(async () => {
      const rejection = await page.rejection(() => app.client.refresh());
      assert.equal(rejection.code, "ERR_SESSION_ENDED");
    });
    // This server forgives no reuse. A lost answer cannot be told from theft, so it ends the session.
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 2 });
    const { status, reason } = await session();
    assert.deepEqual([status, reason], ["signed-out", "session-ended"]);
  });

  test("a sign-out ends the session at once and revokes its tokens at the server", async () => {
    await page.signIn();
    const { revocations } = control.stats();
    const [meanwhile, late] = await page.run(async (url) => {
      const done = app.client.signOut();
      const { status } = app.client.session;
      const late = app.client.fetch(url).catch(app.describe);
      await done;
      return [status, await late];
    }, `${world.api.url}/orders`);
    // A vault tells of it a moment later, but takes no call any more.
    if (isolation === "page") assert.equal(meanwhile, "signed-out");
    assert.equal(late.code, "ERR_NOT_SIGNED_IN");
    assert.ok(control.stats().revocations > revocations);
    const { status, reason, claims } = await session();
    assert.deepEqual([status, reason, claims], ["signed-out", "sign-out", null]);
    const [{ code }] = await calls("/orders", 1);
    assert.equal(code, "ERR_NOT_SIGNED_IN");
    assert.deepEqual(await eventsOf("signed-out"), [{ reason: "sign-out" }]);
  });

  test("a sign-out during a renewal is not undone by its answer", async () => {
    await page.signIn();
    control.outage({ mode: "hold" });
    await page.run(() => {
      app.refreshing = app.client.refresh().catch(app.describe);
    });
    await page.run(() => {
      app.signingOut = app.client.signOut();
      // As above: the sign-out has reached the engine.
      return app.client.getAccessToken().catch(() => {});
    });
    control.endOutage();
    assert.equal((await page.run(() => app.refreshing)).code, "ERR_SESSION_ENDED");
    await page.run(() => app.signingOut);
    assert.equal((await session()).status, "signed-out");
    assert.deepEqual(await eventsOf("refreshed"), []);
  });

  // A shared vault lived on and renewed, so there is nothing to ask; whether the page stays in the cache is the
  // browser's choice.
  if (isolation === "shared") return;

  for (const [name, meanwhile, status] of [
    ["goes on", () => {}, "signed-in"],
    ["finds its session over", () => control.revokeSession(), "signed-out"],
  ]) {
    test(`a page out of the back/forward cache asks the server first, and ${name}`, async () => {
      await page.signIn();
      await page.driver.get(`${world.foreign.url}/elsewhere`);
      await meanwhile();
      await page.driver.navigate().back();
      await page.ready();
      assert.equal(await page.run(() => app.until(() => app.isRestored, "pageshow")), true);
      await page.run((status) => app.until(() => app.statuses.at(-1) === status, status), status);
      await page.run(() => app.until(() => app.events.length >= 3, "three events"));
      assert.deepEqual(await page.run(() => app.events.slice(1)), [
        ["refresh-started", { attempt: 1, cause: "restored" }],
        status === "signed-in"
          ? ["refreshed", { generation: 2, rotated: true }]
          : ["signed-out", { reason: "session-ended" }],
      ]);
      const [answer] = await calls("/orders", 1);
      assert.equal(answer.code ?? answer, status === "signed-in" ? 200 : "ERR_NOT_SIGNED_IN");
    });
  }
});
