// The README's first example is type-checked, built and run as it stands, at a real authorization server; only the
// addresses in it are others.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { By } from "selenium-webdriver";
import { startApi } from "../../www/server/api.mjs";
import { startAuthorizationServer } from "../../www/server/authorization-server.mjs";
import { listen } from "../../www/server/loopback.mjs";
import { until } from "../e2e/app/page.mjs";
import { launch } from "../e2e/browsers.mjs";
import { pack, project, root, runTool, staticFiles } from "./installed.mjs";

const [, quickstart] =
  /^## Quickstart$.*?^```ts\n(.*?)^```$/ms.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];

const tsconfig = {
  compilerOptions: {
    target: "ES2022",
    module: "ESNext",
    moduleResolution: "bundler",
    lib: ["ES2022", "DOM", "ESNext.Disposable"],
    strict: true,
    noEmit: true,
    types: [],
  },
  files: ["main.ts"],
};

const closers = [];
let application;
let authorizationServer;
let api;
let site;

before(async () => {
  assert.ok(quickstart, "README.md has a ```ts block under `## Quickstart`");
  const folder = mkdtempSync(join(tmpdir(), "strongroom-quickstart-"));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  // The addresses are known when the servers run, and the application is built for them.
  authorizationServer = await startAuthorizationServer({ accessTokenTtlSeconds: 600 });
  closers.push(authorizationServer.close);
  api = await startApi({ authorizationServer });
  closers.push(api.close);
  const { tarball } = await pack(folder);
  const source = quickstart
    .replaceAll("https://id.example", authorizationServer.issuer)
    .replaceAll("https://api.example", api.url);
  assert.ok(!/https:\/\/\w+\.example/.test(source), "it names only the addresses that are replaced");
  application = await project(tarball, {
    "index.html":
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.ts"></script>',
    "main.ts": source,
    "tsconfig.json": JSON.stringify(tsconfig),
  });
  closers.push(application.remove);
  site = await listen((request, response) =>
    staticFiles(join(application.folder, "dist"))(request, response),
  );
  closers.push(site.close);
  authorizationServer.control.allowOrigin(site.url);
});
after(async () => {
  for (const close of closers.reverse()) await close();
});

test("the quickstart has ten lines", () => {
  assert.equal(quickstart.trimEnd().split("\n").length, 10);
});

test("the quickstart type-checks", () => runTool("typescript/bin/tsc", ["-p", application.folder]));

test("the quickstart signs in and calls the API, in Chromium", async () => {
  await runTool("vite/bin/vite.js", ["build", "--logLevel", "error"], { cwd: application.folder });
  const browser = await launch("chromium");
  try {
    const { driver } = browser;
    await driver.get(`${site.url}/`);
    await until(async () => (await driver.findElements(By.css("#sign-in"))).length > 0, "the sign-in form");
    await driver.findElement(By.css('[name="login"]')).sendKeys("ada");
    await driver.findElement(By.css('[name="password"]')).sendKeys("strongroom");
    await driver.findElement(By.css("#sign-in")).click();
    await until(() => api.requests.some(({ status }) => status === 200), "the call");
    assert.equal(await driver.getCurrentUrl(), `${site.url}/`);
    assert.deepEqual(
      api.requests.map(({ method, path, authorization, status }) => [method, path, authorization, status]),
      [["GET", "/orders", true, 200]],
    );
    await until(() => browser.consoleMessages().length >= 3, "the console");
    const messages = browser.consoleMessages();
    assert.ok(messages.includes("info: signing-in") && messages.includes("info: signed-in"), messages.join());
    assert.deepEqual(
      messages.filter((message) => !message.startsWith("info: ")),
      [],
    );
  } finally {
    await browser.close();
  }
});
