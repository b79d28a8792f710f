// The clients of the FAPI 2.0 Security Profile, as far as they are public ones, and two modules of FAPI 1.0.
import assert from "node:assert/strict";
import { fapi2, idToken, isSignedIn, nowSeconds, signsIn, stranger } from "./proofs.mjs";

/** As in FAPI 2: requests are pushed, and the server announces `iss` in its answers. */
const announcing = (script = {}) => ({
  metadata: { authorization_response_iss_parameter_supported: true },
  pushes: true,
  ...script,
});

export const fapi = [
  {
    module: fapi2("discovery-issuer-mismatch"),
    checks: "the metadata names another `issuer`, by one `/`",
    rule: "8414-3",
    script: { metadata: (document) => ({ ...document, issuer: `${document.issuer}/` }) },
    rejects: ["signIn", "ERR_METADATA", "issuer"],
  },
  {
    module: fapi2("token-type-case-insensitivity"),
    checks: "`token_type` in inverted case",
    rule: "6749-13",
    script: announcing({ token: { token_type: "bEARER" } }),
    accepts: signsIn,
  },
  {
    module: fapi2("token-endpoint-response-without-expires_in"),
    checks: "no `expires_in`",
    rule: "6749-13",
    script: announcing({ token: { expires_in: undefined } }),
    accepts: [
      "signs in; the expiry is unknown",
      async (scene) => {
        await isSignedIn(scene);
        assert.equal((await scene.session()).expiresAt, null);
      },
    ],
  },
  {
    module: fapi2("invalid-authorization-response-iss"),
    checks: "another `iss` in the callback",
    rule: "9207-1",
    script: announcing({ callback: { iss: stranger } }),
    rejects: ["callback", "ERR_CALLBACK", "iss"],
  },
  {
    module: fapi2("remove-authorization-response-iss"),
    checks: "no `iss` in the callback, although announced",
    rule: "9207-2",
    script: announcing({ callback: { iss: undefined } }),
    rejects: ["callback", "ERR_CALLBACK", "iss"],
  },
  {
    module: fapi2("ensure-authorization-response-with-invalid-state-fails"),
    checks: "another `state`",
    rule: "6749-8",
    script: announcing({ callback: { state: "A".repeat(43) } }),
    rejects: ["callback", "ERR_CALLBACK", "state"],
  },
  {
    module: fapi2("ensure-authorization-response-with-invalid-missing-state-fails"),
    checks: "no `state`",
    rule: "6749-8",
    script: announcing({ callback: { state: undefined } }),
    rejects: ["callback", "ERR_CALLBACK", "state"],
  },
  {
    module: fapi2("invalid-iss"),
    checks: "another `iss` in the ID token",
    rule: "OIDC-3",
    script: announcing(idToken({ iss: stranger })),
    rejects: ["token", "ERR_ID_TOKEN", "iss"],
  },
  {
    module: fapi2("invalid-missing-iss"),
    checks: "no `iss` in the ID token",
    rule: "OIDC-9",
    script: announcing(idToken({ iss: undefined })),
    rejects: ["token", "ERR_ID_TOKEN", "iss"],
  },
  {
    module: fapi2("invalid-aud"),
    checks: "another `aud`",
    rule: "OIDC-4",
    script: announcing(idToken({ aud: "stranger" })),
    rejects: ["token", "ERR_ID_TOKEN", "aud"],
  },
  {
    module: fapi2("invalid-missing-aud"),
    checks: "no `aud`",
    rule: "OIDC-9",
    script: announcing(idToken({ aud: undefined })),
    rejects: ["token", "ERR_ID_TOKEN", "aud"],
  },
  {
    module: fapi2("invalid-secondary-aud"),
    checks: "a stranger beside us in `aud`, no `azp`",
    rule: "OIDC-5",
    script: announcing(idToken((claims) => ({ ...claims, aud: [claims.aud, "stranger"] }))),
    rejects: ["token", "ERR_ID_TOKEN", "aud"],
  },
  {
    module: fapi2("valid-aud-as-array"),
    checks: "`aud` is an array of us alone",
    rule: "OIDC-4",
    script: announcing(idToken((claims) => ({ ...claims, aud: [claims.aud] }))),
    accepts: signsIn,
  },
  {
    module: fapi2("invalid-expired-exp"),
    checks: "`exp` more than five minutes ago",
    rule: "OIDC-8",
    script: announcing(
      idToken((claims) => ({ ...claims, iat: nowSeconds() - 960, exp: nowSeconds() - 360 })),
    ),
    rejects: ["token", "ERR_ID_TOKEN", "exp"],
  },
  {
    module: fapi2("invalid-missing-exp"),
    checks: "no `exp`",
    rule: "OIDC-9",
    script: announcing(idToken({ exp: undefined })),
    rejects: ["token", "ERR_ID_TOKEN", "exp"],
  },
  {
    module: fapi2("invalid-nonce"),
    checks: "another `nonce`",
    rule: "OIDC-2",
    script: announcing(idToken({ nonce: "A".repeat(43) })),
    rejects: ["token", "ERR_ID_TOKEN", "nonce"],
  },
  {
    module: fapi2("invalid-missing-nonce"),
    checks: "no `nonce`",
    rule: "OIDC-2",
    script: announcing(idToken({ nonce: undefined })),
    rejects: ["token", "ERR_ID_TOKEN", "nonce"],
  },
  {
    module: fapi2("invalid-null-alg"),
    checks: "`alg: none`",
    rule: "OIDC-7",
    script: announcing(idToken({}, { alg: "none" })),
    rejects: ["token", "ERR_ID_TOKEN", "alg"],
  },
  {
    module: "fapi2-security-profile-final-client-refresh-token-test",
    checks: "the API always answers 401: two refreshes, with rotation",
    rule: "6749-18",
    script: announcing({
      answers: { api: { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } } },
    }),
    accepts: [
      "renews after the 401, and again with the new refresh token",
      async (scene) => {
        assert.equal(await scene.call(), 401);
        await scene.page.run(() => app.client.refresh());
        const sent = scene.server.requests.map(({ form }) => form.refresh_token).filter(Boolean);
        assert.equal(new Set(sent).size, 2);
        assert.equal((await scene.session()).status, "signed-in");
      },
    ],
  },
  {
    module: "fapi1-advanced-final-client-test-no-scope-in-token-endpoint-response",
    checks: "neither `scope` nor `expires_in`",
    rule: "6749-7",
    script: { token: { scope: undefined, expires_in: undefined } },
    accepts: [
      "signs in; the scope is what was asked for",
      async (scene) => {
        await isSignedIn(scene);
        assert.equal((await scene.session()).scope, scene.app.options.provider.scope);
      },
    ],
  },
];
