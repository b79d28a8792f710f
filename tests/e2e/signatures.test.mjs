// The signatures of ID tokens, by each browser's own WebCrypto: what jose signs is accepted in every algorithm, and no
// signature with one bit changed is (OIDC-7, 8725-2).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { build } from "esbuild";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { root } from "../../scripts/command.mjs";
import { Page } from "./app/page.mjs";
import { startApp } from "./app/server.mjs";
import { browserNames, launch } from "./browsers.mjs";

/** Each algorithm → its hash, and the bits of its signatures with the keys that are made here. */
const algorithms = {
  RS256: ["sha256", 2048],
  RS384: ["sha384", 2048],
  RS512: ["sha512", 2048],
  PS256: ["sha256", 2048],
  PS384: ["sha384", 2048],
  PS512: ["sha512", 2048],
  ES256: ["sha256", 512],
  ES384: ["sha384", 768],
  ES512: ["sha512", 1056],
  Ed25519: ["sha512", 512],
  EdDSA: ["sha512", 512],
};
const accessToken = "an-access-token";

let source;
const signed = {};

before(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(root, "js/engine/verify.ts")],
    bundle: true,
    format: "esm",
    write: false,
  });
  source = outputFiles[0].text;
  for (const alg of Object.keys(algorithms)) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const token = await new SignJWT({ sub: "alice" }).setProtectedHeader({ alg }).sign(privateKey);
    signed[alg] = { jwk: JSON.stringify(await exportJWK(publicKey)), token };
  }
});

/** In the page: what comes of each token, `digest` in hexadecimal. */
async function verifyAll(source, signed, accessToken) {
  const { verify } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const text = (bytes) =>
    btoa(String.fromCharCode(...bytes))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const outcomes = {};
  for (const [alg, { jwk, token }] of Object.entries(signed)) {
    const content = token.slice(0, token.lastIndexOf("."));
    const signature = Uint8Array.from(
      atob(
        token
          .slice(content.length + 1)
          .replaceAll("-", "+")
          .replaceAll("_", "/"),
      ),
      (c) => c.charCodeAt(0),
    );
    const digest = await verify(alg, jwk, token, accessToken);
    const outcome = { digest: digest && hex(digest), bits: 0, accepted: 0 };
    for (let bit = 0; bit < signature.length * 8; bit++) {
      const changed = signature.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      const found = await verify(alg, jwk, `${content}.${text(changed)}`, accessToken).catch(() => null);
      outcome.bits += 1;
      if (found !== null) outcome.accepted += 1;
    }
    const claims = content.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    outcome.otherClaims = await verify(alg, jwk, `${claims}${token.slice(content.length)}`, accessToken);
    outcomes[alg] = outcome;
  }
  const { RS256: one, RS384: other } = signed;
  outcomes.otherKey = await verify("RS256", other.jwk, one.token, accessToken);
  return outcomes;
}

describe("signatures", { timeout: 240_000 }, () => {
  for (const browserName of browserNames) {
    test(`what jose signs is accepted in ${browserName}, and with one bit changed it is not`, async () => {
      const app = await startApp();
      const browser = await launch(browserName);
      try {
        const page = new Page(browser.driver, app);
        await page.open("/");
        const { otherKey, ...outcomes } = await page.run(verifyAll, source, signed, accessToken);
        const expected = Object.entries(algorithms).map(([alg, [hash, bits]]) => {
          const digest = createHash(hash).update(accessToken).digest("hex");
          return [alg, { digest, bits, accepted: 0, otherClaims: null }];
        });
        assert.deepEqual(outcomes, Object.fromEntries(expected));
        assert.equal(otherKey, null);
      } finally {
        await browser.close();
        await app.close();
      }
    });
  }
});
