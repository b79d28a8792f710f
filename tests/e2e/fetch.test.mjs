// Promise 8, it is `fetch`: every behaviour of app/behaviours runs natively and through the client, against the same
// server, and what the caller sees and what the server is sent must be the same, but for the token.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { behaviours, races } from "./app/behaviours/compare.js";
import { startMirror } from "./app/mirror.mjs";
import { Page } from "./app/page.mjs";
import { startApp } from "./app/server.mjs";
import { browserNames, launch } from "./browsers.mjs";

const names = Object.keys(behaviours);
const batchSize = 25;

/** Calls that carry no token although their URL is a resource, each for its reason. */
const withoutToken = new Set(["no-cors", "no-cors in a Request"]);

for (const browserName of browserNames) {
  describe(`in ${browserName}`, { timeout: 240_000 }, () => {
    const closers = [];
    let mirror;
    let page;
    /** By behaviour: what was seen, natively and through the client. */
    const seen = {};

    before(async () => {
      mirror = await startMirror();
      closers.push(mirror.close);
      const app = await startApp();
      closers.push(app.close);
      app.options = {
        provider: { type: "oauth", clientId: "spa", endpoints: { token: `${mirror.url}/token` } },
        resources: [`${mirror.url}/`],
        isolation: "page",
      };
      const browser = await launch(browserName);
      closers.push(browser.close);
      page = new Page(browser.driver, app);
      await page.open("/");
      await page.run((tokens) => app.client.setTokens(tokens), mirror.tokens.begin());
      await page.run(async () => {
        const { observe } = await import("/app/behaviours/compare.js");
        app.observeBoth = async (name, mirrorUrl, run) => [
          await observe(name, (...given) => fetch(...given), mirrorUrl, `${run}-native`),
          await observe(name, app.client.fetch, mirrorUrl, `${run}-client`),
        ];
      });
      for (let at = 0; at < names.length; at += batchSize) {
        const batch = names.slice(at, at + batchSize).map((name, index) => [name, `run-${at + index}`]);
        const pairs = await page.run(
          async (batch, mirrorUrl) => {
            const pairs = [];
            for (const [name, run] of batch) pairs.push(await app.observeBoth(name, mirrorUrl, run));
            return pairs;
          },
          batch,
          mirror.url,
        );
        for (const [index, [native, client]] of pairs.entries()) {
          const [name, run] = batch[index];
          seen[name] = {
            native: { caller: native, server: sent(`${run}-native`) },
            client: { caller: client, server: sent(`${run}-client`) },
            tokens: mirror.requests
              .filter((request) => request.run === `${run}-client`)
              .map(({ headers }) => headers.authorization),
          };
        }
      }
    });
    after(async () => {
      for (const close of closers.reverse()) await close();
    });

    /** What the server was sent in one run, without what must differ. */
    const sent = (run) =>
      mirror.requests
        .filter((request) => request.run === run)
        .map(({ method, path, headers, body }) => {
          const { authorization: _, connection: __, ...rest } = headers;
          const boundary = /boundary=(\S+)/.exec(headers["content-type"] ?? "")?.[1];
          const text = JSON.stringify({ method, path, headers: rest }).replaceAll(run, "RUN");
          if (boundary === undefined) return { ...JSON.parse(text), body };
          // Boundaries are random, in Firefox of a random length too.
          const form = Buffer.from(body, "base64").toString("latin1").replaceAll(boundary, "BOUNDARY");
          const sent = JSON.parse(text.replaceAll(boundary, "BOUNDARY"));
          sent.headers["content-length"] = "as its body's";
          return { ...sent, body: form };
        });

    for (const name of names) {
      test(`${name}: as native fetch`, () => {
        const { native, client, tokens } = seen[name];
        assert.deepEqual(client.caller, native.caller);
        if (!races.has(name)) assert.deepEqual(client.server, native.server);
        const expected = withoutToken.has(name) ? undefined : "Bearer access-1";
        assert.ok(
          tokens.every((token) => token === expected),
          `sent with ${tokens}`,
        );
      });
    }

    test("no rejection was left unhandled", async () => {
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
