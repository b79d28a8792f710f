// OpenID Connect Discovery, and the keys that it leads to.
import assert from "node:assert/strict";
import { stranger } from "./proofs.mjs";

export const discovery = [
  {
    module: "oidcc-client-test-discovery-openid-config",
    checks: "endpoints are taken from the metadata",
    rule: "DISC-1",
    accepts: [
      "asks the well-known place, uses its endpoints",
      (scene) => {
        const seen = scene.server.requests.map(({ endpoint }) => endpoint);
        assert.ok(
          seen.indexOf("metadata") !== -1 && seen.indexOf("metadata") < seen.indexOf("authorization"),
        );
        assert.equal(scene.server.requests[0].path, "/.well-known/openid-configuration");
      },
    ],
  },
  {
    module: "oidcc-client-test-discovery-issuer-mismatch",
    checks: "the metadata names another `issuer`",
    rule: "8414-3",
    script: { metadata: { issuer: stranger } },
    rejects: ["signIn", "ERR_METADATA", "issuer"],
  },
];
