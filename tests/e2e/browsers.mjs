// The three browser engines behind one function. Each browser is the system's own, headless, with a fresh profile,
// and driven by WebDriver; nothing is ever downloaded.
//
//   const { driver, close } = await launch("firefox");
//   try { await driver.get(url); … } finally { await close(); }
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder } from "selenium-webdriver";
import LogInspector from "selenium-webdriver/bidi/logInspector.js";
import { findProgram, killGroup, start } from "../../scripts/command.mjs";
import { findMiniBrowser } from "../../scripts/setup.mjs";

/** The names that `launch` knows. */
export const browserNames = ["chromium", "firefox", "webkit"];

const driverStartTimeoutMs = 30_000;
const sessionStartTimeoutMs = 60_000;
/** More than a script or a page may take. */
const commandTimeoutMs = 60_000;

export const chromiumFlags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** No request of Firefox's own: only the tests use the network. */
const firefoxPreferences = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.region.network.url": "",
  "browser.safebrowsing.downloads.remote.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.trr.mode": 5,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "toolkit.telemetry.server": "data:,",
};

/**
 * What differs between the engines: the driver program and its arguments, its environment, the session's capabilities.
 * @type {Record<string, (launch: {port: number, otherPort: number, profile: string, width: number, height: number}) => {program: string, args: string[], env?: Record<string, string>, display?: boolean, capabilities: object}>}
 */
const engines = {
  chromium: ({ port, profile, width, height }) => ({
    program: "chromedriver",
    args: [`--port=${port}`],
    capabilities: {
      browserName: "chrome",
      webSocketUrl: true,
      "goog:chromeOptions": {
        binary: findProgram("chromium"),
        args: [...chromiumFlags, `--user-data-dir=${profile}`, `--window-size=${width},${height}`],
      },
    },
  }),
  firefox: ({ port, otherPort, profile, width, height }) => ({
    program: "geckodriver",
    args: [`--port=${port}`, `--websocket-port=${otherPort}`, `--profile-root=${profile}`],
    capabilities: {
      browserName: "firefox",
      webSocketUrl: true,
      "moz:firefoxOptions": {
        binary: findProgram("firefox-esr") ?? findProgram("firefox"),
        args: ["-headless", `--width=${width}`, `--height=${height}`],
        prefs: firefoxPreferences,
      },
    },
  }),
  webkit: ({ port, profile }) => ({
    program: "WebKitWebDriver",
    args: [`--port=${port}`],
    display: true, // WebKitGTK has no headless mode
    env: {
      HOME: profile,
      XDG_CACHE_HOME: join(profile, "cache"),
      XDG_CONFIG_HOME: join(profile, "config"),
      XDG_DATA_HOME: join(profile, "data"),
      XDG_RUNTIME_DIR: profile,
      GDK_BACKEND: "x11",
      LIBGL_ALWAYS_SOFTWARE: "1",
      NO_AT_BRIDGE: "1",
    },
    capabilities: {
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary: findMiniBrowser(), args: ["--automation"] },
    },
  }),
};

/**
 * Starts a browser.
 * @param {"chromium" | "firefox" | "webkit"} name
 * @param {{width?: number, height?: number, scriptTimeoutMs?: number, pageLoadTimeoutMs?: number}} [options]
 *   sizes in CSS pixels (default 1280 by 800); time-outs default to 30 s
 * @returns {Promise<{name: string, driver: import("selenium-webdriver").WebDriver, consoleMessages: () => string[] | undefined, close: () => Promise<void>}>}
 *   `consoleMessages`: all console output and uncaught errors up to now, or `undefined` where the driver cannot
 *   tell (WebKit: see `consoleRecorder`). `close` ends the browser, the driver and all their processes; it never rejects.
 */
export async function launch(
  name,
  { width = 1280, height = 800, scriptTimeoutMs = 30_000, pageLoadTimeoutMs = 30_000 } = {},
) {
  const engine = engines[name];
  if (engine === undefined) throw new TypeError(`unknown browser ${name}; known: ${browserNames.join(", ")}`);
  const profile = mkdtempSync(join(tmpdir(), `strongroom-${name}-`));
  const removeProfile = () =>
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.once("exit", removeProfile); // start() does the same for the processes
  const children = [];
  let driver;
  const close = async () => {
    if (driver !== undefined) await within(10_000, `${name} to quit`, driver.quit()).catch(() => {});
    for (const child of children) if (child.pid !== undefined) killGroup(child.pid);
    process.off("exit", removeProfile);
    removeProfile();
  };
  try {
    const [port, otherPort] = [await freePort(), await freePort()];
    const { program, args, env, display, capabilities } = engine({ port, otherPort, profile, width, height });
    const path = findProgram(program);
    if (path === undefined) throw new Error(`${program} is missing: run node scripts/setup.mjs --browsers`);
    const DISPLAY = display ? await startDisplay(children, width, height) : undefined;
    const child = start(path, args, { env: { ...env, ...(display && { DISPLAY }) } });
    children.push(child);
    const url = `http://127.0.0.1:${port}`;
    await driverReady(child, url, program);
    driver = await within(
      sessionStartTimeoutMs,
      `${name} to start`,
      Promise.resolve(
        new Builder().disableEnvironmentOverrides().usingServer(url).withCapabilities(capabilities).build(),
      ),
    );
    bound(driver, name);
    await driver.manage().setTimeouts({ script: scriptTimeoutMs, pageLoad: pageLoadTimeoutMs, implicit: 0 });
    if (name === "webkit") await driver.manage().window().setRect({ x: 0, y: 0, width, height });
    const messages = capabilities.webSocketUrl && (await recordConsole(driver));
    return { name, driver, close, consoleMessages: () => messages && [...messages] };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A command has no time-out of its own when the driver does not answer. */
function bound(driver, name) {
  const execute = driver.execute.bind(driver);
  driver.execute = (command) =>
    within(commandTimeoutMs, `${name} to do ${command.getName()}`, execute(command));
}

/**
 * For WebKit, whose driver tells no console output: a script to put first into a page's <head>. It keeps what the page
 * prints, and its uncaught errors, in `window.recordedConsole`, in the form of `consoleMessages`, until the page goes.
 */
export const consoleRecorder = `(() => {
  const kept = (window.recordedConsole = []);
  for (const level of ["debug", "log", "info", "warn", "error", "trace"]) {
    const print = console[level];
    console[level] = (...values) => {
      kept.push((level === "log" ? "info" : level) + ": " + values.map(String).join(" "));
      return print.apply(console, values);
    };
  }
  addEventListener("error", ({ message }) => kept.push("uncaught: " + message));
  addEventListener("unhandledrejection", ({ reason }) => kept.push("uncaught: " + reason));
})();`;

/** An X server of its own, which names the free display that it took. */
async function startDisplay(children, width, height) {
  const path = findProgram("Xvfb");
  if (path === undefined) throw new Error("Xvfb is missing: run node scripts/setup.mjs --browsers");
  const screen = `${Math.max(width, 640)}x${Math.max(height, 480)}x24`;
  const child = start(path, ["-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp", "-noreset"]);
  children.push(child);
  const number = new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", resolve);
    child.once("error", reject).once("exit", (code) => reject(new Error(`Xvfb ended with code ${code}`)));
  });
  child.stderr.resume();
  return `:${(await within(driverStartTimeoutMs, "Xvfb to start", number)).trim()}`;
}

/** Waits until the driver says that it takes sessions. */
async function driverReady(child, url, program) {
  let said = "";
  let ended;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      said = (said + text).slice(-4_000);
    });
  }
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("exit", (code) => {
    ended = `it ended with code ${code}`;
  });
  const deadline = performance.now() + driverStartTimeoutMs;
  while (ended === undefined && performance.now() < deadline) {
    const ready = await fetch(`${url}/status`, { signal: AbortSignal.timeout(1_000) })
      .then((response) => response.json())
      .then(({ value }) => value.ready)
      .catch(() => false);
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(
    `${program} is not ready: ${ended ?? `no answer in ${driverStartTimeoutMs / 1000} s`}\n${said}`,
  );
}

/** All console output and uncaught errors of every page, by WebDriver BiDi. */
async function recordConsole(driver) {
  const messages = [];
  const inspector = await LogInspector(driver);
  await inspector.onConsoleEntry((entry) => messages.push(`${entry.level}: ${entry.text}`));
  await inspector.onJavascriptException((entry) => messages.push(`uncaught: ${entry.text}`));
  return messages;
}

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Bounds a wait that has no time-out of its own. */
async function within(timeoutMs, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs / 1000} s for ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
