// @ts-check
// Builds the package into pkg/. Does nothing when its inputs are unchanged.
//
//   index.js (+ chunks)  what a page loads                          from js/index.ts
//   vault-url.js         where the vault and the wasm are           from js/page/vault-url.ts
//   vault.js             the worker, whole in itself                from js/vault/worker.ts
//   engine.js            page isolation's engine, loaded on demand  from js/engine/local.ts
//   strongroom_bg.wasm   the engine itself                          from src/
//   *.d.ts               the declarations that index.d.ts reaches
//   full/                all of that once more, with an engine that can also do what few applications configure
//
//   node scripts/build.mjs [--dev] [--force]      --dev: unoptimised and readable, for quick loops
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundles.mjs";
import { root, runOrThrow, step } from "./command.mjs";
import { declare } from "./declarations.mjs";
import { filesOf, replaceFolder } from "./folder.mjs";
import { setUp } from "./setup.mjs";
import { buildWasm, cuts } from "./wasm.mjs";

const pkg = join(root, "pkg");
const stampName = ".built-from";

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
  "scripts/bundles.mjs",
  "scripts/declarations.mjs",
  "scripts/loader.mjs",
  "scripts/wasm.mjs",
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
    for (const cut of cuts) {
      console.log(`  ${cut.name} engine`);
      const folder = join(staging, cut.folder);
      mkdirSync(folder, { recursive: true });
      const wasm = await buildWasm(folder, cut, dev);
      await step("esbuild", () => bundle(folder, cut, dev, wasm));
    }
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await setUp();
    await build({ dev: process.argv.includes("--dev"), force: process.argv.includes("--force") });
  } catch (error) {
    console.error(`build failed: ${/** @type {Error} */ (error).message}`);
    process.exit(1);
  }
}
