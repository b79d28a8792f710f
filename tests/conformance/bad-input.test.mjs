// Answers that no server should give, while somebody is signed in: a typed error says what was wrong, no token is in it,
// and the session that was there before goes on as if nothing had happened.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { brokenIdTokens, brokenKeys, brokenMetadata, garbageAmongKeys, hostileErrors } from "./bad-input.mjs";
import { startStage } from "./stage.mjs";

let stage;
before(async () => {
  stage = await startStage("chromium");
});
after(() => stage?.close());

/** Somebody is signed in, and the API has seen the token; what the server says from now on is bent. */
async function known(scene) {
  assert.equal(await scene.call(), 200);
  const token = () =>
    scene.server.requests.findLast(({ endpoint }) => endpoint === "api").headers.authorization;
  return { scene, token, first: token() };
}

async function signedIn() {
  const scene = await stage.begin();
  await scene.signIn();
  return known(scene);
}

/** A session whose vault has asked the server for nothing yet. */
async function broughtAlong(scene) {
  await scene.page.open("/");
  const tokens = await scene.server.tokens();
  await scene.page.run((tokens) => app.client.setTokens(tokens), tokens);
  return known(scene);
}

async function isUntouched({ scene, token, first }) {
  const { status, claims } = await scene.session();
  assert.deepEqual([status, claims?.sub], ["signed-in", "ada"]);
  assert.equal(await scene.call(), 200);
  assert.equal(token(), first, "the API sees the token of the session before");
}

const wrong = [];

/** All that differ are told at once: a table is read as a whole. */
function judge(name, { code, isStrongroomError, message }, wanted, says) {
  if (code !== wanted || !isStrongroomError || !message.includes(says)) wrong.push([name, code, message]);
}
beforeEach(() => wrong.splice(0));

test("bad metadata: each is named, and the session stays", async () => {
  for (const [name, script, code, says] of brokenMetadata) {
    // A vault keeps good metadata; this one has none, and a session that the application brought along.
    const scene = await stage.begin(script);
    await broughtAlong(scene);
    const rejection = await scene.refusal(() => scene.page.run(() => app.client.signIn()));
    judge(name, rejection, code, says);
    assert.equal((await scene.session()).status, "signed-in", name);
    assert.equal(await scene.call(), 200, name);
    const seen = new Set(scene.server.requests.map(({ endpoint }) => endpoint));
    assert.deepEqual([...seen].sort(), ["api", "metadata"], `${name}: nothing else was asked`);
  }
  assert.deepEqual(wrong, []);
});

test("bad keys: no sign-in, and the session stays", async () => {
  for (const [name, script, code] of brokenKeys) {
    const scene = await stage.begin(script);
    const before = await broughtAlong(scene);
    judge(name, await scene.refusal(() => scene.signIn()), code, "");
    assert.equal((await scene.session()).status, "signed-in", name);
    assert.equal(await scene.call(), 200, name);
    assert.equal(before.token(), before.first, name);
  }
  assert.deepEqual(wrong, []);
});

test("garbage among good keys is passed over (JWK-2)", async () => {
  const scene = await stage.begin(garbageAmongKeys);
  await scene.signIn();
  assert.equal(await scene.call(), 200);
});

test("broken ID tokens: each is named, and the session stays", async () => {
  const before = await signedIn();
  const { scene } = before;
  for (const [name, script, says, code = "ERR_ID_TOKEN"] of brokenIdTokens) {
    scene.server.script = script;
    const rejection = await scene.refusal(() => scene.signIn());
    judge(name, rejection, code, says);
    await isUntouched(before);
  }
  assert.deepEqual(wrong, []);
  // The control: the next honest answer is taken.
  scene.server.script = {};
  await scene.signIn();
  assert.equal(await scene.call(), 200);
  assert.notEqual(before.token(), before.first);
});

test("hostile errors: none is rendered, followed or repeated", async () => {
  const before = await signedIn();
  const { scene } = before;
  const others = () => scene.server.requests.filter(({ endpoint }) => endpoint === "other").length;
  for (const [name, callback, error] of hostileErrors(scene.server.issuer)) {
    scene.server.script = { callback: { code: undefined, ...callback } };
    const rejection = await scene.refusal(() => scene.signIn());
    assert.deepEqual([rejection.code, rejection.error], ["ERR_AUTHORIZATION", error], name);
    const text = JSON.stringify(rejection);
    for (const hostile of ["hostile", "<", "javascript:", scene.server.issuer]) {
      assert.ok(!text.includes(hostile), `${name}: ${hostile} is repeated`);
    }
    const seen = await scene.page.run(() => [
      document.documentElement.innerHTML.includes("hostile"),
      window.hostile ?? null,
      location.href,
    ]);
    assert.deepEqual(seen, [false, null, `${scene.app.url}/callback`], name);
    await isUntouched(before);
  }
  assert.equal(others(), 0, "somebody followed an address of the answer");
  // The control: what follows the address is seen.
  await scene.page.run((url) => fetch(url).then(({ status }) => status), `${scene.server.issuer}/hostile`);
  assert.equal(others(), 1);
});
