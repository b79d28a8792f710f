// `npm run bench`: Strongroom beside its peers in one headless browser (Chromium by default), in turns, in one run. It reports and never judges.
//
//   node scripts/bench.mjs [--json] [--only decode,fetchStub,dpop,fetchServer,download,storm,start] [--browser chromium|firefox|webkit]
//
// --json prints one line and nothing else on standard output, medians throughout:
//   {"decode":      {"300B"|"1KB"|"unicode"|"8KB": {"strongroom","jose","jwt-decode"}}   ns per call
//    "fetchStub":   {"strongroom","hand-written","@badgateway/oauth2-client","@auth0/auth0-spa-js","oidc-client-ts"}
//                                                               µs per call over the bare stub, for fetch(url, { headers })
//    "dpop":        {"ratio"}                                    a call with a proof to one bare crypto.subtle.sign
//    "fetchServer": {"page"|"worker"|"shared": {"1","50"}}      ratio to native fetch, with 1 and 50 calls at once
//    "download50MB": {"page","worker","shared"}                 ratio to native fetch, of the time for 50 MB
//    "storm":       {"calls10000": {"tokenRequests","failed"},  10,000 calls at once on an expired token, page isolation
//                    "calls10000Worker": …,                     the same in worker isolation
//                    "tabs20x20": …}}                           20 tabs with 20 calls each, at once, shared isolation
// docs/benchmarks.md says how it is measured.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { browserNames } from "../benches/browsers.mjs";
import { interleave, summary } from "../benches/measure.mjs";
import { printReport } from "../benches/report.mjs";
import { startScripts } from "../benches/start.mjs";
import { root } from "./command.mjs";

const pkg = join(root, "pkg");
const parts = ["decode", "fetchStub", "dpop", "fetchServer", "download", "storm", "start"];
const downloadMegabytes = 50;
const stormCalls = 10_000;
const stormLibraries = [
  "strongroom",
  "strongroom, worker isolation",
  "@badgateway/oauth2-client",
  "@auth0/auth0-spa-js",
  "oidc-client-ts",
];
const tabSizes = { tabs: 20, callsPerTab: 20 };
/** For one part, or one library's storm. The whole is meant to stay below four minutes. */
const partTimeoutMs = 180_000;

/** Bundles a script for the browser. The package is not bundled: pages load the files that ship. */
async function bundle(contents) {
  const { build: esbuild } = await import("esbuild");
  const { outputFiles } = await esbuild({
    absWorkingDir: root,
    stdin: { contents, resolveDir: join(root, "benches") },
    alias: { "strongroom/full": "/pkg/full/index.js", strongroom: "/pkg/index.js" },
    external: ["/pkg/*"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].contents;
}

async function bundles() {
  const starts = {};
  for (const [name, script] of Object.entries(startScripts)) {
    starts[name] = await bundle(`${script}\nglobalThis.isReady = true;`);
  }
  const page = await bundle('import { bench } from "./page.mjs"; globalThis.bench = bench;');
  const stormApi = await bundle('import { answerApiHere } from "./storm-api.mjs"; answerApiHere();');
  return { page, stormApi, starts };
}

async function measure(browserName, chosen) {
  const { startServers } = await import("../benches/server.mjs");
  const { openBrowser } = await import("../benches/browsers.mjs");
  const servers = await startServers({ pkg, ...(await bundles()) });
  try {
    const browser = await openBrowser(browserName, partTimeoutMs);
    const run = (part, ...args) => browser.run(servers, part, args, partTimeoutMs);
    try {
      const results = { browser: browser.version };
      for (const part of chosen) {
        const startedAt = performance.now();
        if (part === "storm") {
          results.storm = {};
          for (const library of stormLibraries) results.storm[library] = await run(part, library, stormCalls);
          if (browser.tabs) results.tabs = await browser.tabs(servers, tabSizes, partTimeoutMs);
          else console.error("  20 tabs: only Chromium opens them");
        } else if (part === "start") {
          if (browser.startMs) results.start = await measureStart(browser, servers.url);
          else console.error("  start: only Chromium tells");
        } else if (part === "download") results.download = await run(part, downloadMegabytes);
        else results[part] = await run(part);
        console.error(`  ${part}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      }
      return results;
    } finally {
      await browser.close();
    }
  } finally {
    await servers.close();
  }
}

async function measureStart(browser, url) {
  const contestants = Object.keys(startScripts).map((name, number) => [
    name,
    () => browser.startMs(`${url}/start/${number}`, partTimeoutMs),
  ]);
  const samples = await interleave(Object.fromEntries(contestants), { rounds: 7, warmUp: 1 });
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, summary(values)]));
}

/** The documented keys, and no others. */
function documented({ decode, fetchStub, dpop, fetchServer, download, storm, tabs }) {
  const mediansOf = (summaries) =>
    Object.fromEntries(
      Object.entries(summaries).map(([name, { median }]) => [name, Number(median.toPrecision(4))]),
    );
  const result = {};
  if (decode) {
    result.decode = Object.fromEntries(
      Object.entries(decode).map(([payload, { nsPerCall }]) => [payload, mediansOf(nsPerCall)]),
    );
  }
  if (fetchStub) {
    const { raw: _, "hand-written, not async": __, ...libraries } = fetchStub.withHeaders.usPerCall;
    result.fetchStub = mediansOf(libraries);
  }
  if (dpop) result.dpop = mediansOf({ ratio: dpop.ratio });
  if (fetchServer) {
    const { "bare worker": _, ...isolations } = fetchServer;
    result.fetchServer = Object.fromEntries(
      Object.entries(isolations).map(([isolation, loads]) => [isolation, mediansOf(ratiosOf(loads))]),
    );
  }
  if (download) result.download50MB = mediansOf(ratiosOf(download));
  if (storm) {
    const counts = ({ tokenRequests, failed }) => ({ tokenRequests, failed });
    result.storm = {
      calls10000: counts(storm.strongroom),
      calls10000Worker: counts(storm["strongroom, worker isolation"]),
    };
    if (tabs) result.storm.tabs20x20 = counts(tabs);
  }
  return result;
}

function ratiosOf(results) {
  return Object.fromEntries(Object.entries(results).map(([name, { ratio }]) => [name, ratio]));
}

function readOptions() {
  const options = /** @type {const} */ ({
    json: { type: "boolean", default: false },
    only: { type: "string" },
    browser: { type: "string", default: "chromium" },
  });
  const { values } = parseArgs({ options });
  // The script time is for people alone.
  const byDefault = values.json ? parts.filter((part) => part !== "start") : parts;
  const chosen = values.only?.split(",") ?? byDefault;
  refuseUnknown("--only", chosen, parts);
  refuseUnknown("--browser", [values.browser], browserNames);
  return { isJson: values.json, chosen, browserName: values.browser };
}

function refuseUnknown(option, given, known) {
  const unknown = given.filter((value) => !known.includes(value));
  if (unknown.length > 0) throw new Error(`${option}: unknown "${unknown}"; known: ${known.join(", ")}`);
}

async function main() {
  const { isJson, chosen, browserName } = readOptions();
  const log = console.log;
  // Set-up and build report on standard output, where only the figures belong.
  console.log = console.error;
  const [{ setUp }, { build }] = await Promise.all([import("./setup.mjs"), import("./build.mjs")]);
  await setUp();
  await build();
  console.error("bench");
  const results = await measure(browserName, chosen);
  console.log = log;
  if (isJson) console.log(JSON.stringify(documented(results)));
  else printReport(results);
}

try {
  await main();
} catch (error) {
  console.error(`bench failed: ${error.message}`);
  process.exitCode = 1;
}
