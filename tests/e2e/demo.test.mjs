// The demo as `npm start` starts it: its servers, their ports, what it tells its page, and its attack panel in the browsers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { By } from "selenium-webdriver";
import { startDemo } from "../../scripts/start.mjs";
import { authorize } from "./app/servers.mjs";
import { browserNames, launch } from "./browsers.mjs";

const ATTACKS = [
  "access-token",
  "storage",
  "reachable",
  "patched",
  "messages",
  "second-port",
  "second-configuration",
  "foreign-origin",
];
const WAIT_MS = 60_000;

test("the demo starts on free ports and tells the page where its servers are", async () => {
  const strongroom = fileURLToPath(import.meta.url);
  const demo = await startDemo({ strongroom });
  try {
    const servers = await (await fetch(`${demo.spa.url}/demo-servers.json`)).json();
    assert.deepEqual(servers, {
      issuer: demo.authorizationServer.issuer,
      apiUrl: demo.api.url,
      backEndUrl: demo.backEnd.url,
      foreignUrl: demo.foreign.url,
      user: { login: "ada", password: "strongroom" },
    });
    const callback = await fetch(`${demo.spa.url}/callback?code=c&state=s`, {
      headers: { accept: "text/html" },
    });
    assert.match(await callback.text(), /<title>Strongroom demo<\/title>/);
    const policy = callback.headers.get("content-security-policy").split("; ");
    for (const directive of [
      "default-src 'none'",
      "require-trusted-types-for 'script'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "trusted-types strongroom",
    ]) {
      assert.ok(policy.includes(directive), directive);
    }
    assert.equal(
      (await fetch(`${demo.spa.url}/vault/vault.js`)).status,
      404,
      "there is none beside this file",
    );
    const redirect_uri = `${demo.spa.url}/callback`;
    const { parameters } = await authorize(
      { redirect_uri },
      { authorizationServer: demo.authorizationServer },
    );
    assert.match(parameters.get("code"), /./);
    const port = Number(new URL(demo.api.url).port);
    await assert.rejects(startDemo({ strongroom, ports: { api: port } }), /api cannot start on port \d+/);
    const other = await startDemo({ strongroom, preferredPorts: { api: port } });
    assert.notEqual(other.api.url, demo.api.url);
    await other.close();
  } finally {
    await demo.close();
  }
  await assert.rejects(fetch(demo.spa.url), TypeError);
});

for (const name of browserNames) {
  describe(`the attack panel in ${name}`, () => {
    let demo;
    let browser;
    before(async () => {
      // WebKit takes no `Secure` cookie from http, not even on loopback.
      const backEnd = { isSecure: name !== "webkit" };
      demo = await startDemo({ authorizationServer: { recordTokens: true }, backEnd });
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      await demo?.close();
    });

    test("the vault's script has a policy of its own, and is what the page loads", async () => {
      const { headers } = await fetch(`${demo.spa.url}/vault/vault.js`);
      const { issuer } = demo.authorizationServer;
      const expected = `default-src 'none'; connect-src 'self' ${issuer} ${demo.api.url} ${demo.backEnd.url}; script-src 'self' 'wasm-unsafe-eval'`;
      assert.equal(headers.get("content-security-policy"), expected);
      assert.equal(headers.get("content-type"), "text/javascript");
    });

    for (const isolation of ["shared", "worker", "page"]) {
      test(`${isolation}: what the attacks find`, { timeout: 240_000 }, async () => {
        const { driver } = browser;
        await signIn(driver, demo, `/?isolation=${isolation}`);
        assert.equal(await driver.getCurrentUrl(), `${demo.spa.url}/?isolation=${isolation}`);
        assert.equal(await datum(driver, "isolation"), isolation);
        const ledger = () => driver.executeScript("return document.getElementById('ledger').textContent");
        // A listener of "signed-in" sees the session that the event tells of.
        await until(async () => /signed in\./.test(await ledger()), "the ledger's entry");
        assert.match(await ledger(), /Ada Lovelace signed in\./);
        await watchPolicy(driver);
        const results = await runAll(driver);
        assert.deepEqual(Object.keys(results), ATTACKS);
        const [strongroom, naive] = [counts(results, "strongroom"), counts(results, "naive")];
        for (const [attack, count] of Object.entries(naive))
          assert.ok(count >= 1, `${attack}: ${describeRow(results[attack])}`);
        if (isolation === "page") {
          const { patched, ...others } = strongroom;
          assert.ok(patched >= 1, `the control: ${describeRow(results.patched)}`);
          assert.match(results.patched.strongroom.text, /This is the control/);
          assert.deepEqual(others, zero(others));
        } else {
          assert.deepEqual(strongroom, zero(strongroom), JSON.stringify(results));
        }
        assert.match(results["access-token"].strongroom.text, /ERR_NOT_EXPOSED/);
        const code =
          isolation === "shared" ? /With the server: refused \(ERR_CONFIGURED\)/ : /ERR_NOT_SIGNED_IN/;
        assert.match(results["second-configuration"].strongroom.text, code);
        if (isolation !== "page")
          assert.match(results["second-port"].strongroom.text, /\b\d+ replies.*ERR_NOT_EXPOSED/);
        const overheard =
          isolation === "page" ? /There was none/ : /\b([4-9]|\d\d) messages from and to the vault/;
        assert.match(results.messages.strongroom.text, overheard);
        assert.match(results.patched.strongroom.text, /The call got 200, the refresh succeeded\./);

        const html = await driver.executeScript("return document.documentElement.outerHTML");
        const issued = demo.authorizationServer.control.issuedTokens();
        assert.ok(issued.length >= 12, `${issued.length} tokens issued`);
        assert.deepEqual(
          issued.filter(({ value }) => html.includes(value.slice(-24))).map(({ kind }) => kind),
          [],
          "tokens that the page shows",
        );
        if (name === "chromium") assert.deepEqual(await policyViolations(driver), ["img-src"]);
      });
    }

    test("by default the tokens are in the shared vault; signing out empties the naive client, too", async () => {
      const { driver } = browser;
      await signIn(driver, demo, "/");
      assert.equal(await datum(driver, "isolation"), "shared");
      await driver.findElement(By.id("attack-storage")).click();
      await until(
        () => driver.executeScript(`return ${CELL}.dataset.count !== undefined`),
        "the attack's result",
      );
      assert.ok((await driver.executeScript("return localStorage.length")) >= 1);
      await driver.findElement(By.id("sign-out")).click();
      await until(async () => (await datum(driver, "status")) === "signed-out", "the sign-out");
      await until(
        () => driver.executeScript("return localStorage.length === 0"),
        "the naive client to forget",
      );
      assert.equal(await driver.findElement(By.id("run-all-attacks")).isEnabled(), false);
    });

    test("the same page works with each shape of back end", async () => {
      const { driver } = browser;
      const text = (id) =>
        driver.executeScript("return document.getElementById(arguments[0]).textContent", id);
      for (const shape of ["json", "cookie", "mediating", "bff"]) {
        await driver.get(demo.spa.url);
        // Until then what is clicked moves.
        await until(async () => (await datum(driver, "status")) === "signed-out", "the demo");
        await driver.findElement(By.css(`a[data-back-end=${shape}]`)).click();
        await until(async () => (await datum(driver, "backEnd")) === shape, shape);
        await until(async () => (await datum(driver, "status")) === "signed-out", `${shape} to be asked`);
        if (await driver.findElement(By.id("password-form")).isDisplayed()) {
          await driver.findElement(By.css("[name=username]")).sendKeys("ada");
          await driver.findElement(By.css("[name=password]")).sendKeys("strongroom");
          await driver.findElement(By.id("password-sign-in")).click();
        } else {
          await driver.findElement(By.id("sign-in")).click();
          await until(
            async () => (await driver.findElements(By.css("[name=login]"))).length === 1,
            "the form",
          );
          await fillForm(driver);
        }
        await until(async () => (await datum(driver, "status")) === "signed-in", `${shape} to sign in`);
        assert.equal(await driver.getCurrentUrl(), `${demo.spa.url}/?back-end=${shape}`);
        assert.match(await text("headline"), /Ada Lovelace is signed in/);
        await driver.findElement(By.id("call-500")).click();
        await until(async () => /altogether/.test(await text("results-body")), "500 answers");
        assert.match(await text("results-body"), /answered500/);
        await driver.findElement(By.id("sign-out")).click();
        await until(async () => (await datum(driver, "status")) === "signed-out", `${shape} to sign out`);
      }
    });

    test("in by a window, once more for a transfer, out at the server, and in without a question", async () => {
      const { driver } = browser;
      const text = (id) =>
        driver.executeScript("return document.getElementById(arguments[0])?.textContent", id);
      const signsInByWindow = async (id, done) => {
        const page = await driver.getWindowHandle();
        await driver.findElement(By.id(id)).click();
        const isOpen = async () => (await driver.getAllWindowHandles()).length === 2;
        await until(isOpen, "the window");
        const handles = await driver.getAllWindowHandles();
        await driver.switchTo().window(handles.find((handle) => handle !== page));
        await until(async () => (await driver.findElements(By.css("[name=login]"))).length === 1, "the form");
        await fillForm(driver);
        await driver.switchTo().window(page);
        await until(done, `what ${id} is for`);
        await until(async () => !(await isOpen()), "the window's end");
      };
      const has = (id, words) => async () => words.test(await text(id));
      // The server knows nobody in this browser once its own session is over.
      await driver.get(demo.authorizationServer.issuer);
      await driver.manage().deleteAllCookies();
      await driver.get(`${demo.spa.url}/?isolation=worker`);
      await until(async () => (await datum(driver, "status")) === "signed-out", "the demo");
      await driver.findElement(By.id("sign-in-silent")).click();
      await until(has("ledger", /login_required/), "the answer");
      assert.equal(await text("notice"), "");
      await signsInByWindow("sign-in-popup", async () => (await datum(driver, "status")) === "signed-in");
      await driver.findElement(By.id("transfer")).click();
      await until(has("results-body", /401.*acr_values urn:strongroom:strong/), "the demand");
      await signsInByWindow("step-up", has("results-body", /POST \/transfers: 201 .*10\.50 sent.*:strong/));
      await driver.findElement(By.id("sign-out")).click();
      await until(async () => (await datum(driver, "status")) === "signed-out", "the sign-out");
      await driver.findElement(By.id("sign-in-silent")).click();
      await until(async () => (await datum(driver, "status")) === "signed-in", "the session");
      await driver.findElement(By.id("sign-out-at-server")).click();
      await until(async () => (await driver.findElements(By.id("logout"))).length === 1, "the question");
      await driver.findElement(By.id("logout")).click();
      await until(has("ledger", /You signed out at the server/), "the way back");
      assert.equal(await driver.getCurrentUrl(), `${demo.spa.url}/?isolation=worker`);
    });
  });
}

const CELL = `document.querySelector('#attack-row-storage [data-owner="naive"]')`;

// Between two documents there is no root element.
const datum = (driver, name) => driver.executeScript(`return document.documentElement?.dataset.${name}`);

/** Opens the demo and signs in, by the server's form if it asks; ends when the page shows the session. */
async function signIn(driver, demo, path) {
  await driver.get(demo.spa.url + path);
  await until(async () => {
    const url = await driver.getCurrentUrl();
    if (url.startsWith(demo.spa.url)) {
      const status = await datum(driver, "status");
      if (status === "signed-in") return !url.includes("/callback");
      if (status === "signed-out" && !url.includes("/callback"))
        await click(driver, "#sign-in:not([hidden])");
      return false;
    }
    const [login] = await driver.findElements(By.css("[name=login]"));
    if (login === undefined) return false;
    await fillForm(driver);
    return false;
  }, "the sign-in");
}

async function fillForm(driver) {
  const login = await driver.findElement(By.css("[name=login]"));
  await login.clear();
  await login.sendKeys("ada");
  await driver.findElement(By.css("[name=password]")).sendKeys("strongroom");
  await click(driver, "#sign-in");
}

async function click(driver, selector) {
  const [button] = await driver.findElements(By.css(selector));
  await button?.click();
}

/** Presses the button and gives { attack: { owner: { count, text } } } when every cell has a result. */
async function runAll(driver) {
  await driver.findElement(By.id("run-all-attacks")).click();
  const read = () =>
    driver.executeScript(() =>
      Array.from(document.querySelectorAll("#attacks tr"), (row) => [
        row.id.replace("attack-row-", ""),
        Object.fromEntries(
          Array.from(row.querySelectorAll("[data-owner]"), ({ dataset, innerText }) => [
            dataset.owner,
            { state: dataset.state, count: dataset.count, text: innerText.replaceAll("\n", " ") },
          ]),
        ),
      ]),
    );
  const isDone = ({ state }) => !["idle", "running"].includes(state);
  let rows;
  await until(async () => {
    rows = await read();
    return rows.every(([, cells]) => Object.values(cells).every(isDone));
  }, "every attack's result");
  for (const [attack, cells] of rows) {
    for (const [owner, { count, state, text }] of Object.entries(cells)) {
      assert.notEqual(state, "failed", `${attack}, ${owner}: ${text}`);
      // The number is in the words, not in the colour alone.
      assert.match(text, new RegExp(`\\b${count} tokens?\\b`));
    }
  }
  return Object.fromEntries(rows);
}

function counts(results, owner) {
  return Object.fromEntries(
    Object.entries(results).map(([attack, cells]) => [attack, Number(cells[owner].count)]),
  );
}

const zero = (counted) => Object.fromEntries(Object.keys(counted).map((attack) => [attack, 0]));

const describeRow = (cells) => Object.entries(cells).map(([owner, { text }]) => `${owner}: ${text}`);

/** From the document's beginning. */
function watchPolicy(driver) {
  return driver.executeScript(() => {
    globalThis.violations = [];
    if (globalThis.ReportingObserver === undefined) return;
    const note = (reports) => {
      for (const { body } of reports) globalThis.violations.push(body.effectiveDirective);
    };
    new ReportingObserver(note, { types: ["csp-violation"], buffered: true }).observe();
  });
}

/** What the page's policy had to refuse. The last one is the control: an image from elsewhere. */
async function policyViolations(driver) {
  await driver.executeScript('new Image().src = "http://127.0.0.1:9/"');
  await until(() => driver.executeScript('return violations.includes("img-src")'), "the control");
  return driver.executeScript("return violations");
}

async function until(condition, what) {
  for (const deadline = Date.now() + WAIT_MS; !(await condition()); ) {
    assert.ok(Date.now() < deadline, `waited ${WAIT_MS / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
