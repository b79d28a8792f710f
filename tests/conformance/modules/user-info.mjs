// The client asks UserInfo itself.
import assert from "node:assert/strict";
import { subject } from "../authorization-server.mjs";
import { signed, withBadSignature } from "../id-tokens.mjs";
import { stranger } from "./proofs.mjs";

const options = { provider: { userInfo: true }, isFull: true };
const claims = { sub: subject, name: "Ada Lovelace" };
const isSigned = await signed(claims);

/** The server answers with a JWT. */
const answers = (body) => ({ answers: { userinfo: { type: "application/jwt", body } } });

/** Nothing of the answer is used, and the session is as it was. `because`: the words, where `says` alone is in others too. */
const refuses = (says, because = says) => [
  `signs in; \`userInfo()\` rejects with \`ERR_USER_INFO\` naming \`${says}\`, and the session goes on`,
  async (scene) => {
    const before = await scene.session();
    const rejection = await scene.refusal(() => scene.page.run(() => app.client.userInfo()));
    assert.equal(rejection.code, "ERR_USER_INFO");
    assert.match(rejection.message, new RegExp(`\\b${because}\\b`));
    assert.deepEqual(await scene.session(), before);
    assert.equal(await scene.call(), 200);
  },
];

export const userInfo = [
  {
    module: "oidcc-client-test-userinfo-invalid-sub",
    checks: "the `sub` of UserInfo is not the ID token's",
    rule: "OIDC-15",
    everywhere: true,
    options,
    script: { userinfo: { sub: "another" } },
    accepts: refuses("sub"),
  },
  {
    module: "oidcc-client-test-userinfo-signed",
    checks: "UserInfo as a JWT, signed with RS256",
    rule: "OIDC-15",
    everywhere: true,
    options,
    script: answers(isSigned),
    accepts: [
      "signs in, and gives the claims",
      async ({ page }) => assert.deepEqual(await page.run(() => app.client.userInfo()), claims),
    ],
  },
  ...[
    ["a bit of its signature turned", "signature", withBadSignature(isSigned)],
    ["another issuer's", "iss", await signed({ ...claims, iss: stranger })],
    ["another client's", "aud", await signed({ ...claims, aud: "stranger" })],
    ["unsigned", "alg", await signed(claims, { alg: "none" }), "alg is not an allowed"],
  ].map(([checks, says, body, because]) => ({
    module: `own: UserInfo as a JWT, ${checks}`,
    checks,
    rule: "OIDC-15",
    options,
    script: answers(body),
    accepts: refuses(says, because),
  })),
];
