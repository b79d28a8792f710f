// The FAPI 2.0 clients with sender-constrained tokens: every proof is checked by dpop-proofs.mjs.
import assert from "node:assert/strict";
import { fapi2, isSignedIn } from "./proofs.mjs";

const announcesIss = { authorization_response_iss_parameter_supported: true };
const fapi = (dpop) => ({ metadata: announcesIss, pushes: true, dpop });
const options = { provider: { dpop: "require" }, isFull: true };

/** PAR, code, token, API, UserInfo, and the same after a refresh; each proof is good. */
async function goesOn(scene) {
  await isSignedIn(scene);
  assert.equal(await scene.call(), 200);
  await scene.page.run(() => app.client.refresh());
  assert.equal(await scene.call(), 200);
  const renewals = scene.server.requests.filter(({ form }) => form.grant_type === "refresh_token");
  assert.equal(renewals.length, 1, "a demand for a nonce is no refusal of the token");
  const schemes = scene.server.requests
    .filter(({ endpoint }) => endpoint === "api")
    .map(({ headers }) => headers.authorization.split(" ")[0]);
  assert.deepEqual(new Set(schemes), new Set(["DPoP"]));
}

export const dpop = [
  {
    module: fapi2("happy-path"),
    checks: "PAR, and a DPoP nonce demanded at each endpoint",
    rule: "DPoP-12",
    options,
    script: fapi({ nonces: true }),
    accepts: ["signs in, calls, renews; each proof has the nonce that its origin gave last", goesOn],
  },
  {
    module: fapi2("happy-path-no-dpop-nonce"),
    checks: "no nonce is ever given",
    rule: "DPoP-16",
    options,
    script: fapi({}),
    accepts: ["signs in, calls, renews; no proof has a nonce", goesOn],
  },
  {
    module: fapi2("rs-dpop-auth-scheme-case-insensitivity"),
    checks: "the API's challenge has the scheme `dPoP`",
    rule: "DPoP-13",
    options,
    script: fapi({ nonces: true, scheme: "dPoP" }),
    accepts: ["sends the call again with the nonce", goesOn],
  },
  {
    module: "own: a Bearer answer where DPoP is required",
    checks: "`token_type: Bearer`",
    rule: "DPoP-8",
    options,
    script: { ...fapi({}), token: { token_type: "Bearer" } },
    rejects: ["token", "ERR_BAD_RESPONSE", "token_type"],
  },
];
