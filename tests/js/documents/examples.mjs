// What readers do: commands, the quickstart, TypeScript, what they download.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { documents, missing, root } from "./documents.mjs";
import { blocks, rows, section } from "./markdown.mjs";

export function commands(read) {
  const { scripts } = JSON.parse(read("package.json"));
  return documents.flatMap((path) =>
    missing(
      [...read(path).matchAll(/\bnpm (?:run )?(?!run\b|publish|pack|ci|install)([a-z:]+)`?/g)]
        .filter(([whole]) => whole.startsWith("npm run ") || whole.endsWith("`"))
        .map(([, script]) => script),
      Object.keys(scripts),
      `${path}: package.json has no script`,
    ),
  );
}

/** Places that mean something on one machine only. Written in parts, so that this file does not hold them. */
export const foreignWords = [
  ["npm", "js.org"],
  ["npm", "js.com"],
  ["crates", ".io"],
  ["npm", "mirror"],
  ["/wo", "rk/"],
  ["/tm", "p/"],
  ["/ro", "ot/"],
  ["/ho", "me/"],
  [".li", "brary"],
].map((parts) => parts.join(""));

export function wordsOfThisMachine(read) {
  return documents.flatMap((path) =>
    foreignWords.filter((word) => read(path).includes(word)).map((word) => `${path} says ${word}`),
  );
}

export function quickstart(read) {
  const [first = ""] = blocks(section(read("README.md"), "## Quickstart"));
  const lines = first.trimEnd().split("\n").length;
  const needed = ["createClient", "completeSignIn", "signIn", "client.fetch", "subscribe"];
  return [
    ...(lines > 10 ? [`the quickstart has ${lines} lines`] : []),
    ...(first.includes("isolation") ? ["the quickstart names an isolation, but the default is right"] : []),
    ...needed.filter((word) => !first.includes(word)).map((word) => `the quickstart lacks ${word}`),
  ];
}

/** Every TypeScript block of every document, against the declarations that ship. */
export function typeErrors(read) {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-docs-"));
  try {
    const client = `import type { Client } from "strongroom";\ndeclare const client: Client;\n`;
    for (const path of documents) {
      for (const [at, code] of blocks(read(path)).entries()) {
        const before = /\bcreateClient[<(]/.test(code) ? "" : client;
        writeFileSync(
          join(folder, `${path.replaceAll(/\W/g, "_")}_${at}.ts`),
          `${before}${code}export {};\n`,
        );
      }
    }
    const compilerOptions = {
      paths: {
        strongroom: [join(root, "pkg/index.d.ts")],
        "strongroom/full": [join(root, "pkg/full/index.d.ts")],
      },
      types: [],
      noUnusedLocals: false,
    };
    const tsconfig = {
      extends: join(root, "tsconfig.json"),
      compilerOptions,
      include: ["*.ts"],
      exclude: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], {
      timeout: 60_000,
    });
    return [];
  } catch (error) {
    return [String(error.stdout ?? error)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A place that somebody meant to fill in. */
export function gaps(read) {
  const gap = /^RESULTS$|<!--|\b(TODO|FIXME|TBD)\b/m;
  return documents.filter((path) => gap.test(read(path))).map((path) => `${path} has a gap`);
}

/** What a page loads: index.js with what it imports at once, and apart from that what it imports when it needs it. */
function scriptsOfThePage() {
  const index = readFileSync(join(root, "pkg/index.js"), "utf8");
  const imported = [...index.matchAll(/\bfrom ?"\.\/([\w-]+\.js)"/g)].map(([, name]) => name);
  const page = ["index.js", ...new Set(imported)];
  const elsewhere = new Set([...page, "engine.js", "vault.js"]);
  const all = readdirSync(join(root, "pkg")).filter((name) => name.endsWith(".js"));
  return { page, later: all.filter((name) => !elsewhere.has(name)) };
}

/** The README's weights after brotli, against pkg/. Toolchains differ a little, so a tenth is let pass. */
export function sizes(read) {
  const weigh = (names) => {
    const bytes = names.map((name) => readFileSync(join(root, "pkg", name)));
    return bytes.reduce((sum, one) => sum + brotliCompressSync(one).length, 0) / 1024;
  };
  const { page, later } = scriptsOfThePage();
  const wasm = ["strongroom_bg.wasm"];
  const vault = ["vault.js"];
  const engine = ["engine.js"];
  const table = rows(section(read("README.md"), "## Size and speed"));
  const real = {
    page,
    later,
    vault,
    wasm,
    total: [...page, ...later, ...vault, ...wasm],
    engine,
    "in page isolation": [...page, ...later, ...engine, ...wasm],
    "total of `strongroom/full`": [...page, ...later, ...vault, ...wasm].map((name) => `full/${name}`),
  };
  return Object.entries(real).flatMap(([name, files]) => {
    const row = table.find(
      ([cell]) => cell === name || cell.startsWith(`${name}:`) || cell.startsWith(`${name},`),
    );
    const said = Number.parseFloat(row?.at(-1));
    const is = weigh(files);
    return Math.abs(said - is) <= is / 10 ? [] : [`${name}: ${is.toFixed(1)} KB, not ${said}`];
  });
}
