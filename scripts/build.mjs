// @ts-check
// Builds the package into pkg/: index.js (what a page loads), engine.js (loaded when a client is created),
// strongroom_bg.wasm beside it, and the declarations. Does nothing when its inputs are unchanged.
//
//   node scripts/build.mjs [--dev] [--force]      --dev: unoptimised and readable, for quick loops
//
// js/index.ts is the page's entry, js/engine.ts the engine's: it imports wasm-bindgen's loader and types from
// ../target/bindgen/strongroom.js, and js/index.ts imports it with import("./engine.js").
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run, runOrThrow, runPackage, step, toolsFolder } from "./command.mjs";
import { shortNames } from "./loader.mjs";
import { pinnedVersion, setUp } from "./setup.mjs";

const crate = "strongroom";
const pkg = join(root, "pkg");
const bindgen = join(root, "target/bindgen");
const stampName = ".built-from";
const wasmName = `${crate}_bg.wasm`;

/** Everything that the built files depend on, beside the toolchain. */
const inputs = [
  "src",
  "js",
  "Cargo.toml",
  "Cargo.lock",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "scripts/build.mjs",
  "scripts/loader.mjs",
];

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
 * By measurement (brotli): -Oz 54.9 KB, -Os 55.2, -O3 55.4; flattened and optimised twice more 54.5; the
 * names of imports and exports cut short, as the loader's are then too, 53.0.
 */
const wasmOptFlags = [
  "-Oz",
  "--flatten",
  "--rereloop",
  "-Oz",
  "-Oz",
  "--minify-imports-and-exports-and-modules",
  "--strip-debug",
  "--strip-producers",
  "--strip-target-features",
  ...wasmFeatures,
];

/**
 * Builds pkg/ if any of its inputs changed since the last time.
 * @param {{dev?: boolean, force?: boolean}} [options] `dev`: no optimisation, no minification. `force`: build even if nothing changed.
 * @returns {Promise<{built: boolean}>}
 */
export async function build({ dev = false, force = false } = {}) {
  console.log(dev ? "build (development)" : "build");
  const wanted = await fingerprint(dev);
  if (!force && existsSync(join(pkg, stampName)) && readFileSync(join(pkg, stampName), "utf8") === wanted) {
    console.log("  pkg/ is up to date");
    return { built: false };
  }
  const staging = join(root, `target/pkg-${process.pid}`);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  try {
    const raw = await step("cargo rustc", async () => relative(root, await compile(dev)));
    await step("wasm-bindgen", () => bind(raw, dev));
    await step("wasm imports", () => checkImports(join(bindgen, wasmName)));
    /** @type {import("./loader.mjs").Names} */
    let names = { imports: [], exports: [] };
    if (dev) cpSync(join(bindgen, wasmName), join(staging, wasmName));
    else {
      await step("wasm-opt", async () => {
        names = await optimise(join(bindgen, wasmName), join(staging, wasmName));
        return `${statSync(join(bindgen, wasmName)).size} → ${statSync(join(staging, wasmName)).size} bytes`;
      });
    }
    await step("esbuild", () => bundle(staging, dev, names));
    await step("tsc", () => declare(staging));
    writeFileSync(join(staging, stampName), wanted);
    replaceFolder(pkg, staging);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return { built: true };
}

/**
 * A hash of all inputs and of the compiler's version.
 * @param {boolean} dev
 */
async function fingerprint(dev) {
  const hash = createHash("sha256").update(dev ? "dev" : "release");
  hash.update((await runOrThrow("rustc", ["--version"])).stdout);
  for (const input of inputs.map((name) => join(root, name)).filter((path) => existsSync(path))) {
    for (const file of filesOf(input)) {
      hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest("hex");
}

/**
 * All files under a path, in a fixed order.
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(path) {
  try {
    return readdirSync(path)
      .sort()
      .flatMap((name) => filesOf(join(path, name)));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOTDIR") return [path];
    throw error;
  }
}

/**
 * A `cdylib` alone: asked for together with an `rlib`, it silently loses link-time optimisation.
 * @param {boolean} dev
 */
async function compile(dev) {
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
      "--features",
      "module",
      "--crate-type",
      "cdylib",
      ...profile,
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
 * @param {boolean} dev
 */
async function bind(raw, dev) {
  const wanted = await pinnedVersion("wasm-bindgen");
  const program = join(toolsFolder, "bin/wasm-bindgen");
  const { stdout, code } = await run(program, ["--version"]);
  const found = code === 0 ? stdout.trim().split(" ")[1] : "nothing";
  if (found !== wanted) {
    throw new Error(
      `Cargo.lock pins wasm-bindgen ${wanted}, but ${program} is ${found}: run node scripts/setup.mjs`,
    );
  }
  const temporary = `${bindgen}-${process.pid}`;
  const flags = dev ? ["--debug"] : ["--remove-name-section", "--remove-producers-section"];
  try {
    await runOrThrow(program, [
      "--target",
      "web",
      "--out-name",
      crate,
      "--out-dir",
      temporary,
      ...flags,
      raw,
    ]);
    replaceFolder(bindgen, temporary);
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
  const foreign = imports.filter(({ module }) => module !== `./${crate}_bg.js`);
  if (foreign.length > 0) {
    throw new Error(
      `the wasm imports ${foreign.map(({ module, name }) => `${module}.${name}`).join(", ")}, which nothing provides`,
    );
  }
  return `${imports.length}, all from the loader`;
}

/**
 * @param {string} staging
 * @param {boolean} dev
 * @param {import("./loader.mjs").Names} names
 */
async function bundle(staging, dev, names) {
  const { build: esbuild } = await import("esbuild");
  await esbuild({
    absWorkingDir: root,
    entryPoints: { index: "js/index.ts", engine: "js/engine.ts" },
    outdir: staging,
    bundle: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    format: "esm",
    target: "es2022",
    platform: "browser",
    minify: !dev,
    sourcemap: dev && "inline",
    legalComments: "none",
    charset: "utf8",
    logLevel: "error",
    plugins: [shortNames(`${crate}\\.js$`, `./${crate}_bg.js`, names)],
  });
  const scripts = readdirSync(staging).filter((name) => name.endsWith(".js"));
  const text = scripts
    .map((name) => readFileSync(join(staging, name), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, ""))
    .join("\n");
  // Bundlers of applications find the wasm by this literal; a second one would ship the wasm twice.
  const literals =
    text.match(
      new RegExp(`new URL\\(\\s*["'\`](\\./)?${wasmName}["'\`],\\s*import\\.meta\\.url\\s*\\)`, "g"),
    ) ?? [];
  if (literals.length !== 1) {
    throw new Error(
      `pkg/*.js must hold new URL("${wasmName}", import.meta.url) exactly once, not ${literals.length} times`,
    );
  }
  return scripts.map((name) => `${name} ${readFileSync(join(staging, name)).length}`).join(", ");
}

/**
 * Writes the declarations that index.d.ts reaches; the others are nobody's business.
 * @param {string} staging
 */
async function declare(staging) {
  const all = `${staging}-types`;
  try {
    const { code, output } = await runPackage("typescript/bin/tsc", [
      "-p",
      "tsconfig.build.json",
      "--outDir",
      all,
    ]);
    if (code !== 0) throw new Error(`tsc ended with code ${code}:\n${output}`);
    const reached = new Set(["index.d.ts"]);
    for (const file of reached) {
      const text = readFileSync(join(all, file), "utf8");
      // The sources name each other as .ts, which tsc leaves; a consumer's tsc wants the name of what is loaded.
      const published = text.replace(/((?:from|import\() *["']\.[^"']+)\.ts(?=["'])/g, "$1.js");
      for (const [, specifier] of published.matchAll(/(?:from|import\() *["'](\.[^"']+)\.js["']/g)) {
        const target = join(dirname(file), `${specifier}.d.ts`);
        if (target.startsWith(".."))
          throw new Error(`pkg/${file} would refer to ${specifier}, which is not published`);
        reached.add(target);
      }
      mkdirSync(dirname(join(staging, file)), { recursive: true });
      writeFileSync(join(staging, file), published);
    }
    return `${reached.size} declaration files`;
  } finally {
    rmSync(all, { recursive: true, force: true });
  }
}

/**
 * @param {string} old
 * @param {string} fresh
 */
function replaceFolder(old, fresh) {
  const aside = `${old}-old-${process.pid}`;
  if (existsSync(old)) renameSync(old, aside);
  renameSync(fresh, old);
  rmSync(aside, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await setUp();
    await build({ dev: process.argv.includes("--dev"), force: process.argv.includes("--force") });
  } catch (error) {
    console.error(`build failed: ${/** @type {Error} */ (error).message}`);
    process.exit(1);
  }
}
