// APIs with a token each (RFC 8707, RFC 8693), in all homes, at a server that rotates the one refresh token.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startApi } from "../../www/server/api.mjs";
import { inEachHome } from "./app/matrix.mjs";
import { startVisitor } from "./app/visitor.mjs";

const BILLS = "urn:strongroom:test:bills";
const LEGACY = "urn:strongroom:test:legacy";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

inEachHome((place) => {
  let visitor;
  let world;
  let page;
  let bills;
  let legacy;

  before(async () => {
    const { isolation } = place;
    visitor = await startVisitor(place.browser, { isolation, resources: [BILLS, LEGACY], exchanges: true });
    ({ world, page } = visitor);
    const apiFor = (audience) =>
      startApi({ authorizationServer: { ...world.authorizationServer, audience } });
    bills = await apiFor(BILLS);
    legacy = await apiFor(LEGACY);
  });
  after(async () => {
    await bills?.close();
    await legacy?.close();
    await visitor?.close();
  });
  beforeEach(async () => {
    await visitor.reset();
    world.app.isFull = true;
    world.app.options.resources = [
      `${world.api.url}/`,
      { url: `${bills.url}/`, resource: BILLS, scope: "orders:read" },
      { url: `${legacy.url}/`, exchange: { audience: LEGACY } },
    ];
    for (const api of apis()) api.requests.length = 0;
  });

  const apis = () => [world.api, bills, legacy];
  // The session's own token is for the demo's API: that is named at the sign-in, beside the others.
  const signIn = () => page.signIn({ parameters: { resource: world.authorizationServer.audience } });
  /** So many calls to each API, all at once; the statuses without repetition. */
  const storm = async (count) => {
    const urls = apis().map(({ url }) => `${url}/orders`);
    const statuses = await page.run(
      async (urls, count) => {
        const calls = urls.flatMap((url) => Array.from({ length: count }, () => app.client.fetch(url)));
        return (await Promise.all(calls)).map(({ status }) => status);
      },
      urls,
      count,
    );
    assert.equal(statuses.length, count * urls.length);
    return [...new Set(statuses)];
  };
  /** The tokens that an API was sent. */
  const tokensAt = ({ requests }) => [...new Set(requests.map(({ tokenHash }) => tokenHash))];
  const cost = async (action) => {
    const count = () => {
      const {
        authorization_code: codes,
        refresh_token: refreshes,
        [EXCHANGE]: exchanges = 0,
      } = world.tokenRequests();
      return [codes, refreshes, exchanges];
    };
    const before = count();
    await action();
    const [codes, refreshes, exchanges] = count().map((after, at) => after - before[at]);
    return { codes, refreshes, exchanges };
  };
  const call = (url) => page.run((url) => app.client.fetch(url).then(({ status }) => status), url);

  test("a storm costs one request for each token, one after another, and each API sees its own alone", async () => {
    await signIn();
    const spent = await cost(async () => assert.deepEqual(await storm(20), [200]));
    assert.deepEqual(spent, { codes: 0, refreshes: 1, exchanges: 1 });
    assert.deepEqual(
      apis().map(({ requests }) => requests.length),
      [20, 20, 20],
    );
    const tokens = apis().map(tokensAt);
    assert.deepEqual(
      tokens.map(({ length }) => length),
      [1, 1, 1],
    );
    assert.equal(new Set(tokens.flat()).size, 3, "no token is at two APIs");
    assert.equal(visitor.control.stats().refreshesInFlightMax, 1);
    assert.equal(visitor.control.stats().reuseDetected, 0);
    await page.run(() => app.client.refresh());
    assert.deepEqual(await storm(5), [200]);
    const renewed = apis().map(tokensAt);
    assert.deepEqual(
      renewed.map(({ length }) => length),
      [2, 2, 2],
      "all are renewed",
    );
    assert.equal(new Set(renewed.flat()).size, 6);
  });

  test("the refusal of one API renews its token alone", async () => {
    await signIn();
    await storm(1);
    for (const [api, refreshes, exchanges] of [
      // After it all three have the same number of generations.
      [world.api, 1, 0],
      [bills, 1, 0],
      [legacy, 0, 1],
    ]) {
      const before = apis().map(({ requests }) => requests.length);
      api.control.refuseNext(3);
      const spent = await cost(async () => assert.deepEqual(await storm(3), [200]));
      assert.deepEqual(spent, { codes: 0, refreshes, exchanges });
      const calls = apis().map(({ requests }, at) => requests.length - before[at]);
      assert.deepEqual(
        calls,
        apis().map((one) => (one === api ? 6 : 3)),
        "its calls went out twice",
      );
    }
    const events = await page.eventsOf("refreshed");
    assert.deepEqual(
      events.slice(-2).map(({ resource }) => resource),
      [`${bills.url}/`, `${legacy.url}/`],
    );
  });

  test("what the server gives no token for fails alone, and says for which resource", async () => {
    world.app.options.resources[2].exchange.audience = "urn:strongroom:test:unknown";
    await signIn();
    const failure = await page.rejection((url) => app.client.fetch(url), `${legacy.url}/orders`);
    const { code, error, status, resource, isStrongroomError } = failure;
    assert.deepEqual(
      { code, error, status, resource, isStrongroomError },
      {
        code: "ERR_REFUSED",
        error: "invalid_target",
        status: 400,
        resource: `${legacy.url}/`,
        isStrongroomError: true,
      },
    );
    assert.equal(await call(`${bills.url}/orders`), 200);
    assert.equal((await visitor.session()).status, "signed-in");
    assert.equal(legacy.requests.length, 0, "it saw nothing");
  });

  test("a redirect takes no token to a resource of another on the same origin", async () => {
    world.app.options.resources = [
      `${world.api.url}/`,
      { url: `${world.api.url}/orders`, resource: BILLS, scope: "orders:read" },
    ];
    await signIn();
    assert.equal(await call(`${world.api.url}/orders`), 401, "a token for bills");
    const [first] = tokensAt(world.api);
    world.api.requests.length = 0;
    const failure = await page.rejection((url) => app.client.fetch(url), `${world.api.url}/redirect-same`);
    assert.equal(failure.isTypeError, true, 'as `redirect: "error"` fails');
    const failedRequest = await page.rejection(
      (url) => app.client.fetch(new Request(url)),
      `${world.api.url}/redirect-same`,
    );
    assert.equal(failedRequest.isTypeError, true);
    assert.deepEqual(
      world.api.requests.map(({ path }) => path),
      ["/redirect-same", "/redirect-same"],
    );
    assert.ok(!tokensAt(world.api).includes(first));
    assert.equal(await call(`${world.api.url}/echo`), 200, "the session's own token");
  });

  test("getAccessToken() gives the session's own, and the common engine refuses the options", async () => {
    world.app.options.exposeAccessToken = true;
    try {
      await signIn();
      await storm(1);
      const token = await page.run(async () => {
        const bytes = new TextEncoder().encode(await app.client.getAccessToken());
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"))
          .join("")
          .slice(0, 12);
      });
      assert.deepEqual(tokensAt(world.api), [token]);
    } finally {
      delete world.app.options.exposeAccessToken;
    }
    await visitor.reset();
    world.app.isFull = false;
    const refusal = await page.open("/").then(
      () => assert.fail("it was opened"),
      ({ description }) => description,
    );
    assert.deepEqual([refusal.code, refusal.option], ["ERR_INVALID_OPTION", "resources[1].resource"]);
    assert.match(refusal.message, /needs strongroom\/full/);
  });
});
