// docs/conformance.md against the tables that it is made from, and those against each other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/command.mjs";
import { modules, notApplicable, notYet } from "../conformance/modules/index.mjs";
import { document, path } from "../conformance/table.mjs";

test("docs/conformance.md is what the table gives", () => {
  const written = readFileSync(join(root, path), "utf8");
  assert.equal(written, document(), "run: node tests/conformance/table.mjs --write");
});

test("every module is in one place, with one verdict", () => {
  const names = modules.map(({ module }) => module);
  const others = [...notApplicable, ...notYet].flatMap(([listed]) => listed);
  const all = [...names, ...others];
  assert.deepEqual(
    all.filter((name, at) => all.indexOf(name) !== at),
    [],
  );
  for (const { module, accepts, rejects } of modules) {
    assert.ok((accepts === undefined) !== (rejects === undefined), module);
  }
});
