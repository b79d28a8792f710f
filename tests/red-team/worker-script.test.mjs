// What the headers are for: a page that starts no foreign worker, and a vault that can reach nobody but those it must.
// A service worker in front of the vault's script is tested in tests/package/service-worker.test.mjs.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Finder } from "./secrets.mjs";
import { script, startStage, vaultHomes } from "./stage.mjs";

describe("the vault's script", { timeout: 240_000 }, () => {
  let stage;
  /** What the thief was sent. */
  let loot;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage?.close());

  /** Gives the vault's script these headers, and the thief an address. */
  const serve = (vaultHeaders = {}) => {
    loot = [];
    stage.scene.serve = async (request, response, pathname) => {
      if (pathname === "/pkg/vault.js") {
        for (const [name, value] of Object.entries(vaultHeaders)) response.setHeader(name, value);
      }
      if (pathname !== "/thief") return false;
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      loot.push(Buffer.concat(chunks).toString());
      response.writeHead(204).end();
      return true;
    };
  };

  for (const isolation of vaultHomes) {
    test(`${isolation}: a patched constructor steals nothing from a page with worker-src 'self'`, async () => {
      serve();
      const hostile = script("impostor.js");
      // The page is told that there is no vault, and has no session to lose.
      await assert.rejects(
        stage.visit({ isolation, hostile, headers: { "content-security-policy": "worker-src 'self'" } }),
        /ERR_VAULT/,
      );
      assert.deepEqual(loot, []);
      // The control: without the policy the impostor gets the token response.
      const visit = await stage.visit({ isolation, hostile });
      await visit.signIn();
      await visit.call();
      const { access_token, refresh_token } = new Finder(visit.secrets()).findIn(loot);
      assert.ok(access_token >= 1 && refresh_token >= 1);
      await visit.close();
    });

    test(`${isolation}: a vault with a policy of its own reaches no unlisted origin`, async () => {
      const { api, authorizationServer, foreign } = stage;
      const reach = async (visit) => {
        const first = foreign.requests.length;
        const isReached = await visit.vault().evaluate(
          (url) =>
            fetch(url).then(
              () => true,
              () => false,
            ),
          foreign.url,
        );
        return { isReached, requests: foreign.requests.length - first };
      };
      const listed = `connect-src 'self' ${api.url} ${authorizationServer.url}`;
      const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ${listed}`;
      serve({ "content-security-policy": policy });
      const headers = { "content-security-policy": "connect-src 'self'" };
      const guarded = await stage.visit({ isolation, headers });
      await guarded.signIn();
      assert.deepEqual(await guarded.call("/orders", 3), [200, 200, 200]);
      await guarded.refresh();
      assert.deepEqual(await reach(guarded), { isReached: false, requests: 0 });
      assert.deepEqual(guarded.vault().exceptions, []);
      await guarded.close();
      // The control: a worker does not inherit its page's policy.
      serve();
      const unguarded = await stage.visit({ isolation, headers });
      assert.deepEqual(await reach(unguarded), { isReached: true, requests: 1 });
      await unguarded.close();
    });
  }
});
