// An application that uses the package, and what becomes of it in a browser.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack, project, run } from "./installed.mjs";

/** A page that runs one module. */
export const page = '<!doctype html><title>starting</title><script type="module" src="/main.js"></script>';

/**
 * The module: makes a client with the options in its address, calls an API with a token that the API takes for
 * stale, and tells in its title what came of it.
 * @param {string} specifier of the package
 */
export const main = (specifier) => `
  import { createClient } from ${JSON.stringify(specifier)};
  const violations = [];
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    violations.push(effectiveDirective + " " + blockedURI);
  });
  const { api, options, tokens } = JSON.parse(new URLSearchParams(location.search).get("run"));
  const outcome = {};
  try {
    const client = await createClient(options);
    outcome.isolation = client.session.isolation;
    await client.setTokens(tokens);
    outcome.status = (await client.fetch(api)).status;
    client.close();
  } catch (error) {
    outcome.code = error.code ?? String(error);
  }
  document.title = JSON.stringify({ ...outcome, violations });`;

/** Each value of `isolation` and the one that is in force then, in a browser that has everything. */
export const homes = [
  [undefined, "shared"],
  ["shared", "shared"],
  ["worker", "worker"],
  ["page", "page"],
];

/** The options of the application in a static folder. */
export const copied = { workerUrl: "/vault/vault.js", wasmUrl: "/vault/strongroom_bg.wasm" };

/**
 * The application in a static folder without any bundler: what a page loads as it comes from the package, the vault
 * and the wasm from `npx strongroom copy`. `index.html` serves every path.
 */
export async function staticFolder() {
  const packed = mkdtempSync(join(tmpdir(), "strongroom-pack-"));
  try {
    const { tarball } = await pack(packed);
    const { folder, remove } = await project(tarball, {
      "public/index.html": page,
      "public/main.js": main("/strongroom/index.js"),
    });
    mkdirSync(join(folder, "public/strongroom"));
    cpSync(join(folder, "node_modules/strongroom/pkg"), join(folder, "public/strongroom"), {
      recursive: true,
      // Without the files that the options name, so that nothing else can be found.
      filter: (path) => !/vault\.js$|\.wasm$|\.d\.ts$/.test(path),
    });
    await run("npx", ["--offline", "--no", "strongroom", "copy", "public/vault"], { cwd: folder });
    return { folder: join(folder, "public"), remove };
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
}

let runs = 0;

/**
 * Opens the application and gives what it tells. Each run has a vault of its own.
 * @param {{driver: import("selenium-webdriver").WebDriver}} browser
 * @param {Awaited<ReturnType<typeof import("../e2e/app/mirror.mjs").startMirror>>} mirror the API and its token endpoint
 * @param {string} url the application's
 * @param {object} options of the client, beside provider and resources
 */
export async function outcome(browser, mirror, url, options) {
  runs += 1;
  const given = {
    api: `${mirror.url}/run-${runs}/guarded`,
    options: {
      provider: { type: "oauth", clientId: `spa-${runs}`, endpoints: { token: `${mirror.url}/token` } },
      resources: [`${mirror.url}/`],
      ...options,
    },
    tokens: { ...mirror.tokens.begin(), access_token: "stale" },
  };
  await browser.driver.get(`${url}/?run=${encodeURIComponent(JSON.stringify(given))}`);
  await browser.driver.wait(async () => (await browser.driver.getTitle()).startsWith("{"), 20_000);
  const calls = mirror.requests.filter((request) => request.run === `run-${runs}`);
  return {
    ...JSON.parse(await browser.driver.getTitle()),
    sent: calls.map(({ headers }) => headers.authorization),
    referers: calls.map(({ headers }) => headers.referer),
    newest: `Bearer access-${mirror.tokens.issued()}`,
  };
}

/**
 * The application runs in this home: the API saw the stale token and the renewed one, and no policy was violated.
 * Gives the referrers that the API saw.
 */
export async function assertRuns(browser, mirror, url, options, isolation) {
  const { newest, referers, ...rest } = await outcome(browser, mirror, url, options);
  assert.deepEqual(rest, { isolation, status: 200, violations: [], sent: ["Bearer stale", newest] });
  return referers;
}
