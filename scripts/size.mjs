// @ts-check
// `npm run size`: what pkg/ weighs, raw and compressed, and whether it keeps the budgets. Builds first if anything changed.
//
//   node scripts/size.mjs [--json]
//
// --json prints one line and nothing else on standard output, in bytes:
//   {"page":{"raw","gzip","brotli"},"total":{"raw","gzip","brotli"},"wasm":{"raw","gzip","brotli"},"full":{"raw",…}}
//   page   the JavaScript that a page loads in worker isolation: index.js and what it imports statically
//   total  everything that a session in a vault may load, which is the default: that, the scripts that the page loads
//          when it needs them, vault.js and the wasm
//   wasm   strongroom_bg.wasm alone (it is part of total)
//   full   the total of those who import strongroom/full, which is everything that the package can do
// Page isolation loads engine.js in place of vault.js, and has to keep the budget of the total too. Each file is
// compressed by itself, as a server does: gzip level 9, brotli quality 11.
//
// Ends with code 1 over a budget, and when the wasm holds code that bloats it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "./build.mjs";
import { root } from "./command.mjs";
import { setUp } from "./setup.mjs";
import { cuts, wasmName } from "./wasm.mjs";

/** In bytes after brotli. */
const budgets = { page: 5 * 1024, total: 60 * 1024, full: 96 * 1024 };

/** What a token client can leave to the platform, as the linker's symbols name it: crates, and two modules of `core`. */
const forbiddenCode = {
  serde_json: "_ZN10serde_json",
  regex: "_ZN5regex",
  url: "_ZN3url",
  idna: "_ZN4idna",
  chrono: "_ZN6chrono",
  "parsing of floats": "7dec2flt",
  "printing of floats": "7flt2dec",
};

const pkg = join(root, "pkg");
const vaultName = "vault.js";
const engineName = "engine.js";

/** @typedef {{raw: number, gzip: number, brotli: number}} Weight */

/**
 * @param {Uint8Array} bytes
 * @returns {Weight}
 */
export function weigh(bytes) {
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }).length,
  };
}

/**
 * @param {Weight[]} weights
 * @returns {Weight}
 */
function sum(weights) {
  const total = { raw: 0, gzip: 0, brotli: 0 };
  for (const { raw, gzip, brotli } of weights) {
    total.raw += raw;
    total.gzip += gzip;
    total.brotli += brotli;
  }
  return total;
}

/**
 * The scripts that index.js reaches, by esbuild's reading of their imports.
 * @param {string} folder
 * @returns {Promise<{page: string[], later: string[], engine: string[]}>}
 *   `page`: by static imports alone; `later`: what a page loads besides when it is needed; `engine`: page isolation's
 */
async function loadedScripts(folder) {
  const { build: esbuild } = await import("esbuild");
  const { metafile } = await esbuild({
    absWorkingDir: folder,
    entryPoints: ["index.js"],
    bundle: true,
    splitting: true,
    format: "esm",
    outdir: "unused",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  /**
   * What a script reaches, without what was reached before.
   * @param {string} file
   * @param {boolean} isLazyToo
   * @param {string[]} before
   */
  const follow = (file, isLazyToo, before) => {
    /** @type {Set<string>} */
    const reached = new Set();
    const visit = (/** @type {string} */ one) => {
      if (before.includes(one) || reached.has(one)) return;
      reached.add(one);
      for (const { path, kind } of metafile.inputs[one]?.imports ?? []) {
        if (kind === "import-statement" || (isLazyToo && kind === "dynamic-import")) visit(path);
      }
    };
    visit(file);
    return [...reached];
  };
  const page = follow("index.js", false, []);
  const engine = follow(engineName, false, page);
  const all = Object.keys(metafile.inputs);
  return { page, engine, later: all.filter((name) => !page.includes(name) && !engine.includes(name)) };
}

/**
 * Which forbidden code the linker put in. Its own output still has names, the shipped wasm has none.
 * @returns {string[]}
 */
function forbiddenCodeFound() {
  const targetFolder = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  const linked = join(targetFolder, "wasm32-unknown-unknown/release/strongroom.wasm");
  if (!existsSync(linked)) return [];
  const [names] = WebAssembly.Module.customSections(new WebAssembly.Module(readFileSync(linked)), "name");
  if (names === undefined) return [];
  const text = Buffer.from(names).toString("latin1");
  return Object.entries(forbiddenCode)
    .filter(([, symbol]) => new RegExp(`${symbol}(?=[0-9])`).test(text))
    .map(([what]) => what);
}

/** @typedef {Awaited<ReturnType<typeof weighCut>>} Loaded */

/**
 * What a session loads of one cut.
 * @param {string} folder in pkg/
 * @param {Map<string, Weight>} weights of each file of pkg/
 */
async function weighCut(folder, weights) {
  /** @param {string[]} names */
  const sumOf = (names) =>
    sum(
      names.map((name) => {
        const weight = weights.get(join(folder, name));
        if (weight === undefined) throw new Error(`pkg/ has no ${join(folder, name)}`);
        return weight;
      }),
    );
  const scripts = await loadedScripts(join(pkg, folder));
  const page = sumOf(scripts.page);
  const later = sumOf(scripts.later);
  const engine = sumOf(scripts.engine);
  const vault = sumOf([vaultName]);
  const wasm = sumOf([wasmName]);
  return {
    ...{ scripts, page, later, vault, engine, wasm },
    total: sum([page, later, vault, wasm]),
    pageIsolation: sum([page, later, engine, wasm]),
  };
}

/** @param {number} bytes */
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

/** @param {[string, Weight][]} rows */
function printTable(rows) {
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(`  ${"".padEnd(width)} ${["raw", "gzip", "brotli"].map((name) => name.padStart(10)).join("")}`);
  for (const [name, { raw, gzip, brotli }] of rows) {
    console.log(
      `  ${name.padEnd(width)} ${[raw, gzip, brotli].map((bytes) => kb(bytes).padStart(10)).join("")}`,
    );
  }
}

async function main() {
  const { json: isJson } = parseArgs({ options: { json: { type: "boolean", default: false } } }).values;
  const log = console.log;
  // Set-up and build report on standard output, where only the figures belong.
  console.log = console.error;
  await setUp();
  await build();
  console.log = log;

  const files = readdirSync(pkg, { recursive: true, encoding: "utf8" }).sort();
  const shipped = files.filter((name) => /\.(js|wasm|d\.ts)$/.test(name));
  /** @type {Map<string, Weight>} */
  const weights = new Map(shipped.map((name) => [name, weigh(readFileSync(join(pkg, name)))]));
  const weighed = [];
  for (const { folder } of cuts) weighed.push(await weighCut(folder, weights));
  const [common, full] = /** @type {[Loaded, Loaded]} */ (weighed);
  const { scripts, page, later, vault, engine, wasm, total, pageIsolation } = common;

  if (isJson) console.log(JSON.stringify({ page, total, wasm, full: full.total }));
  else {
    console.log("Every file that ships in pkg/");
    printTable([...weights]);
    console.log("\nWhat a session loads");
    printTable([
      [`page: ${scripts.page.join(" + ")}`, page],
      [`later, when needed: ${scripts.later.join(" + ")}`, later],
      [`vault: ${vaultName}`, vault],
      [`wasm: ${wasmName}`, wasm],
      ["total: page + later + vault + wasm", total],
      [`engine: ${scripts.engine.join(" + ")}`, engine],
      ["in page isolation: page + later + engine + wasm", pageIsolation],
      ["strongroom/full: the total with all that it can do", full.total],
    ]);
    console.log();
  }

  /** @type {[string, Weight, number][]} */
  const kept = [
    ["page", page, budgets.page],
    ["total", total, budgets.total],
    ["in page isolation", pageIsolation, budgets.total],
    ["strongroom/full: page", full.page, budgets.page],
    ["strongroom/full: total", full.total, budgets.full],
  ];
  const say = isJson ? console.error : console.log;
  for (const [name, { brotli }, budget] of kept) {
    const used = `${name}: ${brotli} of ${budget} bytes (brotli)`;
    if (brotli <= budget) say(`${used}, within the budget`);
    else {
      console.error(`${used}: OVER THE BUDGET by ${brotli - budget} bytes`);
      process.exitCode = 1;
    }
  }
  for (const code of forbiddenCodeFound()) {
    console.error(`the wasm holds ${code}, which bloats it: leave that to the platform`);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  console.error(`size failed: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
