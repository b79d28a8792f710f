// `provider.type: "bff"`, where the browser has one cookie and no token, at a back end that refuses every request without the
// anti-forgery header; and the token-mediating back end. The options are those of docs/recipes.md.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import * as bff from "./app/back-ends/bff.mjs";
import * as mediating from "./app/back-ends/mediating.mjs";
import { assertEnded, assertRestored, startGuest } from "./app/guest.mjs";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";

inEachHome((place) => {
  let guest;
  let page;
  let backEnd;

  const begin = (shape, recipe) => {
    before(async () => {
      guest = await startGuest(place, { shape, recipe });
      ({ page, backEnd } = guest);
    });
    after(() => guest?.close());
    beforeEach(async () => {
      await guest.reset();
      await guest.open();
      backEnd.forget();
    });
  };
  const signIn = async (returnTo = "/") => {
    await page.run((returnTo) => void app.client.signIn({ returnTo }), returnTo);
    await guest.submitForm();
    await guest.landed();
    await page.run(() => app.client.completeSignIn());
    backEnd.forget();
  };
  const reload = async () => {
    await page.driver.navigate().refresh();
    await guest.landed();
  };

  describe("a back end for the front end", () => {
    begin(bff, "Back end for the front end");

    const checks = () => backEnd.requests("/bff/session");

    test("its own pages sign in and lead back to where the user was", async () => {
      assert.deepEqual([await guest.status(), (await guest.session()).reason], ["signed-out", null]);
      await signIn("/orders?page=2#top");
      assert.equal(await page.url(), `${guest.app.url}/orders?page=2#top`);
      const { status, claims, sessionEndsAt } = await guest.session();
      assert.deepEqual([status, claims.sub, claims.name], ["signed-in", "ada", "Ada Lovelace"]);
      assert.ok(Math.abs(sessionEndsAt - Date.now() - 8 * 3600_000) < 60_000);
      assert.deepEqual(await page.run(() => app.client.userInfo()), {
        sub: "ada",
        name: "Ada Lovelace",
        email: "ada@strongroom.example",
      });
    });

    test("where to return to is a path of the application, or nothing is begun", async () => {
      for (const returnTo of ["https://evil.example/", "//evil.example", "/\\evil.example"]) {
        const { code, option } = await page.rejection(
          (returnTo) => app.client.signIn({ returnTo }),
          returnTo,
        );
        assert.deepEqual([code, option], ["ERR_INVALID_OPTION", "returnTo"]);
      }
      assert.deepEqual(backEnd.requests("/bff/login"), []);
    });

    test("cookie and header are on each call whatever it is made of, and no token anywhere", async () => {
      await signIn();
      const answers = await page.run(async (url) => {
        const make = [
          [url],
          [new URL(url)],
          [new Request(url)],
          [url, { method: "POST", body: "text", headers: { "x-mine": "1" } }],
          [new Request(url, { method: "PUT", body: "text" })],
          [url, { method: "DELETE", headers: new Headers({ "x-mine": "1" }) }],
          [new Request(url, { credentials: "include" }), { method: "HEAD" }],
        ];
        const answers = [];
        for (const given of make) answers.push((await app.client.fetch(...given)).status);
        return answers;
      }, `${backEnd.url}/api/orders`);
      assert.deepEqual(answers, Array(7).fill(200));
      const calls = backEnd.requests("/api/orders");
      assert.deepEqual(
        calls.map(({ method }) => method),
        ["GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD"],
      );
      for (const { headers, cookies } of calls) {
        assert.deepEqual([headers["x-csrf"], Object.keys(cookies).length], ["1", 1]);
      }
      assert.deepEqual([calls[3].headers["x-mine"], calls[3].body, calls[4].body], ["1", "text", "text"]);
      assert.ok(backEnd.arrivals.every(({ headers }) => headers.authorization === undefined));
      // The control: without Strongroom's header the same cookie is refused.
      const plain = await page.run(
        (url) => fetch(url, { credentials: "include" }).then(({ status }) => status),
        `${backEnd.url}/api/orders`,
      );
      assert.equal(plain, 401);
    });

    test("who wants no cookie sent gets none sent", async () => {
      await signIn();
      await page.run((url) => app.status(url, { credentials: "omit" }), `${backEnd.url}/api/orders`);
      assert.deepEqual(backEnd.requests("/api/orders")[0].cookies, {});
    });

    test("another origin gets neither header nor cookie, by a redirect as little as at once", async () => {
      await signIn();
      const elsewhere = `${guest.foreign.url}/run/echo`;
      const outcomes = await page.run(
        async (url, elsewhere) => [
          await app.status(elsewhere),
          await app.status(`${url}/api/redirect?to=${encodeURIComponent(elsewhere)}`),
        ],
        backEnd.url,
        elsewhere,
      );
      assert.equal(outcomes[0], 200);
      const [direct, ...redirected] = guest.foreign.requests;
      assert.ok(direct !== undefined, "the control: something arrives there");
      for (const { headers } of [direct, ...redirected]) assert.equal(headers["x-csrf"], undefined);
      assert.equal(direct.headers.cookie, undefined);
    });

    test("20 calls that get 401 cost one check; if that says so too, the session is over", async () => {
      await signIn();
      backEnd.sessions.endAll();
      await assertEnded(guest, "/bff/session", 20);
      const { status, reason } = await guest.session();
      assert.deepEqual([status, reason, checks().length], ["signed-out", "session-ended", 1]);
      assert.deepEqual(await page.eventsOf("signed-out"), [{ reason: "session-ended" }]);
      assert.deepEqual(await guest.calls(1), ["ERR_NOT_SIGNED_IN"]);
    });

    test("a 401 while the session is alive costs one check and one more try", async () => {
      await signIn();
      backEnd.refuseNextCalls(1);
      assert.deepEqual(await guest.calls(1), [200]);
      assert.deepEqual([checks().length, backEnd.requests("/api/orders").length], [1, 2]);
      backEnd.forget();
      backEnd.refuseNextCalls(2);
      assert.deepEqual(await guest.calls(1), [401]);
      backEnd.refuseNextCalls(0);
      assert.equal(backEnd.requests("/api/orders").length, 2, "once more, and not for ever");
      assert.deepEqual([await guest.status(), await guest.calls(1)], ["signed-in", [200]]);
    });

    test("a check that fails otherwise ends nothing", async () => {
      await signIn();
      for (const fault of [{ mode: "503" }, { mode: "reset" }, { mode: "answer", status: 418 }]) {
        backEnd.outage(fault);
        backEnd.refuseNextCalls(1);
        const [answer] = await guest.calls(1);
        backEnd.refuseNextCalls(0);
        assert.ok([401, 200].includes(answer), `${fault.mode}: ${answer}`);
        assert.notEqual(await guest.status(), "signed-out", fault.mode);
        backEnd.endOutage();
        await page.run(() => app.client.refresh());
        assert.deepEqual(await guest.calls(1), [200]);
      }
    });

    for (const [name, fault] of [
      ["401", undefined],
      ["204", { mode: "answer", status: 204 }],
      ["null", { mode: "answer", body: "null" }],
      ["{}", { mode: "answer", body: "{}" }],
      ["false", { mode: "answer", body: "false" }],
    ]) {
      if (place.isolation !== "page" && fault !== undefined) continue;
      test(`nobody there, told as ${name}, is no error`, async () => {
        if (fault !== undefined) backEnd.outage(fault);
        await reload();
        await page.run(() => app.client.completeSignIn());
        const { status, reason } = await guest.session();
        assert.deepEqual([status, reason, await page.run(() => app.events)], ["signed-out", null, []]);
      });
    }

    test("a reload finds the session by one check", async () => {
      await signIn();
      await reload();
      assert.deepEqual(await guest.calls(20), Array(20).fill(200));
      assert.equal(await guest.status(), "signed-in");
      assertRestored(place, checks());
    });

    test("a sign-out ends the session there; a check under way does not bring it back", async () => {
      await signIn();
      backEnd.outage({ mode: "hold" });
      await page.run(() => {
        app.checking = app.client.refresh().catch(app.describe);
      });
      await until(() => checks().length === 1, "the check");
      await page.run(() => {
        app.signingOut = app.client.signOut().catch(app.describe);
        return app.until(() => app.client.session.status === "signed-out", "the sign-out");
      });
      backEnd.endOutage();
      assert.equal((await page.run(() => app.checking)).code, "ERR_SESSION_ENDED");
      assert.equal(await page.run(() => app.signingOut), undefined);
      assert.deepEqual([backEnd.sessions.alive(), await guest.status()], [0, "signed-out"]);
      await reload();
      await page.run(() => app.client.completeSignIn());
      assert.equal(await guest.status(), "signed-out");
    });

    test("there is no token to give or take, and the cookie is out of every script's reach", async () => {
      await signIn();
      await guest.calls(1);
      assert.equal((await page.rejection(() => app.client.getAccessToken())).code, "ERR_NOT_EXPOSED");
      const tokens = { access_token: "t", token_type: "Bearer" };
      assert.equal(
        (await page.rejection((tokens) => app.client.setTokens(tokens), tokens)).code,
        "ERR_INVALID_OPTION",
      );
      const [{ cookies }] = backEnd.requests("/api/orders");
      const [[name, value]] = Object.entries(cookies);
      assert.ok(value.startsWith("session-"), name);
      const search = () =>
        page.run(async (value) => {
          app.errors = [];
          const { search } = await app.load("/app/places.js");
          return search([["cookie", value]]);
        }, value);
      assert.deepEqual(await search(), {});
      assert.ok(!(await page.run(() => window.recordedMessages.join("\n"))).includes(value));
      await page.run((value) => history.replaceState({ value }, ""), value);
      assert.deepEqual(await search(), { "history.state": ["cookie"] }, "the control");
    });
  });

  describe("a back end that mediates tokens", () => {
    begin(mediating, "Token-mediating back end");

    const tokenRequests = () => backEnd.requests("/bff/token");

    test("its pages sign in; the API gets the token, and neither cookie nor header", async () => {
      await signIn("/orders");
      assert.deepEqual([await guest.status(), await guest.calls(2)], ["signed-in", [200, 200]]);
      for (const { headers, cookies } of backEnd.requests("/api/orders")) {
        assert.match(headers.authorization, /^Bearer access-/);
        assert.deepEqual([headers["x-csrf"], cookies], [undefined, {}]);
      }
      assert.equal(await page.run(() => document.cookie), "");
    });

    test("20 calls that are refused fetch one token", async () => {
      await signIn();
      backEnd.sessions.revokeAccessTokens();
      assert.deepEqual(await guest.calls(20), Array(20).fill(200));
      const [{ headers, cookies }, ...more] = tokenRequests();
      assert.deepEqual([headers["x-csrf"], Object.keys(cookies).length, more], ["1", 1, []]);
    });

    test("without a session there is no token, and a sign-out ends it", async () => {
      await signIn();
      await page.run(() => app.client.signOut());
      assert.deepEqual([await guest.status(), backEnd.sessions.alive()], ["signed-out", 0]);
      await reload();
      await page.run(() => app.client.completeSignIn());
      assert.deepEqual([await guest.status(), await guest.calls(1)], ["signed-out", ["ERR_NOT_SIGNED_IN"]]);
    });

    test("tokens are in memory only, and a redirect takes none to another origin", async () => {
      await signIn();
      await guest.calls(1);
      const elsewhere = `${guest.foreign.url}/run/echo`;
      await page.run(
        async (url, elsewhere) => {
          app.errors = [];
          await app.status(elsewhere);
          await app.status(`${url}/api/redirect?to=${encodeURIComponent(elsewhere)}`);
          Object.assign(app, await app.load("/app/places.js"));
        },
        backEnd.url,
        elsewhere,
      );
      const secrets = backEnd.sessions.issued();
      assert.ok(secrets.length >= 1);
      assert.deepEqual(await page.run((secrets) => app.search(secrets), secrets), {});
      const told = await page.run(() => window.recordedMessages.join("\n"));
      assert.ok(secrets.every(([, value]) => !told.includes(value)));
      const away = guest.foreign.requests;
      assert.ok(away.length >= 1, "the control: something arrives there");
      assert.ok(away.every(({ headers }) => (headers.authorization ?? headers["x-csrf"]) === undefined));
      const used = JSON.stringify(backEnd.requests("/api/orders"));
      assert.ok(
        secrets.some(([, value]) => used.includes(value)),
        "the control: it was in use",
      );
    });
  });
});
