#!/usr/bin/env node
// `npx strongroom copy [--full] <dir>`: puts the vault and the wasm where an application without a bundler serves them.
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const pkg = fileURLToPath(new URL("../pkg/", import.meta.url));
const files = { workerUrl: "vault.js", wasmUrl: "strongroom_bg.wasm" };

const usage = `Usage: strongroom copy [--full] <dir>

Copies ${Object.values(files).join(" and ")} into <dir>, which is created if it is not there; older copies are replaced.
Serve that folder from the page's own origin, outside the scope of every service worker, with the headers of
docs/deployment.md. Copy again after each update of the package: a page takes only files of its own version.
With --full they are those for "strongroom/full", which take no other page and which no other page takes.
`;

/** Ends with a message on standard error. Code 1: it could not be done; 2: it was not understood. */
function fail(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** What a failure of the file system means for the one who called. */
function reason({ code, message }, target) {
  switch (code) {
    case "EEXIST":
    case "ENOTDIR":
      return `${target} is a file, or lies in one: it has to be a folder`;
    case "EISDIR":
      return `${target} is a folder: it has to be a file`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `${target} may not be written to`;
    case "ENOSPC":
      return `no space is left for ${target}`;
    default:
      return message;
  }
}

function copy(folder, cut) {
  let target = folder;
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of Object.values(files)) {
      target = join(folder, name);
      copyFileSync(join(pkg, cut, name), target);
      process.stdout.write(`${target}  ${statSync(target).size} bytes\n`);
    }
  } catch (error) {
    fail(`strongroom copy: ${reason(error, target)}.`, 1);
  }
  const path = publicPath(folder);
  const options = Object.entries(files).map(([option, name]) => `  ${option}: "${path}${name}",\n`);
  process.stdout.write(`
Give createClient where your server has them; if it serves that folder as ${path}:

${options.join("")}`);
}

/** The URL path under which a folder is probably served: what is below the usual name of a served folder. */
function publicPath(folder) {
  const below = relative(process.cwd(), folder).split(sep);
  const served = ["public", "static", "dist", "www", "htdocs"].includes(below[0]) ? below.slice(1) : below;
  const names = served.filter((name) => name !== ".." && name !== "");
  return `/${names.map((name) => `${encodeURIComponent(name)}/`).join("")}`;
}

const [command, ...rest] = process.argv.slice(2);
if ([command, ...rest].some((word) => word === "--help" || word === "-h")) process.stdout.write(usage);
else if (command === undefined) fail(usage, 2);
else if (command !== "copy") fail(`Unknown command ${JSON.stringify(command)}.\n\n${usage}`, 2);
else {
  const folders = rest.filter((word) => word !== "--full");
  const [folder] = folders;
  if (folders.length !== 1 || folder === "" || folder.startsWith("-")) {
    fail(`copy takes one folder.\n\n${usage}`, 2);
  } else copy(folder, rest.includes("--full") ? "full" : ".");
}
