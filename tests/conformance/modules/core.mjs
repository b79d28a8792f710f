// OpenID Connect Core: `oidcc-client-test-…`.
import assert from "node:assert/strict";
import { atHash, subject } from "../authorization-server.mjs";
import { idToken, renews, signsIn, stranger } from "./proofs.mjs";

export const core = [
  {
    module: "oidcc-client-test",
    checks: "authorization, token, UserInfo",
    everywhere: true,
    accepts: signsIn,
  },
  { module: "oidcc-client-test-idtoken-sig-rs256", checks: "RS256", everywhere: true, accepts: signsIn },
  {
    module: "oidcc-client-test-idtoken-sig-none",
    checks: "`alg: none`",
    rule: "OIDC-7",
    everywhere: true,
    script: idToken({}, { alg: "none" }),
    rejects: ["token", "ERR_ID_TOKEN", "alg"],
  },
  {
    module: "oidcc-client-test-invalid-iss",
    checks: "another `iss`",
    rule: "OIDC-3",
    script: idToken({ iss: stranger }),
    rejects: ["token", "ERR_ID_TOKEN", "iss"],
  },
  {
    module: "oidcc-client-test-invalid-aud",
    checks: "another `aud`",
    rule: "OIDC-4",
    script: idToken({ aud: "stranger" }),
    rejects: ["token", "ERR_ID_TOKEN", "aud"],
  },
  {
    module: "oidcc-client-test-missing-aud",
    checks: "no `aud`",
    rule: "OIDC-9",
    script: idToken({ aud: undefined }),
    rejects: ["token", "ERR_ID_TOKEN", "aud"],
  },
  {
    module: "oidcc-client-test-missing-sub",
    checks: "no `sub`",
    rule: "OIDC-9",
    script: idToken({ sub: undefined }),
    rejects: ["token", "ERR_ID_TOKEN", "sub"],
  },
  {
    module: "oidcc-client-test-missing-iat",
    checks: "no `iat`",
    rule: "OIDC-9",
    script: idToken({ iat: undefined }),
    rejects: ["token", "ERR_ID_TOKEN", "iat"],
  },
  {
    module: "oidcc-client-test-nonce-invalid",
    checks: "another `nonce`",
    rule: "OIDC-2",
    script: idToken({ nonce: "A".repeat(43) }),
    rejects: ["token", "ERR_ID_TOKEN", "nonce"],
  },
  {
    module: "oidcc-client-test-kid-absent-single-jwks",
    checks: "no `kid`, one key",
    rule: "JWK-3",
    everywhere: true,
    script: idToken({}, { header: { kid: undefined } }),
    accepts: signsIn,
  },
  {
    module: "oidcc-client-test-invalid-sig-hs256",
    checks: "HS256: a public client has no secret",
    rule: "OIDC-7",
    everywhere: true,
    script: idToken({}, { alg: "HS256", secret: "spa" }),
    rejects: ["token", "ERR_ID_TOKEN", "alg"],
  },
  {
    module: "oidcc-client-test-scope-userinfo-claims",
    checks: "`profile`, `email`, `address`, `phone`",
    rule: "6749-20",
    options: { provider: { scope: "openid profile email address phone" } },
    accepts: [
      "asks for the scope, reads the claims from UserInfo",
      async (scene) => {
        const { path } = scene.server.requests.find(({ endpoint }) => endpoint === "authorization");
        const scope = new URL(path, scene.server.issuer).searchParams.get("scope");
        assert.equal(scope, "openid profile email address phone");
        const claims = await scene.page.run(
          async (url) => (await app.client.fetch(url)).json(),
          `${scene.server.issuer}/userinfo`,
        );
        assert.deepEqual([claims.sub, claims.email], [subject, "ada@strongroom.example"]);
      },
    ],
  },
  {
    module: "oidcc-client-test-userinfo-bearer-header",
    checks: "the token in the header",
    rule: "6750-2",
    accepts: signsIn,
  },
  {
    module: "oidcc-client-test-refresh-token",
    checks: "refresh, with an ID token in the answer, and use of the new token",
    rule: "OIDC-16",
    accepts: ["renews; the API sees the new token", renews],
  },
  {
    module: "oidcc-client-test-refresh-token-invalid-issuer",
    checks: "a refreshed ID token with another `iss`",
    rule: "OIDC-16",
    script: { refreshedIdToken: { claims: { iss: stranger } } },
    rejects: ["refresh", "ERR_SESSION_ENDED", ""],
  },
  {
    module: "oidcc-client-test-refresh-token-invalid-sub",
    checks: "a refreshed ID token with another `sub`",
    rule: "OIDC-17",
    script: { refreshedIdToken: { claims: { sub: "mallory" } } },
    rejects: ["refresh", "ERR_SESSION_ENDED", ""],
  },
  {
    module: "own: a right at_hash",
    checks: "what `…missing-athash` is not",
    rule: "OIDC-12",
    script: idToken((claims, _, accessToken) => ({ ...claims, at_hash: atHash(accessToken) })),
    accepts: signsIn,
  },
  {
    module: "own: an access token for an ID token",
    checks: "`typ: at+jwt`",
    rule: "8725-5",
    script: idToken({}, { header: { typ: "at+jwt" } }),
    rejects: ["token", "ERR_ID_TOKEN", "typ"],
  },
];
