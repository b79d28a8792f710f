// What a session survives, and where a sign-in waits, in each browser and isolation: survival.mjs says it.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { columnOf, keptInCache, pendingSignIn, renewals, survival } from "./app/survival.mjs";
import { inSecondTab } from "./app/tabs.mjs";
import { startVisitor } from "./app/visitor.mjs";

inEachHome((place) => {
  let visitor;
  let world;
  let page;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation });
    ({ world, page } = visitor);
  });
  after(() => visitor?.close());
  beforeEach(() => visitor.reset());

  const status = async () => (await visitor.session()).status;

  /** A session with tokens that are worth nothing, and with the page's origin fresh in this tab. */
  async function begin(path = "/") {
    await page.open(path);
    await page.run(() =>
      app.client.setTokens({ access_token: "worthless", token_type: "Bearer", expires_in: 600 }),
    );
    assert.equal(await status(), "signed-in");
  }

  async function reload() {
    await page.run(() => {
      app.isReady = false;
    });
    await page.driver.navigate().refresh();
    await page.ready();
  }

  /** What happens, from a session to the page whose session is looked at. */
  const happenings = {
    async "a reload of the only tab"() {
      await begin();
      await reload();
    },
    async "a link followed in the only tab"() {
      await begin();
      await page.open("/next");
    },
    async "a reload of the only tab after a sign-in by redirect"() {
      await page.signIn();
      await reload();
    },
    async "a reload while another tab is open"() {
      await begin();
      await inSecondTab(page, async ({ inFirst }) => {
        await page.open("/second");
        await inFirst(reload);
        await inFirst(isAsTheTableSays);
      });
    },
    async "the end of the only tab, and a new one"() {
      await page.driver.get(`${world.foreign.url}/elsewhere`);
      await inSecondTab(page, begin.bind(null, "/"));
      await page.open("/next");
    },
    async "a step to another site and back"() {
      await page.signIn();
      await page.driver.get(`${world.foreign.url}/elsewhere`);
      await page.driver.navigate().back();
      await page.ready();
      if (keptInCache[columnOf(place)]) await page.run(() => app.until(() => app.isRestored, "pageshow"));
      else assert.equal(await page.run(() => app.isRestored), false);
    },
    async "a sign-out in another tab"() {
      await page.signIn();
      await inSecondTab(page, async ({ inFirst }) => {
        await page.signIn();
        await page.run(() => app.client.signOut());
        await inFirst(async () => {
          if (isKept("a sign-out in another tab")) assert.deepEqual(await visitor.calls("/orders", 1), [200]);
          else await until(async () => (await status()) === "signed-out", "the sign-out");
        });
      });
    },
  };

  const isKept = (what) => survival[what][columnOf(place)];
  let what;
  async function isAsTheTableSays() {
    assert.equal((await status()) === "signed-in", isKept(what));
    if (isKept(what)) {
      // Worthless tokens are the API's to refuse.
      assert.notEqual((await visitor.calls("/orders", 1))[0].code, "ERR_NOT_SIGNED_IN");
      return;
    }
    // A clear state: no error, and calls say what is missing.
    assert.equal(await page.run(() => app.failure), undefined);
    const [{ code }] = await visitor.calls("/orders", 1);
    assert.equal(code, "ERR_NOT_SIGNED_IN");
  }

  for (const [name, happen] of Object.entries(happenings)) {
    test(`${name} ${isKept(name) ? "keeps" : "ends"} the session`, async () => {
      what = name;
      const before = world.tokenRequests().refresh_token;
      const asked = () => world.tokenRequests().refresh_token - before;
      const expected = renewals[name]?.[columnOf(place)] ?? 0;
      await happen();
      await until(() => asked() >= expected, "the server to be asked");
      if (!name.startsWith("a reload while")) await isAsTheTableSays();
      assert.equal(asked(), expected);
    });
  }

  test("the table has a column for each, and no row that is not tried", () => {
    assert.ok(columnOf(place) >= 0);
    assert.deepEqual(Object.keys(survival), Object.keys(happenings));
  });

  test(`a sign-in by redirect waits in the ${pendingSignIn[columnOf(place)]}, and leaves nothing behind`, async () => {
    const stored = () =>
      page.run(async () => {
        const databases = (await indexedDB.databases?.()) ?? [];
        const names = [
          ...Object.keys(localStorage),
          ...databases.map(({ name }) => name),
          ...(await caches.keys()),
        ];
        if (document.cookie !== "") names.push("cookie");
        return { elsewhere: names, sessionStorage: Object.keys(sessionStorage) };
      });
    await page.open("/");
    await page.leaveToSignIn();
    const callback = new URL(await page.comeBack());
    const isStored = pendingSignIn[columnOf(place)] === "sessionStorage";
    const keys = isStored ? [`strongroom.sign-in.${callback.searchParams.get("state")}`] : [];
    assert.deepEqual(await stored(), { elsewhere: [], sessionStorage: keys });
    // Nobody has read the callback yet: it may be loaded again.
    await reload();
    const cost = await visitor.tokenRequestsOf(async () => {
      await page.run(() => app.client.completeSignIn());
      assert.equal(await status(), "signed-in");
      assert.deepEqual(await stored(), { elsewhere: [], sessionStorage: [] });
      await page.open(callback.href);
      assert.equal((await page.rejection(() => app.client.completeSignIn())).code, "ERR_CALLBACK");
      await reload();
      assert.equal(await page.run(() => app.client.completeSignIn()), null);
    });
    assert.deepEqual(cost, { authorization_code: 1, refresh_token: 0 });
  });
});
