// The Relying Party modules of the OpenID conformance suite (commit 12f2a4dac), each reproduced, or listed with the
// reason why not. docs/conformance.md is made from this.
//
// A row   { module, checks, rule, script, options, everywhere, and one verdict }
//   rejects: [where, code, says]   `where`: at signIn (discovery), callback, token or refresh, which is how far the client
//                                  may go; `says`: what the message must name
//   accepts: [what, proof(scene)]  signed in, and then `proof` holds
// `script` is authorization-server.mjs's, `options` are the scene's. `everywhere`: in all three browsers, not in Chromium
// alone. A module of our own, which the suite has not, begins with "own: ".
import { core } from "./core.mjs";
import { discovery } from "./discovery.mjs";
import { dpop } from "./dpop.mjs";
import { fapi } from "./fapi.mjs";
import { keys } from "./keys.mjs";
import { logout } from "./logout.mjs";
import { userInfo } from "./user-info.mjs";

export { notApplicable, notYet } from "./others.mjs";

export const plans = [
  ["OpenID Connect Core", [...core, ...userInfo]],
  ["Discovery and keys", [...discovery, ...keys]],
  ["Logout", logout],
  ["FAPI 2.0 Security Profile, and FAPI 1.0 Advanced", [...fapi, ...dpop]],
];

export const modules = plans.flatMap(([, rows]) => rows);
