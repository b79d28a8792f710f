// @ts-check
// A reporter for `node --test`: prints failures completely and the rest not at all, then the counts in one line.
// A file whose tests were all skipped, or that has none, counts as a failure: somebody believes that it tests something.
import { relative } from "node:path";
import { inspect } from "node:util";

/** @param {AsyncIterable<{type: string, data: any}>} events */
export default async function* report(events) {
  /** @type {Map<string, {passed: number, failed: number, skipped: number}>} */
  const files = new Map();
  /** @type {string[]} The names that the running test is in: files are reported one after another. */
  let path = [];
  for await (const { type, data } of events) {
    if (type === "test:stderr" || type === "test:stdout") yield data.message;
    if (type === "test:start") {
      path = [...path.slice(0, data.nesting), data.name];
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details?.type === "suite") continue; // its tests are counted
    const file = data.file ?? data.name;
    const counts = files.get(file) ?? { passed: 0, failed: 0, skipped: 0 };
    files.set(file, counts);
    if (data.skip !== undefined || data.todo !== undefined) {
      counts.skipped += 1;
      yield `skipped: ${data.name} (${relative("", file)})\n`;
    } else if (type === "test:pass") {
      // Node reports a file without tests as one test that bears the file's name.
      if (data.name === file) yield `no test in ${relative("", file)}\n`;
      else counts.passed += 1;
    } else {
      counts.failed += 1;
      const error = data.details?.error;
      const name = [...path.slice(0, data.nesting), data.name].join(" › ");
      yield `FAILED: ${name} (${relative("", file)}:${data.line ?? 0})\n${inspect(error?.cause ?? error)}\n\n`;
    }
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [file, { passed, failed, skipped }] of files) {
    if (passed + failed === 0) {
      yield `FAILED: ${relative("", file)} ran no test\n`;
      total.failed += 1;
    }
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  yield `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`;
}
