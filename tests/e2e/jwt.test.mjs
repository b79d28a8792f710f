// decodeJwt against the shared vectors, with each browser's own base64url decoder.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Page } from "./app/page.mjs";
import { startApp } from "./app/server.mjs";
import { browserNames, launch } from "./browsers.mjs";

const vectors = JSON.parse(readFileSync(new URL("../vectors/jwt.json", import.meta.url), "utf8"));

describe("decodeJwt", { timeout: 120_000 }, () => {
  for (const browserName of browserNames) {
    test(`agrees with every vector in ${browserName}`, async () => {
      const app = await startApp();
      const browser = await launch(browserName);
      try {
        const page = new Page(browser.driver, app);
        await page.open("/");
        const outcomes = await page.run(
          (tokens) =>
            tokens.map((token) => {
              try {
                return { claims: app.decodeJwt(token) };
              } catch (error) {
                return { code: error.code };
              }
            }),
          vectors.map(({ token }) => token),
        );
        for (const [index, { id, name, decodeJwt, claims }] of vectors.entries()) {
          const outcome = outcomes[index];
          if (decodeJwt === "error") assert.deepEqual(outcome, { code: "ERR_JWT" }, `${id}: ${name}`);
          else if (claims !== undefined) assert.deepEqual(outcome.claims, claims, `${id}: ${name}`);
          else assert.ok(outcome.claims, `${id}: ${name}`);
        }
        const platforms = await page.run(() => typeof Uint8Array.prototype.setFromBase64);
        assert.equal(platforms, "function", "this browser has the decoder that this test is about");
      } finally {
        await browser.close();
        await app.close();
      }
    });
  }
});
