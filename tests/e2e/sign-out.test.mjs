// Signing out at a real authorization server too (RP-Initiated Logout 1.0), and the way back, in each browser.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { inSecondTab } from "./app/tabs.mjs";
import { startVisitor } from "./app/visitor.mjs";

/** Between the page and the server's `/token…`: what was revoked, and an answer that may be held back. */
const relay = { issuer: undefined, revoked: [], answer: Promise.resolve(), isHeld: false };
const serve = async (request, response) => {
  const [, path] = /^\/relay(\/token.*)$/.exec(request.url) ?? [];
  if (path === undefined) return false;
  let body = "";
  for await (const chunk of request) body += chunk;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(relay.issuer + path, { method: "POST", headers, body });
  const text = await answer.text();
  if (path === "/token") {
    relay.isHeld = true;
    await relay.answer;
  } else relay.revoked.push(new URLSearchParams(body).get("token"));
  response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  return true;
};

inEachHome((place) => {
  let visitor;
  let world;
  let page;
  let control;
  let session;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation, serve });
    ({ world, page, control, session } = visitor);
  });
  after(() => visitor?.close());
  beforeEach(() => visitor.reset());

  const leave = () =>
    page.run(() => {
      app.client.signOut({ redirect: true }).catch((error) => {
        app.signOutFailure = app.describe(error);
      });
    });

  /** What the page would post, which it then does not; its `submit` is the page's own to replace. */
  const posted = () =>
    page.run(async () => {
      HTMLFormElement.prototype.submit = function () {
        app.posted = Object.fromEntries(new FormData(this));
        app.posted.action = this.action;
      };
      app.client.signOut({ redirect: true });
      await app.until(() => app.posted);
      return { ...app.posted, formsLeft: document.forms.length };
    });

  test("ends the session there too, and the way back is known by its state (RPI-2, RPI-3)", async () => {
    await page.signIn();
    const { revocations } = control.stats();
    await leave();
    await until(() => page.find("#logout"), "the server's question");
    assert.equal(control.stats().revocations, revocations + 1);
    assert.equal(new URL(await page.url()).search, "", "nothing stands in the URL");
    await (await page.find("#logout")).click();
    await until(async () => (await page.url()).startsWith(`${world.app.url}/signed-out?`), "the way back");
    await page.ready();
    assert.match(new URL(await page.url()).search, /^\?state=out-[\w-]{43}$/);
    const back = await page.url();
    const results = await page.run(() =>
      Promise.all([app.client.completeSignIn(), app.client.completeSignIn()]),
    );
    assert.deepEqual(results, Array(2).fill({ returnTo: "/signed-out", signedOut: true }));
    assert.equal(await page.url(), `${world.app.url}/signed-out`);
    assert.equal((await session()).status, "signed-out");
    assert.deepEqual(await page.run(() => Object.keys(sessionStorage)), []);
    // The second time it is nobody's any more.
    await page.open(new URL(back).pathname + new URL(back).search);
    assert.equal(await page.run(() => app.client.completeSignIn()), null);
    // The server has forgotten the user.
    await page.leaveToSignIn();
    assert.ok(await page.isAtForm());
  });

  if (place.isolation === "shared") {
    test("the other tabs are signed out and stay where they are (RPI-3)", async () => {
      await page.signIn();
      await inSecondTab(page, async ({ inFirst, inSecond }) => {
        await page.open("/second");
        assert.equal((await session()).status, "signed-in");
        await inFirst(async () => {
          await leave();
          await until(() => page.find("#logout"), "the server's question");
        });
        await inSecond(async () => {
          const { status, reason } = await session();
          assert.deepEqual([status, reason], ["signed-out", "sign-out"]);
          assert.deepEqual(await page.eventsOf("signed-out"), [{ reason: "sign-out" }]);
          assert.equal((await visitor.calls("/orders", 1))[0].code, "ERR_NOT_SIGNED_IN");
          assert.equal(await page.url(), `${world.app.url}/second`);
        });
        await inFirst(async () => {
          await (await page.find("#logout")).click();
          await until(
            async () => (await page.url()).startsWith(`${world.app.url}/signed-out?`),
            "the way back",
          );
          await page.ready();
          const result = await page.run(() => app.client.completeSignIn());
          assert.deepEqual(result, { returnTo: "/signed-out", signedOut: true });
        });
      });
    });
  }

  test("tokens that come after the sign-out began are revoked before the page leaves (RPI-3)", async () => {
    const { issuer } = world.authorizationServer;
    const { provider, refresh } = world.app.options;
    const { url } = world.app;
    Object.assign(relay, { issuer, revoked: [], answer: Promise.resolve() });
    provider.endpoints = {
      authorization: `${issuer}/auth`,
      token: `${url}/relay/token`,
      revocation: `${url}/relay/token/revocation`,
      jwks: `${issuer}/jwks`,
      endSession: `${issuer}/session/end`,
    };
    world.app.options.refresh = { timeoutSeconds: 20 };
    let release;
    try {
      await page.signIn();
      const refreshTokens = () => {
        const all = control.issuedTokens().filter(({ kind }) => kind === "refresh_token");
        return all.map(({ value }) => value);
      };
      const [first] = refreshTokens().slice(-1);
      relay.isHeld = false;
      relay.answer = new Promise((resolve) => {
        release = resolve;
      });
      await page.run(() => {
        app.client.refresh().catch(() => {});
      });
      await until(() => relay.isHeld, "the renewal");
      const [late] = refreshTokens().slice(-1);
      assert.notEqual(late, first);
      await leave();
      await until(() => relay.revoked.length > 0, "the revocation");
      assert.deepEqual(relay.revoked, [first]);
      assert.equal(new URL(await page.url()).origin, url, "it waits");
      release();
      await until(() => page.find("#logout"), "the server's question");
      assert.deepEqual(relay.revoked, [first, late]);
    } finally {
      release?.();
      delete provider.endpoints;
      world.app.options.refresh = refresh;
    }
  });

  test("a return without or with a foreign state breaks nothing and is not trusted (RPI-2)", async () => {
    await page.signIn();
    for (const [search, left] of [
      ["", ""],
      ["?state=the-applications-own", "?state=the-applications-own"],
      [`?state=out-${"A".repeat(43)}`, ""],
    ]) {
      await page.open(`/signed-out${search}`);
      assert.equal(await page.run(() => app.client.completeSignIn()), null, search);
      assert.equal(await page.url(), `${world.app.url}/signed-out${left}`);
    }
  });

  test("no token is in the form, but the ID token where the application wants it so (RPI-1)", async () => {
    const tokens = (kind) =>
      control.issuedTokens().filter((token) => kind === undefined || token.kind === kind);
    await page.signIn();
    const { formsLeft, action, state, ...rest } = await posted();
    assert.deepEqual(rest, {
      client_id: "spa",
      post_logout_redirect_uri: world.app.options.provider.postLogoutRedirectUri,
    });
    assert.match(state, /^out-[\w-]{43}$/);
    assert.deepEqual([formsLeft, action], [0, `${world.authorizationServer.issuer}/session/end`]);

    await visitor.reset();
    world.app.options.provider.idTokenHint = true;
    try {
      await page.signIn();
      const form = await posted();
      const { value } = tokens().find((token) => token.value === form.id_token_hint) ?? {};
      assert.equal(value?.split(".").length, 3);
      const others = tokens().filter((token) => token.value !== value);
      assert.ok(others.length > 2);
      for (const other of others) assert.ok(!JSON.stringify(form).includes(other.value), other.kind);
      // And the server takes it.
      await visitor.reset();
      await page.signIn();
      await leave();
      await until(() => page.find("#logout"), "the server's question");
    } finally {
      delete world.app.options.provider.idTokenHint;
    }
  });

  test("a wrong option changes nothing", async () => {
    await page.signIn();
    for (const given of [{ redirekt: true }, { redirect: "yes" }, "redirect"]) {
      const { code } = await page.rejection((options) => app.client.signOut(options), given);
      assert.equal(code, "ERR_INVALID_OPTION");
    }
    assert.equal((await session()).status, "signed-in");
  });
});
