// The control of the proofs: what DpopProofs says of proofs that jose signs, good ones and bad ones.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { DpopProofs } from "./dpop-proofs.mjs";

const url = "http://api.strongroom.example:8080/orders%7e?page=2";
const accessToken = "an-access-token";
const nonce = "a-nonce";
const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
const other = await generateKeyPair("ES256", { extractable: true });
const nowSeconds = () => Math.floor(Date.now() / 1_000);

/** The headers of a call with a proof that is good but for what is given. */
async function proved({ claims = {}, header = {}, key = privateKey, mutate = (proof) => proof }) {
  const good = {
    jti: "a-jti-of-enough-characters",
    htm: "GET",
    htu: url.split("?")[0],
    iat: nowSeconds(),
    ath: createHash("sha256").update(accessToken).digest("base64url"),
    nonce,
  };
  const proof = await new SignJWT(JSON.parse(JSON.stringify({ ...good, ...claims })))
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: await exportJWK(publicKey), ...header })
    .sign(key);
  return { dpop: mutate(proof) };
}

const checked = async (how, proofs = new DpopProofs(), expected = { nonce, accessToken }) =>
  proofs.check({ method: "GET", headers: await proved(how) }, url, expected);

/** [what is wrong, how the proof is made, what is said of it] */
const bad = [
  ["no proof", { mutate: () => undefined }, "DPoP-6"],
  ["two proofs", { mutate: (proof) => `${proof}, ${proof}` }, "DPoP-6"],
  ["another type", { header: { typ: "JWT" } }, "DPoP-1"],
  ["another's signature", { key: other.privateKey }, "DPoP-1"],
  ["a private key", { header: { jwk: await exportJWK(privateKey) } }, "DPoP-1"],
  ["no jti", { claims: { jti: undefined } }, "DPoP-2"],
  ["a short jti", { claims: { jti: "short" } }, "DPoP-2"],
  ["another method", { claims: { htm: "get" } }, "DPoP-3"],
  ["the query in htu", { claims: { htu: url } }, "DPoP-4"],
  ["a normalised htu", { claims: { htu: url.split("?")[0].replace("%7e", "~") } }, "DPoP-4"],
  ["no iat", { claims: { iat: undefined } }, "DPoP-2"],
  ["a fraction of a second", { claims: { iat: nowSeconds() + 0.5 } }, "DPoP-2"],
  ["an old one", { claims: { iat: nowSeconds() - 600 } }, "DPoP-20"],
  ["one of the future", { claims: { iat: nowSeconds() + 600 } }, "DPoP-20"],
  ["no ath", { claims: { ath: undefined } }, "DPoP-5"],
  ["the ath of another token", { claims: { ath: "A".repeat(43) } }, "DPoP-5"],
  ["no nonce although one was given", { claims: { nonce: undefined } }, "DPoP-12"],
  ["a nonce of before", { claims: { nonce: "before" } }, "DPoP-12"],
];

test("a good proof is good, once (DPoP-11)", async () => {
  const proofs = new DpopProofs();
  assert.equal(await checked({}, proofs), undefined);
  assert.match(await checked({}, proofs), /^DPoP-11/);
});

test("each bad proof is named by its rule", async () => {
  for (const [name, how, rule] of bad)
    assert.match(String(await checked(how)), new RegExp(`^${rule}\\b`), name);
});

test("a token request's proof has no ath, and no nonce where none was given (DPoP-5, DPoP-16)", async () => {
  const bare = { ath: undefined, nonce: undefined };
  assert.equal(await checked({ claims: bare }, new DpopProofs(), {}), undefined);
  assert.match(await checked({ claims: { nonce: undefined } }, new DpopProofs(), {}), /^DPoP-5/);
  assert.match(await checked({ claims: { ath: undefined } }, new DpopProofs(), {}), /^DPoP-12, DPoP-16/);
});

test("no bit of a signature is for nothing", async () => {
  const signature = (proof) => Buffer.from(proof.split(".")[2], "base64url");
  const { dpop } = await proved({});
  for (let bit = 0; bit < signature(dpop).length * 8; bit += 1) {
    const bytes = signature(dpop);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    const changed = [...dpop.split(".").slice(0, 2), bytes.toString("base64url")].join(".");
    const fault = await new DpopProofs().check({ method: "GET", headers: { dpop: changed } }, url, {
      nonce,
      accessToken,
    });
    assert.match(String(fault), /^DPoP-1\b/, `bit ${bit}`);
  }
});
