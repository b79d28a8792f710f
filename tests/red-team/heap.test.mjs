// Promise 2, the page's memory: no token is in it, whatever was done with the session.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { moduleBuffers, readMemory } from "./heap.mjs";
import { Finder } from "./secrets.mjs";
import { startStage, vaultHomes } from "./stage.mjs";

const refreshes = 20;
const tokenKinds = ["access_token", "refresh_token", "id_token"];

describe("the page's memory", { timeout: 240_000 }, () => {
  let stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage?.close());

  /** How many pieces of the secrets there are, by kind, and how large the buffers that might hold some. */
  const search = async (target, secrets, callback) => {
    const finder = new Finder(secrets);
    const { strings, memories, bufferSizes } = await readMemory(target);
    // The callback's URL is the page's own, with its code; the browser keeps it as well.
    const others = strings.map((text) => (callback === undefined ? text : text.replaceAll(callback, " ")));
    return { strings: finder.findIn(others), memories: finder.findIn(memories), bufferSizes };
  };
  const searchPage = async (visit, callback) => {
    const { bufferSizes, ...found } = await search(visit.page, visit.secrets(), callback);
    const kept = await moduleBuffers(visit.page, "createClient");
    return {
      ...found,
      module: new Finder(visit.secrets()).findIn(kept),
      others: bufferSizes.filter((size) => size !== kept[0]?.length),
    };
  };
  /** The module itself has one buffer, for `decodeJwt`, also in pages that wait in the back/forward cache. */
  const nothing = { strings: {}, memories: {}, module: {}, others: [] };

  for (const isolation of vaultHomes) {
    test(`promise 2: ${isolation}: no token in the page's heap and buffers`, async () => {
      const visit = await stage.visit({ isolation });
      const callback = await visit.signIn();
      assert.deepEqual(await visit.call("/orders", 3), [200, 200, 200]);
      await visit.refresh(refreshes);
      assert.deepEqual(await visit.call("/orders", 3), [200, 200, 200]);
      const secrets = visit.secrets();
      const issued = (kind) => secrets.filter((secret) => secret.kind === kind).length;
      assert.deepEqual(tokenKinds.map(issued), Array(3).fill(refreshes + 1));
      assert.equal(issued("code_verifier"), 1);
      assert.deepEqual(await searchPage(visit, callback), nothing, "while signed in");
      await visit.signOut();
      assert.deepEqual(await searchPage(visit, callback), nothing, "after the sign-out");
      await visit.close();
    });
  }

  test("the control: page isolation has tokens in the page's memory", async () => {
    const visit = await stage.visit({ isolation: "page" });
    await visit.signIn();
    await visit.refresh();
    assert.deepEqual(await visit.call(), [200]);
    const { strings, memories } = await search(visit.page, visit.secrets());
    assert.ok(strings.access_token >= 1, "the access token in the heap");
    assert.ok(memories.refresh_token >= 1, "the refresh token in the engine's memory");
    await visit.close();
  });

  test("the control: each form of a secret is found where it is planted", async () => {
    const context = await stage.browser.newContext();
    const page = await context.open("about:blank");
    for (const [name, form] of Object.entries(forms)) {
      const value = await page.evaluate(plant, String(form));
      const { strings, memories, bufferSizes } = await search(page, [{ kind: "planted", value }]);
      const found = { strings: strings.planted >= 1, memories: memories.planted >= 1, bufferSizes };
      assert.deepEqual(
        found,
        { strings: false, memories: false, bufferSizes: [], ...(expected[name] ?? { strings: true }) },
        name,
      );
    }
    await context.close();
  });
});

/** Runs in the page. The secret is made there, so that no script's source text holds it; what the form gives is kept. */
function plant(form) {
  const bytes = crypto.getRandomValues(new Uint8Array(72));
  const secret = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  const { eval: run } = window;
  window.planted = run(`(${form})`)(secret);
  return secret;
}

/** How a secret may lie in memory. */
const forms = {
  nowhere: () => null,
  whole: (text) => text,
  "in a closure": (text) => () => text,
  "in a Map": (text) => new Map([[Symbol("key"), { deep: [text] }]]),
  "at the end of a long string": (text) => JSON.stringify(["-".repeat(5000), text]),
  "in two halves": (text) => [text.slice(0, 48), text.slice(48)].map((half) => JSON.stringify([half])),
  "sixteen characters of it": (text) => JSON.stringify([text.slice(40, 56)]),
  backwards: (text) => JSON.stringify([[...text].reverse().join("")]),
  "in base64": (text) => btoa(`padded${text}`),
  "in \\u00 escapes": (text) => [...text].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join(""),
  "in a two-byte string": (text) => JSON.stringify([`\u2603${text}`]),
  "in a buffer": (text) => new TextEncoder().encode(text).buffer,
  "in a view": (text) => new TextEncoder().encode(text),
  "in a wasm memory": (text) => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    new Uint8Array(memory.buffer).set(new TextEncoder().encode(text), 4096);
    return { memory };
  },
  "in a wasm memory as UTF-16": (text) => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    for (let at = 0; at < text.length; at += 1) new Uint16Array(memory.buffer)[at] = text.charCodeAt(at);
    return { memory };
  },
};

/** Where each is found, if not in the heap. */
const expected = {
  nowhere: {},
  "in a buffer": { bufferSizes: [96] },
  "in a view": { bufferSizes: [96] },
  "in a wasm memory": { memories: true, bufferSizes: [65536] },
  "in a wasm memory as UTF-16": { memories: true, bufferSizes: [65536] },
};
