// @ts-check
// `npm run check`: the quick inner loop. Formatting, lints, types and the host's tests; no browser.
// It builds too, when something changed: the types to check include those that the wasm's loader gets.
import { build } from "./build.mjs";
import { runSuites } from "./runner.mjs";
import { setUp } from "./setup.mjs";
import { suites } from "./suites.mjs";

const quick = ["format", "lint", "types", "rust"];
const chosen = suites.filter(({ name }) => quick.includes(name));
process.exitCode = await runSuites(chosen, async () => {
  await setUp();
  console.log();
  await build();
});
