// Importing the package is safe in Node and during server-side rendering: it does nothing and touches nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const index = new URL("../../pkg/index.js", import.meta.url).href;
const inChild = (source) =>
  JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "--eval", source], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      encoding: "utf8",
      timeout: 30_000,
    }),
  );

/** What a page has and a server has not, or must not be touched by an import: using any of it is remembered. */
const traps = `
  const touched = [];
  const names = ["window", "self", "document", "location", "history", "navigator", "localStorage", "sessionStorage",
    "indexedDB", "caches", "fetch", "crypto", "WebAssembly", "setTimeout", "setInterval", "queueMicrotask",
    "addEventListener", "Worker", "SharedWorker", "XMLHttpRequest", "WebSocket"];
  for (const name of names) {
    Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); } });
  }`;

test("an import touches no global of a page and adds none", () => {
  const { touched, added, control, exported } = inChild(`
    const before = new Set(Reflect.ownKeys(globalThis));
    ${traps}
    const { StrongroomError, ...rest } = await import(${JSON.stringify(index)});
    const seen = [...touched];
    void globalThis.fetch;
    const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key) && !names.includes(key));
    process.stdout.write(JSON.stringify({
      touched: seen, added: added.map(String), control: touched.slice(seen.length), exported: Object.keys(rest),
    }));`);
  assert.deepEqual(touched, []);
  assert.deepEqual(added, []);
  assert.deepEqual(control, ["fetch"], "the control: the trap works");
  assert.deepEqual(exported.sort(), ["createClient", "decodeJwt"]);
});

test("strongroom/full has the same words", () => {
  const full = new URL("../../pkg/full/index.js", import.meta.url).href;
  const { words } = inChild(`
    const words = [];
    for (const one of ${JSON.stringify([index, full])}) words.push(Object.keys(await import(one)).sort());
    process.stdout.write(JSON.stringify({ words }));`);
  assert.deepEqual(words[1], words[0]);
});

test("an import changes no prototype of the platform", () => {
  const { before, after } = inChild(`
    const shape = () => [Object, Array, Promise, Map, Error, Uint8Array, String, Function, URL, Headers, EventTarget]
      .map(({ name, prototype }) => [name, Reflect.ownKeys(prototype).length]);
    const before = shape();
    await import(${JSON.stringify(index)});
    process.stdout.write(JSON.stringify({ before, after: shape() }));`);
  assert.deepEqual(after, before);
});

test("decodeJwt works where there is no page", () => {
  const { claims } = inChild(`
    const { decodeJwt } = await import(${JSON.stringify(index)});
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = decodeJwt([part({ alg: "none" }), part({ sub: "ada" }), ""].join("."));
    process.stdout.write(JSON.stringify({ claims }));`);
  assert.deepEqual(claims, { sub: "ada" });
});

test("createClient in Node rejects and says why", () => {
  const options = {
    provider: { type: "oidc", issuer: "https://id.example", clientId: "spa" },
    resources: ["https://api.example/"],
    isolation: "page",
  };
  const outcome = inChild(`
    const { createClient, StrongroomError } = await import(${JSON.stringify(index)});
    const made = createClient(${JSON.stringify(options)});
    const isPromise = made instanceof Promise;
    const error = await made.then(() => ({}), (error) => error);
    process.stdout.write(JSON.stringify({
      isPromise, isStrongroomError: error instanceof StrongroomError, code: error.code, message: error.message,
    }));`);
  assert.deepEqual([outcome.isPromise, outcome.isStrongroomError, outcome.code], [true, true, "ERR_ENGINE"]);
});
