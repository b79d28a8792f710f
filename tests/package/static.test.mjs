// The installed package in a static folder without any bundler, in each home of the engine; in the two workers under the
// headers of docs/deployment.md, and under wrong ones. In Chromium.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { listen } from "../../www/server/loopback.mjs";
import { startMirror } from "../e2e/app/mirror.mjs";
import { until } from "../e2e/app/page.mjs";
import { launch } from "../e2e/browsers.mjs";
import { assertRuns, copied, homes, outcome, staticFolder } from "./application.mjs";
import { staticFiles } from "./installed.mjs";

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

for (const [isolation, inForce] of homes) {
  test(`a static folder runs, isolation ${isolation ?? "by default"}`, async () => {
    const site = await listen(staticFiles(folder));
    try {
      await assertRuns(browser, mirror, site.url, { isolation, ...copied }, inForce);
    } finally {
      await site.close();
    }
  });
}

/** The policies that docs/deployment.md gives: `page`'s, and `vault`'s for the worker's script. */
const policies = {
  page: (site) => [
    "default-src 'none'",
    "script-src 'self'",
    `worker-src ${site}/vault/vault.js`,
    "require-trusted-types-for 'script'",
    "trusted-types strongroom",
  ],
  vault: (site) => [
    "default-src 'none'",
    "script-src 'wasm-unsafe-eval'",
    `connect-src ${site}/vault/strongroom_bg.wasm ${mirror.url}`,
  ],
};

/**
 * Serves the static folder under these policies; `reports` are the violations that browsers report, the workers' too.
 * `spoil` may change a policy or say what the server does with a path.
 */
async function strictSite({ page: changePage, vault: changeVault, serve } = {}) {
  const reports = [];
  const files = staticFiles(folder, (path) => {
    const isVault = path.startsWith("/vault/");
    const [policy, change] = isVault ? [policies.vault, changeVault] : [policies.page, changePage];
    const directives = policy(site.url).join("; ");
    const changed = change === undefined ? directives : directives.replace(...change);
    if (change !== undefined) assert.notEqual(changed, directives, `nothing to change in ${directives}`);
    return { "content-security-policy": `${changed}; report-uri /reports` };
  });
  const site = await listen(async (request, response) => {
    if (request.method === "POST") {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      reports.push(JSON.parse(Buffer.concat(chunks))["csp-report"]);
      response.writeHead(204).end();
    } else if (!serve?.(request, response)) files(request, response);
  });
  return { ...site, reports };
}

for (const isolation of ["shared", "worker"]) {
  test(`strict policies are enough and nothing violates them, isolation ${isolation}`, async () => {
    const site = await strictSite();
    try {
      await assertRuns(browser, mirror, site.url, { isolation, ...copied }, isolation);
      // Had there been a report, it would have come before this one's.
      await browser.driver.executeScript("fetch('/not-allowed').catch(() => {})");
      await until(() => site.reports.length > 0, "a report");
      const blocked = site.reports.map((report) => [report["effective-directive"], report["blocked-uri"]]);
      assert.deepEqual(blocked, [["connect-src", `${site.url}/not-allowed`]]);
    } finally {
      await site.close();
    }
  });
}

const isWasm = ({ url }) => url === copied.wasmUrl;

/** What is wrong with a deployment, what an application learns of it, and which directive the browser reports. */
const mistakes = [
  [
    "Trusted Types without ours",
    { page: ["trusted-types strongroom", "trusted-types other"] },
    "ERR_VAULT",
    "trusted-types",
  ],
  ["workers forbidden", { page: [/worker-src [^;]+/, "worker-src 'none'"] }, "ERR_VAULT", "worker-src"],
  ["no wasm allowed in the vault", { vault: ["'wasm-unsafe-eval'", "'self'"] }, "ERR_ENGINE", "script-src"],
  ["no address of the wasm in the vault", { vault: [/\S+\.wasm/, ""] }, "ERR_ENGINE", "connect-src"],
  ["no API in the vault", { vault: [/http\S+$/, ""] }, "TypeError: Failed to fetch", "connect-src"],
  ["no vault there", { serve: missing(copied.workerUrl) }, "ERR_VAULT"],
  ["no wasm there", { serve: missing(copied.wasmUrl) }, "ERR_ENGINE"],
  ["another wasm there", { serve: otherWasm }, "ERR_ENGINE"],
];

function missing(path) {
  return ({ url }, response) => url === path && response.writeHead(404).end();
}

/** A wasm of the same meaning, but with an empty section of its own at the end. */
function otherWasm(request, response) {
  if (!isWasm(request)) return false;
  const bytes = readFileSync(join(folder, copied.wasmUrl));
  response.writeHead(200, { "content-type": "application/wasm" });
  return response.end(Buffer.concat([bytes, Buffer.from([0, 1, 0])]));
}

for (const [name, change, code, directive] of mistakes) {
  for (const isolation of ["shared", "worker"]) {
    test(`${name}: ${code}, isolation ${isolation}`, async () => {
      const site = await strictSite(change);
      try {
        const told = await outcome(browser, mirror, site.url, { isolation, ...copied });
        assert.equal(told.code, code);
        assert.deepEqual(told.sent, []);
        if (directive !== undefined) await until(() => site.reports.length > 0, "the browser's report");
        const reported = new Set(site.reports.map((report) => report["effective-directive"]));
        assert.deepEqual([...reported], directive === undefined ? [] : [directive]);
      } finally {
        await site.close();
      }
    });
  }
}

test("page isolation needs wasm in the page's own policy: ERR_ENGINE", async () => {
  const site = await strictSite();
  try {
    const told = await outcome(browser, mirror, site.url, { isolation: "page", ...copied });
    assert.equal(told.code, "ERR_ENGINE");
  } finally {
    await site.close();
  }
});

/** Runs the static folder where the pages' and the vault's responses have these headers. */
async function withHeaders({ page = {}, vault = {} }, use) {
  const site = await listen(staticFiles(folder, (path) => (path.startsWith("/vault/") ? vault : page)));
  try {
    return await use(site.url);
  } finally {
    await site.close();
  }
}

for (const isolation of ["shared", "worker"]) {
  test(`the vault's own Referrer-Policy decides what an API learns, isolation ${isolation}`, async () => {
    const policy = { "referrer-policy": "no-referrer" };
    const referers = (headers) =>
      withHeaders(headers, (url) => assertRuns(browser, mirror, url, { isolation, ...copied }, isolation));
    assert.deepEqual(await referers({ page: policy, vault: policy }), [undefined, undefined]);
    for (const referer of await referers({ page: policy }))
      assert.match(referer, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  });
}

test("a page with Cross-Origin-Embedder-Policy wants it of its worker too", async () => {
  const policy = { "cross-origin-embedder-policy": "require-corp" };
  const options = { isolation: "worker", ...copied };
  await withHeaders({ page: policy, vault: policy }, (url) =>
    assertRuns(browser, mirror, url, options, "worker"),
  );
  const told = await withHeaders({ page: policy }, (url) => outcome(browser, mirror, url, options));
  assert.equal(told.code, "ERR_VAULT");
});

test("types: a wasm that is served as text runs, a vault that is served as text does not", async () => {
  const options = { isolation: "worker", ...copied };
  const site = (path) =>
    listen(staticFiles(folder, (one) => (one === path ? { "content-type": "text/plain" } : {})));
  const [wasm, vault] = [await site(copied.wasmUrl), await site(copied.workerUrl)];
  try {
    await assertRuns(browser, mirror, wasm.url, options, "worker");
    const told = await outcome(browser, mirror, vault.url, options);
    assert.equal(told.code, "ERR_VAULT");
  } finally {
    await wasm.close();
    await vault.close();
  }
});
