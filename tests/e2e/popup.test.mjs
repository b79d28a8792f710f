// Signing in by a popup: the page stays, and nothing is stored in any isolation.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
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

  /** Clicks a button that signs in; what becomes of it is in the page's `app.popup`. */
  const clickSignIn = async () => {
    await page.run(() => {
      const button = document.createElement("button");
      button.id = "in-popup";
      button.textContent = "Sign in";
      button.onclick = () => {
        app.popup = { settled: null };
        app.client.signIn({ mode: "popup" }).then(
          () => {
            app.popup.settled = { status: app.client.session.status };
          },
          (error) => {
            app.popup.settled = { error: app.describe(error) };
          },
        );
      };
      document.body.append(button);
    });
    await driver.findElement(By.css("#in-popup")).click();
  };
  const settled = () => page.run(() => app.popup.settled);
  const handles = () => driver.getAllWindowHandles();
  const enterPopup = async () => {
    const popup = await until(
      async () => (await handles()).find((handle) => handle !== opener),
      "the window to open",
    );
    await driver.switchTo().window(popup);
  };
  /** Signs in there, where the callback page has one line of ours; the window closes, or is cut off and stays. */
  const signInThere = async () => {
    await enterPopup();
    await page.comeBack();
    await page
      .run(() => {
        app.client.completeSignIn();
      })
      .catch((error) => {
        // The window may be gone before the driver has its answer.
        if (error.name === "AssertionError") throw error;
      });
    await driver.switchTo().window(opener);
    return until(settled, "signIn() to settle");
  };

  test("signs in, closes the window, and leaves nothing in any storage", async () => {
    await clickSignIn();
    assert.deepEqual(await signInThere(), { status: "signed-in" });
    await until(async () => (await handles()).length === 1, "the window to close");
    assert.deepEqual(await visitor.calls("/orders", 1), [200]);
    assert.equal(await page.url(), `${visitor.world.app.url}/orders?page=2`);
    const stored = () => [Object.keys(localStorage), Object.keys(sessionStorage)];
    assert.deepEqual(await page.run(stored), [[], []]);
  });

  test("signs in although the window is cut off from the page (COOP)", async () => {
    cutsOff = true;
    await clickSignIn();
    assert.deepEqual(await signInThere(), { status: "signed-in" });
    assert.deepEqual(await visitor.calls("/orders", 1), [200]);
    for (const handle of await handles()) {
      if (handle === opener) continue;
      await driver.switchTo().window(handle);
      await driver.close();
    }
    await driver.switchTo().window(opener);
  });

  test("a closed window is no answer until a bounded wait says so", async () => {
    await clickSignIn();
    await enterPopup();
    await until(async () => (await page.isAtForm()) || (await page.isAtCallback()), "the window to leave");
    await driver.close();
    await driver.switchTo().window(opener);
    await page.run(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
    assert.equal(await settled(), null);
    await page.run(() => {
      const now = performance.now.bind(performance);
      performance.now = () => now() + 121_000;
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
          kept.push(Object.keys((await settled).value).sort());
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

  test("a blocked window is a typed error, and so is an unknown mode", async () => {
    const blocked = await page.rejection(() => {
      globalThis.open = () => null;
      return app.client.signIn({ mode: "popup" });
    });
    assert.equal(blocked.code, "ERR_POPUP");
    const unknown = await page.rejection(() => app.client.signIn({ mode: "silent" }));
    assert.deepEqual(
      [unknown.code, unknown.option, unknown.isTypeError],
      ["ERR_INVALID_OPTION", "mode", true],
    );
  });
});
