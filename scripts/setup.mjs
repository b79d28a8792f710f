// @ts-check
// Brings a fresh clone to where it builds (and, with `browsers`, to where it tests). Idempotent, and quick when
// everything is there. Only `node:` modules here: it runs before `npm ci` has.
//
//   node scripts/setup.mjs [--browsers]
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, root, run, runOrThrow, runPackage, step, toolsFolder } from "./command.mjs";

const geckodriverVersion = "0.37.1";
const compileTimeoutMs = 30 * 60_000;

/** What a browser test needs: the Debian package that brings it, and a sign that it is there. */
const browserPackages = [
  { name: "chromium", present: () => findProgram("chromium") },
  { name: "chromium-driver", present: () => findProgram("chromedriver") },
  { name: "firefox-esr", present: () => findProgram("firefox-esr") ?? findProgram("firefox") },
  { name: "webkit2gtk-driver", present: () => findProgram("WebKitWebDriver") && findMiniBrowser() },
  { name: "xvfb", present: () => findProgram("Xvfb") },
];

/**
 * WebKitGTK's own small browser, which no PATH names.
 * @returns {string | undefined}
 */
export function findMiniBrowser() {
  const folders = ["/usr/lib", "/usr/libexec", "/usr/lib64"];
  if (existsSync("/usr/lib")) {
    folders.push(
      ...readdirSync("/usr/lib")
        .filter((name) => name.includes("-linux-"))
        .map((name) => `/usr/lib/${name}`),
    );
  }
  return folders
    .flatMap((folder) => [`${folder}/webkit2gtk-4.1/MiniBrowser`, `${folder}/webkitgtk-6.0/MiniBrowser`])
    .find((path) => existsSync(path));
}

/**
 * The version of a crate that Cargo.lock pins.
 * @param {string} crate
 * @returns {Promise<string>}
 */
export async function pinnedVersion(crate) {
  const lockFile = join(root, "Cargo.lock");
  if (!existsSync(lockFile)) await runOrThrow("cargo", ["generate-lockfile"]);
  const [, version] =
    readFileSync(lockFile, "utf8").match(new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`)) ?? [];
  if (version === undefined) throw new Error(`Cargo.lock names no crate ${crate}`);
  return version;
}

/** Whether every package of package-lock.json is in node_modules in its locked version. */
function npmPackagesAgree() {
  const installedFile = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  return Object.entries(wanted).every(
    // The packages for other systems are optional and absent.
    ([path, { version, optional }]) => path === "" || optional || installed[path]?.version === version,
  );
}

async function installNpmPackages() {
  let how = "present";
  if (!npmPackagesAgree()) {
    await runOrThrow("npm", ["ci", "--no-audit", "--no-fund"], { timeoutMs: 15 * 60_000 });
    how = "installed";
  }
  if (how === "present") return how;
  // Both bring a native program as an optional dependency: make sure that this system's one came.
  const works = "await (await import('esbuild')).transform('0'); process.exit(0)";
  for (const { code, output } of [
    await run(process.execPath, ["--input-type=module", "--eval", works], { timeoutMs: 60_000 }),
    await runPackage("@biomejs/biome/bin/biome", ["--version"], { timeoutMs: 60_000 }),
  ]) {
    if (code !== 0) throw new Error(`npm ci left a program that does not work:\n${output}`);
  }
  return how;
}

async function installRustParts() {
  if (!findProgram("cargo")) {
    throw new Error("cargo is missing: install Rust with rustup (https://rustup.rs), then run this again");
  }
  const { stdout: libraries } = await runOrThrow("rustc", [
    "--print",
    "target-libdir",
    "--target",
    "wasm32-unknown-unknown",
  ]);
  const missing = [
    ...(existsSync(libraries.trim()) ? [] : [["target", "add", "wasm32-unknown-unknown"]]),
    ...((await run("cargo", ["fmt", "--version"])).code === 0 ? [] : [["component", "add", "rustfmt"]]),
    ...((await run("cargo", ["clippy", "--version"])).code === 0 ? [] : [["component", "add", "clippy"]]),
  ];
  for (const args of missing) {
    if (!findProgram("rustup"))
      throw new Error(`rustup is missing; by other means: rustup ${args.join(" ")}`);
    await runOrThrow("rustup", args);
  }
  return missing.length === 0 ? "present" : missing.map((args) => args[2]).join(", ");
}

/**
 * Puts a pinned command-line tool from crates.io into the tools folder. A copy stays in the user's cache, so that
 * the next clone on this machine need not compile it again.
 * @param {string} crate
 * @param {string} version
 * @param {readonly string[]} programs the crate's programs that we use; the first is asked for its version
 */
async function installTool(crate, version, programs) {
  const bin = join(toolsFolder, "bin");
  const cache = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
    `strongroom/tools-${process.platform}-${process.arch}/${crate}-${version}`,
  );
  /** @param {string} folder */
  const agrees = async (folder) => {
    if (!programs.every((program) => existsSync(join(folder, program)))) return false;
    const { stdout } = await run(join(folder, /** @type {string} */ (programs[0])), ["--version"], {
      timeoutMs: 20_000,
    });
    return stdout.split(/\s+/).includes(version);
  };
  let how = "present";
  if (!(await agrees(bin))) {
    if (await agrees(cache)) {
      copyPrograms(programs, cache, bin);
      how = "from this user's cache";
    } else {
      console.log(`  ${crate} ${version}: compiling it once, which takes 2 to 9 minutes on 2 cores …`);
      await runOrThrow("cargo", ["install", crate, "--version", version, "--root", toolsFolder, "--force"], {
        timeoutMs: compileTimeoutMs,
      });
      if (!(await agrees(bin))) throw new Error(`${crate} in ${bin} does not report version ${version}`);
      how = "compiled";
    }
  }
  if (!programs.every((program) => existsSync(join(cache, program)))) {
    try {
      copyPrograms(programs, bin, cache);
    } catch {
      // A home folder that cannot be written costs the next clone its time, nothing else.
    }
  }
  return `${version} ${how}`;
}

/**
 * Copies programs so that nobody ever sees half of one.
 * @param {readonly string[]} programs
 * @param {string} from
 * @param {string} to
 */
function copyPrograms(programs, from, to) {
  mkdirSync(to, { recursive: true });
  for (const program of programs) {
    const part = join(to, `${program}.${process.pid}`);
    try {
      cpSync(join(from, program), part);
      renameSync(part, join(to, program));
    } finally {
      rmSync(part, { force: true });
    }
  }
}

async function installBrowsers() {
  const missing = browserPackages.filter(({ present }) => !present()).map(({ name }) => name);
  if (missing.length === 0) return "present";
  const byHand = `the browser tests need these Debian packages (or what your system calls them): ${missing.join(" ")}`;
  if (!findProgram("apt-get")) throw new Error(byHand);
  /** @type {string[]} */
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (sudo.length > 0 && (await run("sudo", ["-n", "true"], { timeoutMs: 20_000 })).code !== 0) {
    throw new Error(`${byHand}\n  sudo apt-get install ${missing.join(" ")}`);
  }
  /** @param {string[]} args */
  const apt = async (...args) => {
    const [file, ...rest] = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
    await runOrThrow(/** @type {string} */ (file), rest, { timeoutMs: 20 * 60_000 });
  };
  await apt("update");
  await apt("install", "--yes", "--no-install-recommends", ...missing);
  const still = browserPackages.filter(({ present }) => !present()).map(({ name }) => name);
  if (still.length > 0)
    throw new Error(`apt-get installed ${still.join(" ")}, but what it should bring is not found`);
  return `installed ${missing.join(" ")}`;
}

/**
 * Sets everything up that is missing.
 * @param {{browsers?: boolean}} [options] `browsers`: also what the browser tests need (default: no)
 */
export async function setUp({ browsers = false } = {}) {
  console.log("set-up");
  await step("npm packages", installNpmPackages);
  await step("wasm32 target, rustfmt, clippy", installRustParts);
  await step("wasm-bindgen", async () =>
    installTool("wasm-bindgen-cli", await pinnedVersion("wasm-bindgen"), [
      "wasm-bindgen",
      "wasm-bindgen-test-runner",
    ]),
  );
  if (!browsers) return;
  await step("geckodriver", () => installTool("geckodriver", geckodriverVersion, ["geckodriver"]));
  await step("browsers", installBrowsers);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await setUp({ browsers: process.argv.includes("--browsers") });
  } catch (error) {
    console.error(`set-up failed: ${/** @type {Error} */ (error).message}`);
    process.exit(1);
  }
}
