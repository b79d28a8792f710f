// Every recipe of docs/recipes.md, taken out of the document and run in a real browser against the back end that it is for.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as bff from "./app/back-ends/bff.mjs";
import * as cookie from "./app/back-ends/cookie.mjs";
import * as docusign from "./app/back-ends/docusign.mjs";
import * as dualTokens from "./app/back-ends/dual-tokens.mjs";
import * as gateway from "./app/back-ends/gateway.mjs";
import * as mediating from "./app/back-ends/mediating.mjs";
import * as opaque from "./app/back-ends/opaque.mjs";
import * as sliding from "./app/back-ends/sliding.mjs";
import * as wechat from "./app/back-ends/wechat.mjs";
import { startGuest } from "./app/guest.mjs";
import { startLegacyServer } from "./app/legacy-server.mjs";
import { inEachBrowser } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { headings } from "./app/recipes.mjs";

const DAY_MS = 24 * 3600 * 1000;

const signIn = ({ page }, password = "strongroom") =>
  page.run((password) => app.recipe.signIn("ada", password), password);
const rejected = ({ page }, password) =>
  page.rejection((password) => app.recipe.signIn("ada", password), password).then(({ code }) => code);
/** Leaves by the recipe's own function; the page is at another address soon. */
const leave = ({ page }, ...given) => page.run((given) => void app.recipe.signIn(...given), given);

/** Signed in, calls, a renewal, calls; gives the session. */
async function useIt(guest) {
  assert.equal(await guest.status(), "signed-in");
  assert.deepEqual(await guest.calls(3), [200, 200, 200]);
  await guest.page.run(() => app.client.refresh());
  assert.deepEqual(await guest.calls(3), [200, 200, 200]);
  return guest.session();
}

async function signOut(guest) {
  await guest.page.run(() => app.client.signOut());
  assert.deepEqual([await guest.status(), await guest.calls(1)], ["signed-out", ["ERR_NOT_SIGNED_IN"]]);
}

/** The way over somebody else's page, which sends the user back with a code. */
async function signInByCode(guest) {
  await guest.openRecipe("/");
  await leave(guest);
  await until(async () => (await guest.page.url()).startsWith(`${guest.app.url}/callback?code=`), "the code");
  await guest.page.ready();
}

/** By heading: the back end that it is for, and what becomes of it there. */
const recipes = {
  "Two tokens in JSON": {
    shape: dualTokens,
    async run(guest) {
      await guest.openRecipe();
      assert.equal(await rejected(guest, "wr0ng"), "ERR_CREDENTIALS");
      await signIn(guest);
      const { claims, expiresAt } = await useIt(guest);
      assert.deepEqual(claims, { id: "ada", name: "Ada Lovelace" });
      assert.ok(expiresAt > Date.now() + 500_000);
      assert.equal((await guest.page.run(() => app.client.userInfo())).email, "ada@strongroom.example");
      await signOut(guest);
      assert.deepEqual([guest.backEnd.sessions.alive(), guest.backEnd.sessions.reuses], [0, 0]);
    },
  },
  "Refresh token in a cookie": {
    shape: cookie,
    async run(guest) {
      await guest.openRecipe();
      assert.equal(await guest.status(), "signed-out");
      await signIn(guest);
      await useIt(guest);
      const before = guest.backEnd.requests("/refresh").length;
      await guest.openRecipe("/orders");
      assert.equal((await guest.session()).claims.name, "Ada Lovelace");
      const restoring = guest.backEnd.requests("/refresh").length - before;
      assert.ok(restoring <= 1, "none where the shared vault is still there");
      await signOut(guest);
      await guest.openRecipe("/");
      assert.deepEqual([await guest.status(), guest.backEnd.sessions.reuses], ["signed-out", 0]);
    },
  },
  "A reload without storage": {
    shape: cookie,
    async run(guest) {
      await guest.openRecipe();
      await signIn(guest);
      assert.equal(await guest.page.run(() => app.recipe.isRestored), false);
      await useIt(guest);
      guest.backEnd.forget();
      await guest.openRecipe("/orders");
      assert.equal(await guest.page.run(() => app.recipe.isRestored), true);
      assert.equal(guest.backEnd.requests("/refresh").length, 1);
      assert.deepEqual(await guest.calls(1), [200]);
      const stored = () =>
        guest.page.run(async () => [
          ...Object.keys(localStorage),
          ...Object.keys(sessionStorage),
          ...(await indexedDB.databases()).map(({ name }) => name),
          ...(await caches.keys()),
          document.cookie,
          location.href,
        ]);
      assert.deepEqual(await stored(), ["", `${guest.app.url}/orders`]);
    },
  },
  "Sliding header": {
    shape: sliding,
    async run(guest) {
      await guest.openRecipe();
      assert.equal(await rejected(guest, "wr0ng"), "ERR_CREDENTIALS");
      await signIn(guest);
      for (let round = 0; round < 3; round += 1) {
        guest.backEnd.sessions.pass(599);
        assert.deepEqual(await guest.calls(1), [200]);
      }
      assert.deepEqual(await guest.calls(20), Array(20).fill(200));
      const calls = guest.backEnd.requests("/api/orders");
      assert.equal(new Set(calls.slice(0, 4).map(({ headers }) => headers.authorization)).size, 4);
      const seen = await guest.page.run(
        (url) => app.client.fetch(url).then(({ headers }) => headers.get("x-next-token")),
        `${guest.backEnd.url}/api/orders`,
      );
      assert.equal(seen, null);
      guest.backEnd.sessions.pass(601);
      assert.deepEqual(await guest.calls(1), [401]);
    },
  },
  "Back end for the front end": {
    shape: bff,
    async run(guest) {
      await guest.openRecipe();
      assert.equal(await guest.status(), "signed-out");
      await leave(guest, "/orders?page=2");
      await guest.submitForm();
      await guest.loadRecipe();
      assert.equal(await guest.page.url(), `${guest.app.url}/orders?page=2`);
      assert.deepEqual(await guest.calls(2), [200, 200]);
      const { claims, sessionEndsAt, status } = await guest.session();
      assert.deepEqual([status, claims.sub], ["signed-in", "ada"]);
      assert.ok(sessionEndsAt > Date.now() + 7 * 3600 * 1000);
      assert.equal((await guest.page.run(() => app.client.userInfo())).email, "ada@strongroom.example");
      await signOut(guest);
      assert.equal(guest.backEnd.sessions.alive(), 0);
    },
  },
  "Token-mediating back end": {
    shape: mediating,
    async run(guest) {
      await guest.openRecipe();
      await leave(guest, "/orders");
      await guest.submitForm();
      await guest.loadRecipe();
      await useIt(guest);
      const { cookies, headers } = guest.backEnd.requests("/api/orders").at(-1);
      assert.deepEqual([cookies, headers["x-csrf"]], [{}, undefined]);
      await signOut(guest);
      assert.equal(guest.backEnd.sessions.alive(), 0);
    },
  },
  "WeChat-style endpoints": {
    shape: wechat,
    async run(guest) {
      await signInByCode(guest);
      const callback = await guest.page.url();
      await guest.loadRecipe();
      const { scope, sessionEndsAt } = await useIt(guest);
      assert.equal(await guest.page.url(), `${guest.app.url}/callback`);
      assert.equal(scope, "snsapi_base snsapi_userinfo");
      assert.ok(Math.abs(sessionEndsAt - Date.now() - 30 * DAY_MS) < 60_000);
      for (const [errcode, expected] of [
        [45011, "ERR_REFUSED"],
        [-1, "ERR_UNAVAILABLE"],
      ]) {
        guest.backEnd.failWith(errcode);
        const { code } = await guest.page.rejection(() => app.client.refresh());
        assert.deepEqual([code, await guest.status()], [expected, "renewal-delayed"]);
      }
      guest.backEnd.failWith(0);
      guest.backEnd.sessions.endAll();
      const ended = await guest.page.rejection(() => app.client.refresh());
      assert.deepEqual([ended.code, await guest.status()], ["ERR_SESSION_ENDED", "signed-out"]);
      // A link that somebody else made, and a code that was used.
      const asked = guest.backEnd.requests("/access_token").length;
      await guest.openRecipe(callback);
      assert.equal(guest.backEnd.requests("/access_token").length, asked);
      const used = new URL(callback).searchParams.get("code");
      const refused = await guest.page.rejection(
        (code) => app.client.signIn({ credentials: { code } }),
        used,
      );
      assert.equal(refused.code, "ERR_CREDENTIALS");
      assert.ok(!JSON.stringify(refused).includes(used));
    },
  },
  "DocuSign-style code exchange": {
    shape: docusign,
    async run(guest) {
      await signInByCode(guest);
      await guest.loadRecipe();
      const first = await guest.session();
      const { sessionEndsAt } = await useIt(guest);
      assert.ok(sessionEndsAt > first.sessionEndsAt, "it slides");
      assert.ok(Math.abs(sessionEndsAt - Date.now() - 30 * DAY_MS) < 60_000);
      await signInByCode(guest);
      guest.backEnd.sessions.pass(121);
      await assert.rejects(guest.loadRecipe(), ({ description: { code } }) => code === "ERR_CREDENTIALS");
    },
  },
  "Gateway with a configured JWK": {
    shape: gateway,
    async run(guest) {
      await guest.openRecipe();
      await signIn(guest);
      const { expiresAt } = await useIt(guest);
      const left = expiresAt - Date.now();
      assert.ok(left > 590_000 && left <= 600_000, `expires in ${left} ms`);
      guest.backEnd.sessions.pass(601);
      guest.backEnd.forget();
      assert.deepEqual(await guest.calls(5), [200, 200, 200, 200, 200]);
      assert.equal(guest.backEnd.requests("/refresh").length, 1);
      await guest.backEnd.configureAnotherKey();
      assert.deepEqual(await guest.calls(1), [401]);
    },
  },
  "Opaque reference tokens": {
    shape: opaque,
    async run(guest) {
      await guest.openRecipe();
      await signIn(guest);
      assert.equal((await useIt(guest)).expiresAt, null);
      guest.backEnd.sessions.revokeAccessTokens();
      guest.backEnd.forget();
      assert.deepEqual(await guest.calls(20), Array(20).fill(200));
      assert.equal(guest.backEnd.requests("/refresh").length, 1);
      await signOut(guest);
      const [{ status }] = guest.backEnd.requests("/sign-out");
      assert.equal(status, 200);
    },
  },
  "Password grant": {
    shape: { start: startLegacyServer },
    async run(guest) {
      await guest.openRecipe();
      assert.equal(await rejected(guest, "wr0ng"), "ERR_CREDENTIALS");
      await signIn(guest);
      await useIt(guest);
      assert.equal(guest.backEnd.forms.at(-1).grant_type, "refresh_token");
    },
  },
};

test("every recipe has a test, and every test a recipe", () => {
  assert.deepEqual(Object.keys(recipes), headings);
});

inEachBrowser((place) => {
  for (const [recipe, { shape, run }] of Object.entries(recipes)) {
    test(recipe, async (t) => {
      const guest = await startGuest(place, { shape, recipe });
      t.after(() => guest.close());
      await guest.reset();
      await run(guest);
    });
  }
});
