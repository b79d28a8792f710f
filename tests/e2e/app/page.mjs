// A browser at the test page, as a test drives it: it runs functions there, waits for conditions, signs in by the
// authorization server's own form.
import assert from "node:assert/strict";
import { By } from "selenium-webdriver";

const waitMs = 20_000;

/** A failure in the page, as harness.js describes it. */
export class PageError extends Error {
  constructor(description) {
    super(`in the page: ${JSON.stringify(description)}`);
    this.description = description;
  }
}

export class Page {
  /**
   * @param {import("selenium-webdriver").WebDriver} driver
   * @param {{url: string}} app see server.mjs
   */
  constructor(driver, app) {
    this.driver = driver;
    this.app = app;
  }

  /** Opens a page of the application, by its path, and waits for its client. */
  async open(path = "/") {
    await this.driver.get(new URL(path, this.app.url).href);
    await this.ready();
  }

  /**
   * Waits until the application's page is there, with its client.
   * @throws {PageError} if the client could not be made
   */
  async ready() {
    await until(
      () => this.driver.executeScript("return window.app !== undefined && window.app.isReady === true"),
      "the test page to be ready",
    );
    const failure = await this.driver.executeScript("return JSON.stringify(window.app.failure ?? null)");
    if (failure !== "null") throw new PageError(JSON.parse(failure));
  }

  url() {
    return this.driver.getCurrentUrl();
  }

  /**
   * Runs a function in the page and gives its value; it sees `app` of harness.js and the arguments, which are JSON.
   * @param {Function} body
   * @throws {PageError}
   */
  async run(body, ...args) {
    const script =
      "const [source, args, done] = arguments; window.app.run(source, args).then((text) => done(text))";
    const text = await this.driver.executeAsyncScript(script, String(body), JSON.stringify(args));
    const { value, error } = JSON.parse(text);
    if (error !== undefined) throw new PageError(error);
    return value;
  }

  /** What a function in the page gives as soon as it gives anything, for at most two minutes. */
  runUntil(body, ...args) {
    return until(() => this.run(body, ...args), String(body), 120_000);
  }

  /** What a function in the page rejects with; fails if it does not. */
  async rejection(body, ...args) {
    try {
      await this.run(body, ...args);
    } catch (error) {
      if (error instanceof PageError) return error.description;
      throw error;
    }
    assert.fail(`did not reject: ${body}`);
  }

  /** The details of the client's events of a type since the page was opened, as harness.js recorded them. */
  eventsOf(type) {
    return this.run(
      (wanted) => app.events.filter(([kind]) => kind === wanted).map(([, detail]) => detail),
      type,
    );
  }

  /** Begins a sign-in; ends at the authorization server's form, or at the callback where it still knows the user. */
  async leaveToSignIn(options = {}) {
    await this.run((given) => {
      app.client.signIn(given).catch((error) => {
        app.signInFailure = app.describe(error);
      });
    }, options);
    await until(async () => (await this.isAtForm()) || (await this.isAtCallback()), "the sign-in to leave");
  }

  async isAtForm() {
    return !(await this.url()).startsWith(this.app.url) && (await this.find("#sign-in")) !== undefined;
  }

  async isAtCallback() {
    return (await this.url()).startsWith(`${this.app.url}/callback?`);
  }

  async find(selector) {
    return (await this.driver.findElements(By.css(selector)))[0];
  }

  /** Comes back from the authorization server to /callback, which nothing has read yet; gives its URL. */
  async comeBack() {
    await until(async () => {
      if (await this.isAtCallback()) return true;
      if (await this.isAtForm()) await this.#submitForm();
      return false;
    }, "the callback");
    await this.ready();
    return this.url();
  }

  /** Submits the form and waits until it has gone; a key or click that the driver lost leaves it for another try. */
  async #submitForm() {
    const button = await this.find("#sign-in");
    for (const [name, value] of [
      ["login", "ada"],
      ["password", "strongroom"],
    ]) {
      const input = await this.find(`[name="${name}"]`);
      await input.clear();
      await input.sendKeys(value);
    }
    await button.click();
    const isGone = () =>
      button.isEnabled().then(
        () => false,
        () => true,
      );
    await until(isGone, "the form to go", 5_000);
  }

  /** A whole sign-in; gives the callback's URL as the authorization server wrote it. */
  async signIn(options) {
    await this.open("/");
    await this.leaveToSignIn(options);
    const callback = await this.comeBack();
    await this.run(async () => {
      await app.client.completeSignIn();
      await app.until(() => app.statuses.includes("signed-in"));
    });
    return callback;
  }
}

/** Asks again until the condition holds, for a bounded time; a page that is just leaving may answer with an error. */
export async function until(condition, what, boundMs = waitMs) {
  let failure;
  for (const deadline = performance.now() + boundMs; performance.now() < deadline; ) {
    try {
      const value = await condition();
      if (value) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`waited ${boundMs / 1000} s for ${what}`, { cause: failure });
}
