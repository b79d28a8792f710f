// Promise 8, it is `fetch`: every behaviour of app/behaviours runs natively and through the client, in every home,
// against the same server. What the caller sees and what the server is sent must be the same, but for the token and
// for what app/behaviours/differences.js and docs/fetch.md say.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { differences, expectedDifferences, surprises } from "./app/behaviours/differences.js";
import { names, startComparison } from "./app/comparison.mjs";
import { inEachBrowser, isolations } from "./app/matrix.mjs";

/** Calls that carry no token although their URL is a resource, each for its reason. */
const withoutToken = new Set(["no-cors", "no-cors in a Request"]);

inEachBrowser((place) => {
  let comparison;

  before(async () => {
    comparison = await startComparison(place.browser);
    await comparison.observe("native");
  });
  after(() => comparison?.close());

  for (const isolation of isolations) {
    describe(`in ${isolation} isolation`, () => {
      before(() => comparison.observe(isolation));

      for (const name of names) {
        test(`${name}: as native fetch`, () => {
          const found = comparison.differences(name, isolation);
          const expected = expectedDifferences(name, { ...place, isolation });
          assert.deepEqual(surprises(name, found, expected), []);
          const { tokens, token } = comparison.tokens(name, isolation);
          const right = withoutToken.has(name) ? undefined : token;
          assert.ok(
            tokens.every((one) => one === right),
            `sent with ${tokens}`,
          );
        });
      }

      test("client hints are a page's; Chromium adds them to a worker's requests as it pleases", () => {
        const native = comparison.hints("native");
        const found = comparison.hints(isolation);
        if (isolation === "page" || found.length > 0) assert.deepEqual(found, native);
        assert.equal(native.length > 0, place.browserName === "chromium", "the control");
      });

      test("no rejection was left unhandled", async () => {
        const { page } = comparison;
        assert.deepEqual(await page.run(() => window.recordedConsole), []);
        // The control: one that is.
        await page.run(() => {
          Promise.reject(new Error("on purpose"));
          return app.until(() => window.recordedConsole.length > 0, "the rejection to be seen");
        });
        assert.equal(await page.run(() => window.recordedConsole.length), 1);
      });
    });
  }
});

test("every difference is told to the reader", () => {
  const text = readFileSync(new URL("../../docs/fetch.md", import.meta.url), "utf8");
  for (const { title, behaviours: of } of differences) {
    assert.ok(text.includes(`| ${title} |`), `docs/fetch.md has no row: ${title}`);
    for (const name of Object.keys(of)) assert.ok(names.includes(name), `no such behaviour: ${name}`);
  }
});
