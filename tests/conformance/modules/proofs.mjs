// What a client that accepts must be seen to do, and what several tables of modules need.
import assert from "node:assert/strict";
import { subject } from "../authorization-server.mjs";

export const stranger = "https://stranger.example";

export const fapi2 = (name) => `fapi2-security-profile-final-client-test-${name}`;

export const nowSeconds = () => Math.floor(Date.now() / 1_000);

/** A script for the ID token: a bend of the claims, and how it is signed. */
export const idToken = (claims, how) => ({ idToken: { claims, ...how } });

/** What every accepting module ends with: the session is there, and the token goes to the API in the header alone. */
export async function isSignedIn(scene) {
  const { status, claims } = await scene.session();
  assert.deepEqual([status, claims.iss, claims.sub], ["signed-in", scene.server.issuer, subject]);
  assert.equal(await scene.call(`${scene.server.issuer}/userinfo`), 200);
  const { headers, path } = scene.server.requests.findLast(({ endpoint }) => endpoint === "userinfo");
  assert.match(headers.authorization, /^(Bearer|DPoP) [\w-]+$/);
  assert.equal(path, "/userinfo");
}

export const signsIn = ["signs in, calls UserInfo", isSignedIn];

/** A refresh, and the API's word that the new token is used. */
export async function renews(scene) {
  const { server } = scene;
  assert.equal(await scene.call(), 200);
  await scene.page.run(() => app.client.refresh());
  assert.equal(await scene.call(), 200);
  const used = server.requests.filter(({ endpoint }) => endpoint === "api");
  assert.equal(new Set(used.map(({ headers }) => headers.authorization)).size, 2);
  const { form } = server.requests.findLast(({ endpoint }) => endpoint === "token");
  assert.equal(form.grant_type, "refresh_token");
}
