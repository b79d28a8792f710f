// Promise 3, to whom `client.fetch` gives tokens: which URLs, redirects and kinds of call carry one.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startCaller } from "./app/caller.mjs";
import { inEachHome } from "./app/matrix.mjs";

/** URLs that a naive comparison takes for the resource; M is the resource's own host and port. */
const lookAlikes = [
  "http://localhost:PORT/echo",
  "http://127.0.0.1:FOREIGN/echo",
  "http://127.0.0.1:FOREIGN/http://127.0.0.1:PORT/",
  "http://127.0.0.1:FOREIGN/?http://127.0.0.1:PORT/",
  "http://127.0.0.1:FOREIGN/#http://127.0.0.1:PORT/",
  "http://127.0.0.1:PORT@127.0.0.1:FOREIGN/echo",
  "http://127.0.0.1:PORT\\@127.0.0.1:FOREIGN/echo",
  "//127.0.0.1:FOREIGN/echo",
  "\\\\127.0.0.1:FOREIGN\\echo",
  "http:127.0.0.1:FOREIGN/echo",
  " http://127.0.0.1:FOREIGN/echo",
  "ht\ntp://127.0.0.1:FOREIGN/echo",
  "http://127.0.0.1:FOREIGN\\@127.0.0.1:PORT/echo",
  "https://127.0.0.1:PORT/echo",
];

/** Under the resource `…/a/orders` alone: which paths get a token. */
const paths = [
  ["/a/orders", true],
  ["/a/orders/", true],
  ["/a/orders/7", true],
  ["/a/orders?page=2", true],
  ["/a/orders#part", true],
  ["/a/x/../orders", true],
  ["/a/orders2", false],
  ["/a/order", false],
  ["/a/Orders", false],
  ["/a/orders/../private", false],
  ["/a/orders/%2e%2e/private", false],
  ["/a/orders\\..\\private", false],
  ["/a/", false],
  ["/", false],
  ["//a/orders", false],
];

inEachHome((place) => {
  const { isolation } = place;
  let caller;
  let mirror;
  let foreign;
  let app;
  let page;
  let begin;
  let authorizations;

  before(async () => {
    caller = await startCaller(place.browser, { isolation });
    ({ mirror, foreign, app, page, begin, authorizations } = caller);
  });
  after(() => caller?.close());
  beforeEach(() => caller.reset());

  test("a call with an Authorization of its own goes out as it came", async () => {
    await begin();
    const own = "Basic b3duOm93bg==";
    await page.run((own) => {
      return Promise.all([
        app.status(app.guarded, { headers: { authorization: own } }),
        app.status(app.guarded, { headers: { AUTHORIZATION: own } }),
        app.status(app.guarded, { headers: [["Authorization", own]] }),
        app.status(app.guarded, { headers: new Headers({ authorization: own }) }),
        app.status(new Request(app.guarded, { headers: { authorization: own } })),
        app.status(new Request(app.guarded), { headers: { authorization: own } }),
        app.status(new URL(app.guarded), { headers: { authorization: own } }),
      ]);
    }, own);
    assert.deepEqual(authorizations(), Array(7).fill(own));
    assert.equal(mirror.tokens.requests.length, 0, "its refusal is none of ours");
  });

  // Elsewhere no test can put itself in place of `fetch`.
  if (isolation === "page") {
    test("a no-cors call is given no token, not even one that the browser would drop", async () => {
      await begin();
      const seen = await page.run(async () => {
        const native = globalThis.fetch;
        const seen = [];
        globalThis.fetch = (...given) => {
          seen.push(new Request(...given).headers.has("authorization") || given[1]?.headers !== undefined);
          return Promise.resolve(new Response());
        };
        try {
          await app.status(app.guarded, { mode: "no-cors" });
          await app.status(new URL(app.guarded), { mode: "no-cors" });
          await app.status(new Request(app.guarded, { mode: "no-cors" }));
          await app.status(app.guarded, { mode: "cors" });
        } finally {
          globalThis.fetch = native;
        }
        return seen;
      });
      assert.deepEqual(seen, [false, false, false, true], "the last one is the control");
    });
  }

  test("promise 3: no look-alike URL gets a token", async () => {
    await begin();
    const port = new URL(mirror.url).port;
    const foreignPort = new URL(foreign.url).port;
    const urls = lookAlikes.map((url) => url.replaceAll("PORT", port).replaceAll("FOREIGN", foreignPort));
    await page.run((urls) => {
      const both = (url) => [app.status(url), app.status(url, { method: "POST", headers: { "x-own": "1" } })];
      return Promise.all(urls.flatMap(both));
    }, urls);
    assert.ok(foreign.requests.length >= 10, `the foreign server saw ${foreign.requests.length} calls`);
    assert.deepEqual(new Set(authorizations(foreign)), new Set([undefined]));
    // `\\` is `/` in a URL: where that leaves our own host, a token is right, and else it is not.
    const ours = urls.filter((url) => new URL(url, app.url).origin === mirror.url).length;
    assert.equal(authorizations().filter((value) => value !== undefined).length, 2 * ours);
    assert.ok(ours === 1 && authorizations().length > 2 * ours, "localhost is another host");
    // The control: the foreign server sees a token that is there.
    await page.run((url) => fetch(url, { headers: { authorization: "Bearer control" } }), foreign.url);
    assert.equal(authorizations(foreign).at(-1), "Bearer control");
  });

  test("a request that is no resource never crosses the port", async () => {
    app.recordsMessages = true;
    await begin();
    app.recordsMessages = false;
    const [mentions, sent] = await page.run(async (url) => {
      const form = new FormData();
      form.append("a", "secret-text");
      const { fetch } = app.client;
      const blob = URL.createObjectURL(new Blob(["secret-text"]));
      const calls = [
        fetch(url),
        fetch(`${url}/secret-text`, { method: "POST", body: "secret-text" }),
        fetch(new URL(`${url}/path`), { headers: { "x-own": "secret-text" } }),
        fetch(new Request(url)),
        fetch(new Request(url, { method: "POST", body: form }), { cache: "no-store" }),
        fetch(url, { method: "POST", body: form }),
        fetch(url, { method: "POST", body: new Blob(["secret-text"]) }),
        fetch(url.replace("http:", ""), { signal: new AbortController().signal }),
        fetch("/app/harness.js?secret-text"),
        fetch("data:text/plain,secret-text"),
        fetch(blob),
      ];
      for (const { status } of await Promise.all(calls))
        if (status !== 200) throw new Error(`status ${status}`);
      const mentions = () => {
        const secrets = [new URL(url).host, "secret-text", "blob:"];
        return window.recordedMessages.filter((text) => secrets.some((secret) => text.includes(secret)));
      };
      const before = mentions();
      // The control: a request to a resource crosses it, where there is one.
      await fetch(app.guarded, { method: "POST", body: "secret-text" });
      return [before, mentions().length];
    }, foreign.url);
    assert.deepEqual(mentions, []);
    assert.equal(sent, isolation === "page" ? 0 : 1);
    assert.equal(foreign.requests.length, 8);
    assert.deepEqual(new Set(authorizations(foreign)), new Set([undefined]));
  });

  test("promise 3: a resource with a path covers whole segments of it", async () => {
    await begin({ resources: [{ url: `${mirror.url}/a/orders` }] });
    for (const [path, covered] of paths) {
      mirror.requests.length = 0;
      const url = `${mirror.url}${path}`;
      await page.run((url) => Promise.all([app.status(url), app.status(new Request(url))]), url);
      const expected = covered ? `Bearer access-${mirror.tokens.issued()}` : undefined;
      assert.deepEqual(authorizations(), [expected, expected], path);
    }
  });

  test("promise 3: a redirect takes the token to the same origin and to no other", async () => {
    await begin();
    for (const to of [mirror, foreign]) {
      await page.run(
        (to) => app.status(`${app.url}/run/redirect?to=${encodeURIComponent(`${to}/run/echo`)}`),
        to.url,
      );
    }
    const token = `Bearer access-${mirror.tokens.issued()}`;
    assert.deepEqual(authorizations(), [token, token, token]);
    assert.deepEqual(authorizations(foreign), [undefined]);
  });

  test("a 401 from another origin after a redirect costs no renewal", async () => {
    await begin();
    const query = new URLSearchParams({
      status: 401,
      header: 'www-authenticate:Bearer error="invalid_token"',
    });
    const to = `${foreign.url}/run/answer?${query}`;
    assert.equal(
      await page.run((to) => app.status(`${app.url}/run/redirect?to=${encodeURIComponent(to)}`), to),
      401,
    );
    assert.equal(mirror.tokens.requests.length, 0);
  });
});
