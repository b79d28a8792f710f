// decodeJwt against the shared vectors (JWT-1 … JWT-12), with and without the platform's own base64url decoder.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

const vectors = JSON.parse(readFileSync(new URL("../vectors/jwt.json", import.meta.url), "utf8"));

const { decodeJwt, StrongroomError } = await import("../../pkg/index.js");

/** As the platform's own: white space is skipped, padding may be there, and loose last bits too. */
function setFromBase64(text, { alphabet }) {
  const letters = text.replace(/[\t\n\f\r ]/g, "").replace(/={1,2}$/, "");
  if (alphabet !== "base64url" || !/^[\w-]*$/.test(letters) || letters.length % 4 === 1)
    throw new SyntaxError();
  const bytes = Buffer.from(letters, "base64url");
  this.set(bytes.subarray(0, this.length));
  return { read: text.length, written: Math.min(bytes.length, this.length) };
}

/** Runs with this decoder, or none, on the platform. */
function decodeWith(decoder, token) {
  const own = Object.getOwnPropertyDescriptor(Uint8Array.prototype, "setFromBase64");
  delete Uint8Array.prototype.setFromBase64;
  if (decoder !== undefined) {
    Object.defineProperty(Uint8Array.prototype, "setFromBase64", { value: decoder, configurable: true });
  }
  try {
    return decodeJwt(token);
  } finally {
    delete Uint8Array.prototype.setFromBase64;
    if (own !== undefined) Object.defineProperty(Uint8Array.prototype, "setFromBase64", own);
  }
}

for (const [name, decoder] of [
  ["the platform's base64url decoder", setFromBase64],
  ["a decoder of our own", undefined],
]) {
  describe(`with ${name}`, () => {
    for (const vector of vectors) {
      test(`${vector.id}: ${vector.name}`, () => {
        if (vector.decodeJwt === "ok") {
          const claims = decodeWith(decoder, vector.token);
          if ("claims" in vector) assert.deepEqual(claims, vector.claims);
          return;
        }
        assert.equal(vector.decodeJwt, "error");
        assert.throws(
          () => decodeWith(decoder, vector.token),
          (error) => {
            assert.ok(error instanceof StrongroomError, `${error}`);
            assert.equal(error.code, "ERR_JWT");
            assert.equal(error.name, "StrongroomError");
            // Nothing of the token is in the message; a part of a few letters could be there by chance.
            for (const part of vector.token.split(".").filter(({ length }) => length > 8)) {
              assert.ok(!`${error.message}${error.stack}`.includes(part), "the message shows the token");
            }
            return true;
          },
        );
      });
    }

    test("what is not a string is refused in the same way", () => {
      for (const value of [undefined, null, 7, {}, ["a.b.c"], Symbol("a")]) {
        assert.throws(() => decodeWith(decoder, value), { code: "ERR_JWT" });
      }
    });
  });
}

test("the platform's decoder is used where it is, and ours where it is not", () => {
  let calls = 0;
  const counting = function (...given) {
    calls += 1;
    return setFromBase64.apply(this, given);
  };
  const { token } = vectors.find(({ decodeJwt }) => decodeJwt === "ok");
  decodeWith(counting, token);
  const used = calls;
  decodeWith(undefined, token);
  assert.ok(used >= 1 && calls === used, `${used} of ${calls} calls`);
});
