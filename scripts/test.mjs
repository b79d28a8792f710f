// @ts-check
// `npm test`: set-up, build, then every suite; ends in one line `N passed, N failed, N skipped` over all of them.
//
//   npm test                              everything
//   npm test -- --only e2e,package        some suites, with the same set-up
import { build } from "./build.mjs";
import { runSuites } from "./runner.mjs";
import { setUp } from "./setup.mjs";
import { suites } from "./suites.mjs";

const known = suites.map(({ name }) => name);
const [option, list, ...rest] = process.argv.slice(2);
const asked = option === undefined ? known : (list ?? "").split(",");
const unknown = asked.filter((name) => !known.includes(name));
if ((option !== undefined && option !== "--only") || rest.length > 0 || unknown.length > 0) {
  console.error(`usage: npm test -- [--only SUITE,…]\nsuites: ${known.join(" ")}`);
  process.exit(2);
}

const chosen = suites.filter(({ name }) => asked.includes(name));
process.exitCode = await runSuites(chosen, async () => {
  await setUp({ browsers: true });
  console.log();
  await build();
});
