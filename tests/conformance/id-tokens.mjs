// ID tokens as no honest server signs them, and the keys for it. A real signature unless the script says otherwise.
//
//   await keyOf("RS256")                 the published key of an algorithm, made once: { kid, jwk, privateJwk }
//   await keyOf("RS256", "other")        one more of the same algorithm, by any other name
//   await signed(claims, { alg, kid, header, key, mutate })
import { CompactSign, exportJWK, generateKeyPair, importJWK } from "jose";

const keys = new Map();

/** Key pairs by algorithm and name; `jwk` is the public one, with `kid`, `alg` and `use`. */
export function keyOf(alg, name = "first") {
  const kid = `${alg}-${name}`;
  if (!keys.has(kid)) keys.set(kid, makeKey(alg, kid));
  return keys.get(kid);
}

async function makeKey(alg, kid) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
  return { kid, jwk, privateJwk: await exportJWK(privateKey) };
}

/**
 * @param {object | string | Uint8Array} claims the last two are signed as they are
 * @param {object} [how]
 * @param {string} [how.alg] default RS256; `none` has an empty signature, HS… is keyed with `secret`
 * @param {string} [how.keyAlg] the algorithm that the key is published for, if it is another
 * @param {string} [how.key] the key's name; only `"first"` is published by default
 * @param {object} [how.header] members of the header to set, or to take away with `undefined`
 * @param {string} [how.secret] for HS…
 * @param {(token: string) => string} [how.mutate] the last word
 */
export async function signed(
  claims,
  { alg = "RS256", keyAlg = alg, key = "first", header = {}, secret = "", mutate = (token) => token } = {},
) {
  const text = typeof claims === "string" ? claims : JSON.stringify(claims);
  const payload = claims instanceof Uint8Array ? claims : new TextEncoder().encode(text);
  return mutate(await compact(payload, alg, keyAlg, key, header, secret));
}

async function compact(payload, alg, keyAlg, key, header, secret) {
  if (alg === "none") return `${encoded({ alg, ...header })}.${Buffer.from(payload).toString("base64url")}.`;
  if (alg.startsWith("HS")) {
    const bytes = new TextEncoder().encode(secret.padEnd(64, "0"));
    return new CompactSign(payload).setProtectedHeader({ alg, ...header }).sign(bytes);
  }
  const { privateJwk, kid } = await keyOf(keyAlg, key);
  const crit = Object.fromEntries((header.crit ?? []).map((name) => [name, true]));
  const head = JSON.parse(JSON.stringify({ alg, kid, ...header }));
  return new CompactSign(payload).setProtectedHeader(head).sign(await importJWK(privateJwk, alg), { crit });
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The token with one bit of its signature turned. */
export function withBadSignature(token) {
  const [header, payload, signature] = token.split(".");
  const bytes = Buffer.from(signature, "base64url");
  bytes[bytes.length >> 1] ^= 1;
  return [header, payload, bytes.toString("base64url")].join(".");
}
