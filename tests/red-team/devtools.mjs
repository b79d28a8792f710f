// Chromium, driven by its own DevTools protocol over a pipe: every realm that it runs is a target of its own here, pages,
// dedicated, shared and service workers alike. No driver's flags are in the way.
//
//   const browser = await launchChromium();
//   const context = await browser.newContext();          cookies, storages and shared workers of its own
//   const page = await context.open(url);                a target: page.send(method, params), page.evaluate(expression)
//   browser.targets({ type: "shared_worker" })           all that are alive
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, killGroup } from "../../scripts/command.mjs";
import { chromiumFlags } from "../e2e/browsers.mjs";

const commandTimeoutMs = 60_000;

const flags = [
  ...chromiumFlags,
  "--remote-debugging-pipe",
  // A snapshot cuts strings at 1,024 characters otherwise, and a token at the end of a long one would not be seen.
  "--js-flags=--heap-snapshot-string-limit=100000000",
];

/** Starts a Chromium with a fresh profile. */
export async function launchChromium() {
  const profile = mkdtempSync(join(tmpdir(), "strongroom-red-team-"));
  const child = spawn(findProgram("chromium"), [...flags, `--user-data-dir=${profile}`], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    detached: true,
  });
  const end = () => {
    if (child.pid !== undefined) killGroup(child.pid);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  process.once("exit", end);
  const connection = new Connection(child);
  const root = new Target(connection, undefined, { type: "browser", url: "" });
  connection.targets.set(undefined, root);
  await root.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
  return {
    targets: (wanted) => connection.alive(wanted),
    newContext: () => newContext(connection, root),
    close() {
      process.off("exit", end);
      end();
    },
  };
}

async function newContext(connection, root) {
  const { browserContextId } = await root.send("Target.createBrowserContext");
  return {
    targets: (wanted) => connection.alive({ browserContextId, ...wanted }),
    async open(url) {
      const { targetId } = await root.send("Target.createTarget", { url: "about:blank", browserContextId });
      const page = await until(() => connection.alive({ targetId })[0], "the new page");
      await page.send("Page.enable");
      await page.send("Page.navigate", { url });
      return page;
    },
    close: () => root.send("Target.disposeBrowserContext", { browserContextId }),
  };
}

/** One realm that Chromium runs, for as long as it lives. */
class Target {
  /** Every uncaught exception, as text. */
  exceptions = [];
  #connection;
  #listeners = new Map();

  constructor(connection, sessionId, info) {
    this.#connection = connection;
    this.sessionId = sessionId;
    this.info = info;
  }

  send(method, params = {}) {
    return this.#connection.send(this.sessionId, method, params);
  }

  on(method, listener) {
    this.#listeners.set(method, [...(this.#listeners.get(method) ?? []), listener]);
    return () =>
      this.#listeners.set(
        method,
        this.#listeners.get(method).filter((other) => other !== listener),
      );
  }

  heard(method, params) {
    if (method === "Runtime.exceptionThrown") {
      const { exception, text } = params.exceptionDetails;
      this.exceptions.push(exception?.description ?? text);
    }
    for (const listener of this.#listeners.get(method) ?? []) listener(params);
  }

  /**
   * The value of an expression, which must be plain data; a promise's is waited for. A function is called with the
   * arguments, which are plain data too.
   */
  async evaluate(body, ...args) {
    const expression =
      typeof body === "function" ? `(${body})(${args.map((arg) => JSON.stringify(arg)).join()})` : body;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(
        `in the ${this.info.type}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`,
      );
    }
    return result.value;
  }
}

/** The pipe: JSON texts, each ended by a NUL. */
class Connection {
  targets = new Map();
  #child;
  #waiting = new Map();
  #lastId = 0;

  constructor(child) {
    this.#child = child;
    let parts = [];
    child.stdio[4].on("data", (chunk) => {
      for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0)) {
        parts.push(chunk.subarray(0, end));
        this.#heard(JSON.parse(Buffer.concat(parts).toString("utf8")));
        parts = [];
        chunk = chunk.subarray(end + 1);
      }
      if (chunk.length > 0) parts.push(chunk);
    });
    for (const stream of [child, child.stdio[3], child.stdio[4]]) stream.on("error", () => this.#ended());
    child.once("exit", () => this.#ended());
  }

  send(sessionId, method, params) {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`no answer to ${method} in ${commandTimeoutMs / 1000} s`));
      }, commandTimeoutMs);
      this.#waiting.set(id, { resolve, reject, timer, method, sessionId });
      this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** The live targets whose information has all of the wanted members. */
  alive(wanted = {}) {
    const fits = ({ info }) => Object.entries(wanted).every(([name, value]) => info[name] === value);
    return [...this.targets.values()].filter((target) => target.info.type !== "browser" && fits(target));
  }

  #heard({ id, sessionId, method, params, result, error }) {
    if (id !== undefined) {
      const call = this.#waiting.get(id);
      if (call === undefined) return;
      this.#waiting.delete(id);
      clearTimeout(call.timer);
      if (error === undefined) call.resolve(result);
      else call.reject(new Error(`${call.method}: ${error.message}`));
      return;
    }
    if (method === "Target.attachedToTarget") this.#attached(params);
    if (method === "Target.detachedFromTarget") this.#detached(params.sessionId);
    if (method === "Target.targetInfoChanged") {
      const changed = params.targetInfo;
      for (const target of this.targets.values()) {
        if (target.info.targetId === changed.targetId) target.info = changed;
      }
    }
    this.targets.get(sessionId)?.heard(method, params);
  }

  #attached({ sessionId, targetInfo }) {
    const target = new Target(this, sessionId, targetInfo);
    this.targets.set(sessionId, target);
    // A target may be gone before it hears this.
    const tell = (method, params) => target.send(method, params).catch(() => {});
    tell("Runtime.enable");
    if (targetInfo.type === "page") {
      tell("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
    }
  }

  #detached(sessionId) {
    const target = this.targets.get(sessionId);
    if (target === undefined) return;
    this.targets.delete(sessionId);
    for (const [id, call] of this.#waiting) {
      if (call.sessionId !== sessionId) continue;
      this.#waiting.delete(id);
      clearTimeout(call.timer);
      call.reject(new Error(`${call.method}: the ${target.info.type} has gone`));
    }
  }

  #ended() {
    for (const { reject, timer, method } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error(`${method}: Chromium has ended`));
    }
    this.#waiting.clear();
  }
}

/** Asks again until the condition holds, for a bounded time; a page that is just leaving may answer with an error. */
export async function until(condition, what, boundMs = 60_000) {
  let failure;
  for (const deadline = performance.now() + boundMs; performance.now() < deadline; ) {
    try {
      const value = await condition();
      if (value) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited ${boundMs / 1000} s for ${what}`, { cause: failure });
}
