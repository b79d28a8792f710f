// `npx strongroom copy <dir>`, by the installed package.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pack, project, run } from "./installed.mjs";

const shipped = ["strongroom_bg.wasm", "vault.js"];
let folder;
let installed;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "strongroom-pack-"));
  const { tarball } = await pack(folder);
  installed = (await project(tarball, { "a-file": "text" })).folder;
});
after(() => {
  for (const one of [folder, installed]) if (one) rmSync(one, { recursive: true, force: true });
});

/** Runs the command; gives its code and what it printed. */
function strongroom(args, options = {}) {
  const program = join(installed, "node_modules/strongroom/bin/strongroom.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: installed,
    encoding: "utf8",
    timeout: 20_000,
    ...options,
  });
  return { code: status, stdout, stderr };
}

function assertCopied(target, cut = ".") {
  assert.deepEqual(readdirSync(join(installed, target)).sort(), shipped);
  for (const name of shipped) {
    const original = readFileSync(join(installed, "node_modules/strongroom/pkg", cut, name));
    assert.deepEqual(readFileSync(join(installed, target, name)), original, name);
  }
}

test("npx finds it, and it makes the folder, and says what to write", async () => {
  const said = await run("npx", ["--offline", "--no", "strongroom", "copy", "public/static/vault"], {
    cwd: installed,
  });
  assertCopied("public/static/vault");
  for (const name of shipped)
    assert.match(said, new RegExp(`^public/static/vault/${name} +\\d+ bytes$`, "m"));
  assert.match(said, /^ {2}workerUrl: "\/static\/vault\/vault\.js",$/m);
  assert.match(said, /^ {2}wasmUrl: "\/static\/vault\/strongroom_bg\.wasm",$/m);
});

test("--full copies those of strongroom/full, which are others", () => {
  const { code, stdout } = strongroom(["copy", "--full", "public/full"]);
  assert.deepEqual([code, /^ {2}workerUrl: "\/full\/vault\.js",$/m.test(stdout)], [0, true]);
  assertCopied("public/full", "full");
  assert.throws(() => assertCopied("public/full"), "the control");
});

test("older copies are replaced, other files stay", () => {
  mkdirSync(join(installed, "old"));
  for (const name of shipped) writeFileSync(join(installed, "old", name), "older and longer than nothing");
  assert.equal(strongroom(["copy", "old"]).code, 0);
  assertCopied("old");
  writeFileSync(join(installed, "old/other"), "stays");
  assert.equal(strongroom(["copy", "old"]).code, 0);
  assert.equal(readFileSync(join(installed, "old/other"), "utf8"), "stays");
});

for (const target of ["a-file", "a-file/vault"]) {
  test(`a target that is or lies in a file is refused: ${target}`, () => {
    const { code, stdout, stderr } = strongroom(["copy", target]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.equal(stderr, `strongroom copy: ${target} is a file, or lies in one: it has to be a folder.\n`);
    assert.equal(readFileSync(join(installed, "a-file"), "utf8"), "text");
  });
}

test("a folder that may not be written to is refused", () => {
  // Nothing is forbidden to the superuser: then somebody else calls.
  const isSuperuser = process.getuid?.() === 0;
  const nobody = 65_534;
  chmodSync(installed, 0o755);
  mkdirSync(join(installed, "locked"));
  chmodSync(join(installed, "locked"), 0o555);
  const { code, stdout, stderr } = strongroom(
    ["copy", "locked"],
    isSuperuser ? { uid: nobody, gid: nobody } : {},
  );
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^strongroom copy: locked\/vault\.js may not be written to\.\n$/);
  assert.deepEqual(readdirSync(join(installed, "locked")), []);
});

test("--help tells how it is used", () => {
  for (const args of [["--help"], ["-h"], ["copy", "--help"]]) {
    const { code, stdout, stderr } = strongroom(args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Usage: strongroom copy \[--full\] <dir>$/m);
  }
});

for (const args of [
  [],
  ["paste", "public"],
  ["copy"],
  ["copy", ""],
  ["copy", "--force"],
  ["copy", "a", "b"],
]) {
  test(`what it does not know, it does not do: ${JSON.stringify(args)}`, () => {
    const before = readdirSync(installed);
    const { code, stdout, stderr } = strongroom(args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^Usage: strongroom copy \[--full\] <dir>$/m);
    assert.deepEqual(readdirSync(installed), before);
  });
}
