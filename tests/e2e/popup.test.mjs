// Signing in by a popup: the page stays, and nothing is stored in any isolation.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { By } from "selenium-webdriver";
import { inEachHome } from "./app/matrix.mjs";
import { until } from "./app/page.mjs";
import { startVisitor } from "./app/visitor.mjs";

/** The whole application cuts itself off from whoever opened it, as an authorization server may. */
let cutsOff = false;
const serve = (_request, response) => {
  if (cutsOff) response.setHeader("cross-origin-opener-policy", "same-origin");
};

inEachHome((place) => {
  const { isolation } = place;
  let visitor;
  let page;
  let driver;
  let opener;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation, serve });
    ({ page } = visitor);
    ({ driver } = page);
  });
  after(() => visitor?.close());
  beforeEach(async () => {
    cutsOff = false;
    await visitor.reset();
    await page.open("/orders?page=2");
    opener = await driver.getWindowHandle();
  });
  afterEach(async () => {
    for (const handle of await handles()) {
      if (handle === opener) continue;
      await driver.switchTo().window(handle);
      await driver.close();
    }
    await driver.switchTo().window(opener);
  });

  /** Clicks a button that signs in; what becomes of it is in the page's `app.settled`, a member for each click. */
  const clickSignIn = async (options = {}) => {
    await page.run((given) => {
      app.settled ??= [];
      const button = document.createElement("button");
      button.textContent = "Sign in";
      button.onclick = () => {
        const at = app.settled.push(null) - 1;
        app.client.signIn({ mode: "popup", ...given }).then(
          () => {
            app.settled[at] = { status: app.client.session.status };
          },
          (error) => {
            app.settled[at] = { error: app.describe(error) };
          },
        );
      };
      document.querySelector("button")?.remove();
      document.body.append(button);
    }, options);
    await driver.findElement(By.css("button")).click();
  };
  /** Keeps the window as `app.window`, counts in `app.looks` how often it was seen closed; the clock is `app.ahead`. */
  const watch = () =>
    page.run(() => {
      const { open, setInterval } = globalThis;
      const now = performance.now.bind(performance);
      Object.assign(app, { ahead: 0, looks: 0 });
      performance.now = () => now() + app.ahead;
      globalThis.open = (...given) => {
        app.window = open(...given);
        return app.window;
      };
      globalThis.setInterval = (look, ms) =>
        setInterval(() => {
          look();
          if (app.window.closed) app.looks += 1;
        }, ms);
    });
  /** Until the page has seen twice more that the window is closed, with its clock so much ahead. */
  const lookAtClosed = (ahead) =>
    page.run(async (ahead) => {
      app.ahead = ahead;
      const enough = app.looks + 2;
      await app.until(() => app.looks >= enough);
    }, ahead);
  const settled = (at = 0) => page.run((at) => app.settled[at], at);
  const handles = () => driver.getAllWindowHandles();
  const isAlone = () => until(async () => (await handles()).length === 1, "the window to close");
  /** Enters the window that none of these is, once the form or the callback page is there. */
  const enterPopup = async (...others) => {
    const popup = await until(
      async () => (await handles()).find((handle) => handle !== opener && !others.includes(handle)),
      "the window to open",
    );
    await driver.switchTo().window(popup);
    await until(async () => (await page.isAtForm()) || (await page.isAtCallback()), "the window to leave");
    return popup;
  };
  /** The callback page has one line of ours; the window closes, and the page is what the driver sees again. */
  const completeThere = async () => {
    await page
      .run(() => {
        app.client.completeSignIn();
      })
      .catch((error) => {
        // The window may be gone before the driver has its answer.
        if (error.name === "AssertionError") throw error;
      });
    await driver.switchTo().window(opener);
  };
  const stored = () => page.run(() => [Object.keys(localStorage), Object.keys(sessionStorage)]);

  test("signs in, closes the window, and leaves nothing in any storage", async () => {
    await clickSignIn({ returnTo: "/elsewhere" });
    const popup = await enterPopup();
    await driver.switchTo().window(opener);
    assert.deepEqual(await stored(), [[], []]);
    await driver.switchTo().window(popup);
    await page.comeBack();
    assert.deepEqual(await stored(), [[], []]);
    await completeThere();
    assert.deepEqual(await until(settled, "signIn() to settle"), { status: "signed-in" });
    await isAlone();
    assert.deepEqual(await visitor.calls("/orders", 1), [200]);
    assert.equal(await page.url(), `${visitor.world.app.url}/orders?page=2`);
    assert.deepEqual(await stored(), [[], []]);
  });

  test("the authorization server gets no hold of the page", async () => {
    await clickSignIn();
    await enterPopup();
    assert.equal(await driver.executeScript("return window.opener === null"), true);
    await page.comeBack();
    await completeThere();
    await isAlone();
  });

  test("signs in although the window is cut off from the page (COOP)", async () => {
    cutsOff = true;
    await watch();
    await clickSignIn();
    const popup = await enterPopup();
    await page.comeBack();
    await driver.switchTo().window(opener);
    await lookAtClosed(0);
    await driver.switchTo().window(popup);
    const result = await page.run(async () => {
      globalThis.close = () => {
        app.isClosing = true;
      };
      const result = await app.client.completeSignIn();
      await app.until(() => app.isClosing);
      return result;
    });
    assert.deepEqual(result, isolation === "shared" ? { returnTo: "/orders?page=2" } : null);
    await driver.close();
    await driver.switchTo().window(opener);
    assert.deepEqual(await until(settled, "signIn() to settle"), { status: "signed-in" });
    assert.deepEqual(await visitor.calls("/orders", 1), [200]);
  });

  test("of two windows each brings its own sign-in back", async () => {
    await clickSignIn();
    const first = await enterPopup();
    await driver.switchTo().window(opener);
    await clickSignIn();
    await enterPopup(first);
    await page.comeBack();
    await completeThere();
    assert.deepEqual(await until(() => settled(1), "the second signIn()"), { status: "signed-in" });
    await until(async () => (await handles()).length === 2, "the second window to close");
    assert.equal(await settled(0), null);
    await driver.switchTo().window(first);
    await page.comeBack();
    await completeThere();
    assert.deepEqual(await until(() => settled(0), "the first signIn()"), { status: "signed-in" });
    await isAlone();
  });

  test("closes the window of a sign-in that cannot begin", async () => {
    await watch();
    await clickSignIn({ returnTo: "//elsewhere.invalid" });
    assert.equal((await until(settled, "signIn() to settle")).error.code, "ERR_INVALID_OPTION");
    await until(() => page.run(() => app.window.closed), "the window to close");
    await isAlone();
  });

  test("closes the window of a sign-in that the server refused", async () => {
    await clickSignIn();
    await enterPopup();
    const callback = new URL(await page.comeBack());
    callback.searchParams.delete("code");
    callback.searchParams.set("error", "access_denied");
    await driver.get(callback.href);
    await page.ready();
    await completeThere();
    const { error } = await until(settled, "signIn() to settle");
    assert.deepEqual([error.code, error.error], ["ERR_AUTHORIZATION", "access_denied"]);
    await isAlone();
  });

  test("a closed window is no answer until a bounded wait says so", async () => {
    await watch();
    await clickSignIn();
    await enterPopup();
    await driver.close();
    await driver.switchTo().window(opener);
    for (const ahead of [0, 100_000]) {
      await lookAtClosed(ahead);
      assert.equal(await settled(), null);
    }
    await page.run(() => {
      app.ahead = 121_000;
    });
    assert.equal((await until(settled, "signIn() to give up")).error.code, "ERR_POPUP");
  });

  if (isolation === "worker") {
    test("what a sign-in needs leaves the vault only if the page does", async () => {
      const answers = await page.run(async () => {
        const vault = new Worker("/pkg/vault.js", { type: "module", name: "another" });
        const heard = (type) =>
          new Promise((resolve) => {
            vault.addEventListener("message", ({ data }) => data.type === type && resolve(data), {
              once: type === "welcome",
            });
          });
        const wasm = new URL("/pkg/strongroom_bg.wasm", location.href).href;
        const welcome = heard("welcome");
        vault.postMessage({ type: "hello", protocol: 1, options: app.options, wasm, survives: false });
        await welcome;
        const kept = [];
        for (const pageStays of [false, true]) {
          const settled = heard("settled");
          vault.postMessage({
            type: "ask",
            id: 1,
            question: "signIn",
            given: [{ returnTo: "/" }, pageStays],
          });
          const { value } = await settled;
          kept.push(
            Object.keys(value)
              .filter((name) => value[name] !== undefined)
              .sort(),
          );
        }
        vault.terminate();
        return kept;
      });
      assert.deepEqual(answers, [
        ["href", "state", "transaction"],
        ["href", "state"],
      ]);
    });
  }

  if (isolation !== "page") {
    test("the page of a popup hears nothing of what a sign-in needs", async () => {
      await page.run(() => {
        app.heard = [];
        const { get } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data");
        Object.defineProperty(MessageEvent.prototype, "data", {
          get() {
            const data = get.call(this);
            const { value } = data;
            if (value?.href !== undefined)
              app.heard.push(
                Object.keys(value)
                  .filter((name) => value[name] !== undefined)
                  .sort(),
              );
            return data;
          },
        });
      });
      await clickSignIn();
      await enterPopup();
      await driver.close();
      await driver.switchTo().window(opener);
      assert.deepEqual(await page.run(() => app.heard), [["href", "state"]]);
    });
  }

  test("a window that is refused, closed or blocked leaves the session alone, and nothing secret is in the error", async () => {
    await page.signIn();
    const { claims } = await visitor.session();
    const isUntouched = async () => {
      const session = await visitor.session();
      assert.deepEqual([session.status, session.claims], ["signed-in", claims]);
      assert.deepEqual(await visitor.calls("/orders", 1), [200]);
    };
    const cost = await visitor.tokenRequestsOf(async () => {
      await watch();
      await clickSignIn();
      await enterPopup();
      const callback = new URL(await page.comeBack());
      const secrets = ["code", "state"].map((name) => callback.searchParams.get(name));
      callback.searchParams.delete("code");
      callback.searchParams.set("error", "access_denied");
      await driver.get(callback.href);
      await page.ready();
      await completeThere();
      const refused = (await until(settled, "signIn() to settle")).error;
      assert.equal(refused.code, "ERR_AUTHORIZATION");
      await isAlone();
      await isUntouched();

      await clickSignIn();
      await enterPopup();
      secrets.push(...new URL(await page.url()).searchParams.values());
      await driver.close();
      await driver.switchTo().window(opener);
      await lookAtClosed(0);
      await page.run(() => {
        app.ahead = 121_000;
      });
      const closed = (await until(() => settled(1), "signIn() to give up")).error;
      assert.equal(closed.code, "ERR_POPUP");
      await page.run(() => {
        app.ahead = 0;
      });
      await isUntouched();

      const blocked = await page.rejection(() => {
        globalThis.open = () => null;
        return app.client.signIn({ mode: "popup" });
      });
      assert.equal(blocked.code, "ERR_POPUP");
      await isUntouched();
      const text = JSON.stringify([refused, closed, blocked]);
      for (const secret of secrets) assert.ok(!text.includes(secret), "a code or state is in the error");
    });
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 0 });
  });

  test("a blocked window is a typed error, and so is an unknown mode", async () => {
    const blocked = await page.run(async () => {
      let isAsked = false;
      globalThis.open = () => {
        isAsked = true;
        return null;
      };
      const signingIn = app.client.signIn({ mode: "popup" });
      // Later than in the click itself the browser would block it.
      const isInClick = isAsked;
      const { code } = await signingIn.catch(app.describe);
      return [isInClick, code];
    });
    assert.deepEqual(blocked, [true, "ERR_POPUP"]);
    const unknown = await page.rejection(() => app.client.signIn({ mode: "window" }));
    assert.deepEqual(
      [unknown.code, unknown.option, unknown.isTypeError],
      ["ERR_INVALID_OPTION", "mode", true],
    );
    // Neither has begun anything.
    assert.equal(await page.run(() => app.statuses.includes("signing-in")), false);
  });
});
