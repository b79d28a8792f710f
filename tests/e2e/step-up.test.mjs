// APIs that want more than the user's sign-in gave: an authentication context class (RFC 9470), or a scope.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { By } from "selenium-webdriver";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { startVisitor } from "./app/visitor.mjs";

const strong = "urn:strongroom:strong";
const guide = readFileSync(new URL("../../docs/fetch.md", import.meta.url), "utf8");
/** What docs/fetch.md shows, which is plain JavaScript: it defines `pay`. */
const example = /```ts\n(const pay = .*?)```/s.exec(guide)?.[1];

inEachHome((place) => {
  let visitor;
  let page;
  let world;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation });
    ({ page, world } = visitor);
  });
  after(() => visitor?.close());
  beforeEach(async () => {
    await visitor.reset();
    // The authorization server forgets who was there, and how strongly.
    visitor.control.revokeSession();
    await page.signIn();
  });

  /** A call, and what was told of it. */
  const call = async (path, init) => {
    const url = world.api.url + path;
    const before = (await page.eventsOf("step-up-required")).length;
    const answer = await page.run(
      async (url, init) => {
        const response = await app.client.fetch(url, init);
        return { status: response.status, body: await response.json() };
      },
      url,
      init,
    );
    return { ...answer, told: (await page.eventsOf("step-up-required")).slice(before) };
  };
  const signInFor = async ({ acrValues, maxAgeSeconds, scope }) => {
    await page.leaveToSignIn({ acrValues, maxAgeSeconds, scope });
    await page.comeBack();
    await page.run(() => app.client.completeSignIn());
  };
  const transfer = () => call("/transfers", { method: "POST", body: JSON.stringify({ amount: 7 }) });

  test("the demanded class is told, one sign-in brings it, and the same call then succeeds (9470-1, 9470-3)", async () => {
    let refused;
    const cost = await visitor.tokenRequestsOf(async () => {
      refused = await transfer();
    });
    assert.deepEqual([refused.status, refused.body.error], [401, "insufficient_user_authentication"]);
    const url = `${world.api.url}/transfers`;
    const demand = { url, acrValues: strong, maxAgeSeconds: null, scope: null, isRepeated: false };
    assert.deepEqual(refused.told, [demand]);
    // 9470-2
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
    assert.deepEqual(await page.eventsOf("retried"), []);
    await signInFor(refused.told[0]);
    assert.equal((await visitor.session()).claims.acr, strong);
    assert.deepEqual(await transfer(), { status: 201, body: { sent: { amount: 7 } }, told: [] });
  });

  test("the documented example signs in by a popup and sends the refused request again, once (9470-3)", async () => {
    const { driver } = page;
    const opener = await driver.getWindowHandle();
    const place = await page.url();
    const source = example.replace("https://api.example", world.api.url);
    const refused = await page.run(async (source) => {
      document.body.append(
        Object.assign(document.createElement("button"), { hidden: true, textContent: "Go on" }),
      );
      app.said = [];
      const console = { log: (...said) => app.said.push(said) };
      const pay = new Function("client", "console", `${source}; return pay`)(app.client, console);
      const { status } = await pay();
      return status;
    }, source);
    assert.equal(refused, 401);
    await until(() => page.run(() => !document.querySelector("button").hidden), "the question");
    await driver.findElement(By.css("button")).click();
    const popup = await until(
      async () => (await driver.getAllWindowHandles()).find((handle) => handle !== opener),
      "the window",
    );
    await driver.switchTo().window(popup);
    await page.comeBack();
    await page
      .run(() => {
        app.client.completeSignIn();
      })
      // The window may be gone before the driver has its answer.
      .catch(() => {});
    await driver.switchTo().window(opener);
    await until(() => page.run(() => app.said.length > 0), "the request to be sent again");
    assert.deepEqual(await page.run(() => app.said), [[201, strong]]);
    assert.equal((await page.eventsOf("step-up-required")).length, 1);
    assert.equal(await page.url(), place);
  });

  test("a demand that the sign-in could not satisfy is told as repeated (9470-3)", async () => {
    const [first] = (await call("/sealed")).told;
    assert.equal(first.isRepeated, false);
    await signInFor(first);
    const { status, told } = await call("/sealed");
    assert.equal(status, 401);
    assert.deepEqual(told, [{ ...first, isRepeated: true }]);
    assert.deepEqual(
      (await transfer()).told.map(({ isRepeated }) => isRepeated),
      [false],
      "another demand is a new one",
    );
  });

  test("a scope that the token lacks is told, and a sign-in asks for it beside the configured one (6750-5)", async () => {
    const refused = await call("/admin");
    assert.equal(refused.status, 403);
    const url = `${world.api.url}/admin`;
    const demand = { acrValues: null, maxAgeSeconds: null, scope: "orders:admin", isRepeated: false };
    assert.deepEqual(refused.told, [{ url, ...demand }]);
    await signInFor(refused.told[0]);
    assert.match((await visitor.session()).scope, /\borders:read\b.*\borders:admin\b/);
    assert.deepEqual(await call("/admin"), { status: 200, body: {}, told: [] });
    assert.equal((await call("/orders")).status, 200);
  });

  test("a demand that comes after a refused token is told as well", async () => {
    visitor.control.revokeAccessTokens();
    const { status, told } = await transfer();
    assert.deepEqual([status, told.map(({ acrValues }) => acrValues)], [401, [strong]]);
    assert.equal((await page.eventsOf("retried")).length, 1);
  });
});
