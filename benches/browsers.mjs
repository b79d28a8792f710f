// Opens a browser that runs the bench's parts: Chromium by Playwright, the others by WebDriver.
// Each is { version, run(url, part, args, timeoutMs), close() }; every run has a fresh page, so that none finds what another left.
// Chromium also has `startMs(url, timeoutMs)`, the script time of a page until its client is ready.
import { findProgram } from "../scripts/command.mjs";
import { startMs } from "./start.mjs";

export const browserNames = ["chromium", "firefox", "webkit"];

export function openBrowser(name, timeoutMs) {
  return name === "chromium" ? openChromium() : openByWebDriver(name, timeoutMs);
}

async function openChromium() {
  const executablePath = findProgram("chromium") ?? findProgram("google-chrome");
  if (executablePath === undefined) {
    throw new Error("no chromium on the PATH: node scripts/setup.mjs --browsers");
  }
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const run = async (url, part, args, timeoutMs) => {
    const page = await browser.newPage();
    try {
      await page.goto(url);
      await page.waitForFunction(() => globalThis.bench !== undefined);
      const running = page.evaluate(([name, ...given]) => globalThis.bench[name](...given), [part, ...args]);
      return await within(timeoutMs, part, running);
    } finally {
      await page.close();
    }
  };
  return {
    version: `Chromium ${browser.version()}`,
    run,
    startMs: (url, timeoutMs) => startMs(browser, url, timeoutMs),
    close: () => browser.close(),
  };
}

async function openByWebDriver(name, timeoutMs) {
  const { launch } = await import("../tests/e2e/browsers.mjs");
  const { driver, close } = await launch(name, { scriptTimeoutMs: timeoutMs });
  const capabilities = await driver.getCapabilities();
  const run = async (url, part, args) => {
    await driver.get(url);
    // The page's module script is run before its load event, which `get` waits for.
    // As text, because WebDriver loses the order of an object's members.
    const { json, error } = await driver.executeAsyncScript(
      `const [part, args, done] = arguments;
       Promise.resolve(part).then((name) => bench[name](...args))
         .then((value) => done({ json: JSON.stringify(value) }), (error) => done({ error: String(error) }));`,
      part,
      args,
    );
    if (error !== undefined) throw new Error(`${part}: ${error}`);
    return JSON.parse(json);
  };
  return { version: `${name} ${capabilities.get("browserVersion")}`, run, close };
}

async function within(timeoutMs, what, work) {
  let timer;
  const timedOut = new Promise((_, reject) => {
    const error = new Error(`${what} took longer than ${timeoutMs / 1000} s`);
    timer = setTimeout(reject, timeoutMs, error);
  });
  try {
    return await Promise.race([work, timedOut]);
  } finally {
    clearTimeout(timer);
  }
}
