// @ts-check
// The scripts of pkg/, and what must hold for them so that bundlers, browsers and strict policies take them.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./command.mjs";
import { fitLoader } from "./loader.mjs";
import { loaderModule, loaderOf, wasmName } from "./wasm.mjs";

/**
 * Bundlers of applications find the vault and the wasm by these texts; a second one would ship them twice.
 * vault-url.js holds both.
 */
const literals = {
  "./vault.js":
    /new Worker\(\s*new URL\(\s*"\.\/vault\.js",\s*import\.meta\.url\s*\),\s*\{\s*type: ?"module"\s*\}/g,
  [wasmName]: new RegExp(
    `new URL\\(\\s*"${wasmName.replace(".", "\\.")}",\\s*import\\.meta\\.url\\s*\\)`,
    "g",
  ),
};

/**
 * @param {string} folder
 * @param {import("./wasm.mjs").Cut} cut
 * @param {boolean} dev readable, with source maps
 * @param {{names: import("./loader.mjs").Names, integrity: string}} wasm
 */
export async function bundle(folder, cut, dev, { names, integrity }) {
  const { build: esbuild } = await import("esbuild");
  /** @type {import("esbuild").BuildOptions} */
  const common = {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    minify: !dev,
    sourcemap: dev && "inline",
    legalComments: "none",
    charset: "utf8",
    logLevel: "error",
    define: {
      WASM_INTEGRITY: JSON.stringify(integrity),
      IS_FULL: JSON.stringify(cut.name === "full"),
    },
    plugins: [vaultUrlApart, fitLoader(loaderOf(cut), loaderModule, names)],
  };
  // What a page loads, and the engine for those that want no isolation.
  await esbuild({
    ...common,
    entryPoints: { index: "js/index.ts", engine: "js/engine/local.ts" },
    splitting: true,
    chunkNames: "[name]",
  });
  // One file, so that it can be served from anywhere.
  const { metafile } = await esbuild({
    ...common,
    entryPoints: { vault: "js/vault/worker.ts" },
    metafile: true,
  });
  const [vault] = Object.values(metafile.outputs);
  if (vault === undefined || vault.imports.length > 0 || vault.exports.length > 0) {
    throw new Error("vault.js has to be whole: it may import and export nothing");
  }
  // Bundlers look for the global's name `Worker`, which must not be cut short.
  await esbuild({
    ...common,
    entryPoints: { "vault-url": "js/page/vault-url.ts" },
    minify: false,
    minifyWhitespace: !dev,
    minifySyntax: !dev,
  });
  checkScripts(folder);
  return scriptsOf(folder)
    .map((name) => `${name} ${statSync(join(folder, name)).size}`)
    .join(", ");
}

/**
 * Keeps js/page/vault-url.ts out of the bundles: they load vault-url.js from beside them.
 * @type {import("esbuild").Plugin}
 */
const vaultUrlApart = {
  name: "vault-url apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: /(^|\/)vault-url\.[jt]s$/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "./vault-url.js", external: true },
    ),
};

/** @param {string} folder */
const scriptsOf = (folder) => readdirSync(folder).filter((name) => name.endsWith(".js"));

/** @param {string} folder */
function checkScripts(folder) {
  /** @param {string} name */
  const read = (name) => readFileSync(join(folder, name), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, "");
  const all = scriptsOf(folder).map(read).join("\n");
  for (const [file, literal] of Object.entries(literals)) {
    const [inAll, inOne] = [all, read("vault-url.js")].map((text) => text.match(literal)?.length ?? 0);
    if (inAll !== 1 || inOne !== 1) {
      throw new Error(
        `vault-url.js alone must name ${file}, once and as bundlers look for it, not ${inOne} of ${inAll} times`,
      );
    }
  }
  const others = all.split("import.meta").length - 1 - Object.keys(literals).length;
  if (others !== 0)
    throw new Error(`pkg/*.js holds ${others} more import.meta, which bundlers might not understand`);
}
