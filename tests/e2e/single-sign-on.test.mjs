// Applications of one authorization server: who has signed in to one is known to the others without a question.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { Page, until } from "./app/page.mjs";
import { startApp } from "./app/server.mjs";
import { startVisitor } from "./app/visitor.mjs";

const nobody = { signedIn: false, error: "login_required" };
const MARK = "strongroom.sso";

/**
 * Another application at the authorization server of the world. By the name `localhost` it is of another site than the
 * server, whose cookies no frame of it has; by 127.0.0.1 of the same.
 */
class Neighbour {
  /** What answers in the place of the authorization endpoint: from the request's query, and how many came before. */
  endpoint = () => {};
  asked = 0;

  static async start(world) {
    const one = new Neighbour();
    one.world = world;
    one.app = await startApp({ serve: (request, response) => one.#serve(request, response) });
    one.app.isFull = true;
    return one;
  }

  /** At a fresh origin, where nothing is stored. */
  async moveOn(host) {
    await this.app.moveOn();
    this.url = this.app.url.replace("127.0.0.1", host);
    this.page = new Page(this.world.browser.driver, this);
    this.asked = 0;
    this.world.authorizationServer.control.allowOrigin(this.url);
    const { provider, ...others } = this.world.app.options;
    const { issuer, scope } = provider;
    const redirectUri = `${this.url}/callback`;
    this.provider = { type: "oidc", issuer, scope, clientId: "signed", redirectUri };
    this.app.options = { ...others, provider: this.provider };
  }

  /** Every page finds out on load whether the user is known; but for `/quiet`. */
  #serve(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.url);
    if (pathname === "/hostile") {
      this.endpoint(searchParams, response, this.asked++);
      return true;
    }
    if (/^\/(pkg|app|quiet|options\.json)/.test(pathname)) return false;
    response.writeHead(200, { "content-type": "text/html", "cache-control": "no-cache" });
    response.end(`<!doctype html><link rel="icon" href="data:,"><title>A neighbour</title>
      <script type="module" src="/app/known-on-load.js"></script>`);
    return true;
  }

  /** Opens a page; gives how it ended: here, or after a redirect. */
  async load(path = "/orders?page=2") {
    await this.page.driver.get(`${this.url}${path}`);
    return this.ended();
  }

  ended() {
    const ended = "return window.app?.ended ? JSON.stringify(window.app.ended) : null";
    return until(async () => JSON.parse(await this.page.driver.executeScript(ended)), "the page to find out");
  }

  status() {
    return this.page.run(() => app.client.session.status);
  }
}

inEachHome((place) => {
  let visitor;
  let neighbour;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation });
    neighbour = await Neighbour.start(visitor.world);
  });
  after(async () => {
    await visitor?.close();
    await neighbour?.app.close();
  });
  beforeEach(async () => {
    await visitor.reset();
    await neighbour.moveOn("localhost");
  });

  /** How many authorization requests that took: a frame's is one, a redirect's another. */
  const requestsOf = async (action) => {
    const known = visitor.control.authorizationRequests().length;
    const value = await action();
    return [value, visitor.control.authorizationRequests().length - known];
  };
  const signInElsewhere = () => visitor.page.signIn();
  const mark = () => neighbour.page.run((name) => sessionStorage.getItem(name), MARK);
  const setMark = (until) =>
    neighbour.page.run((name, until) => sessionStorage.setItem(name, until), MARK, String(until));

  test("who signed in to one application is known to another of the site by its frame, with nothing stored", async () => {
    await signInElsewhere();
    await neighbour.moveOn("127.0.0.1");
    const [ended, requests] = await requestsOf(() => neighbour.load());
    assert.deepEqual(ended, { back: null, answer: { signedIn: true, error: null } });
    assert.deepEqual([await neighbour.status(), requests], ["signed-in", 1]);
    assert.equal(await neighbour.page.url(), `${neighbour.url}/orders?page=2`);
    const stored = () => [Object.keys(localStorage), Object.keys(sessionStorage)];
    assert.deepEqual(await neighbour.page.run(stored), [[], []]);
  });

  test("where the server's cookies reach no frame one redirect tells, and the history keeps no trace", async () => {
    await signInElsewhere();
    await visitor.page.open("/before");
    const [ended, requests] = await requestsOf(() => neighbour.load());
    assert.deepEqual(ended, { back: { returnTo: "/orders?page=2" }, answer: null });
    assert.deepEqual([await neighbour.status(), requests], ["signed-in", 2]);
    assert.equal(await neighbour.page.url(), `${neighbour.url}/orders?page=2`);
    assert.deepEqual(await neighbour.page.run(() => Object.keys(sessionStorage)), [MARK]);
    assert.match(await mark(), /^\d{13}$/);
    // Whoever is signed in stays: a redirect could lose the session.
    const [again, none] = await requestsOf(() =>
      neighbour.page.run(() => app.client.signIn({ mode: "sso" })),
    );
    assert.deepEqual([again, none], [{ signedIn: true, error: null }, 0]);
    await neighbour.page.driver.navigate().back();
    await visitor.page.ready();
    assert.equal(await neighbour.page.url(), `${visitor.world.app.url}/before`);
  });

  test("if nobody is signed in one redirect is made, not one for each load (OIDC-13)", async () => {
    visitor.control.revokeSession();
    const [first, cost] = await requestsOf(() => neighbour.load());
    assert.deepEqual(first, { back: { returnTo: "/orders?page=2", ...nobody }, answer: null });
    assert.deepEqual([await neighbour.page.url(), cost], [`${neighbour.url}/orders?page=2`, 2]);
    assert.equal(await neighbour.status(), "signed-out");
    assert.ok(Number(await mark()) > Date.now() + 500_000, "a refusal is no progress");
    // The page that came back begins none, whatever becomes of the mark.
    const inOnePage = () => {
      sessionStorage.clear();
      return app.client.signIn({ mode: "sso" });
    };
    const kept = await mark();
    assert.deepEqual(await requestsOf(() => neighbour.page.run(inOnePage)), [nobody, 1]);
    await setMark(kept);
    for (let load = 2; load <= 5; load += 1) {
      const [ended, requests] = await requestsOf(() => neighbour.load());
      assert.deepEqual([ended, requests], [{ back: null, answer: nobody }, 1], `load ${load}`);
    }
    // A clock that was set back delays the next by no more than ten minutes.
    await setMark(Date.now() + 86_400_000);
    assert.deepEqual((await requestsOf(() => neighbour.load()))[1], 1);
    assert.ok(Number(await mark()) <= Date.now() + 600_000);
    await setMark(Date.now() - 1);
    assert.deepEqual((await requestsOf(() => neighbour.load()))[1], 2, "ten minutes later there is another");
  });

  test("a sign-in by popup is progress too", async () => {
    await signInElsewhere();
    await neighbour.moveOn("127.0.0.1");
    await neighbour.page.open("/quiet");
    await setMark(Date.now() + 600_000);
    await neighbour.page.run(async () => {
      // A frame in the place of the window, which the page takes for one.
      const frame = document.createElement("iframe");
      document.body.append(frame);
      globalThis.open = () => frame.contentWindow;
      await app.client.signIn({ mode: "popup" });
      frame.remove();
    });
    assert.ok(Number(await mark()) <= Date.now() + 60_000);
  });

  test("a session that went with its page is had again by a redirect, a minute later at the soonest", async () => {
    if (place.isolation === "shared") return; // It may outlive the page.
    await signInElsewhere();
    await neighbour.load();
    assert.ok(Number(await mark()) <= Date.now() + 60_000);
    assert.deepEqual(await requestsOf(() => neighbour.load()), [{ back: null, answer: nobody }, 1]);
    await setMark(Date.now() - 1);
    const [ended, requests] = await requestsOf(() => neighbour.load());
    assert.deepEqual([ended.back, requests], [{ returnTo: "/orders?page=2" }, 2]);
  });

  test("without sessionStorage, and in a frame, no redirect is made", async () => {
    await signInElsewhere();
    await neighbour.page.open("/quiet");
    const denied = () => {
      const get = () => {
        throw new DOMException("denied", "SecurityError");
      };
      Object.defineProperty(globalThis, "sessionStorage", { get });
      return app.client.signIn({ mode: "sso" });
    };
    assert.deepEqual(await requestsOf(() => neighbour.page.run(denied)), [nobody, 1]);
    await neighbour.page.open("/quiet");
    const inFrame = async () => {
      const frame = document.createElement("iframe");
      frame.src = "/orders";
      document.body.append(frame);
      const { ended } = await app.until(() => frame.contentWindow.app?.ended && frame.contentWindow.app);
      return [ended.answer, frame.contentWindow.location.pathname];
    };
    assert.deepEqual(await requestsOf(() => neighbour.page.run(inFrame)), [[nobody, "/orders"], 1]);
    assert.equal(await neighbour.page.url(), `${neighbour.url}/quiet`);
  });

  test("strongroom alone refuses the mode", async () => {
    await visitor.page.open("/orders");
    const { code, option } = await visitor.page.rejection(() => app.client.signIn({ mode: "sso" }));
    assert.deepEqual([code, option], ["ERR_INVALID_OPTION", "mode"]);
    await neighbour.page.open("/quiet");
    const rejection = await neighbour.page.rejection(() => app.client.signIn({ mode: "SSO" }));
    assert.deepEqual([rejection.code, rejection.option], ["ERR_INVALID_OPTION", "mode"]);
  });

  test("what fails after the frame had its answer is no reason for a redirect", async () => {
    await signInElsewhere();
    await neighbour.moveOn("127.0.0.1");
    await neighbour.page.open("/quiet");
    visitor.control.outage({ mode: "hold" });
    const attempt = () => neighbour.page.rejection(() => app.client.signIn({ mode: "sso" }));
    const [{ code }, requests] = await requestsOf(attempt);
    assert.deepEqual([code, requests, await mark()], ["ERR_TIMEOUT", 1, null]);
  });

  const isBackWith = (error) => (query, response) => {
    const callback = new URL(query.get("redirect_uri"));
    callback.search = new URLSearchParams({ state: query.get("state"), error });
    response.writeHead(302, { location: callback.href }).end();
  };
  /** The authorization endpoint answers frames so, and so what comes after them. */
  const answers = (toFrames, toRedirect) => {
    const { provider } = neighbour;
    provider.endpoints = { authorization: `${neighbour.url}/hostile`, token: `${provider.issuer}/token` };
    neighbour.endpoint = (query, response, before) =>
      (before < neighbour.frames ? toFrames : toRedirect)(query, response);
  };
  const isNotShown = (_query, response) => response.writeHead(200, { "x-frame-options": "DENY" }).end("no");
  const answer = () => until(() => neighbour.page.run(() => app.answers[0]), "the answer");
  /** Begins so many attempts at once in a quiet page, and ends its patience with the frames once all have asked. */
  const attempt = async (count, isPatient = false) => {
    neighbour.frames = neighbour.asked + count;
    await neighbour.page.open("/quiet");
    await neighbour.page.run(async (count) => {
      const { setTimeout } = globalThis;
      const patience = [];
      app.endPatience = () => {
        for (const end of patience.splice(0)) end();
      };
      globalThis.setTimeout = (callback, ms, ...given) =>
        ms === 10_000 || ms === 20_000
          ? patience.push(() => callback(...given))
          : setTimeout(callback, ms, ...given);
      const { options } = app;
      const clients = [app.client];
      for (let more = 1; more < count; more += 1) {
        const provider = { ...options.provider, clientId: "spa" };
        clients.push(await app.createClient({ ...options, provider }));
      }
      app.answers = [];
      for (const client of clients) client.signIn({ mode: "sso" }).then((answer) => app.answers.push(answer));
    }, count);
    await until(() => neighbour.asked === neighbour.frames, "the frames to be refused");
    if (!isPatient) await neighbour.page.run(() => app.endPatience());
  };

  test("a server that lets no frame show it is asked by a redirect; what it refuses is told, and asked once", async () => {
    for (const [error, ends] of [
      [
        "consent_required",
        { back: { returnTo: "/quiet", signedIn: false, error: "consent_required" }, answer: null },
      ],
      ["access_denied", { code: "ERR_AUTHORIZATION", error: "access_denied" }],
    ]) {
      await neighbour.moveOn("localhost");
      answers(isNotShown, isBackWith(error));
      await attempt(1);
      const { failure, ...ended } = await neighbour.ended();
      assert.deepEqual(failure ? { code: failure.code, error: failure.error } : ended, ends);
      assert.equal(neighbour.asked, 2);
      // No load after it waits for a frame again.
      assert.deepEqual((await neighbour.load()).answer, nobody);
      assert.equal(neighbour.asked, 2);
      await neighbour.page.run(() => {
        for (const key of Object.keys(sessionStorage)) sessionStorage.setItem(key, String(Date.now() - 1));
      });
      await attempt(1);
      await neighbour.ended();
      assert.equal(neighbour.asked, 4);
    }
  });

  test("that the server knows the user and has a question is the frame's answer", async () => {
    answers(isBackWith("consent_required"));
    await attempt(1, true);
    assert.deepEqual(await answer(), { signedIn: false, error: "consent_required" });
    assert.deepEqual([neighbour.asked, await mark()], [1, null]);
  });

  test("a redirect that leads nowhere is not waited for", async () => {
    answers(isNotShown, (_query, response) => response.writeHead(204).end());
    await attempt(1);
    await until(() => neighbour.asked === 2, "the redirect");
    await neighbour.page.run(() => app.endPatience());
    assert.deepEqual(await answer(), nobody);
  });

  test("two clients of one page make one redirect", async () => {
    answers(isNotShown, isBackWith("login_required"));
    await attempt(2);
    await neighbour.ended();
    assert.equal(neighbour.asked, 3);
  });
});
