// A server that ends its session shows the application's page in a frame (OpenID Connect Front-Channel Logout 1.0): in each
// browser from the nearest other page whose frames see the application's tabs.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { listen } from "../../www/server/loopback.mjs";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { inSecondTab } from "./app/tabs.mjs";
import { startVisitor } from "./app/visitor.mjs";

const html = (response, text) =>
  response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html>${text}`);

/** The application's page for it, as docs/sign-in.md has it. */
const framed = `<script type="module">
import { createClient } from "/pkg/index.js";
const client = await createClient(await (await fetch("/options.json")).json());
const told = await client.signOut({ frontChannel: location.href }).then(() => "done", ({ code }) => code);
parent.postMessage({ told }, "*");
</script>`;
const serve = (request, response) => {
  if (!/^\/fram(ed|ing)\?/.test(request.url)) return false;
  html(response, request.url.startsWith("/framed") ? framed : framing);
  return true;
};
/** The server's page, which shows whatever stands in its query. */
const framing = `<script>
addEventListener("message", ({ data }) => { window.told = data.told; });
const frame = document.createElement("iframe");
frame.src = decodeURIComponent(location.search.slice(1));
document.documentElement.append(frame);
</script>`;

inEachHome((place) => {
  if (place.isolation === "page") return;
  let visitor;
  let page;
  let server;
  let issuer;

  before(async () => {
    server = await listen((_request, response) => html(response, framing));
    visitor = await startVisitor(place.browser, { isolation: place.isolation, serve });
    ({ page } = visitor);
    ({ issuer } = visitor.world.authorizationServer);
    visitor.world.app.isFull = true;
  });
  after(async () => {
    await visitor?.close();
    await server?.close();
  });
  beforeEach(() => visitor.reset());

  /** Signs in; gives the server's name of its session. */
  const signedIn = async () => {
    await page.signIn({ parameters: { claims: JSON.stringify({ id_token: { sid: null } }) } });
    const { claims } = await visitor.session();
    assert.equal(typeof claims.sid, "string");
    return claims.sid;
  };
  /** WebKit shares nothing with the frames of another origin's pages, though they be of one site. */
  const sharesWithin = place.browserName === "webkit" ? "the origin" : "the site";
  /** Shows the application's page with these parameters in a frame of the server's, in this tab. */
  const show = async (query, place = sharesWithin) => {
    const { url } = visitor.world.app;
    const frame = encodeURIComponent(`${url}/framed?${query}`);
    await page.driver.get(`${place === "the origin" ? url : server.url}/framing?${frame}`);
    assert.equal(
      await until(() => page.driver.executeScript("return window.told"), "the frame's word"),
      "done",
    );
  };
  const parameters = (iss, sid) => String(new URLSearchParams({ iss, sid }));
  const status = async () => (await visitor.session()).status;

  if (place.isolation === "shared") {
    test("the other tabs are signed out, with one revocation", async () => {
      const sid = await signedIn();
      const { revocations } = visitor.control.stats();
      await inSecondTab(page, async ({ inFirst, inSecond }) => {
        await inSecond(() => show(parameters(issuer, sid)));
        await inFirst(async () => {
          await until(async () => (await status()) === "signed-out", "the sign-out");
          assert.deepEqual(await page.eventsOf("signed-out"), [{ reason: "sign-out" }]);
          assert.equal((await visitor.calls("/orders", 1))[0].code, "ERR_NOT_SIGNED_IN");
        });
        await inSecond(() => show(parameters(issuer, sid)));
      });
      await until(() => visitor.control.stats().revocations > revocations, "the revocation");
      assert.equal(visitor.control.stats().revocations, revocations + 1);
    });
  } else {
    test("the vaults of other tabs hear a notice, and ask the server", async () => {
      const sid = await signedIn();
      visitor.control.revokeSession();
      await inSecondTab(page, async ({ inFirst, inSecond }) => {
        await inSecond(() => show(parameters(issuer, sid)));
        await inFirst(async () => {
          await until(async () => (await status()) === "signed-out", "the answer to the renewal");
          assert.equal((await visitor.session()).reason, "session-ended");
        });
      });
    });
  }

  test("parameters of others, repeated ones and none do nothing", async () => {
    const sid = await signedIn();
    const cost = await visitor.tokenRequestsOf(async () => {
      await inSecondTab(page, async ({ inFirst, inSecond }) => {
        for (const query of [
          parameters("https://evil.example", sid),
          parameters(`${issuer}/`, sid),
          // Which session it is, a vault without one cannot tell.
          ...(place.isolation === "shared" ? [parameters(issuer, `${sid}x`)] : []),
          `${parameters(issuer, sid)}&sid=${sid}`,
          `sid=${sid}`,
          "",
        ]) {
          await inSecond(() => show(query));
          await inFirst(async () => assert.equal(await status(), "signed-in", query));
        }
      });
    });
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
    assert.deepEqual(await visitor.calls("/orders", 1), [200]);
  });

  if (place.browserName === "webkit") {
    test("a frame of another origin's page reaches no session", async () => {
      const sid = await signedIn();
      visitor.control.revokeSession();
      await inSecondTab(page, async ({ inFirst, inSecond }) => {
        await inSecond(() => show(parameters(issuer, sid), "the site"));
        await inFirst(async () => assert.equal(await status(), "signed-in"));
      });
    });
  }

  test("a wrong option changes nothing", async () => {
    const sid = await signedIn();
    const good = `?${parameters(issuer, sid)}`;
    for (const given of [{ frontChannel: true }, { frontChannel: good, redirect: true }]) {
      const { code, option } = await page.rejection((options) => app.client.signOut(options), given);
      assert.deepEqual([code, option], ["ERR_INVALID_OPTION", "frontChannel"]);
    }
    assert.equal(await status(), "signed-in");
    await page.run((frontChannel) => app.client.signOut({ frontChannel }), good);
    assert.equal(await status(), "signed-out", "in its own page it is believed too");
  });
});
