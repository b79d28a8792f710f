// What npm publishes: its contents and its types.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pack, project, root, run, runTool } from "./installed.mjs";

/** Every file that is published, and no other; what npm always adds among them. */
const expectedFiles = [
  /^package\.json$/,
  /^README\.md$/,
  /^CHANGELOG\.md$/,
  /^SECURITY\.md$/,
  /^LICENSE-APACHE$/,
  /^LICENSE-MIT$/,
  /^bin\/strongroom\.mjs$/,
  /^docs\/[a-z-]+\.md$/,
  ...["", "full\\/"].flatMap((cut) => [
    new RegExp(`^pkg/${cut}(index|vault-url|vault|engine)\\.js$`),
    new RegExp(`^pkg/${cut}(sign-in|uncommon)\\.js$`),
    new RegExp(`^pkg/${cut}strongroom_bg\\.wasm$`),
  ]),
  /^pkg\/full\/index\.d\.ts$/,
  /^pkg\/(index|page\/client|decode-jwt|error|types|types\/[a-z-]+)\.d\.ts$/,
];

let folder;
let packed;
let installed;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "strongroom-pack-"));
  packed = await pack(folder);
  installed = await project(packed.tarball, {});
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
  installed?.remove();
});

test("the tarball holds what it should and nothing else", () => {
  for (const pattern of expectedFiles) {
    assert.ok(
      packed.files.some((file) => pattern.test(file)),
      `nothing is ${pattern}`,
    );
  }
  const others = packed.files.filter((file) => !expectedFiles.some((pattern) => pattern.test(file)));
  assert.deepEqual(others, []);
});

test("nothing in it tells of the machine that it was built on", () => {
  const home = process.env.HOME ?? "/nonexistent";
  const traces = [root.replace(/\/$/, ""), `${home}/.cargo`, `${home}/.rustup`, `${tmpdir()}/strongroom`];
  for (const file of packed.files) {
    const content = readFileSync(join(installed.folder, "node_modules/strongroom", file), "latin1");
    for (const trace of traces) assert.ok(!content.includes(trace), `${file} holds ${trace}`);
  }
});

test("it brings no other package", () => {
  const { dependencies, peerDependencies, optionalDependencies, bundleDependencies, scripts, ...rest } =
    JSON.parse(readFileSync(join(installed.folder, "node_modules/strongroom/package.json"), "utf8"));
  assert.deepEqual(
    [dependencies, peerDependencies, optionalDependencies, bundleDependencies],
    Array(4).fill(undefined),
  );
  for (const hook of ["preinstall", "install", "postinstall", "prepare"]) assert.ok(!(hook in scripts), hook);
  assert.equal(rest.license, "MIT OR Apache-2.0");
  const modules = readdirSync(join(installed.folder, "node_modules")).filter((name) => !name.startsWith("."));
  assert.deepEqual(modules, ["strongroom"]);
});

test("publint finds nothing to say", async () => {
  const { publint } = await import("publint");
  const tarball = readFileSync(packed.tarball);
  const { messages } = await publint({
    strict: true,
    pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) },
  });
  assert.deepEqual(messages, []);
});

test("the types resolve wherever the module does", async () => {
  const attw = "@arethetypeswrong/cli/dist/index.js";
  // ESM alone by decision: Node 20 and newer, and every bundler, load it; that `require` does not is what this leaves out.
  const options = ["--profile", "esm-only"];
  await runTool(attw, [packed.tarball, ...options]);
  const listed = await runTool(attw, [packed.tarball, ...options, "--format", "json"]);
  const kinds = Object.entries(JSON.parse(listed).problems ?? {}).map(([kind, found]) => [
    kind,
    [...new Set(found.map(({ resolutionKind }) => resolutionKind))],
  ]);
  assert.deepEqual(kinds, [
    ["CJSResolvesToESM", ["node16-cjs"]],
    // For strongroom/full: TypeScript's resolution of before 2022 knows no `exports`.
    ["NoResolution", ["node10"]],
  ]);
});

test("the public types compile against the package, mistakes included", async () => {
  const options = {
    compilerOptions: {
      target: "ES2022",
      module: "ESNext",
      moduleResolution: "bundler",
      lib: ["ES2022", "DOM", "ESNext.Disposable"],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: [],
    },
    files: ["api.ts"],
  };
  const typed = await project(packed.tarball, {
    "api.ts": readFileSync(join(root, "tests/types/api.ts")),
    "tsconfig.json": JSON.stringify(options),
  });
  try {
    await runTool("typescript/bin/tsc", ["-p", typed.folder]);
  } finally {
    typed.remove();
  }
});

test("an import in Node does nothing, and createClient there says that it needs a browser", async () => {
  const source = `
    import { createClient, decodeJwt, StrongroomError } from "strongroom";
    const failure = (isolation) => createClient({ provider: {}, resources: [], isolation }).catch((error) => error);
    const errors = await Promise.all([undefined, "shared", "worker", "page"].map(failure));
    const codes = errors.map((error) => error instanceof StrongroomError && error.code);
    console.log(JSON.stringify([typeof decodeJwt, ...codes]));`;
  const said = await run(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: installed.folder,
  });
  assert.deepEqual(JSON.parse(said), ["function", "ERR_VAULT", "ERR_VAULT", "ERR_VAULT", "ERR_ENGINE"]);
});
