// @ts-check
// The suites of `npm test` and `npm run check`: what each runs, how its counts are read, how long it may take.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findProgram, root } from "./command.mjs";
import { closingPattern } from "./runner.mjs";

/** @typedef {import("./runner.mjs").Suite} Suite */
/** @typedef {import("./runner.mjs").Command} Command */

const wasm = ["--target", "wasm32-unknown-unknown"];
const denyWarnings = ["--quiet", "--", "--deny", "warnings"];

/** A check, which either passes or fails as a whole. @type {Suite["count"]} */
const asOne = (_, code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });

/** The scripts' own closing line. @type {Suite["count"]} */
const closingLine = (output) => {
  const [, passed, failed, skipped] = output.match(closingPattern) ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0), skipped: Number(skipped ?? 0) };
};

/** The closing lines of cargo's own runner (one for each test program) and of nextest. @type {Suite["count"]} */
const rustTests = (output) => {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm,
  )) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.skipped += Number(ignored);
  }
  const [summary] = output.match(/^\s+Summary \[.*$/m) ?? [""];
  for (const [, number, what] of summary.matchAll(/(\d+) (passed|failed|timed out|exec failed|skipped)/g)) {
    if (what === "passed") counts.passed += Number(number);
    else if (what === "skipped") counts.skipped += Number(number);
    else counts.failed += Number(number);
  }
  return counts;
};

/** @param {string} file @param {string[]} args @returns {Command} */
const npm = (file, ...args) => [process.execPath, join("node_modules", file), ...args];

/**
 * All test files of a folder, by Node's own runner.
 * @param {string} folder
 * @param {number} concurrency how many files at a time
 * @returns {Command[]}
 */
function nodeTests(folder, concurrency) {
  const files = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
  const tests = files.filter((name) => name.endsWith(".test.mjs")).map((name) => `${folder}/${name}`);
  if (tests.length === 0) return [];
  const options = [
    `--test-concurrency=${concurrency}`,
    "--test-timeout=480000", // for each file, so that one that hangs does not cost the others' results
    "--test-reporter=./scripts/test-reporter.mjs",
  ];
  return [[process.execPath, "--test", ...options, ...tests.sort()]];
}

/** @type {Suite[]} */
export const suites = [
  {
    name: "format",
    commands: () => [
      ["cargo", "fmt", "--check", "--", "--color=never"],
      npm("@biomejs/biome/bin/biome", "format"),
    ],
    count: asOne,
    timeoutMinutes: 2,
  },
  {
    name: "lint",
    commands: () => [
      ["cargo", "clippy", "--all-targets", ...denyWarnings],
      // The tests beside tests/browser.rs are the host's: their dependencies do not build for wasm32.
      ["cargo", "clippy", "--lib", "--test", "browser", ...wasm, ...denyWarnings],
      // As it is shipped; never together with tests, which bring a panic handler of their own.
      ["cargo", "clippy", "--lib", "--features", "module", ...wasm, ...denyWarnings],
      ["cargo", "clippy", "--lib", "--no-default-features", "--features", "module", ...wasm, ...denyWarnings],
      npm("@biomejs/biome/bin/biome", "check", "--formatter-enabled=false", "--error-on-warnings"),
    ],
    count: asOne,
    timeoutMinutes: 10,
  },
  {
    name: "types",
    commands: () => [npm("typescript/bin/tsc")],
    count: asOne,
    timeoutMinutes: 3,
    needsBuild: true,
  },
  {
    name: "rust",
    commands: () => [
      findProgram("cargo-nextest")
        ? ["cargo", "nextest", "run", "--cargo-quiet", "--no-fail-fast", "--no-tests=fail", "--color=never"]
        : ["cargo", "test", "--no-fail-fast", "--lib", "--tests"],
      ["cargo", "test", "--doc"],
      // The engine of most applications, and what it says of options that only the full one has.
      ["cargo", "test", "--no-default-features", "--test", "options"],
    ],
    count: rustTests,
    timeoutMinutes: 15,
  },
  {
    name: "wasm",
    commands: () => [[process.execPath, "scripts/wasm-test.mjs"]],
    count: closingLine,
    timeoutMinutes: 20,
  },
  {
    name: "js",
    commands: () => nodeTests("tests/js", 2),
    count: closingLine,
    timeoutMinutes: 5,
    needsBuild: true,
  },
  {
    name: "package",
    commands: () => nodeTests("tests/package", 1),
    count: closingLine,
    timeoutMinutes: 15,
    needsBuild: true,
  },
  {
    name: "e2e",
    commands: () => nodeTests("tests/e2e", 2),
    count: closingLine,
    timeoutMinutes: 40,
    needsBuild: true,
  },
  {
    name: "lifecycle",
    commands: () => nodeTests("tests/lifecycle", 2),
    count: closingLine,
    timeoutMinutes: 20,
    needsBuild: true,
  },
  {
    name: "conformance",
    commands: () => nodeTests("tests/conformance", 2),
    count: closingLine,
    timeoutMinutes: 20,
    needsBuild: true,
  },
  {
    name: "red-team",
    commands: () => nodeTests("tests/red-team", 1),
    count: closingLine,
    timeoutMinutes: 20,
    needsBuild: true,
  },
  {
    name: "size",
    commands: () => [[process.execPath, "scripts/size.mjs"]],
    count: asOne,
    timeoutMinutes: 3,
    needsBuild: true,
  },
];
