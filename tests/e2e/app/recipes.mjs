// The modules of docs/recipes.md, as its readers copy them.
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const text = readFileSync(new URL("../../../docs/recipes.md", import.meta.url), "utf8");

/** The recipes by their headings: what is below each, up to the next. */
const sections = text
  .split(/^## /m)
  .slice(1)
  .map((section) => section.split(/\n(.*)/s));

/** A section without exactly one module is none that a test can run. */
export const headings = sections.map(([heading]) => heading);

/** @param {string} heading of a recipe, whose module this is; `url` is where its back end is */
export function moduleOf(heading, url) {
  const [, below] = sections.find(([one]) => one === heading) ?? [];
  const [module, ...more] = [...(below ?? "").matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  if (module === undefined || more.length > 0) throw new Error(`no recipe with one module: ${heading}`);
  return module.replaceAll("https://api.example", url);
}

/** What a recipe gives to `createClient`. */
export function optionsOf(heading, url) {
  const [, literal] = /createClient\((\{[\s\S]*?\n\})\);/.exec(moduleOf(heading, url));
  return JSON.parse(runInNewContext(`JSON.stringify(${literal})`));
}
