// The ID token's signature, and the keys that it is checked with.
import assert from "node:assert/strict";
import { atHash } from "../authorization-server.mjs";
import { keyOf, withBadSignature } from "../id-tokens.mjs";
import { idToken, isSignedIn, nowSeconds, signsIn } from "./proofs.mjs";

/** A JWK Set of these keys: `[algorithm, name]` each. */
const jwks =
  (...names) =>
  async () => ({ keys: await Promise.all(names.map(async (name) => (await keyOf(...name)).jwk)) });

const first = ["RS256", "first"];
const second = ["RS256", "second"];

/** The client asked for the keys so often. */
const asksForKeys = (scene, times) => assert.equal(scene.server.count("jwks"), times);

export const keys = [
  {
    module: "oidcc-client-test-invalid-sig-rs256",
    checks: "one bit of an RS256 signature is wrong",
    rule: "OIDC-6",
    everywhere: true,
    script: idToken({}, { mutate: withBadSignature }),
    rejects: ["token", "ERR_ID_TOKEN", "signature"],
  },
  {
    module: "oidcc-client-test-invalid-sig-es256",
    checks: "one bit of an ES256 signature is wrong",
    rule: "OIDC-6",
    everywhere: true,
    script: { jwks: jwks(["ES256"]), ...idToken({}, { alg: "ES256", mutate: withBadSignature }) },
    rejects: ["token", "ERR_ID_TOKEN", "signature"],
  },
  {
    module: "own: a right signature by ES256",
    checks: "what `…invalid-sig-es256` is not",
    rule: "OIDC-6",
    everywhere: true,
    script: { jwks: jwks(["ES256"]), ...idToken({}, { alg: "ES256" }) },
    accepts: signsIn,
  },
  {
    module: "oidcc-client-test-kid-absent-multiple-jwks",
    checks: "no `kid`, two keys that fit",
    rule: "JWK-3",
    script: { jwks: jwks(first, second), ...idToken({}, { header: { kid: undefined } }) },
    rejects: ["token", "ERR_ID_TOKEN", ""],
  },
  {
    module: "own: no kid, and one key of several fits",
    checks: "no `kid`, an RSA key and an EC key",
    rule: "JWK-3",
    script: { jwks: jwks(["ES256"], first), ...idToken({}, { header: { kid: undefined } }) },
    accepts: signsIn,
  },
  {
    module: "own: a key that nobody published",
    checks: "signed by another key of the same `kid`",
    rule: "8725-3",
    everywhere: true,
    script: idToken({}, { key: "second", header: { kid: "RS256-first" } }),
    rejects: ["token", "ERR_ID_TOKEN", "signature"],
  },
  {
    module: "own: a key in the token's own header",
    checks: "`jwk`, `jku` and `x5u` in the header",
    rule: "8725-4",
    script: {
      idToken: {
        key: "second",
        header: {
          kid: "RS256-first",
          jku: "https://stranger.example/jwks",
          x5u: "https://stranger.example/x5u",
        },
      },
    },
    rejects: ["token", "ERR_ID_TOKEN", "signature"],
  },
  {
    module: "oidcc-client-test-discovery-jwks-uri-keys",
    checks: "the keys are at `jwks_uri`",
    rule: "OIDC-19",
    accepts: [
      "asks `jwks_uri` once for many ID tokens",
      async (scene) => {
        await isSignedIn(scene);
        await scene.page.run(() => app.client.refresh());
        asksForKeys(scene, 1);
      },
    ],
  },
  {
    module: "oidcc-client-test-signing-key-rotation",
    checks: "another key at the second sign-in",
    rule: "OIDC-19",
    accepts: [
      "asks for the keys again, and takes the new one",
      async (scene) => {
        await isSignedIn(scene);
        scene.server.script = { jwks: jwks(second), idToken: { key: "second" } };
        await scene.signIn();
        await isSignedIn(scene);
        asksForKeys(scene, 2);
      },
    ],
  },
  {
    module: "oidcc-client-test-signing-key-rotation-just-before-signing",
    checks: "an unknown key in a refreshed ID token",
    rule: "OIDC-19",
    accepts: [
      "asks for the keys once more, and takes the new one",
      async (scene) => {
        await isSignedIn(scene);
        scene.server.script = { jwks: jwks(first, second), refreshedIdToken: { key: "second" } };
        await scene.page.run(() => app.client.refresh());
        await isSignedIn(scene);
        asksForKeys(scene, 2);
      },
    ],
  },
  {
    module: "fapi2-security-profile-final-client-test-invalid-alternate-alg",
    checks: "PS256 by the key that is published for RS256",
    rule: "8725-1",
    script: idToken({}, { alg: "PS256", keyAlg: "RS256" }),
    rejects: ["token", "ERR_ID_TOKEN", ""],
  },
  {
    module: "fapi1-advanced-final-client-test-iat-is-week-in-past",
    checks: "`iat` a week ago",
    rule: "OIDC-10",
    script: idToken((claims) => ({ ...claims, iat: nowSeconds() - 7 * 86_400 })),
    rejects: ["token", "ERR_ID_TOKEN", "iat"],
  },
  {
    module: "own: a wrong at_hash",
    checks: "what `…invalid-athash` checks, in the code flow",
    rule: "OIDC-12",
    script: idToken({ at_hash: atHash("another token") }),
    rejects: ["token", "ERR_ID_TOKEN", "at_hash"],
  },
];
