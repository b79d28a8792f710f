/** As WebCrypto names the algorithms that begin so (RFC 7518 §3.1, RFC 9864). */
const NAMES: Record<string, string> = { ES: "ECDSA", Ed: "Ed25519", PS: "RSA-PSS", RS: "RSASSA-PKCS1-v1_5" };

/**
 * Verifies a JWT's signature.
 *
 * @returns the digest of `accessToken` by the signature's hash function, for `at_hash` (OpenID Connect Core 1.0
 *   §3.1.3.6); `null` if the signature is not that of the key. It rejects where the platform does not know the algorithm.
 */
export async function verify(
  algorithm: string,
  jwk: string,
  token: string,
  accessToken: string,
): Promise<Uint8Array | null> {
  const bits = Number(algorithm.slice(2));
  const name = NAMES[algorithm.slice(0, 2)] as string;
  // Ed25519's hash is the one inside it (RFC 8032 §5.1).
  const hash = name === "Ed25519" ? "SHA-512" : `SHA-${bits}`;
  const key = JSON.parse(jwk);
  const parameters = { name, hash, namedCurve: key.crv, saltLength: bits / 8 };
  const [header, claims, signature] = token.split(".") as [string, string, string];
  const { subtle } = crypto;
  const isGood = await subtle.verify(
    parameters,
    await subtle.importKey("jwk", key, parameters, false, ["verify"]),
    Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)),
    bytes(`${header}.${claims}`),
  );
  return isGood ? new Uint8Array(await subtle.digest(hash, bytes(accessToken))) : null;
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
