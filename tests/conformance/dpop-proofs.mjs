// What the conformance suite checks on every DPoP proof (RFC 9449 §4.3), and the nonces that it demands.
//
//   const proofs = new DpopProofs();
//   const fault = await proofs.check(request, url, { nonce, accessToken });   undefined, or what is wrong with the proof
import { createHash } from "node:crypto";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from "jose";

const algorithms = ["ES256", "PS256", "EdDSA", "Ed25519"];
const clockToleranceSeconds = 300;
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "k", "oth"];

export class DpopProofs {
  #jtis = new Set();

  /** The thumbprint of the key of a request's proof, which `check` has seen. */
  thumbprint = undefined;

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {string} url as it is on the wire
   * @param {{nonce?: string, accessToken?: string}} expected `nonce`: the one that was given last, if any
   */
  async check({ method, headers }, url, { nonce, accessToken }) {
    const proof = headers.dpop ?? "";
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof)) return "DPoP-6: not exactly one DPoP header";
    let verified;
    try {
      verified = await jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt", algorithms });
    } catch (error) {
      return `DPoP-1: ${error.code}`;
    }
    const { payload, protectedHeader } = verified;
    const { jwk } = protectedHeader;
    this.thumbprint = await calculateJwkThumbprint(jwk);
    const ath = accessToken && createHash("sha256").update(accessToken).digest("base64url");
    const rules = [
      ["DPoP-1: a private key", privateMembers.every((name) => !(name in jwk))],
      ["DPoP-1: OKP, but not Ed25519", jwk.kty !== "OKP" || jwk.crv === "Ed25519"],
      ["DPoP-2: jti", typeof payload.jti === "string" && payload.jti.length >= 16],
      ["DPoP-11: jti was used", !this.#jtis.has(payload.jti)],
      ["DPoP-3: htm", payload.htm === method],
      ["DPoP-4: htu", payload.htu === url.split(/[?#]/)[0]],
      ["DPoP-2: iat", Number.isInteger(payload.iat)],
      ["DPoP-20: iat", Math.abs(payload.iat - Date.now() / 1_000) <= clockToleranceSeconds],
      ["DPoP-5: ath", payload.ath === ath],
      ["DPoP-12, DPoP-16: nonce", payload.nonce === nonce],
    ];
    this.#jtis.add(payload.jti);
    return rules.find(([, holds]) => !holds)?.[0];
  }

  /** Whether the proof, which was good, carries a nonce. */
  hasNonce({ headers }) {
    const [, payload] = headers.dpop.split(".");
    return JSON.parse(Buffer.from(payload, "base64url").toString()).nonce !== undefined;
  }
}
