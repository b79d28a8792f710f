// Sessions at a back end of the application's own: tokens in JSON, a refresh token in a cookie, and all of it in cookies.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { By } from "selenium-webdriver";
import { startBackEnd } from "../../www/server/back-end.mjs";
import { backEndProviders } from "./app/back-end-providers.mjs";
import { inEachHome, outlivesPages } from "./app/matrix.mjs";
import { startWorld } from "./app/world.mjs";

const password = "strongroom";

inEachHome((place) => {
  let world;
  let page;
  let backEnd;

  before(async () => {
    // WebKit takes no `Secure` cookie from http, not even on loopback.
    backEnd = await startBackEnd({ accessTokenTtlSeconds: 600, isSecure: place.browserName !== "webkit" });
    world = await startWorld(place.browser, { isolation: place.isolation });
    ({ page } = world);
    world.app.isFull = true;
  });
  after(async () => {
    await world?.close();
    await backEnd?.close();
  });

  /** A fresh origin whose client has this shape of back end. */
  const begin = async (shape) => {
    await world.moveOn();
    backEnd.control.revokeSession();
    backEnd.control.allowApp(world.app.url);
    const path = shape === "bff" ? "/bff/api" : "/api";
    world.app.options = {
      provider: backEndProviders(backEnd.url)[shape],
      resources: [backEnd.url + path],
      isolation: place.isolation,
    };
    world.ordersUrl = `${backEnd.url}${path}/orders`;
    await page.open("/");
    await page.run(() => app.client.completeSignIn());
    backEnd.requests.length = 0;
  };
  const signIn = (given = password) =>
    page.run((password) => app.client.signIn({ credentials: { username: "ada", password } }), given);
  /** By the back end's own page. */
  const signInThere = async (returnTo) => {
    await page.run((returnTo) => void app.client.signIn({ returnTo }), returnTo);
    const { driver } = page;
    const form = async () => (await driver.findElements(By.css("#login")))[0];
    await driver.wait(form, 20_000, "the back end's form");
    await (await form()).sendKeys("ada");
    await driver.findElement(By.css("#password")).sendKeys(password);
    await driver.findElement(By.css("#sign-in")).click();
    await driver.wait(async () => (await page.url()).startsWith(world.app.url), 20_000, "the way back");
    await page.ready();
    await page.run(() => app.client.completeSignIn());
  };
  const session = () => page.run(() => app.client.session);
  const status = async () => (await session()).status;
  const call = () =>
    page.run((url) => app.client.fetch(url).then((answer) => answer.status), world.ordersUrl);
  const requests = (path) =>
    backEnd.requests.filter((request) => request.path === path && request.method !== "OPTIONS");

  describe("tokens in JSON", () => {
    beforeEach(() => begin("json"));

    test("a sign-in, calls, renewals that rotate, and a sign-out", async () => {
      await signIn();
      const { claims, status: first } = await session();
      assert.deepEqual([first, claims], ["signed-in", { id: "ada", name: "Ada Lovelace" }]);
      assert.equal(await call(), 200);
      await page.run(() => app.client.refresh());
      await page.run(() => app.client.refresh());
      assert.equal(await call(), 200);
      assert.equal(backEnd.control.state().reuses, 0);
      await page.run(() => app.client.signOut());
      assert.deepEqual([await status(), requests("/json/sign-out").length], ["signed-out", 1]);
      assert.equal(
        (await page.rejection((url) => app.client.fetch(url), world.ordersUrl)).code,
        "ERR_NOT_SIGNED_IN",
      );
      assert.ok(
        backEnd.requests.every(({ cookie }) => !cookie),
        "no cookie is sent where none is wanted",
      );
    });

    test("wrong credentials have a code of their own", async () => {
      const {
        code,
        status: answered,
        message,
      } = await page.rejection(
        (password) => app.client.signIn({ credentials: { username: "ada", password } }),
        "wr0ng",
      );
      assert.deepEqual([code, answered, message.includes("wr0ng")], ["ERR_CREDENTIALS", 401, false]);
      assert.equal(await status(), "signed-out");
    });

    test("500 refused calls share one renewal", async () => {
      await signIn();
      backEnd.control.revokeAccessTokens();
      const statuses = await page.run(
        (url) =>
          Promise.all(Array.from({ length: 500 }, () => app.client.fetch(url).then(({ status }) => status))),
        world.ordersUrl,
      );
      assert.ok(statuses.every((status) => status === 200));
      assert.equal(requests("/json/refresh").length, 1);
    });

    test("a back end that is down, or lost an answer, ends no session; one that ended it does", async () => {
      await signIn();
      backEnd.control.outage({ mode: "503", times: 1 });
      assert.equal((await page.rejection(() => app.client.refresh())).code, "ERR_UNAVAILABLE");
      assert.equal(await status(), "renewal-delayed");
      await page.run(() => app.client.refresh());
      assert.equal(await status(), "signed-in");
      // Before it reached the server: this one forgives no token that comes twice.
      backEnd.control.outage({ mode: "reset", times: 1 });
      await page.run(() => app.client.refresh());
      assert.equal(await status(), "signed-in");
      backEnd.control.revokeSession();
      assert.equal((await page.rejection(() => app.client.refresh())).code, "ERR_SESSION_ENDED");
      const { status: last, reason } = await session();
      assert.deepEqual([last, reason], ["signed-out", "session-ended"]);
    });

    test("a reload ends the session, but for a vault that outlives the page", async () => {
      await signIn();
      await page.open("/");
      assert.equal(await status(), outlivesPages(place) ? "signed-in" : "signed-out");
    });
  });

  describe("a refresh token in a cookie", () => {
    beforeEach(() => begin("cookie"));

    test("a reload restores the session by one request, and it goes on from there", async () => {
      await signIn();
      assert.equal(await call(), 200);
      backEnd.requests.length = 0;
      await page.open("/");
      await page.run(() => app.client.completeSignIn());
      const { status: restored, claims } = await session();
      assert.deepEqual([restored, claims.name], ["signed-in", "Ada Lovelace"]);
      assert.equal(await call(), 200);
      assert.equal(requests("/cookie/refresh").length, outlivesPages(place) ? 0 : 1);
      await page.run(() => app.client.refresh());
      assert.deepEqual([await call(), backEnd.control.state().reuses], [200, 0]);
    });

    test("nobody there is no error", async () => {
      await page.open("/");
      await page.run(() => app.client.completeSignIn());
      const { status: found, reason } = await session();
      assert.deepEqual([found, reason ?? null], ["signed-out", null]);
      assert.deepEqual(await page.run(() => app.events), []);
    });

    test("a sign-out is the cookie's end, too", async () => {
      await signIn();
      await page.run(() => app.client.signOut());
      await page.open("/");
      await page.run(() => app.client.completeSignIn());
      assert.equal(await status(), "signed-out");
    });

    test("a sign-out that nobody heard is an error, because a cookie is left", async () => {
      await signIn();
      backEnd.control.outage({ mode: "reset", scope: "all" });
      const { code } = await page.rejection(() => app.client.signOut());
      backEnd.control.endOutage();
      assert.deepEqual([code, await status()], ["ERR_UNREACHABLE", "signed-out"]);
    });

    test("20 clients with 20 calls each on refused tokens: one request at a time, and no token is spent twice", async () => {
      await signIn();
      await page.run(async () => {
        const others = Array.from({ length: 19 }, () => app.createClient(app.options));
        app.clients = [app.client, ...(await Promise.all(others))];
        await Promise.all(app.clients.map((client) => client.completeSignIn()));
      });
      backEnd.control.revokeAccessTokens();
      backEnd.requests.length = 0;
      const statuses = await page.run(
        (url) =>
          Promise.all(
            app.clients.flatMap((client) =>
              Array.from({ length: 20 }, () => client.fetch(url).then(({ status }) => status)),
            ),
          ),
        world.ordersUrl,
      );
      assert.deepEqual([statuses.length, statuses.every((status) => status === 200)], [400, true]);
      // No token passes from one vault to another, so each has a request of its own.
      assert.equal(requests("/cookie/refresh").length, place.isolation === "shared" ? 1 : 20);
      assert.deepEqual(
        [backEnd.control.state().reuses, requests("/cookie/refresh").every(({ status }) => status === 200)],
        [0, true],
      );
    });
  });

  describe("a back end for the front end", () => {
    beforeEach(() => begin("bff"));

    test("its page signs in and leads back; calls go with cookie and header, and without any token", async () => {
      assert.equal(await status(), "signed-out");
      await signInThere("/orders?page=2#top");
      assert.equal(await page.url(), `${world.app.url}/orders?page=2#top`);
      const { status: found, claims } = await session();
      assert.deepEqual([found, claims], ["signed-in", { sub: "ada", name: "Ada Lovelace" }]);
      backEnd.requests.length = 0;
      assert.equal(await call(), 200);
      const { cookie, csrf, authorization } = requests("/bff/api/orders")[0];
      assert.deepEqual({ cookie, csrf, authorization }, { cookie: true, csrf: true, authorization: false });
      assert.equal((await page.run(() => app.client.userInfo())).email, "ada@strongroom.example");
      const posted = await page.run(
        (url) =>
          app.client
            .fetch(new Request(url, { method: "POST", body: '{"item":"lamp"}' }))
            .then((r) => r.json()),
        world.ordersUrl,
      );
      assert.deepEqual(posted, { created: { item: "lamp" } });
    });

    test("a 401 means signed out after one check; a session that is alive stays", async () => {
      await signInThere("/");
      backEnd.requests.length = 0;
      backEnd.control.revokeSession();
      const statuses = await page.run(
        (url) =>
          Promise.all(Array.from({ length: 20 }, () => app.client.fetch(url).then(({ status }) => status))),
        world.ordersUrl,
      );
      assert.ok(statuses.every((status) => status === 401));
      assert.equal(requests("/bff/session").length, 1);
      const { status: last, reason } = await session();
      assert.deepEqual([last, reason], ["signed-out", "session-ended"]);
    });

    test("a sign-out ends it there", async () => {
      await signInThere("/");
      await page.run(() => app.client.signOut());
      assert.equal(await status(), "signed-out");
      await page.open("/");
      await page.run(() => app.client.completeSignIn());
      assert.equal(await status(), "signed-out");
    });

    test("there is no token to hand out or in", async () => {
      await signInThere("/");
      assert.equal((await page.rejection(() => app.client.getAccessToken())).code, "ERR_NOT_EXPOSED");
      const tokens = { access_token: "t", token_type: "Bearer" };
      assert.equal(
        (await page.rejection((tokens) => app.client.setTokens(tokens), tokens)).code,
        "ERR_INVALID_OPTION",
      );
    });
  });

  describe("a back end that mediates tokens", () => {
    beforeEach(() => begin("mediating"));

    test("its page signs in, and the access token comes into the vault alone", async () => {
      await signInThere("/");
      assert.equal(await status(), "signed-in");
      assert.equal(await call(), 200);
      const { cookie, authorization } = requests("/api/orders")[0];
      assert.deepEqual({ cookie, authorization }, { cookie: false, authorization: true });
      backEnd.control.revokeAccessTokens();
      assert.equal(await call(), 200);
      await page.run(() => app.client.signOut());
      assert.equal(await status(), "signed-out");
    });
  });
});
