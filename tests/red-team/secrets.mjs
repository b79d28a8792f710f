// The secrets of a run, and how they are looked for: never as text in a message, only by kind and count.
//
//   const finder = new Finder([{ kind: "access_token", value }, …]);
//   finder.find(text)     { access_token: 3 }, or {} where there is none

const windowLength = 16;
/** The least that could be a piece of a secret: a run of base64 characters of either alphabet. */
const runs = /[A-Za-z0-9_+/-]{16,}/g;
const escapes = /\\u00([0-9a-f]{2})/gi;

/**
 * Finds each secret by every window of 16 characters of its parts, so that a half, a slice or a segment is found as
 * well; also backwards, in base64, and escaped as \u00XX. Strings of two bytes a character come decoded from a snapshot.
 */
export class Finder {
  #kinds = new Map();

  /** @param {{kind: string, value: string}[]} secrets */
  constructor(secrets) {
    for (const { kind, value } of secrets) {
      for (const part of secretParts(value)) for (const form of formsOf(part)) this.#add(kind, form);
    }
  }

  #add(kind, text) {
    for (let start = 0; start + windowLength <= text.length; start += 1) {
      this.#kinds.set(text.slice(start, start + windowLength), kind);
    }
  }

  /** How many runs of characters hold a piece of a secret, by its kind. */
  find(text) {
    const counts = {};
    this.#count(text, counts);
    if (text.includes("\\u00")) {
      const plain = text.replace(escapes, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
      this.#count(plain, counts);
    }
    return counts;
  }

  /** The same over many texts. */
  findIn(texts) {
    const counts = {};
    for (const text of texts) {
      for (const [kind, count] of Object.entries(this.find(text))) counts[kind] = (counts[kind] ?? 0) + count;
    }
    return counts;
  }

  #count(text, counts) {
    for (const [run] of text.matchAll(runs)) {
      for (let start = 0; start + windowLength <= run.length; start += 1) {
        const kind = this.#kinds.get(run.slice(start, start + windowLength));
        if (kind === undefined) continue;
        counts[kind] = (counts[kind] ?? 0) + 1;
        break;
      }
    }
  }
}

/** A JWT's payload and signature; its header is the same for all and no secret. Another secret is its own only part. */
function secretParts(value) {
  const segments = value.split(".");
  return segments.length === 3 ? segments.slice(1) : [value];
}

function formsOf(text) {
  const encoded = [0, 1, 2].map((pad) => {
    // The characters that do not depend on what stands before and after.
    const base64 = Buffer.from("x".repeat(pad) + text)
      .toString("base64")
      .replaceAll("=", "");
    return base64.slice(4, -4);
  });
  const reversed = [...text].reverse().join("");
  return [
    text,
    reversed,
    ...encoded,
    ...encoded.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

/** The `code_verifier`s and `code`s that a token endpoint was sent, by what a wire has recorded. */
export function transientSecrets(requests) {
  const secrets = [];
  for (const { path, body } of requests) {
    if (!path.startsWith("/token")) continue;
    const form = new URLSearchParams(body);
    for (const kind of ["code_verifier", "code"]) {
      if (form.has(kind)) secrets.push({ kind, value: form.get(kind) });
    }
  }
  return secrets;
}
