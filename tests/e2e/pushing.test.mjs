// Pushed (RFC 9126) and rich (RFC 9396) authorization requests at a real server that takes only pushed ones, in each browser.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { startVisitor } from "./app/visitor.mjs";

inEachHome((place) => {
  let visitor;
  let world;
  let page;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation, requiresPushing: true });
    ({ world, page } = visitor);
  });
  after(() => visitor?.close());
  beforeEach(() => visitor.reset());

  test("only the client and a reference leave with the page (9126-1, 9126-2)", async () => {
    const requests = world.authorizationServer.control.authorizationRequests();
    const first = requests.length;
    await page.signIn({ returnTo: "/after", parameters: { login_hint: "ada" } });
    const [query] = requests.slice(first);
    const sent = Object.fromEntries(new URLSearchParams(query));
    assert.deepEqual(Object.keys(sent).sort(), ["client_id", "request_uri"]);
    assert.equal(sent.client_id, "spa");
    assert.match(sent.request_uri, /^urn:ietf:params:oauth:request_uri:/);
    const { status, claims } = await visitor.session();
    assert.deepEqual([status, claims.sub], ["signed-in", "ada"]);
    assert.equal(await page.url(), `${world.app.url}/after`);
  });

  test("authorization details: what was granted is told, frozen (9396-2)", async () => {
    const asked = [{ type: "transfer", limit: 99.25 }];
    await page.signIn({ authorizationDetails: asked });
    const granted = [{ type: "transfer", limit: 10.5 }];
    const shown = () =>
      page.run(() => {
        const { authorizationDetails: details } = app.client.session;
        return { details, isFrozen: Object.isFrozen(details) && Object.isFrozen(details[0]) };
      });
    assert.deepEqual(await shown(), { details: granted, isFrozen: true });
    await page.run(() => app.client.refresh());
    assert.deepEqual(await shown(), { details: granted, isFrozen: true });
    await page.run(() => app.client.signOut());
    assert.equal((await visitor.session()).authorizationDetails, null);
    for (const bad of [{ type: "transfer" }, [{}], "[]", 1n]) {
      const rejection = await page.rejection(
        (text) => app.client.signIn({ authorizationDetails: text === null ? 1n : JSON.parse(text) }),
        typeof bad === "bigint" ? null : JSON.stringify(bad),
      );
      assert.deepEqual([rejection.code, rejection.option], ["ERR_INVALID_OPTION", "authorizationDetails"]);
    }
  });

  test("what the server refuses when it is pushed is told by its error, and the page stays", async () => {
    await page.open("/");
    const requests = world.authorizationServer.control.authorizationRequests();
    const first = requests.length;
    const rejection = await page.rejection(() => app.client.signIn({ parameters: { resource: "no uri" } }));
    assert.deepEqual([rejection.code, rejection.status], ["ERR_AUTHORIZATION", 400]);
    assert.equal(rejection.error, "invalid_target");
    assert.equal(requests.length, first);
    assert.equal(await page.url(), `${world.app.url}/`);
    assert.equal((await visitor.session()).status, "signed-out");
  });
});
