// createClient in each home: the engine's file, and options.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { Page } from "./app/page.mjs";
import { startApp } from "./app/server.mjs";

inEachHome((place) => {
  const { isolation } = place;
  const options = {
    provider: { type: "oauth", clientId: "spa", endpoints: { token: "https://id.example/token" } },
    resources: ["https://api.example/"],
    isolation,
  };
  let app;
  let page;

  before(async () => {
    app = await startApp();
    page = new Page(place.browser.driver, app);
  });
  after(async () => {
    await app?.close();
  });
  // A fresh origin, so that a shared vault of the test before is none of its.
  beforeEach(async () => {
    await app.moveOn();
    await page.open("/");
  });

  test("an engine that cannot be loaded is told, and may be tried again", async () => {
    for (const wasmUrl of ["/pkg/missing.wasm", "/no-wasm-but-a-page", "/pkg/index.js"]) {
      const rejection = await page.rejection(
        (options, wasmUrl) => app.createClient({ ...options, wasmUrl }),
        options,
        wasmUrl,
      );
      assert.deepEqual([rejection.name, rejection.code], ["StrongroomError", "ERR_ENGINE"], wasmUrl);
      // What caused it stays in the vault.
      if (isolation === "page") assert.ok(rejection.cause, "it has a cause");
    }
    const status = await page.run(
      async (options) =>
        (await app.createClient({ ...options, wasmUrl: "/pkg/strongroom_bg.wasm" })).session.status,
      options,
    );
    assert.equal(status, "signed-out");
  });

  test("the engine is loaded once for any number of clients", async () => {
    const loaded = await page.run(async (options) => {
      await Promise.all(Array.from({ length: 5 }, () => app.createClient(options)));
      return performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".wasm")).length;
    }, options);
    assert.equal(loaded, isolation === "page" ? 1 : 0, "in the page");
  });

  test("wrong options are a TypeError with code and path, whatever they are", async () => {
    const outcomes = await page.run(async (options) => {
      const { provider } = options;
      const wrong = [
        undefined,
        null,
        7,
        { ...options, isolation: "tab" },
        { ...options, isolation: 7 },
        { ...options, provider: { ...provider, clientId: 7 } },
        { ...options, provider: { ...provider, clientID: "spa" } },
        { ...options, provider: { ...provider, endpoints: { token: "http://id.example/token" } } },
        { ...options, resources: ["https://api.example/", "/orders"] },
        { ...options, resources: [{ url: "https://ada@api.example/" }] },
        { ...options, refresh: { leadSeconds: 1.5 } },
        { ...options, refresh: { waitSeconds: -1 } },
        { ...options, exposeAccessToken: "yes" },
        { ...options, provider: () => provider },
        { ...options, wasmUrl: 7 },
      ];
      return Promise.all(wrong.map((one) => app.createClient(one).then(() => "accepted", app.describe)));
    }, options);
    assert.deepEqual(
      outcomes.map(({ isTypeError, code, option }) => [isTypeError, code, option].join()),
      [
        ...Array(3).fill("options"),
        ...Array(2).fill("isolation"),
        "provider.clientId",
        "provider.clientID",
        "provider.endpoints.token",
        "resources[1]",
        "resources[0].url",
        "refresh.leadSeconds",
        "refresh.waitSeconds",
        "exposeAccessToken",
        // A function cannot even be handed to a vault.
        isolation === "page" ? "provider.type" : "options",
        "wasmUrl",
      ].map((path) => `true,ERR_INVALID_OPTION,${path}`),
    );
  });
});
