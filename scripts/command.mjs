// @ts-check
// A child process that always ends: in its own process group, with a time-out, killed with all its children when
// this process ends in whatever way. Only `node:` modules here: these scripts run before `npm ci` has.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where the pinned command-line tools are. `STRONGROOM_TOOLS` names another folder than `.tools`. */
export const toolsFolder = process.env.STRONGROOM_TOOLS ?? join(root, ".tools");

/** @type {Map<number, "kill" | "ask">} the process groups that are alive, and how each ends when this process ends */
const groups = new Map();

/**
 * Kills a process group at once. A group that is gone already is no error.
 * @param {number} group
 */
export function killGroup(group) {
  groups.delete(group);
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // gone already
  }
}

/**
 * Asks a process group to end, so that it can end the groups that it started itself, and kills it after 5 seconds.
 * @param {number} group
 */
function endGroup(group) {
  try {
    process.kill(-group, "SIGTERM");
  } catch {
    return; // gone already
  }
  setTimeout(killGroup, 5_000, group).unref();
}

// Who is only asked may have groups of its own to end: a test run its browsers.
process.once("exit", () => {
  for (const [group, how] of groups) {
    if (how === "kill") killGroup(group);
    else endGroup(group);
  }
});
for (const [signal, number] of /** @type {const} */ ([
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
])) {
  // Runs the "exit" listeners. Not `once`: a second signal would kill this process before they are done.
  process.on(signal, () => process.exit(128 + number));
}

/**
 * Starts a program in a process group of its own, which is killed when this process ends.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{cwd?: string | undefined, env?: Record<string, string | undefined> | undefined, atExit?: "kill" | "ask"}} [options]
 *   `atExit`: "ask" is for a program that starts process groups itself and ends them when it gets SIGTERM
 */
export function start(file, args, { cwd = root, env = {}, atExit = "kill" } = {}) {
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) groups.set(pid, atExit);
  return child;
}

/**
 * @typedef {object} Result
 * @property {number} code exit code; 127 when the program could not be started, 124 after the time-out
 * @property {string} output standard output and standard error as they came
 * @property {string} stdout standard output alone
 * @property {number} seconds
 */

/**
 * Runs a program to its end and keeps what it printed. Never rejects.
 * @param {string} file
 * @param {readonly string[]} [args]
 * @param {{cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number}} [options] default time-out 10 minutes
 * @returns {Promise<Result>}
 */
export function run(file, args = [], { cwd, env, timeoutMs = 600_000 } = {}) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = start(file, args, { cwd, env, atExit: "ask" });
    let output = "";
    let stdout = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (child.pid) endGroup(child.pid);
    }, timeoutMs);
    /** @param {number} code */
    const finish = (code) => {
      clearTimeout(timer);
      if (child.pid && !timedOut) killGroup(child.pid); // whatever it left running
      const seconds = (performance.now() - startedAt) / 1000;
      if (timedOut) output += `\ntimed out after ${timeoutMs / 1000} s: ${file} ${args.join(" ")}\n`;
      resolve({ code: timedOut ? 124 : code, output, stdout, seconds });
    };
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output += text;
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.once("error", (error) => {
      output += `${error.message}\n`;
      finish(127);
    });
    // "close" waits for the pipes, which a stray grandchild can hold open: end the group as soon as the child ends.
    // After a time-out the group has its 5 seconds.
    child.once("exit", () => child.pid && !timedOut && killGroup(child.pid));
    child.once("close", (code, signal) => finish(code ?? (signal ? 1 : 0)));
  });
}

/**
 * Runs a program that has to succeed.
 * @param {string} file
 * @param {readonly string[]} [args]
 * @param {Parameters<typeof run>[2]} [options]
 */
export async function runOrThrow(file, args = [], options) {
  const result = await run(file, args, options);
  if (result.code !== 0) {
    throw new Error(`${file} ${args.join(" ")} ended with code ${result.code}:\n${result.output}`);
  }
  return result;
}

/**
 * Where a program is: in the tools folder, else on the PATH.
 * @param {string} name
 * @returns {string | undefined}
 */
export function findProgram(name) {
  const folders = [join(toolsFolder, "bin"), ...(process.env.PATH ?? "").split(delimiter)];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not there
    }
  }
  return undefined;
}

/**
 * A program that an npm package brought, started by Node itself so that it works on every system.
 * @param {string} packageFile the script inside `node_modules`, such as "typescript/bin/tsc"
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runPackage(packageFile, args, options) {
  return run(process.execPath, [join(root, "node_modules", packageFile), ...args], options);
}

/**
 * Prints one line per step of work, with its time, when the step ends.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work its result, when a string, is printed behind the name
 * @returns {Promise<T>}
 */
export async function step(name, work) {
  const startedAt = performance.now();
  const result = await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`  ${name}: ${typeof result === "string" ? result : "done"} (${seconds} s)`);
  return result;
}
