// What the documents claim, against the sources. Each check also runs once on a spoiled copy and has to complain
// there, so that none of them passes by looking at nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  brokenLinks,
  countsThatAreWrong,
  promisesWithoutTest,
  testsThatAreNone,
} from "./documents/citations.mjs";
import { readFile } from "./documents/documents.mjs";
import {
  commands,
  foreignWords,
  gaps,
  quickstart,
  sizes,
  typeErrors,
  wordsOfThisMachine,
} from "./documents/examples.mjs";
import {
  backEnds,
  border,
  constants,
  errorCodes,
  layout,
  names,
  options,
  pauses,
} from "./documents/reference.mjs";

/** Each check, and what has to make it complain: a text of a file, and what to put in its place. */
const checks = [
  ["every relative link leads to a file", brokenLinks, "README.md", "docs/errors.md#", "docs/mistakes.md#"],
  ["every anchor leads to a heading", brokenLinks, "docs/errors.md", "\n## ERR_JWT\n", "\n## ERR_JWS\n"],
  [
    "every test that is cited exists",
    testsThatAreNone,
    "docs/promises.md",
    "`promise_4_one_",
    "`promise_4_a_",
  ],
  ["numbers of rows are right", countsThatAreWrong, "SECURITY.md", "106 rows", "107 rows"],
  ["every promise has a test", promisesWithoutTest, "docs/promises.md", "\n## 9. ", "\n## 11. "],
  ["every error code is documented", errorCodes, "src/engine/error.rs", '"ERR_CLOSED"', '"ERR_SHUT"'],
  ["no error code is invented", errorCodes, "docs/fetch.md", "ERR_TIMEOUT", "ERR_TOO_LATE"],
  ["every option is in the README", options, "js/types/options.ts", "leadSeconds?", "headStartSeconds?"],
  [
    "every option of a back end is in its tables",
    backEnds,
    "js/types/provider.ts",
    "unsafeQuery?",
    "dangerousQuery?",
  ],
  ["the defaults are right", options, "src/engine/config.rs", "= 20_000", "= 25_000"],
  ["constants are as in the sources", constants, "src/engine/schedule.rs", "= 60_000", "= 61_000"],
  ["every constant of the schedule is there", constants, "docs/refresh.md", "`LEAD_DIVISOR`", "`LEAD_SHARE`"],
  ["the pauses follow from the constants", pauses, "docs/refresh.md", "64 to 256 s", "64 to 255 s"],
  [
    "every input and output is in the table",
    border,
    "src/engine/message.rs",
    "    Restored,",
    "    Revived,",
  ],
  ["the map has every file", layout, "docs/architecture.md", "js/page/popup.ts", "js/page/host.ts"],
  ["every event is in the README", names, "js/types/client.ts", "\n  notice: {", "\n  hint: {"],
  ["every reason of an end is told", names, "js/types/session.ts", '| "vault-lost";', '| "vault-mislaid";'],
  ["every command exists", commands, "README.md", "`npm run check`", "`npm run verify`"],
  ["no word of one machine", wordsOfThisMachine, "CHANGELOG.md", "# Changes", `# ${foreignWords[4]}`],
  ["nothing is left to fill in", gaps, "CHANGELOG.md", "# Changes", "RESULTS"],
  ["the quickstart is short and whole", quickstart, "README.md", "await client.completeSignIn();\n", "\n\n"],
  ["the weights are right", sizes, "README.md", "| page:", "| sheet:"],
  ["TypeScript blocks have no type errors", typeErrors, "README.md", "client.refresh()", "client.renew()"],
];

for (const [name, check, path, text, instead] of checks) {
  test(`documents: ${name}`, () => {
    assert.deepEqual(check(readFile), []);
    assert.ok(readFile(path).includes(text), `nothing to spoil: ${path} does not say ${text}`);
    const spoiled = (one) => (one === path ? readFile(one).replaceAll(text, instead) : readFile(one));
    assert.notDeepEqual(check(spoiled), [], `the check passes with ${instead} in ${path}`);
  });
}
