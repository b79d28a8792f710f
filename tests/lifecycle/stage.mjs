// The scene of every life and death: a Chromium without any driver's flags, and an application whose tabs have tokens for
// a mirror (see ../e2e/app/mirror.mjs).
//
//   const stage = await startStage();
//   const scene = await stage.begin({ isolation: "shared" });
//   const tab = await scene.open(); await scene.signIn(tab);
//   await tab.run((path) => app.client.fetch(app.url + path).then(({ status }) => status), "/run/echo");
//   scene.vaults(), scene.mirror, scene.options, await scene.close(); await stage.close()
import assert from "node:assert/strict";
import { startMirror } from "../e2e/app/mirror.mjs";
import { startApp } from "../e2e/app/server.mjs";
import { launchChromium, until } from "../red-team/devtools.mjs";
import { startRelay } from "./relay.mjs";

export { until };

/** What kind of target a vault is. */
const vaultTypes = { worker: "worker", shared: "shared_worker" };

/** Starts the browser. Each scene has servers, an origin and a profile of its own: many may play at a time. */
export async function startStage() {
  const browser = await launchChromium();
  return { begin: (options) => beginScene(browser, options), close: browser.close };
}

/** A scene with one tab, which has a session, for as long as the body takes. */
export async function inScene(stage, options, body) {
  const scene = await stage.begin(options);
  try {
    const tab = await scene.open();
    await scene.signIn(tab);
    await body(scene, tab);
  } finally {
    await scene.close();
  }
}

/** @param {{serve?: (request, response) => unknown}} options the client's; `serve` answers instead of the application's server */
async function beginScene(browser, { serve, ...options } = {}) {
  const mirror = await startMirror();
  const relay = await startRelay(mirror.url);
  const app = await startApp({ serve });
  const context = await browser.newContext();
  const scene = {
    mirror,
    /** Between the browser and the mirror: `cut()` and `restore()`. */
    relay,
    app,
    context,
    options: {
      provider: { type: "oauth", clientId: "spa", endpoints: { token: `${relay.url}/token` } },
      resources: [`${relay.url}/`],
      ...options,
    },
    close: () => Promise.all([context.close(), app.close(), relay.close(), mirror.close()]),
    /** The live vaults: targets of devtools.mjs. */
    vaults: (isolation = scene.options.isolation) => context.targets({ type: vaultTypes[isolation] }),
    vault: (isolation) => until(() => scene.vaults(isolation)[0], "the vault"),
    /** How often the token endpoint was asked. */
    tokenRequests: () => mirror.tokens.requests.length,
    /** What the network saw of a run, once it has: `{ isComplete }`, or that a call has arrived. */
    async control(run, what) {
      const signal = AbortSignal.timeout(20_000);
      try {
        return await (await fetch(`${mirror.url}/control/${run}/${what}`, { signal })).json();
      } catch (cause) {
        throw new Error(`waited 20 s for ${run} ${what}`, { cause });
      }
    },
    async signIn(tab, expiresIn = 600) {
      await tab.run((tokens) => app.client.setTokens(tokens), mirror.tokens.begin(expiresIn));
    },
    async open(path = "/", options = scene.options) {
      app.options = options;
      const tab = new Tab(await context.open("about:blank"), app.url, relay.url);
      await tab.go(app.url + path);
      return tab;
    },
  };
  return scene;
}

/** A page of the application, with harness.js's `app` in it. */
class Tab {
  constructor(target, appUrl, apiUrl) {
    this.target = target;
    this.appUrl = appUrl;
    this.apiUrl = apiUrl;
  }

  async go(url) {
    await this.target.send("Page.navigate", { url });
    await this.ready();
  }

  async reload() {
    await this.target.evaluate("window.app.isReady = false");
    await this.target.send("Page.reload");
    await this.ready();
  }

  /** Follows a link: the page that is left goes into the back/forward cache, and is ready when it comes out. */
  async leave(url) {
    await this.target.evaluate((url) => {
      window.app.isReady = false;
      window.addEventListener("pageshow", () => {
        window.app.isReady = true;
      });
      window.location.assign(url);
    }, url);
    await until(async () => (await this.target.evaluate("location.href")) === url, "the other page");
    if (url.startsWith(this.appUrl)) await this.ready();
  }

  async back() {
    await this.target.evaluate(
      "if (window.app) window.app.isReady = false; setTimeout(() => history.back())",
    );
    await this.ready();
  }

  /** Why this page did not come out of the back/forward cache, by the browser's own word. */
  notRestoredReasons() {
    return this.target.evaluate(() => {
      const [{ notRestoredReasons }] = performance.getEntriesByType("navigation");
      return notRestoredReasons?.reasons.map(({ reason }) => reason) ?? [];
    });
  }

  async ready() {
    const prepare = (url) => {
      if (window.app?.isReady !== true) return false;
      window.app.url = url;
      window.app.status = (path, init) =>
        window.app.client.fetch(url + path, init).then(({ status }) => status, window.app.describe);
      return true;
    };
    await until(() => this.target.evaluate(prepare, this.apiUrl), "the page's client", 45_000);
  }

  /** Runs a function in the page, with arguments that are plain data; rejects with what it rejects with, described. */
  async run(body, ...args) {
    const text = await this.target.evaluate(
      (source, args) => window.app.run(source, args),
      String(body),
      JSON.stringify(args),
    );
    const { value, error } = JSON.parse(text);
    if (error !== undefined) throw Object.assign(new Error(JSON.stringify(error)), { description: error });
    return value;
  }

  session() {
    return this.run(() => app.client.session);
  }

  /** Waits until the vault has all that this page said before: it takes one message after another, and refuses this one. */
  async isHeard() {
    const { code } = await this.run(() => app.client.getAccessToken().catch(app.describe));
    assert.equal(code, "ERR_NOT_EXPOSED");
  }

  /** Waits until the page shows this status. */
  shows(status) {
    return until(async () => (await this.session()).status === status, `the page to show ${status}`);
  }

  eventsOf(type) {
    return this.run(
      (wanted) => app.events.filter(([kind]) => kind === wanted).map(([, detail]) => detail),
      type,
    );
  }

  close() {
    return this.target.send("Page.close");
  }
}

/** How long something takes, in milliseconds, and what comes of it. */
export async function timed(action) {
  const begin = performance.now();
  const value = await action();
  return { value, ms: performance.now() - begin };
}
