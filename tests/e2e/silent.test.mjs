// Signing in without a question: a frame that nobody sees asks the authorization server whether it knows the user.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { startVisitor } from "./app/visitor.mjs";

/** What an authorization server of the application's own origin answers, and how often it was asked. */
const hostile = { answer: undefined, asked: 0 };
const serve = (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://app.invalid");
  if (pathname !== "/hostile") return false;
  hostile.asked += 1;
  hostile.answer(searchParams, response);
  return true;
};
const comesBackWith = (change) => (query, response) => {
  const callback = new URL(query.get("redirect_uri"));
  callback.search = new URLSearchParams({ state: query.get("state"), ...change });
  response.writeHead(302, { location: callback.href }).end();
};

inEachHome((place) => {
  let visitor;
  let page;
  let provider;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation, serve });
    ({ page } = visitor);
    ({ provider } = visitor.world.app.options);
  });
  after(() => visitor?.close());
  beforeEach(async () => {
    delete provider.endpoints;
    await visitor.reset();
  });

  const silently = (options) => page.run((given) => app.client.signIn({ ...given, mode: "silent" }), options);
  const frames = () => page.run(() => document.querySelectorAll("iframe").length);
  /** What completeSignIn() said in the frame. */
  const inFrame = () => page.run(() => app.completedInFrame ?? null);
  const status = async () => (await visitor.session()).status;

  test("whom the server knows is signed in, with nothing stored and no frame left", async () => {
    await page.signIn();
    await page.run(() => app.client.signOut());
    await page.open("/orders?page=2");
    assert.deepEqual(await silently(), { signedIn: true, error: null });
    const session = await visitor.session();
    assert.deepEqual([session.status, session.claims.sub], ["signed-in", "ada"]);
    assert.deepEqual(await visitor.calls("/orders", 1), [200]);
    assert.deepEqual([await frames(), await inFrame()], [0, null], "it hands over and does not settle there");
    assert.equal(await page.url(), `${visitor.world.app.url}/orders?page=2`);
    const stored = () => [Object.keys(localStorage), Object.keys(sessionStorage)];
    assert.deepEqual(await page.run(stored), [[], []]);
  });

  test("that the user has to be asked is an answer, and leaves a session alone (OIDC-13)", async () => {
    visitor.control.revokeSession();
    await page.open("/orders");
    const notKnown = { signedIn: false, error: "login_required" };
    const cost = await visitor.tokenRequestsOf(async () => {
      assert.deepEqual(await silently(), notKnown);
    });
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
    assert.deepEqual([await status(), await frames()], ["signed-out", 0]);
    await page.signIn();
    // Even whom the server knows it would have to ask for this.
    assert.deepEqual(await silently({ acrValues: "urn:strongroom:strong" }), notKnown);
    assert.deepEqual([await status(), await frames()], ["signed-in", 0]);
  });

  /** Signs in at a server that answers so; `isDone` says when the page's patience may end. Gives the rejection. */
  const refusedBy = async (answer, isDone) => {
    hostile.answer = answer;
    hostile.asked = 0;
    const issued = `${provider.issuer}/token`;
    // The frame's page has the same options: a shared vault would refuse others.
    provider.endpoints = { authorization: `${visitor.world.app.url}/hostile`, token: issued };
    await page.open("/orders");
    let rejection;
    const cost = await visitor.tokenRequestsOf(async () => {
      await page.run(() => {
        const { setTimeout } = globalThis;
        globalThis.setTimeout = (callback, ms, ...given) => {
          if (ms !== 10_000) return setTimeout(callback, ms, ...given);
          app.endPatience = callback;
        };
        app.client.signIn({ mode: "silent" }).then(
          (value) => {
            app.settled = { value };
          },
          (error) => {
            app.settled = app.describe(error);
          },
        );
      });
      if (isDone) {
        await until(isDone, "the frame to be refused");
        await page.run(() => app.endPatience());
      }
      rejection = await until(() => page.run(() => app.settled), "signIn() to settle");
    });
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
    assert.deepEqual([await status(), await frames()], ["signed-out", 0]);
    return rejection;
  };
  test("any other refusal rejects, and hostile text comes no further", async () => {
    const text = "<img src=x onerror=alert(1)>";
    for (const [error, told] of [
      ["access_denied", "access_denied"],
      [text, "unknown_error"],
    ]) {
      const rejection = await refusedBy(comesBackWith({ error, error_description: text }));
      assert.deepEqual([rejection.code, rejection.error], ["ERR_AUTHORIZATION", told]);
      assert.ok(!JSON.stringify(rejection).includes("onerror"));
    }
  });

  test("an answer of another issuer is refused without a token request (9207)", async () => {
    const answer = comesBackWith({ code: "stolen", iss: "https://evil.example" });
    assert.equal((await refusedBy(answer)).code, "ERR_CALLBACK");
  });

  test("an answer to nobody's question is refused in the frame, and the page's patience ends", async () => {
    const forged = comesBackWith({ code: "forged", state: "forged" });
    const rejection = await refusedBy(forged, async () => (await inFrame())?.error.code === "ERR_CALLBACK");
    assert.equal(rejection.code, "ERR_TIMEOUT");
  });

  test("a server that lets no frame show it is waited for no longer than ten seconds", async () => {
    const answer = (_query, response) => response.writeHead(200, { "x-frame-options": "DENY" }).end("no");
    assert.equal((await refusedBy(answer, () => hostile.asked > 0)).code, "ERR_TIMEOUT");
  });
});
