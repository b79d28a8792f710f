// Opens a browser that runs the bench's parts: Chromium by itself, the others by WebDriver.
// Each is { version, run(servers, part, args, timeoutMs), close() }; every run has a fresh page, so that none finds what another
// left. Chromium also has `startMs(url, timeoutMs)`, the script time of a page until its client is ready, and
// `tabs(servers, sizes, timeoutMs)`, for which Playwright drives it.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../scripts/command.mjs";
import { startMs } from "./start.mjs";
import { benchTabs } from "./tabs.mjs";

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
  const tabs = async (servers, sizes, timeoutMs) => {
    const context = await browser.newContext();
    try {
      return await within(timeoutMs, "tabs", benchTabs(context, servers, sizes));
    } finally {
      await context.close();
    }
  };
  return {
    version: `Chromium ${browser.version()}`,
    run: (servers, part, args, timeoutMs) => runAlone(executablePath, servers, part, args, timeoutMs),
    tabs,
    startMs: (url, timeoutMs) => startMs(browser, url, timeoutMs),
    close: () => browser.close(),
  };
}

/**
 * One part in a Chromium of its own, with a new profile and without a debugger: Playwright watches the network of pages and of
 * their workers, which takes them longer, but not that of shared workers.
 */
async function runAlone(executablePath, servers, part, args, timeoutMs) {
  const profile = await mkdtemp(join(tmpdir(), "strongroom-bench-"));
  const { url, outcome } = servers.job(part, args);
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-component-update",
  ];
  const quiet = ["--disable-background-networking", "--disable-sync", "--disable-default-apps"];
  const child = spawn(executablePath, [...flags, ...quiet, `--user-data-dir=${profile}`, url], {
    stdio: "ignore",
    detached: true,
  });
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  try {
    const early = ended.then(() => ({ error: "Chromium ended before its part had" }));
    const { value, error } = await within(timeoutMs, part, Promise.race([outcome, early]));
    if (error !== undefined) throw new Error(`${part}: ${error}`);
    return value;
  } finally {
    // With its children, which would keep the profile in use.
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

async function openByWebDriver(name, timeoutMs) {
  const { launch } = await import("../tests/e2e/browsers.mjs");
  const { driver, close } = await launch(name, { scriptTimeoutMs: timeoutMs });
  const capabilities = await driver.getCapabilities();
  const run = async (servers, part, args) => {
    await driver.get(servers.url);
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
