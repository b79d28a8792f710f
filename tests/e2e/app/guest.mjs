// A browser at the test page whose client has a back end of the application's own (see back-ends/).
//
//   const guest = await startGuest(place, { shape: cookie, recipe: "Refresh token in a cookie" });
//   guest.page, guest.app, guest.backEnd, guest.foreign (a mirror of another origin), await guest.close()
//   await guest.reset()          a fresh origin, nobody signed in, no faults, nothing on record
//   await guest.open(path)       the page with a client of the recipe's options, and its first check
//   await guest.openRecipe(path) the page with the recipe's own module instead, as app.recipe
import assert from "node:assert/strict";
import { By } from "selenium-webdriver";
import { outlivesPages } from "./matrix.mjs";
import { startMirror } from "./mirror.mjs";
import { Page, until } from "./page.mjs";
import { moduleOf, optionsOf } from "./recipes.mjs";
import { startApp } from "./server.mjs";

/**
 * Calls find at `path` that the session is over: as the API said, or for one that waited for that answer already, as it
 * said. The answer waits until the vault has all of them; a call that came later would not be signed in.
 */
export async function assertEnded({ backEnd, page }, path, count) {
  const release = backEnd.holdAnswers(path);
  await page.run(async (count) => {
    app.ending = app.calls(count);
    await app.client.touch();
  }, count);
  release();
  const answers = await page.run(() => app.ending);
  assert.deepEqual(
    [...new Set([401, ...answers])].filter((answer) => answer !== "ERR_SESSION_ENDED"),
    [401],
  );
  assert.ok(answers.includes(401));
}

/** Calls with an expired token wait for one renewal, and none goes out with the old one. */
export async function assertOneRenewal({ backEnd, page, signIn }) {
  const renewals = () => backEnd.requests("/refresh");
  backEnd.sessions.accessTokenTtlSeconds = 1;
  await signIn();
  backEnd.outage({ mode: "hold" });
  backEnd.sessions.accessTokenTtlSeconds = 600;
  await page.run(async () => {
    await app.until(() => Date.now() > app.client.session.expiresAt, "expiry");
    app.waiting = app.calls(20);
  });
  await until(() => renewals().length === 1, "the renewal");
  assert.deepEqual(backEnd.requests("/api/orders"), []);
  backEnd.endOutage();
  assert.deepEqual(await page.run(() => app.waiting), Array(20).fill(200));
  assert.deepEqual([renewals().length, backEnd.sessions.reuses], [1, 0]);
}

/** One request finds the session after a reload; none where the shared vault is still there, as WebKit's may be. */
export function assertRestored(place, requests) {
  if (place.isolation === "shared" && place.browserName === "webkit") assert.ok(requests.length <= 1);
  else assert.equal(requests.length, outlivesPages(place) ? 0 : 1);
}

/** @param {{browser: object, browserName: string, isolation?: string}} place without isolation, the recipe's own */
export async function startGuest(place, { shape, recipe }) {
  const closers = [];
  const close = async () => {
    for (const one of closers.reverse()) await one();
  };
  try {
    // WebKit takes no `Secure` cookie from http, not even on loopback.
    const backEnd = await shape.start({ isSecure: place.browserName !== "webkit" });
    closers.push(backEnd.close);
    const foreign = await startMirror();
    closers.push(foreign.close);
    const app = await startApp({ serve: serveModule(moduleOf(recipe, backEnd.url)) });
    closers.push(app.close);
    app.isFull = true;
    app.recordsMessages = true;
    const options = { ...optionsOf(recipe, backEnd.url), refresh: { timeoutSeconds: 5 } };
    if (place.isolation !== undefined) options.isolation = place.isolation;
    const page = new Page(place.browser.driver, app);
    return {
      backEnd,
      foreign,
      app,
      page,
      options,
      close,
      ...actions({ backEnd, foreign, app, page, options }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const serveModule = (module) => (request, response) => {
  if (!request.url.startsWith("/recipe.js")) return false;
  response.writeHead(200, { "content-type": "text/javascript", "cache-control": "no-store" });
  response.end(module.replace('"strongroom/full"', '"/pkg/index.js"'));
  return true;
};

function actions({ backEnd, foreign, app, page, options }) {
  const reset = async () => {
    backEnd.endOutage?.();
    // A shared vault of the test before may live on: it has nothing to renew then.
    await page.run(() => app.client?.signOut()).catch(() => {});
    await app.moveOn();
    backEnd.allow?.(app.url);
    if (backEnd.sessions) {
      backEnd.sessions.endAll();
      Object.assign(backEnd.sessions, { accessTokenTtlSeconds: 600, reuses: 0 });
    }
    app.options = structuredClone(options);
    foreign.requests.length = 0;
    backEnd.forget?.();
  };
  const prepare = (url) =>
    page.run((url) => {
      app.url = `${url}/api/orders`;
      app.status = (...given) => app.client.fetch(...given).then(({ status }) => status, app.describe);
      app.calls = (count, client = app.client) =>
        Promise.all(
          Array.from({ length: count }, () =>
            client.fetch(app.url).then(
              ({ status }) => status,
              ({ code, name }) => code ?? name,
            ),
          ),
        );
    }, url);
  const landed = async () => {
    await page.ready();
    await prepare(backEnd.url);
  };
  const open = async (path = "/") => {
    await page.open(path);
    await prepare(backEnd.url);
    await page.run(() => app.client.completeSignIn());
  };
  const loadRecipe = async () => {
    await landed();
    await page.run(async () => {
      app.recipe = await app.load("/recipe.js");
      app.client = app.recipe.client;
    });
  };
  const openRecipe = async (path = "/") => {
    app.options = null;
    await page.open(path);
    await loadRecipe();
  };
  /** Submits the form of the back end's provider, once it is there, and comes back to the application. */
  const submitForm = async () => {
    const find = async () => (await page.driver.findElements(By.css("#sign-in")))[0];
    const isHere = async () => (await page.url()).startsWith(app.url);
    await until(async () => !(await isHere()) && (await find()) !== undefined, "the form");
    await until(async () => {
      if (await isHere()) return true;
      const button = await find();
      await button?.click();
      // Another click would begin the navigation anew.
      const isGone = () =>
        button?.isEnabled().then(
          () => false,
          () => true,
        ) ?? true;
      await until(isGone, "the form to go", 5_000);
      return false;
    }, "the way back");
  };
  const signIn = (password = "strongroom") =>
    page.run((password) => app.client.signIn({ credentials: { username: "ada", password } }), password);
  const session = () => page.run(() => app.client.session);
  const status = async () => (await session()).status;
  const calls = (count) => page.run((count) => app.calls(count), count);
  return { reset, open, landed, loadRecipe, openRecipe, submitForm, signIn, session, status, calls };
}
