// Pushed authorization requests (RFC 9126) at a real authorization server that takes no others, in each browser.
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
