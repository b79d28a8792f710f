// `npm run bench`: Strongroom beside its peers in one headless browser (Chromium by default), in turns, in one run. It reports and never judges.
//
//   node scripts/bench.mjs [--json] [--only decode,fetchStub,fetchServer,storm] [--browser chromium|firefox|webkit]
//
// --json prints one line and nothing else on standard output, medians throughout:
//   {"decode":      {"300B"|"1KB"|"unicode"|"8KB": {"strongroom","jose","jwt-decode"}}   ns per call
//    "fetchStub":   {"strongroom","hand-written","@badgateway/oauth2-client","@auth0/auth0-spa-js","oidc-client-ts"}
//                                                               µs per call over the bare stub, for fetch(url, { headers })
//    "fetchServer": {"page": {"1","50"}}                        ratio to native fetch, with 1 and 50 calls at once
//    "storm":       {"calls10000": {"tokenRequests","failed"}}} 10,000 calls at once on an expired token
// docs/benchmarks.md says how it is measured.
import { join } from "node:path";
import { browserNames } from "../benches/browsers.mjs";
import { printReport } from "../benches/report.mjs";
import { root } from "./command.mjs";

const pkg = join(root, "pkg");
const parts = ["decode", "fetchStub", "fetchServer", "storm"];
const stormCalls = 10_000;
const stormLibraries = ["strongroom", "@badgateway/oauth2-client", "@auth0/auth0-spa-js", "oidc-client-ts"];
/** For one part, or one library's storm. The whole is meant to stay below four minutes. */
const partTimeoutMs = 120_000;

/** Bundles the bench's page. The package is not bundled: the page loads the files that ship. */
async function bundlePage() {
  const { build: esbuild } = await import("esbuild");
  const { outputFiles } = await esbuild({
    absWorkingDir: root,
    entryPoints: ["benches/page.mjs"],
    alias: { strongroom: "/pkg/index.js" },
    external: ["/pkg/index.js"],
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

async function measure(browserName, chosen) {
  const { startServers } = await import("../benches/server.mjs");
  const { openBrowser } = await import("../benches/browsers.mjs");
  const servers = await startServers({ pkg, page: await bundlePage() });
  try {
    const browser = await openBrowser(browserName, partTimeoutMs);
    const run = (part, ...args) => browser.run(servers.url, part, args, partTimeoutMs);
    try {
      const results = { browser: browser.version };
      for (const part of chosen) {
        const startedAt = performance.now();
        if (part === "storm") {
          results.storm = {};
          for (const library of stormLibraries) results.storm[library] = await run(part, library, stormCalls);
        } else results[part] = await run(part);
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

/** The documented keys, and no others. */
function documented({ decode, fetchStub, fetchServer, storm }) {
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
  if (fetchServer) {
    const ratios = Object.entries(fetchServer).map(([atOnce, { ratio }]) => [atOnce, ratio]);
    result.fetchServer = { page: mediansOf(Object.fromEntries(ratios)) };
  }
  if (storm) {
    const { tokenRequests, failed } = storm.strongroom;
    result.storm = { calls10000: { tokenRequests, failed } };
  }
  return result;
}

/** The comma-separated list behind an option. */
function listOption(name, known, byDefault) {
  const at = process.argv.indexOf(name);
  if (at < 0) return byDefault;
  const chosen = (process.argv[at + 1] ?? "").split(",");
  const unknown = chosen.filter((value) => !known.includes(value));
  if (unknown.length > 0) throw new Error(`${name}: unknown "${unknown}"; known: ${known.join(", ")}`);
  return chosen;
}

async function main() {
  const chosen = listOption("--only", parts, parts);
  const [browserName] = listOption("--browser", browserNames, ["chromium"]);
  const log = console.log;
  // Set-up and build report on standard output, where only the figures belong.
  console.log = console.error;
  const [{ setUp }, { build }] = await Promise.all([import("./setup.mjs"), import("./build.mjs")]);
  await setUp();
  await build();
  console.error("bench");
  const results = await measure(browserName, chosen);
  console.log = log;
  if (process.argv.includes("--json")) console.log(JSON.stringify(documented(results)));
  else printReport(results);
}

try {
  await main();
} catch (error) {
  console.error(`bench failed: ${error.message}`);
  process.exitCode = 1;
}
