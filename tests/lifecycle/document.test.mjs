// The table of docs/isolation.md is the one that lifecycle-survival.test.mjs tries.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { columns, keptInCache, pendingSignIn, survival } from "../e2e/app/survival.mjs";

const document = readFileSync(new URL("../../docs/isolation.md", import.meta.url), "utf8");
const row = (cells) => `| ${cells.join(" | ")} |`;

test("docs/isolation.md says what a session survives", () => {
  const rows = [
    row(["after", ...columns]),
    row(Array(columns.length + 1).fill("---")),
    row(["a sign-in by redirect waits in", ...pendingSignIn]),
    row([
      "a page that is left is in the back/forward cache",
      ...keptInCache.map((is) => (is ? "yes" : "no")),
    ]),
    ...Object.entries(survival).map(([what, kept]) =>
      row([what, ...kept.map((is) => (is ? "kept" : "ends"))]),
    ),
  ];
  const [, there] = document.match(/^(\| after \|.*\n(?:\|.*\n)+)/m);
  assert.equal(there.trim(), rows.join("\n"), "copy what is expected into the document");
});
