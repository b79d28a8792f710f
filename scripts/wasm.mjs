// @ts-check
// From the Rust sources to the shipped wasm, and the loader and types that the bundles take in.
import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { root, run, runOrThrow, runPackage, step, toolsFolder } from "./command.mjs";
import { replaceFolder } from "./folder.mjs";
import { pinnedVersion } from "./setup.mjs";

const crate = "strongroom";
/**
 * The engine ships twice: one for most applications, and one with Cargo's feature `full` for those that configure more.
 * @typedef {{name: string, folder: string, features: string[]}} Cut `folder`: in pkg/
 * @type {Cut[]}
 */
export const cuts = [
  { name: "common", folder: ".", features: ["--no-default-features", "--features", "module"] },
  { name: "full", folder: "full", features: ["--features", "module"] },
];

/** Where a cut's loader and types are while it is bundled. @param {Cut} cut */
const bindgen = ({ name }) => join(root, `target/bindgen/${name}`);

export const wasmName = `${crate}_bg.wasm`;

/** The module's own name for the loader. */
export const loaderModule = `./${crate}_bg.js`;

/** The loader that wasm-bindgen made for a cut. @param {Cut} cut */
export const loaderOf = (cut) => join(bindgen(cut), `${crate}.js`);

/** What rustc 1.95 may emit for this target; wasm-opt refuses or pessimises what it is not told of. */
const wasmFeatures = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-multivalue",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-sign-ext",
];

/**
 * Half a mebibyte in place of one: addresses above it take a byte less. The deepest recursion is the JSON reader's, 64
 * levels. The stack is at the bottom, so overrunning it traps.
 */
const stackBytes = 512 * 1024;

/**
 * By measurement (brotli): -Oz 54.9 KB, -Os 55.2, -O3 55.4; flattened and optimised twice more 54.5; the
 * names of imports and exports cut short, as the loader's are then too, 53.0. Offsets folded into the loads, which
 * differs only for addresses below 1024, where the last of the stack is, 0.2 less; no hints of alignment, which
 * engines do not need, another 0.2; no large function put in the place of its only call, 0.3.
 */
const wasmOptFlags = [
  "--one-caller-inline-max-function-size=20",
  "--low-memory-unused",
  "-Oz",
  "--flatten",
  "--rereloop",
  "-Oz",
  "-Oz",
  "--coalesce-locals-learning",
  "--dealign",
  "--minify-imports-and-exports-and-modules",
  "--strip-debug",
  "--strip-producers",
  "--strip-target-features",
  ...wasmFeatures,
];

/**
 * Builds the wasm into a folder, and its loader and types into target/bindgen.
 * @param {string} folder
 * @param {Cut} cut
 * @param {boolean} dev no optimisation
 * @returns {Promise<{names: import("./loader.mjs").Names, integrity: string}>}
 *   `names`: what the loader has to call what it shares with the module; `integrity`: of the wasm, as `fetch` takes it
 */
export async function buildWasm(folder, cut, dev) {
  const shipped = join(folder, wasmName);
  const bound = join(bindgen(cut), wasmName);
  const raw = await step("cargo rustc", async () => relative(root, await compile(cut, dev)));
  await step("wasm-bindgen", () => bind(raw, cut, dev));
  await step("wasm imports", () => checkImports(bound));
  /** @type {import("./loader.mjs").Names} */
  let names = { imports: [], exports: [] };
  if (dev) cpSync(bound, shipped);
  else {
    await step("wasm-opt", async () => {
      names = await optimise(bound, shipped);
      return `${statSync(bound).size} → ${statSync(shipped).size} bytes`;
    });
  }
  const digest = createHash("sha384").update(readFileSync(shipped)).digest("base64");
  return { names, integrity: `sha384-${digest}` };
}

/**
 * A `cdylib` alone: asked for together with an `rlib`, it silently loses link-time optimisation.
 * @param {Cut} cut
 * @param {boolean} dev
 */
async function compile({ features }, dev) {
  const target = "wasm32-unknown-unknown";
  const profile = dev ? [] : ["--release"];
  await runOrThrow(
    "cargo",
    [
      "rustc",
      "--quiet",
      "--lib",
      "--target",
      target,
      ...features,
      "--crate-type",
      "cdylib",
      ...profile,
      "--",
      `-Clink-arg=-zstack-size=${stackBytes}`,
    ],
    {
      timeoutMs: 20 * 60_000,
    },
  );
  const targetFolder = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  return join(targetFolder, target, dev ? "debug" : "release", `${crate}.wasm`);
}

/**
 * Makes the loader and its types. The command-line tool has to be of exactly the library's version.
 * @param {string} raw
 * @param {Cut} cut
 * @param {boolean} dev
 */
async function bind(raw, cut, dev) {
  const wanted = await pinnedVersion("wasm-bindgen");
  const program = join(toolsFolder, "bin/wasm-bindgen");
  const { stdout, code } = await run(program, ["--version"]);
  const found = code === 0 ? stdout.trim().split(" ")[1] : "nothing";
  if (found !== wanted) {
    throw new Error(
      `Cargo.lock pins wasm-bindgen ${wanted}, but ${program} is ${found}: run node scripts/setup.mjs`,
    );
  }
  const temporary = `${bindgen(cut)}-${process.pid}`;
  const flags = dev ? ["--debug"] : ["--remove-name-section", "--remove-producers-section"];
  try {
    await runOrThrow(program, [
      "--target",
      "web",
      "--omit-default-module-path", // js/page/vault-url.ts says where the wasm is, and nobody else
      "--out-name",
      crate,
      "--out-dir",
      temporary,
      ...flags,
      raw,
    ]);
    replaceFolder(bindgen(cut), temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * @param {string} input
 * @param {string} output
 * @returns {Promise<import("./loader.mjs").Names>}
 */
async function optimise(input, output) {
  const { code, output: said } = await runPackage("binaryen/bin/wasm-opt", [
    ...wasmOptFlags,
    input,
    "-o",
    output,
  ]);
  if (code !== 0) throw new Error(`wasm-opt ended with code ${code}:\n${said}`);
  return JSON.parse(said);
}

/**
 * The module may import from its own loader only: an import from "env" would be a C symbol that nobody provides.
 * @param {string} file
 */
async function checkImports(file) {
  const imports = WebAssembly.Module.imports(await WebAssembly.compile(readFileSync(file)));
  const foreign = imports.filter(({ module }) => module !== loaderModule);
  if (foreign.length > 0) {
    throw new Error(
      `the wasm imports ${foreign.map(({ module, name }) => `${module}.${name}`).join(", ")}, which nothing provides`,
    );
  }
  return `${imports.length}, all from the loader`;
}
