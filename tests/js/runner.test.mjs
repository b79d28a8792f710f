// The closing line of `npm test` is what people and CI believe: it must count what failed, what did not run, and
// what hung.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { suites } from "../../scripts/suites.mjs";

const runner = new URL("../../scripts/runner.mjs", import.meta.url).href;
const reporter = fileURLToPath(new URL("../../scripts/test-reporter.mjs", import.meta.url));

/** Runs suites, given as source text, in a process of their own. */
function closing(suitesSource, prepareSource = "") {
  const source = `
    import { runSuites } from ${JSON.stringify(runner)};
    const prints = (text, code = 0) => [process.execPath, "-e", "console.log(" + JSON.stringify(text) + "); process.exitCode = " + code];
    const asOne = (_, code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
    const counted = (output) => {
      const [, passed = 0, failed = 0, skipped = 0] = (output.match(/^(\\d+) (\\d+) (\\d+)$/m) ?? []).map(Number);
      return { passed, failed, skipped };
    };
    process.exitCode = await runSuites(${suitesSource}, async () => { ${prepareSource} });`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.equal(stderr, "");
  return { status, last: stdout.trimEnd().split("\n").at(-1), stdout };
}

const runs = [
  {
    name: "sums what passed and what was skipped",
    suites: `[
      { name: "a", commands: () => [prints("3 0 1"), prints("4 0 0")], count: counted, timeoutMinutes: 1 },
      { name: "b", commands: () => [prints("")], count: asOne, timeoutMinutes: 1 },
    ]`,
    status: 0,
    last: "8 passed, 0 failed, 1 skipped",
  },
  {
    name: "goes on after a failure and counts it",
    suites: `[
      { name: "a", commands: () => [prints("3 2 0", 1)], count: counted, timeoutMinutes: 1 },
      { name: "b", commands: () => [prints("1 0 0")], count: counted, timeoutMinutes: 1 },
    ]`,
    status: 1,
    last: "4 passed, 2 failed, 0 skipped",
  },
  {
    name: "counts a crash behind good counts as a failure",
    suites: `[{ name: "a", commands: () => [prints("3 0 0", 7)], count: counted, timeoutMinutes: 1 }]`,
    status: 1,
    last: "3 passed, 1 failed, 0 skipped",
  },
  {
    name: "fails a suite in which every test was skipped",
    suites: `[{ name: "a", commands: () => [prints("0 0 5")], count: counted, timeoutMinutes: 1 }]`,
    status: 1,
    last: "0 passed, 1 failed, 5 skipped",
  },
  {
    name: "fails a suite that has no command",
    suites: `[{ name: "a", commands: () => [], count: counted, timeoutMinutes: 1 }]`,
    status: 1,
    last: "0 passed, 1 failed, 0 skipped",
  },
  {
    name: "fails a program that does not exist",
    suites: `[{ name: "a", commands: () => [["./no-such-program"]], count: asOne, timeoutMinutes: 1 }]`,
    status: 1,
    last: "0 passed, 1 failed, 0 skipped",
  },
  {
    name: "ends what hangs, and fails it",
    suites: `[{ name: "a", commands: () => [[process.execPath, "-e", "setInterval(() => {}, 1000)"]], count: counted, timeoutMinutes: 0.01 }]`,
    status: 1,
    last: "0 passed, 1 failed, 0 skipped",
  },
  {
    name: "fails what needs the build when the build fails, and runs the rest",
    suites: `[
      { name: "a", commands: () => [prints("3 0 0")], count: counted, timeoutMinutes: 1, needsBuild: true },
      { name: "b", commands: () => [prints("1 0 0")], count: counted, timeoutMinutes: 1 },
    ]`,
    prepare: `throw new Error("no compiler");`,
    status: 1,
    last: "1 passed, 2 failed, 0 skipped",
  },
];

for (const { name, suites: source, prepare, status, last } of runs) {
  test(`the runner ${name}`, () => {
    const result = closing(source, prepare);
    assert.deepEqual({ status: result.status, last: result.last }, { status, last }, result.stdout);
  });
}

const rustOutputs = [
  {
    name: "nextest",
    output:
      "     Summary [   0.090s] 6 tests run: 2 passed (1 slow), 1 failed, 2 timed out, 1 exec failed, 3 skipped\n",
    counts: { passed: 2, failed: 4, skipped: 3 },
  },
  {
    name: "cargo test, of several programs",
    output: [
      "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
      "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
      "    test result: ok. 9 passed; 0 failed; 0 ignored; the indented copy that nextest shows of a failing test",
    ].join("\n"),
    counts: { passed: 6, failed: 2, skipped: 1 },
  },
  {
    name: "a compiler error",
    output: "error: could not compile\n",
    counts: { passed: 0, failed: 0, skipped: 0 },
  },
];

for (const { name, output, counts } of rustOutputs) {
  test(`the Rust suite reads ${name}`, () => {
    const suite = suites.find((each) => each.name === "rust");
    assert.deepEqual(suite.count(output, 0), counts);
  });
}

const reported = [
  { name: "a pass", source: `test("a", () => {});`, line: "1 passed, 0 failed, 0 skipped" },
  {
    name: "a failure",
    source: `test("a", () => { throw new Error("no"); });`,
    line: "0 passed, 1 failed, 0 skipped",
  },
  {
    name: "describe, which is no test itself",
    source: `describe("a", () => { test("b", () => {}); test("c", () => {}); });`,
    line: "2 passed, 0 failed, 0 skipped",
  },
  {
    name: "a skipped test beside another",
    source: `test("a", () => {}); test("b", { skip: true }, () => {});`,
    line: "1 passed, 0 failed, 1 skipped",
  },
  {
    name: "a file that skips all",
    source: `test("a", { skip: true }, () => {});`,
    line: "0 passed, 1 failed, 1 skipped",
  },
  { name: "a file without a test", source: "", line: "0 passed, 1 failed, 0 skipped" },
  {
    name: "a file that does not load",
    source: `throw new Error("no");`,
    line: "0 passed, 1 failed, 0 skipped",
  },
  {
    name: "a file that exits early",
    source: `test("a", () => process.exit(3));`,
    line: "0 passed, 1 failed, 0 skipped",
  },
];

for (const { name, source, line } of reported) {
  test(`the reporter counts ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "strongroom-reporter-"));
    try {
      const file = join(folder, "a.test.mjs");
      writeFileSync(file, `import { describe, test } from "node:test";\nvoid describe;\n${source}\n`);
      const { NODE_TEST_CONTEXT: _, ...env } = process.env; // or Node takes this for a subtest of ours
      const args = ["--test", `--test-reporter=${reporter}`, file];
      const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8", env, timeout: 30_000 });
      assert.equal(stdout.trimEnd().split("\n").at(-1), line, stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
