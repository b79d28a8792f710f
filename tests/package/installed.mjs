// The package as somebody else gets it: packed, installed into an empty project, built by that project's bundler.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const execute = promisify(execFile);

/** Runs a program to its end; its failure shows what it printed. */
export async function run(file, args, options = {}) {
  try {
    const limits = { timeout: 120_000, maxBuffer: 64 * 1024 * 1024, encoding: "utf8" };
    return (await execute(file, args, { ...limits, ...options })).stdout;
  } catch (error) {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`;
    throw new Error(`${[file, ...args].join(" ")}\n${error.message}\n${said}`);
  }
}

/** A development dependency's program. */
export const runTool = (program, args, options) =>
  run(process.execPath, [join(root, "node_modules", program), ...args], options);

/** Packs the repository; gives the tarball and the paths of its files. */
export async function pack(folder) {
  const [{ filename, files }] = JSON.parse(
    await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: root }),
  );
  return { tarball: join(folder, filename), files: files.map(({ path }) => path).sort() };
}

/** An empty project with these files, into which the tarball is installed without any network. */
export async function project(tarball, files) {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-package-"));
  write(folder, {
    "package.json": JSON.stringify({ name: "empty", private: true, type: "module" }),
    ...files,
  });
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", tarball], {
    cwd: folder,
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function write(folder, files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

const types = { js: "text/javascript", wasm: "application/wasm", html: "text/html", css: "text/css" };

/**
 * A server of static files for `listen`, with index.html for every path that is no file. `headersOf` gives the headers
 * of a path.
 */
export function staticFiles(folder, headersOf = () => ({})) {
  return (request, response) => {
    const { pathname } = new URL(request.url, "http://static.invalid");
    const path = join(folder, normalize(pathname));
    let content;
    let name = path;
    try {
      content = readFileSync(path);
    } catch {
      if (pathname.includes(".")) return response.writeHead(404).end();
      name = "index.html";
      content = readFileSync(join(folder, name));
    }
    const type = types[name.split(".").at(-1)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, ...headersOf(pathname) }).end(content);
  };
}
