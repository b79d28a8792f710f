// @ts-check
// wasm-bindgen's loader as it is shipped: with the short names that wasm-opt gave to what it shares with the module, and
// without the many ways to start it that nobody uses here.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The short names that wasm-opt gave to what the module and its loader share: [module, name, short] and [name, short].
 * @typedef {{imports: [string, string, string][], exports: [string, string][]}} Names
 */

/** The one way to start it: from what `fetch` gives. A server may not know the type of wasm; that costs time only. */
const start = `const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
async function __wbg_init({ module_or_path }) {
  const response = await module_or_path;
  if (!response.ok) throw new Error("HTTP status " + response.status);
  const imports = __wbg_get_imports();
  const { instance } = await (response.headers.get("Content-Type") === "application/wasm"
    ? WebAssembly.instantiateStreaming(response, imports)
    : WebAssembly.instantiate(await response.arrayBuffer(), imports));
  wasm = instance.exports;
  wasm.__wbindgen_start();
}
export { __wbg_init as default };
`;

/**
 * Functions of the loader in fewer words. Theirs keep what they make until the memory moves, read ASCII by themselves and
 * count what Safari's decoder has read, which is for many long texts; ours are few and short. ASCII goes straight into the
 * memory: a copy on its way would be garbage that may hold a token.
 * @type {Record<string, string>}
 */
const shorter = {
  getArrayU8FromWasm0: `(ptr, len) {
    return new Uint8Array(wasm.memory.buffer, ptr, len);
}`,
  getDataViewMemory0: `() {
    return new DataView(wasm.memory.buffer);
}`,
  getStringFromWasm0: `(ptr, len) {
    return decoder.decode(getArrayU8FromWasm0(ptr, len));
}`,
  passStringToWasm0: `(arg) {
    let length = arg.length;
    let ptr = wasm.__wbindgen_malloc(length, 1);
    const ascii = getArrayU8FromWasm0(ptr, length);
    if (encoder.encodeInto(arg, ascii).read < length) {
        ascii.fill(0);
        wasm.__wbindgen_free(ptr, length, 1);
        const bytes = encoder.encode(arg);
        length = bytes.length;
        ptr = wasm.__wbindgen_malloc(length, 1);
        getArrayU8FromWasm0(ptr, length).set(bytes);
    }
    WASM_VECTOR_LEN = length;
    return ptr;
}`,
};

/** What every browser that runs the engine makes needless: the pattern, and what stands in its place. */
const needless = /** @type {[RegExp, string][]} */ ([
  // All the classes are there, so `instanceof` does not throw.
  [
    /let result;\s+try \{\s+result = (\w+ instanceof \w+);\s+\} catch \(_\) \{\s+result = false;\s+\}\s+const ret = result;/g,
    "const ret = $1;",
  ],
  [/\(typeof FinalizationRegistry === 'undefined'\)\s+\? \{ register[^\n]+\s+: /g, ""],
  [/let cachedTextDecoder = [\s\S]+?(?=let WASM_VECTOR_LEN)/g, ""],
  [/, wasm\.__wbindgen_malloc, wasm\.__wbindgen_realloc\)/g, ")"],
  // Each closure is dropped by who made it.
  [/const CLOSURE_DTORS = [\s\S]+?;\n/g, ""],
  [/ +CLOSURE_DTORS\..+\n/g, ""],
  // `close()` ends an engine; nobody frees its memory by hand.
  [/ {4}__destroy_into_raw\(\) \{[\s\S]+? {4}free\(\) \{[\s\S]+?\n {4}\}\n/g, ""],
  [/if \(Symbol\.dispose\) [^\n]+\n/g, ""],
]);

/**
 * A plugin of esbuild that takes a cut's own loader for what the sources call the common one, and fits it.
 * @param {string} file the loader's path
 * @param {string} module the name under which the module asks for its imports
 * @param {Names} names
 * @returns {import("esbuild").Plugin}
 */
export function fitLoader(file, module, names) {
  return {
    name: "fit the loader",
    setup: ({ onLoad, onResolve }) => {
      onResolve({ filter: /\/bindgen\/common\/\w+\.js$/ }, () => ({ path: file, namespace: "loader" }));
      onLoad({ filter: /./, namespace: "loader" }, () => ({
        contents: fit(withOneStart(readFileSync(file, "utf8")), module, names),
        resolveDir: dirname(file),
      }));
    },
  };
}

/**
 * Puts the one way to start in the place of all that wasm-bindgen knows, which are its last functions.
 * @param {string} loader
 */
function withOneStart(loader) {
  const at = loader.indexOf("async function __wbg_load(");
  if (at < 0 || !loader.endsWith("export { initSync, __wbg_init as default };\n")) {
    throw new Error("wasm-bindgen's loader does not end with the functions that start it");
  }
  return loader.slice(0, at) + start;
}

/**
 * A loader for development, whose names are still long, stays as it is.
 * @param {string} loader
 * @param {string} module
 * @param {Names} names
 */
function fit(loader, module, names) {
  return names.imports.length > 0 ? rename(withoutNeedless(loader), module, names) : loader;
}

/** @param {string} loader */
function withoutNeedless(loader) {
  let fitted = loader;
  for (const [pattern, replacement] of needless) {
    const before = fitted;
    fitted = fitted.replace(pattern, replacement);
    if (fitted === before) throw new Error(`wasm-bindgen's loader has nothing like ${pattern}`);
  }
  for (const [name, text] of Object.entries(shorter)) {
    const before = fitted;
    fitted = fitted.replace(new RegExp(`(?<=^function ${name})\\([\\s\\S]+?\\n\\}`, "m"), () => text);
    if (fitted === before) throw new Error(`wasm-bindgen's loader has no function ${name}`);
  }
  return fitted;
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
  return replace(renamed, `"${module}": `, '"a": ');
}
