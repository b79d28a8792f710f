// RP-Initiated Logout: out to the server's end session endpoint, and back.
import assert from "node:assert/strict";
import { isSignedIn } from "./proofs.mjs";

const options = { provider: { idTokenHint: true }, postLogout: "/goodbye" };

/** Goes out and comes back; what the client makes of it. */
async function goesOut(scene) {
  await isSignedIn(scene);
  return scene.signOut();
}

/** The session is over, whatever the way back looks like, and nothing follows. */
async function isOver(scene) {
  const { status, reason, claims } = await scene.session();
  assert.deepEqual([status, claims], ["signed-out", null]);
  assert.ok(reason === "sign-out" || reason === null);
  await scene.isSilent();
}

export const logout = [
  {
    module: "oidcc-client-test-rp-init-logout",
    checks: "the end session request, and the way back",
    rule: "RPI-1",
    options,
    accepts: [
      "posts `id_token_hint`, `client_id`, `state`; knows its `state` again",
      async (scene) => {
        const result = await goesOut(scene);
        assert.deepEqual(result, { returnTo: "/goodbye", signedOut: true });
        const { method, path, form } = scene.server.requests.find(
          ({ endpoint }) => endpoint === "end_session",
        );
        assert.deepEqual([method, path, form.client_id], ["POST", "/end-session", "spa"]);
        assert.ok(scene.server.secrets.has(form.id_token_hint), "the hint is the ID token");
        assert.equal(new URL(await scene.page.url()).search, "");
        await isOver(scene);
      },
    ],
  },
  ...[
    ["other-state", "another `state`", "out-".padEnd(47, "A")],
    ["no-state", "no `state`", undefined],
  ].map(([name, checks, state]) => ({
    module: `oidcc-client-test-rp-init-logout-${name}`,
    checks: `the way back has ${checks}`,
    rule: "RPI-2",
    options,
    script: { afterLogout: { state } },
    accepts: [
      "takes it for nobody's; signed out all the same",
      async (scene) => {
        assert.equal(await goesOut(scene), null);
        await isOver(scene);
      },
    ],
  })),
];
