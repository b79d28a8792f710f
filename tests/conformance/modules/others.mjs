// The modules that are not reproduced, and why. `…` stands for the prefix of the plan.

/** Each `[modules, reason]`: no public browser client with the code flow can be asked for it, or must do it. */
export const notApplicable = [
  [
    ["oidcc-client-test-userinfo-bearer-body"],
    "the token goes in the header only (RFC 6750 §2.2 is a SHOULD NOT)",
  ],
  [
    ["oidcc-client-test-nonce-unless-code-flow"],
    "front-channel response types; the code flow's nonce is always sent",
  ],
  [
    ["oidcc-client-test-invalid-athash", "oidcc-client-test-missing-athash"],
    "front-channel tokens; `at_hash` in the code flow has rows of our own",
  ],
  [["oidcc-client-test-invalid-chash", "oidcc-client-test-missing-chash"], "hybrid flow"],
  [["oidcc-client-test-form-post-error"], "`form_post` needs a server"],
  [["oidcc-client-test-client-secret-basic"], "a browser keeps no secret"],
  [
    ["oidcc-client-test-request-uri-signed-none", "oidcc-client-test-request-uri-signed-rs256"],
    "request objects: a public client has no registered key",
  ],
  [
    ["oidcc-client-test-aggregated-claims", "oidcc-client-test-distributed-claims"],
    "claim sources are not followed: no token goes to an endpoint that is not configured",
  ],
  [["oidcc-client-test-mtls-endpoint-aliases"], "a browser's script has no client certificate"],
  [
    ["oidcc-client-test-3rd-party-init-login"],
    "a page of the application calls `signIn()`; there is nothing to reproduce",
  ],
  [
    ["oidcc-client-test-discovery-webfinger-acct", "oidcc-client-test-discovery-webfinger-url"],
    "the issuer is configured, not guessed from an address",
  ],
  [["oidcc-client-test-dynamic-registration"], "the client is registered before it is built"],
  [
    ["oidcc-client-test-rp-frontchannel-rpinitlogout", "oidcc-client-test-rp-frontchannel-opinitlogout"],
    "the suite's iframe is a third party's, where browsers give it another shared worker than the session's; within one site `signOut({ frontChannel })` has tests of its own",
  ],
  [["oidcc-client-test-session-management"], "third-party cookies, which browsers block or partition"],
  [
    ["oidcc-client-test-rp-backchannel-rpinitlogout, and seven variants"],
    "back-channel logout needs a server",
  ],
  [["fapi2-security-profile-final-client-test-ensure-jarm-…, eight"], "JARM is FAPI 2.0 Message Signing"],
  [["fapi2-security-profile-final-client-test-invalid-openbanking-intent-id"], "one ecosystem's"],
  [["fapi2-security-profile-final-client-test-brazildcr-happypath-test"], "one ecosystem's"],
  [["fapi2-security-profile-id2-client-test-…, 33"], "the same modules for an earlier draft"],
  [
    ["fapi1-advanced-final-client-test-…, the other 27"],
    "confidential clients, or the same check as a row above",
  ],
  [["openid-federation-client-…, ten"], "OpenID Federation"],
];

/** Each `[modules, what is missing]`. */
export const notYet = [];
