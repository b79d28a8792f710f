// The fixture itself: each engine opens a loopback page, runs a script, and has what Strongroom needs.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { browserNames, consoleRecorder, launch } from "./browsers.mjs";

let server;
let origin;

before(async () => {
  server = createServer((request, response) => {
    const json = request.url === "/data";
    response.setHeader("content-type", json ? "application/json" : "text/html");
    response.end(json ? '{"answer":42}' : page);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const page = `<!doctype html><title>loopback</title>
<script>${consoleRecorder}</script>
<script>console.log("early", "bird")</script>`;

const probe = `
  const done = arguments[arguments.length - 1];
  (async () => {
    const { answer } = await (await fetch("/data")).json();
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"));
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    console.warn("the page says", answer);
    return { answer, hex, wasm: typeof WebAssembly.instantiateStreaming, locks: typeof navigator.locks };
  })().then(done, (error) => done({ error: String(error) }));
`;

for (const name of browserNames) {
  test(`${name} opens a page and runs asynchronous script`, { timeout: 120_000 }, async () => {
    const { driver, close, consoleMessages } = await launch(name, { width: 900, height: 700 });
    try {
      await driver.get(`${origin}/`);
      assert.equal(await driver.getTitle(), "loopback");
      assert.deepEqual(await driver.executeAsyncScript(probe), {
        answer: 42,
        hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        wasm: "function",
        locks: "object",
      });
      const { width } = await driver.executeScript("return { width: window.outerWidth }");
      assert.equal(width, 900);
      const expected = ["info: early bird", "warn: the page says 42"];
      assert.deepEqual(await driver.executeScript("return window.recordedConsole"), expected);
      if (name === "webkit") {
        assert.equal(consoleMessages(), undefined);
        return;
      }
      const deadline = performance.now() + 5_000;
      while (consoleMessages().length < expected.length && performance.now() < deadline)
        await driver.getTitle();
      assert.deepEqual(consoleMessages(), expected);
    } finally {
      await close();
    }
  });
}
