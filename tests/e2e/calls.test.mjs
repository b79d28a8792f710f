// What `client.fetch` adds to `fetch`: waiting for a token, sending a refused call again, and to whom it gives tokens.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { bodyKinds } from "./app/behaviours/bodies.js";
import { startMirror } from "./app/mirror.mjs";
import { Page } from "./app/page.mjs";
import { startApp } from "./app/server.mjs";
import { browserNames, launch } from "./browsers.mjs";

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

for (const browserName of browserNames) {
  describe(`in ${browserName}`, { timeout: 240_000 }, () => {
    const closers = [];
    let app;
    let mirror;
    let foreign;
    let page;

    before(async () => {
      mirror = await startMirror();
      foreign = await startMirror();
      app = await startApp();
      closers.push(mirror.close, foreign.close, app.close);
      const browser = await launch(browserName);
      closers.push(browser.close);
      page = new Page(browser.driver, app);
    });
    after(async () => {
      for (const close of closers.reverse()) await close();
    });
    beforeEach(() => {
      mirror.requests.length = 0;
      foreign.requests.length = 0;
      mirror.tokens.requests.length = 0;
      mirror.tokens.release();
      mirror.tokens.accept();
    });

    /** Opens a page with a fresh client that has tokens. */
    const begin = async ({ expiresIn = 600, ...options } = {}) => {
      app.options = {
        provider: { type: "oauth", clientId: "spa", endpoints: { token: `${mirror.url}/token` } },
        resources: [`${mirror.url}/`],
        isolation: "page",
        ...options,
      };
      await page.open("/");
      await page.run(
        (tokens, url) => {
          app.url = url;
          app.guarded = `${url}/run/guarded`;
          app.status = (...given) => app.client.fetch(...given).then(({ status }) => status, app.describe);
          return app.client.setTokens(tokens);
        },
        mirror.tokens.begin(expiresIn),
        mirror.url,
      );
    };
    /** Tokens that this API no longer accepts, although they have not expired. */
    const beginRefused = async (options) => {
      await begin(options);
      const { refresh_token } = mirror.tokens.begin();
      await page.run(
        ([access_token, refresh_token]) =>
          app.client.setTokens({ access_token, refresh_token, token_type: "Bearer", expires_in: 600 }),
        ["stale", refresh_token],
      );
    };
    /** An expired token, and a renewal that waits for `release()`. */
    const beginExpired = async () => {
      mirror.tokens.hold();
      await begin({ expiresIn: 1 });
      await page.run(() => app.until(() => Date.now() > app.client.session.expiresAt, "expiry"));
    };
    const authorizations = (server = mirror) => server.requests.map(({ headers }) => headers.authorization);
    const eventsOf = (type) =>
      page.run((wanted) => app.events.filter(([kind]) => kind === wanted).map(([, detail]) => detail), type);

    for (const [kind, { change }] of Object.entries(bodyKinds)) {
      test(`a refused call with a body (${kind}) is sent again with the same bytes`, async () => {
        await beginRefused();
        for (const inRequest of [false, true]) {
          mirror.requests.length = 0;
          await page.run(
            async (kind, inRequest) => {
              const { bodyKinds } = await import("/app/behaviours/bodies.js");
              const body = bodyKinds[kind].make();
              const init = { method: "POST", body, headers: { "x-own": "1" } };
              const made = inRequest
                ? app.client.fetch(new Request(app.guarded, init))
                : app.client.fetch(app.guarded, init);
              bodyKinds[kind].change?.(body);
              if ((await made).status !== 200) throw new Error(`status ${(await made).status}`);
            },
            kind,
            inRequest,
          );
          const bodies = mirror.requests.map(({ method, headers, body }) => [
            method,
            headers["content-type"],
            headers["x-own"],
            body,
          ]);
          assert.ok(bodies.length === (inRequest ? 1 : 2), `${bodies.length} requests`);
          assert.deepEqual(bodies.at(-1), bodies[0]);
          if (inRequest) continue;
          const text = Buffer.from(bodies[0][3], "base64").toString("latin1");
          assert.ok(!text.includes("late"), "a change after the call was sent");
          if (change !== undefined && kind.includes("Array")) assert.notEqual(text.charCodeAt(0), 7);
        }
        assert.equal(mirror.tokens.requests.length, 1);
      });
    }

    test("a refused call in a Request is sent again with the same bytes", async () => {
      await beginRefused();
      const status = await page.run(() => {
        const form = new FormData();
        form.append("file", new File(["content"], "name"));
        return app.status(new Request(app.guarded, { method: "POST", body: form }));
      });
      assert.equal(status, 200);
      const [first, second] = mirror.requests;
      assert.equal(second.body, first.body);
      assert.equal(second.headers["content-type"], first.headers["content-type"]);
      assert.match(first.headers["content-type"], /^multipart\/form-data; ?boundary=/);
    });

    test("a stream is sent once: its 401 is returned, and the next call has a new token", async () => {
      await beginRefused();
      const [status, calls, next] = await page.run(async () => {
        // No engine sends streams over HTTP/1.1: what the client asks of `fetch` is seen here.
        const native = globalThis.fetch;
        let calls = 0;
        globalThis.fetch = (input, init) => {
          if (!String(input.url ?? input).includes("guarded")) return native(input, init);
          calls += 1;
          const headers = { "www-authenticate": 'Bearer error="invalid_token"' };
          return Promise.resolve(new Response("refused", { status: 401, headers }));
        };
        try {
          const body = new ReadableStream({ start: (controller) => controller.close() });
          const status = await app.status(app.guarded, { method: "POST", body, duplex: "half" });
          globalThis.fetch = native;
          return [status, calls, await app.status(app.guarded)];
        } finally {
          globalThis.fetch = native;
        }
      });
      assert.deepEqual([status, calls, next], [401, 1, 200]);
      assert.equal(mirror.tokens.requests.length, 1);
    });

    test("a second 401 is returned", async () => {
      await beginRefused();
      const [status, body] = await page.run(async (url) => {
        const challenge = encodeURIComponent('www-authenticate:Bearer error="invalid_token"');
        const response = await app.client.fetch(`${url}/run/answer?status=401&body=no&header=${challenge}`);
        return [response.status, await response.text()];
      }, mirror.url);
      assert.deepEqual([status, body], [401, "no"]);
      assert.equal(mirror.requests.length, 2);
      assert.equal(mirror.tokens.requests.length, 1);
    });

    test("answers that do not say that the token is refused are returned as they are", async () => {
      await begin();
      for (const [status, challenge] of [
        [401, 'Bearer error="insufficient_user_authentication"'],
        [403, 'Bearer error="insufficient_scope"'],
        [403, ""],
        [400, 'Bearer error="invalid_request"'],
        [500, 'Bearer error="invalid_token"'],
      ]) {
        const query = new URLSearchParams({ status, header: `www-authenticate:${challenge}` });
        assert.equal(
          await page.run((query) => app.status(`${app.url}/run/answer?${query}`), `${query}`),
          status,
        );
      }
      assert.equal(mirror.requests.length, 5);
      assert.equal(mirror.tokens.requests.length, 0);
    });

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

    test("promise 3: no look-alike URL gets a token", async () => {
      await begin();
      const port = new URL(mirror.url).port;
      const foreignPort = new URL(foreign.url).port;
      const urls = lookAlikes.map((url) => url.replaceAll("PORT", port).replaceAll("FOREIGN", foreignPort));
      await page.run((urls) => {
        const both = (url) => [
          app.status(url),
          app.status(url, { method: "POST", headers: { "x-own": "1" } }),
        ];
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

    test("an abort during the wait for a token rejects that caller alone, with its reason", async () => {
      await beginExpired();
      const outcomes = await page.run(async () => {
        const controller = new AbortController();
        const { signal } = controller;
        const reason = new RangeError("own reason");
        const calls = [
          app.client.fetch(app.guarded, { signal }).catch((error) => error === reason),
          app.client.fetch(new Request(app.guarded, { signal })).catch((error) => error === reason),
          app.client.fetch(app.guarded, { signal: AbortSignal.timeout(20) }).catch(({ name }) => name),
          app.client.fetch(app.guarded, { signal: AbortSignal.abort("at once") }).catch((error) => error),
        ];
        app.others = [
          app.status(app.guarded),
          app.status(app.guarded, { signal: new AbortController().signal }),
        ];
        controller.abort(reason);
        return Promise.all(calls);
      });
      assert.deepEqual(outcomes, [true, true, "TimeoutError", "at once"]);
      mirror.tokens.release();
      assert.deepEqual(await page.run(() => Promise.all(app.others)), [200, 200]);
      assert.equal(mirror.tokens.requests.length, 1);
    });

    test("what a call was given counts when it is made, not when it is sent", async () => {
      await beginExpired();
      await page.run(() => {
        const late = (input) => {
          const init = { method: "POST", body: "first", headers: { "x-own": "first" } };
          const made = app.status(input, init);
          Object.assign(init, { method: "PUT", body: "second" }).headers["x-own"] = "second";
          return made;
        };
        app.calls = [late(app.guarded), late(new URL(app.guarded))];
      });
      mirror.tokens.release();
      await page.run(() => Promise.all(app.calls));
      const sent = mirror.requests.map(({ method, headers, body }) => [method, headers["x-own"], body]);
      const first = ["POST", "first", Buffer.from("first").toString("base64")];
      assert.deepEqual(sent, [first, first]);
    });

    test("promise 4: 10,000 calls at once with an expired token cause one token request", async () => {
      await beginExpired();
      await page.run(() => {
        // The API is played here: no browser has 10,000 requests under way. The token request is real.
        const native = globalThis.fetch;
        app.sent = [];
        globalThis.fetch = (input, init) => {
          if (!String(input).startsWith(`${app.url}/run/`)) return native(input, init);
          app.sent.push(new Headers(init.headers).get("authorization"));
          return Promise.resolve(new Response("{}"));
        };
        app.calls = Array.from({ length: 10_000 }, () => app.status(app.guarded));
      });
      assert.deepEqual(await page.run(() => app.sent), []);
      mirror.tokens.release();
      const outcomes = await page.run(async () => [...new Set(await Promise.all(app.calls))]);
      assert.deepEqual(outcomes, [200]);
      const token = `Bearer access-${mirror.tokens.issued()}`;
      assert.deepEqual(await page.run(() => [app.sent.length, ...new Set(app.sent)]), [10_000, token]);
      assert.equal(mirror.tokens.requests.length, 1);
    });

    test("calls without a session or without a refresh token say so", async () => {
      await begin();
      const fresh = await page.run(async () => {
        const client = await app.createClient(app.options);
        const first = await client.fetch(app.guarded).catch(app.describe);
        await client.setTokens({ access_token: "only", token_type: "bearer", expires_in: 1 });
        await app.until(() => Date.now() > client.session.expiresAt, "expiry");
        return [first, await client.fetch(app.guarded).catch(app.describe)];
      });
      assert.deepEqual(
        fresh.map(({ name, code, isStrongroomError }) => [name, code, isStrongroomError]),
        [
          ["StrongroomError", "ERR_NOT_SIGNED_IN", true],
          ["StrongroomError", "ERR_NOT_RENEWABLE", true],
        ],
      );
      assert.equal(mirror.requests.length, 0);
    });

    test("a renewal that is refused ends the session only for invalid_grant", async () => {
      await begin();
      mirror.tokens.refuse(400, { error: "invalid_client" });
      const refused = await page.rejection(() => app.client.refresh());
      assert.deepEqual([refused.code, refused.error, refused.status], ["ERR_REFUSED", "invalid_client", 400]);
      assert.equal(await page.run(() => app.client.session.status), "renewal-delayed");
      mirror.tokens.refuse(400, { error: "invalid_grant" });
      assert.equal((await page.rejection(() => app.client.refresh())).code, "ERR_SESSION_ENDED");
      assert.equal(await page.run(() => app.client.session.reason), "session-ended");
    });

    test("the fetch is bound, and the client's own members are what they say", async () => {
      await begin({ exposeAccessToken: true });
      const { token, same, frozen, replaced, unbound, names } = await page.run(async () => {
        const { fetch } = app.client;
        const before = app.client.session;
        const frozen = Object.isFrozen(before);
        const same = before === app.client.session;
        await app.client.refresh();
        return {
          token: await app.client.getAccessToken(),
          same,
          frozen,
          replaced: before !== app.client.session,
          unbound: (await fetch(app.guarded)).status,
          names: Object.keys(app.client),
        };
      });
      assert.equal(token, `access-${mirror.tokens.issued()}`);
      assert.deepEqual([same, frozen, replaced, unbound, names], [true, true, true, 200, ["fetch"]]);
    });

    test("promise 2: the access token is given out only where that was asked for", async () => {
      await begin();
      assert.equal((await page.rejection(() => app.client.getAccessToken())).code, "ERR_NOT_EXPOSED");
    });

    test("a listener that throws keeps nobody else from hearing, and is reported", async () => {
      await begin();
      const heard = await page.run(async () => {
        const heard = [];
        const throws = () => {
          throw new Error("a listener's own");
        };
        app.client.subscribe(throws);
        app.client.addEventListener("refreshed", throws);
        app.client.subscribe(() => heard.push("subscriber"));
        const unsubscribe = app.client.subscribe(() => heard.push("never"));
        unsubscribe();
        unsubscribe();
        const removed = () => heard.push("never");
        app.client.addEventListener("refreshed", removed);
        app.client.removeEventListener("refreshed", removed);
        app.client.addEventListener("refreshed", (event) => {
          heard.push([event.type, event instanceof CustomEvent, Object.isFrozen(event.detail)].join());
        });
        await app.client.refresh();
        await app.until(() => heard.length >= 2);
        return [
          [...new Set(heard)].sort(),
          window.recordedConsole.map((line) => line.includes("a listener's own")),
        ];
      });
      assert.deepEqual(heard[0], ["refreshed,true,true", "subscriber"]);
      assert.ok(heard[1].length >= 2 && heard[1].every(Boolean), JSON.stringify(heard));
    });

    test("close() rejects who waits and everybody after, and sends nothing more", async () => {
      await beginExpired();
      const waiting = await page.run(async () => {
        const calls = [app.client.fetch(app.guarded), app.client.refresh()].map((call) =>
          call.catch(app.describe),
        );
        app.client.close();
        app.client.close();
        const after = [app.client.fetch(app.guarded), app.client.refresh(), app.client.signIn()];
        return Promise.all([...calls, ...after.map((call) => call.catch(app.describe))]);
      });
      mirror.tokens.release();
      assert.deepEqual(
        waiting.map(({ code }) => code),
        Array(5).fill("ERR_CLOSED"),
      );
      assert.equal(mirror.requests.length, 0);
      assert.deepEqual(await eventsOf("refreshed"), []);
    });

    test("no rejection was left unhandled in all of this", async () => {
      await beginRefused();
      await page.run(async () => {
        await Promise.all(Array.from({ length: 20 }, () => app.status(app.guarded)));
        await app.client.signOut();
        await app.status(app.guarded);
        await new Promise((resolve) => setTimeout(resolve));
      });
      assert.deepEqual(await page.run(() => window.recordedConsole), []);
    });
  });
}
