// @ts-check
// Runs suites one after the other and adds up what they say.
import { run } from "./command.mjs";

/** @typedef {{passed: number, failed: number, skipped: number}} Counts */
/** @typedef {[file: string, ...args: string[]]} Command */

/**
 * @typedef {object} Suite
 * @property {string} name as `--only` takes it
 * @property {() => Command[]} commands run one after the other, all of them
 * @property {(output: string, code: number) => Counts} count how one command's counts are read
 * @property {number} timeoutMinutes for each command
 * @property {boolean} [needsBuild]
 */

const minute = 60_000;

/** How a script says its counts, and how a whole run ends. */
export const closingPattern = /^(\d+) passed, (\d+) failed, (\d+) skipped\n?/m;

/**
 * Runs one suite and prints its header, its counts and, if it failed, all that it printed.
 * @param {Suite} suite
 * @param {boolean} built whether pkg/ is there and up to date
 * @returns {Promise<Counts>}
 */
async function runSuite({ name, commands, count, timeoutMinutes, needsBuild }, built) {
  console.log(`\n${name}`);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const startedAt = performance.now();
  /** @param {string} why */
  const fail = (why) => {
    total.failed += 1;
    console.log(`  FAILED: ${why}`);
  };
  if (needsBuild && !built) fail("not run, because the build failed");
  else {
    for (const [file, ...args] of commands()) {
      const env = { CARGO_TERM_COLOR: "never", NO_COLOR: "1", FORCE_COLOR: undefined };
      const { code, output } = await run(file, args, { env, timeoutMs: timeoutMinutes * minute });
      const { passed, failed, skipped } = count(output, code);
      total.passed += passed;
      total.failed += failed;
      total.skipped += skipped;
      const line = [file === process.execPath ? "node" : file, ...args].join(" ");
      if (code !== 0 || failed > 0) {
        console.log(`  $ ${line}\n${output.replace(closingPattern, "")}`); // one closing line only, the last
      } else if (skipped > 0) {
        for (const [notice] of output.matchAll(/^skipped: .*$/gm)) console.log(`  ${notice}`);
      }
      if (code !== 0 && failed === 0) fail(`code ${code} of: ${line}`);
    }
    if (total.passed + total.failed === 0) fail("no test ran");
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`  ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped in ${seconds} s`);
  return total;
}

/**
 * Runs suites one after the other, whatever becomes of them, and prints the closing line.
 * @param {readonly Suite[]} suites
 * @param {() => Promise<unknown>} prepare set-up and build; when it throws, the suites that need pkg/ fail
 * @returns {Promise<number>} the exit code
 */
export async function runSuites(suites, prepare) {
  const startedAt = performance.now();
  const total = { passed: 0, failed: 0, skipped: 0 };
  let built = true;
  try {
    await prepare();
  } catch (error) {
    console.log(`FAILED: ${/** @type {Error} */ (error).message}`);
    built = false;
    total.failed += 1;
  }
  for (const suite of suites) {
    const counts = await runSuite(suite, built);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  console.log(
    `\n${suites.length} suites in ${((performance.now() - startedAt) / minute).toFixed(1)} minutes`,
  );
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 ? 1 : 0;
}
