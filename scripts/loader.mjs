// @ts-check
// wasm-opt shortens the names that the module and wasm-bindgen's loader share; the loader has to follow.
import { readFileSync } from "node:fs";

/**
 * The short names that wasm-opt gave to what the module and its loader share: [module, name, short] and [name, short].
 * @typedef {{imports: [string, string, string][], exports: [string, string][]}} Names
 */

/**
 * A plugin of esbuild that gives the loader the short names while it is bundled.
 * @param {RegExp} file a pattern of the loader's path
 * @param {string} module the name under which the module asks for its imports
 * @param {Names} names
 * @returns {import("esbuild").Plugin}
 */
export function shortNames(file, module, names) {
  return {
    name: "short names",
    setup: ({ onLoad }) =>
      onLoad({ filter: file }, ({ path }) => ({
        contents: rename(readFileSync(path, "utf8"), module, names),
      })),
  };
}

/**
 * Gives the loader the module's short names.
 * @param {string} loader
 * @param {string} module the name under which the module asks for its imports
 * @param {Names} names
 */
function rename(loader, module, { imports, exports }) {
  const replace = (/** @type {string} */ text, /** @type {string} */ from, /** @type {string} */ to) => {
    if (!text.includes(from)) throw new Error(`wasm-bindgen's loader has no ${from.trim()}`);
    return text.replaceAll(from, () => to);
  };
  let renamed = loader;
  for (const [, name, short] of imports) renamed = replace(renamed, ` ${name}: `, ` ${short}: `);
  for (const [name, short] of exports) {
    renamed = renamed.replace(new RegExp(`(?<=\\bwasm\\.)${name}\\b`, "g"), () => short);
  }
  return imports.length > 0 ? replace(renamed, `"${module}": `, '"a": ') : renamed;
}
