// Promise 2, tampering: an attacker who has replaced every intrinsic of the page before the SDK loads sees no token.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Recordings, recorders } from "./recorders.mjs";
import { Finder } from "./secrets.mjs";
import { startStage, vaultHomes } from "./stage.mjs";

describe("recorders over every intrinsic", { timeout: 240_000 }, () => {
  let stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage?.close());

  /** Sign-in, three calls, a refresh and sign-out under the recorders: who saw what. */
  const journey = async (isolation) => {
    const seen = new Recordings();
    const visit = await stage.visit({ isolation, hostile: recorders, prepare: (page) => seen.listen(page) });
    const callback = await visit.signIn();
    assert.deepEqual(await visit.call("/orders", 3), [200, 200, 200]);
    await visit.refresh();
    await visit.signOut();
    const secrets = visit.secrets();
    const names = (kinds, without) =>
      seen.names(new Finder(secrets.filter(({ kind }) => kinds.includes(kind))), without);
    const remembered = seen.texts("Storage.setItem").filter((text) => text.includes("code_verifier="));
    const result = {
      tokens: names(["access_token", "refresh_token", "id_token"]),
      verifiers: names(["code_verifier"], remembered),
      codes: names(["code"], [callback]),
      remembered: remembered.length,
      urls: names(["code"]),
    };
    assert.deepEqual(visit.page.exceptions, []);
    await visit.close();
    return result;
  };

  for (const isolation of vaultHomes) {
    test(`promise 2: ${isolation}: no recorder sees a token, and a code only in the callback's URL`, async () => {
      const { tokens, verifiers, codes, remembered, urls } = await journey(isolation);
      assert.deepEqual(tokens, {});
      assert.deepEqual(verifiers, {});
      // The documented exception: a dedicated worker does not outlive the redirect, so the page keeps the pending
      // sign-in in sessionStorage, verifier and all. The shared vault keeps it to itself.
      assert.equal(remembered, isolation === "worker" ? 1 : 0);
      assert.deepEqual(codes, {});
      // The control: the URL is seen on its way to the vault.
      assert.ok(urls[isolation === "worker" ? "Worker.postMessage" : "MessagePort.postMessage"].code >= 1);
    });
  }

  test("the control: page isolation is caught by recorders of every kind", async () => {
    const { tokens, verifiers, codes, remembered } = await journey("page");
    for (const name of [
      "window.fetch",
      "Promise.then",
      "Object.prototype.then",
      "TextDecoder.decode",
      "Function.call",
      "ReadableStreamDefaultReader.read",
    ]) {
      assert.ok(tokens[name]?.access_token >= 1, `${name} saw the access token`);
    }
    assert.ok(tokens["window.fetch"].refresh_token >= 1);
    assert.ok(verifiers["SubtleCrypto.digest"]?.code_verifier >= 1);
    assert.ok(codes["window.fetch"]?.code >= 1);
    assert.equal(remembered, 1);
  });
});
