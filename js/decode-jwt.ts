import { StrongroomError } from "./error.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const alphabet = { alphabet: "base64url" } as const;

/** Not in TypeScript's library yet: the browsers have it since 2025. */
interface Base64Target {
  setFromBase64?(text: string, options: typeof alphabet): { written: number };
}

/** Where a part is decoded to, before it is read at once: a buffer made for each part costs six times the decoding. */
const scratch = new Uint8Array(16 * 1024);

/** The last header that was good, and whether it wants a signature: tokens of one issuer and key share theirs. */
let goodHeader: string | undefined;
let isSigned = true;

/**
 * Reads the claims of a JWT (RFC 7519). **It does not verify anything**: not the signature, not `exp`, not `aud`.
 * Anybody can write a token that this function reads. Use it to show, never to decide.
 *
 * Member names that occur twice: the last one counts. Other than a JWS in compact form with a JSON object for
 * claims is refused; so are encrypted tokens (five parts) and `crit` headers, which this function understands none of.
 *
 * @param token the token, for instance an ID token of any library
 * @returns the claims as `JSON.parse` gives them; times are in seconds
 * @throws {StrongroomError} `ERR_JWT`, with the part and the rule that it breaks, never with the token
 */
export function decodeJwt<Claims extends object = Record<string, unknown>>(token: string): Claims {
  if (typeof token !== "string") throw broken("the token must be a string");
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 0 || second < 0) throw broken("it does not have three parts");
  const third = token.indexOf(".", second + 1);
  if (third >= 0) {
    const isEncrypted = token.split(".").length === 5;
    throw broken(isEncrypted ? "it is encrypted" : "it does not have three parts");
  }
  const header = token.slice(0, first);
  if (header !== goodHeader) {
    const alg = checkedAlg(object(header, "header"));
    goodHeader = header;
    isSigned = alg !== "none";
  }
  const signature = token.slice(second + 1);
  if (isSigned ? signature === "" || !isBase64url(signature) : signature !== "") {
    throw broken("the signature is not base64url, or is empty although `alg` is not `none`");
  }
  return object(token.slice(first + 1, second), "payload") as Claims;
}

function checkedAlg({ alg, ...header }: Record<string, unknown>): string {
  if (typeof alg !== "string" || alg === "") throw broken("the header has no `alg`");
  if ("crit" in header) throw broken("the header has a `crit`");
  return alg;
}

function object(part: string, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    const text = decoder.decode(decoded(part).subarray(0, decodedLength(part)));
    // A lone surrogate can only come from an escape; without one the reviver is spared, and the slow search for one.
    const mayHaveSurrogate = text.includes("\\u") && /\\u[dD]/.test(text);
    value = mayHaveSurrogate ? JSON.parse(text, refuseLoneSurrogate) : JSON.parse(text);
  } catch {
    throw broken(`the ${name} is not base64url of JSON in UTF-8`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw broken(`the ${name} is not a JSON object`);
  }
  return value as Record<string, unknown>;
}

function refuseLoneSurrogate(name: string, value: unknown): unknown {
  if (/\p{Surrogate}/u.test(name) || (typeof value === "string" && /\p{Surrogate}/u.test(value))) {
    throw new SyntaxError();
  }
  return value;
}

/**
 * Decodes strictly; what the platform lets pass (white space, padding, loose last bits) shows by its length. The
 * bytes are at the beginning of the result, and good until the next call.
 */
function decoded(part: string): Uint8Array<ArrayBuffer> {
  const length = decodedLength(part);
  const target = length <= scratch.length ? scratch : new Uint8Array(length);
  const { written } = (target as Base64Target).setFromBase64?.(part, alphabet) ?? fromBinary(part, target);
  if (written !== length || !hasCleanEnd(part)) throw new SyntaxError();
  return target;
}

function decodedLength(part: string): number {
  return (part.length * 3) >> 2;
}

function fromBinary(part: string, target: Uint8Array): { written: number } {
  if (/[+/]/.test(part)) throw new SyntaxError();
  const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  for (let at = 0; at < binary.length; at++) target[at] = binary.charCodeAt(at);
  return { written: binary.length };
}

/** The bits of the last letter that belong to no byte are zero, and no letter is left over. */
function hasCleanEnd(part: string): boolean {
  switch (part.length & 3) {
    case 0:
      return true;
    case 2:
      return "AQgw".includes(part.charAt(part.length - 1));
    case 3:
      return "AEIMQUYcgkosw048".includes(part.charAt(part.length - 1));
    default:
      return false;
  }
}

function isBase64url(part: string): boolean {
  try {
    decoded(part);
    return true;
  } catch {
    return false;
  }
}

function broken(why: string): StrongroomError {
  return new StrongroomError("ERR_JWT", `This is not a JWT that can be read: ${why}.`);
}
