// A call through the client: how it waits for a token, and what the client tells those who call and listen.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startCaller } from "./app/caller.mjs";
import { inEachHome } from "./app/matrix.mjs";

inEachHome((place) => {
  const { isolation } = place;
  let caller;
  let mirror;
  let page;
  let begin;
  let beginExpired;
  let eventsOf;
  let authorizations;

  before(async () => {
    caller = await startCaller(place.browser, { isolation });
    ({ mirror, page, begin, beginExpired, eventsOf, authorizations } = caller);
  });
  after(() => caller?.close());
  beforeEach(() => caller.reset());

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

  // Elsewhere the calls leave from the vault, where no test can play the API: fewer then, and all of them real.
  const many = isolation === "page" ? 10_000 : 500;
  test(`promise 4: ${many} calls at once with an expired token cause one token request`, async () => {
    await beginExpired();
    await page.run(
      (many, isPlayed) => {
        // The API is played here: no browser has 10,000 requests under way. The token request is real.
        const native = globalThis.fetch;
        app.sent = [];
        if (isPlayed) {
          globalThis.fetch = (input, init) => {
            if (!String(input).startsWith(`${app.url}/run/`)) return native(input, init);
            app.sent.push(new Headers(init.headers).get("authorization"));
            return Promise.resolve(new Response("{}"));
          };
        }
        app.calls = Array.from({ length: many }, () => app.status(app.guarded));
      },
      many,
      isolation === "page",
    );
    const sent = async () => [...authorizations(), ...(await page.run(() => app.sent))];
    assert.deepEqual(await sent(), []);
    mirror.tokens.release();
    const outcomes = await page.run(async () => [...new Set(await Promise.all(app.calls))]);
    assert.deepEqual(outcomes, [200]);
    const token = `Bearer access-${mirror.tokens.issued()}`;
    assert.deepEqual([(await sent()).length, ...new Set(await sent())], [many, token]);
    assert.equal(mirror.tokens.requests.length, 1);
  });

  test("calls without a session or without a refresh token say so", async () => {
    await begin();
    const fresh = await page.run(async () => {
      const provider = { ...app.options.provider, clientId: "of its own" };
      const client = await app.createClient({ ...app.options, provider });
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
});
