// @ts-check
// `npm run check`: the quick inner loop. Formatting, lints, types and the host's tests; no browser.
// It builds too, when something changed: the types to check include those that the wasm's loader gets.
import { build } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { runSuites } from "./suites.mjs";

process.exitCode = await runSuites(["format", "lint", "types", "rust"], async () => {
  await setUp();
  console.log();
  await build();
});
