// A refused call is sent again: when, with which body, and which answers are returned as they came.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { bodyKinds } from "./app/behaviours/bodies.js";
import { startCaller } from "./app/caller.mjs";
import { inEachHome } from "./app/matrix.mjs";

inEachHome((place) => {
  const { isolation } = place;
  /** WebKit cannot read a form with a file out of a Request, and so none can cross the port. */
  const readsFiles = place.browserName !== "webkit" || isolation === "page";
  let caller;
  let mirror;
  let page;
  let begin;
  let beginRefused;

  before(async () => {
    caller = await startCaller(place.browser, { isolation });
    ({ mirror, page, begin, beginRefused } = caller);
  });
  after(() => caller?.close());
  beforeEach(() => caller.reset());

  for (const [kind, { change }] of Object.entries(bodyKinds)) {
    const hasFile = /^FormData with/.test(kind);
    test(`a refused call with a body (${kind}) is sent again with the same bytes`, async () => {
      await beginRefused();
      for (const inRequest of hasFile && !readsFiles ? [false] : [false, true]) {
        mirror.requests.length = 0;
        await page.run(
          async (kind, inRequest) => {
            const { bodyKinds } = await app.load("/app/behaviours/bodies.js");
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
    const status = await page.run(
      (part) => {
        const form = new FormData();
        form.append("part", part === "file" ? new File(["content"], "name") : part);
        return app.status(new Request(app.guarded, { method: "POST", body: form }));
      },
      readsFiles ? "file" : "text",
    );
    assert.equal(status, 200);
    const [first, second] = mirror.requests;
    assert.equal(second.body, first.body);
    assert.equal(second.headers["content-type"], first.headers["content-type"]);
    assert.match(first.headers["content-type"], /^multipart\/form-data; ?boundary=/);
  });

  // Elsewhere no test can put itself in place of `fetch`.
  if (isolation === "page") {
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
  }

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
