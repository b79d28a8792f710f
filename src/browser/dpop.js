// @ts-check
// Signs DPoP proofs (RFC 9449) by WebCrypto, and puts them into calls. What they say is the engine's to say.
import { unled } from "./placement.js";

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const ed25519 = { name: "Ed25519" };

/** The key of a session. Its private half cannot be exported, by anybody (DPoP-26). */
export class Key {
  /**
   * @param {CryptoKey} secret
   * @param {JsonWebKey} jwk the public half
   * @param {typeof ecdsa | typeof ed25519} algorithm
   */
  constructor(secret, jwk, algorithm) {
    this.secret = secret;
    this.x = jwk.x;
    this.y = jwk.y;
    this.algorithm = algorithm;
    // It is looked up once: that takes a fortieth of what a signature does.
    this.subtle = crypto.subtle;
  }

  /** @param {string} name as in JOSE */
  static async make(name) {
    const algorithm = name === "ES256" ? ecdsa : ed25519;
    const made = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(algorithm, false, ["sign"]));
    return new Key(made.privateKey, await crypto.subtle.exportKey("jwk", made.publicKey), algorithm);
  }

  /**
   * Whether the caller proves the call, with a key of its own.
   * @param {import("./shell.js").Call} call
   */
  static proved({ headers }) {
    return headers?.has("dpop") ?? false;
  }

  /** @param {Uint8Array<ArrayBuffer>} data */
  sign(data) {
    return this.subtle.sign(this.algorithm, this.secret, data);
  }
}

/**
 * The method as the caller wrote it or the platform's `Request` did; nothing for a GET.
 * @param {import("./shell.js").Call} call
 */
export function method({ input, init }) {
  const given = input instanceof Request ? input.method : init?.method;
  return given === undefined || given === "GET" ? undefined : String(given);
}

/**
 * The newest nonce of the origin that answered.
 * @param {Response} answer
 */
export function nonce({ headers }) {
  return headers.get("dpop-nonce") ?? undefined;
}

/**
 * A proof is for one URL (DPoP-23), and without one the token may be for none else on its origin.
 * @param {import("./shell.js").Call} call
 * @param {string | undefined} proof
 */
export function attach(call, proof) {
  if (proof !== undefined) call.headers?.set("dpop", proof);
  unled(call);
}
