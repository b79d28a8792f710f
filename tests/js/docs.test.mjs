// What the documents claim, against the sources: links, tests that are cited, error codes, options, constants, commands.
// Each check also runs once on a spoiled copy and has to complain there, so that none of them passes by looking at nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { anchors, blocks, links, rows, section } from "./markdown.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const documents = ["", "docs/"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => folder + name),
);
const readFile = (path) => readFileSync(join(root, path), "utf8");
const numeral = (text) => Number(text.replaceAll(/[,_]/g, ""));
const missing = (wanted, there, what) =>
  [...wanted].filter((one) => !new Set(there).has(one)).map((one) => `${what}: ${one}`);

function brokenLinks(read) {
  return documents.flatMap((path) =>
    links(path, read(path))
      .filter(({ target }) => !/^(https?|mailto):/.test(target))
      .flatMap(({ target, file, anchor }) => {
        if (!existsSync(join(root, file))) return [`${path}: no such file: ${target}`];
        if (anchor === undefined || anchors(read(file)).includes(anchor)) return [];
        return [`${path}: no such heading: ${target}`];
      }),
  );
}

/** A link whose text is code and whose target is a source of tests names a test there. */
function testsThatAreNone(read) {
  return documents.flatMap((path) =>
    links(path, read(path)).flatMap(({ label, file }) => {
      const [, name] = label.match(/^`(.*)`$/) ?? [];
      if (name === undefined || !/\.(rs|test\.mjs)$/.test(file) || /[/.]/.test(name)) return [];
      if (!existsSync(join(root, file))) return []; // a broken link, reported as such
      const source = read(file);
      const isThere = file.endsWith(".rs")
        ? source.includes(`#[test]\nfn ${name}()`) || source.includes(`#[test]\n    fn ${name}()`)
        : source.includes(`"${name}"`) || templates(source).some((pattern) => pattern.test(name));
      return isThere ? [] : [`${path}: ${file} has no test \`${name}\``];
    }),
  );
}

/** Titles of tests with something put in. */
function templates(source) {
  const literally = (text) => text.replaceAll(/[.*+?^$()|[\]{}\\]/g, "\\$&");
  return [...source.matchAll(/\btest\(\s*`([^`]*)`/g)].map(
    ([, title]) =>
      new RegExp(
        `^${title
          .split(/\$\{[^}]*\}/)
          .map(literally)
          .join(".+")}$`,
      ),
  );
}

function countsThatAreWrong(read) {
  return documents.flatMap((path) =>
    [...read(path).matchAll(/([\d,]+)\s+rows\s+of\s+\[`[\w.]+`\]\(([^)]+)\)/g)].flatMap(
      ([, count, target]) => {
        const rowsThere = JSON.parse(readFile(posix.join(posix.dirname(path), target))).length;
        return numeral(count) === rowsThere ? [] : [`${path}: ${target} has ${rowsThere} rows, not ${count}`];
      },
    ),
  );
}

function promisesWithoutTest(read) {
  const text = read("docs/promises.md");
  const headings = [...text.matchAll(/^## (\d+)\. .*$/gm)];
  const numbers = headings.map(([, number]) => Number(number));
  return [
    ...missing([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], numbers, "no promise"),
    ...headings
      .filter(([, number]) => !["2", "10"].includes(number)) // not made in this version; a budget, not a test
      .filter(([heading]) => !/\]\(\.\.\/tests\//.test(section(text, heading)))
      .map(([heading]) => `no test is cited: ${heading}`),
  ];
}

function errorCodes(read) {
  const rust = [...read("src/engine/error.rs").matchAll(/=> "(ERR_\w+)"/g)].map(([, code]) => code);
  const typescript = [...read("js/types.ts").matchAll(/^ {2}\| "(ERR_\w+)"/gm)].map(([, code]) => code);
  assert.ok(rust.length > 10 && typescript.length > 10, "the sources are read wrongly");
  const known = new Set(["ERR_INVALID_OPTION", ...rust, ...typescript]);
  const text = read("docs/errors.md");
  const documented = [...text.matchAll(/^## (ERR_\w+)$/gm)].map(([, code]) => code);
  const overview = rows(section(text, "## Overview")).map(([cell]) => cell.match(/^\[`(ERR_\w+)`\]/)?.[1]);
  return [
    ...missing(known, documented, "docs/errors.md has no section"),
    ...missing(known, overview, "the overview of docs/errors.md has no row"),
    ...missing(rust, ["ERR_INVALID_OPTION", ...typescript], "js/types.ts has no code"),
    ...documents.flatMap((path) =>
      missing(read(path).match(/ERR_[A-Z_]*[A-Z]/g) ?? [], known, `${path} invents`),
    ),
  ];
}

/** The paths of all options that the public types declare, by reading their interfaces. */
function optionPaths(types, name = "ClientOptions", prefix = "") {
  const [, parent, body] =
    types.match(new RegExp(`interface ${name}(?: extends (\\w+))? {\\n([\\s\\S]*?)^}`, "m")) ?? [];
  assert.ok(body !== undefined, `js/types.ts has no interface ${name}`);
  const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??: (.*);$/gm)];
  const own = members.flatMap(([, member, type]) => {
    const path = prefix + member;
    const inner = type.match(/\b[A-Z]\w+(?:Provider|Options)\b|\bEndpoints\b/g) ?? [];
    const below = type.includes("[]") ? `${path}[].` : `${path}.`;
    const paths = inner.flatMap((one) => optionPaths(types, one, below));
    return member === "provider" ? paths : [path, ...paths];
  });
  return [...new Set([...own, ...(parent ? optionPaths(types, parent, prefix) : [])])];
}

function options(read) {
  const table = rows(section(read("README.md"), "## Options")).filter(([cell]) => cell.startsWith("`"));
  const documented = table.map(([cell]) => cell.replaceAll("`", ""));
  const declared = optionPaths(read("js/types.ts"));
  assert.ok(declared.length > 12, "js/types.ts is read wrongly");
  const config = read("src/engine/config.rs");
  const defaults = { timeoutSeconds: "TIMEOUT_DEFAULT_MS", waitSeconds: "WAIT_DEFAULT_MS" };
  return [
    ...missing(declared, documented, "the README's table lacks"),
    ...missing(documented, declared, "the README's table invents"),
    ...Object.entries(defaults).flatMap(([option, name]) => {
      const seconds = table.find(([cell]) => cell === `\`refresh.${option}\``)?.[2];
      return constant(config, name) === Number(seconds) * 1_000 ? [] : [`another default: ${option}`];
    }),
  ];
}

function constant(source, name) {
  const [, value] = source.match(new RegExp(`^(?:pub )?const ${name}: \\w+ = ([\\d_ *]+);`, "m")) ?? [];
  return value?.split("*").reduce((product, factor) => product * numeral(factor.trim()), 1);
}

function constants(read) {
  const schedule = read("src/engine/schedule.rs");
  const names = [...schedule.matchAll(/^const (\w+): \w+ =/gm)].map(([, name]) => name);
  assert.ok(names.length > 8, "schedule.rs is read wrongly");
  const quoted = [];
  const wrong = documents.flatMap((path) =>
    rows(read(path)).flatMap(([name, value, place]) => {
      const [, file] = place?.match(/^\[`\w+\.rs`\]\((.*)\)$/) ?? [];
      if (file === undefined || !/^`[A-Z_]+`$/.test(name)) return [];
      quoted.push(name.replaceAll("`", ""));
      const real = constant(read(posix.join(posix.dirname(path), file)), quoted.at(-1));
      return real === numeral(value.split(" ")[0]) ? [] : [`${path}: ${name} is ${real}, not ${value}`];
    }),
  );
  return [...wrong, ...missing(names, quoted, "docs/refresh.md lacks")];
}

/** The table of pauses follows from the constants. */
function pauses(read) {
  const schedule = read("src/engine/schedule.rs");
  const [base, max] = ["BACKOFF_BASE_MS", "BACKOFF_MAX_MS"].map((name) => constant(schedule, name) / 1_000);
  const table = rows(section(read("docs/refresh.md"), "## Pauses")).filter(([cell]) => /^\d/.test(cell));
  const right = table.map(([failure]) => {
    const ceiling = Math.min(base * 2 ** (Number.parseInt(failure, 10) - 1), max);
    return `${ceiling / 4} to ${ceiling} s`;
  });
  if (!right.at(-1)?.endsWith(` ${max} s`)) return ["the table of pauses stops before the longest"];
  return table.flatMap(([, pause], at) => (pause === right[at] ? [] : [`${pause} should be ${right[at]}`]));
}

function border(read) {
  const message = read("src/engine/message.rs");
  const architecture = rows(read("docs/architecture.md")).map(([cell]) => cell.replaceAll("`", ""));
  return ["Input", "Output"].flatMap((name) => {
    const [, body] = message.match(new RegExp(`^pub enum ${name} {\\n([\\s\\S]*?)^}`, "m"));
    const variants = [...body.matchAll(/^ {4}([A-Z]\w+)/gm)].map(([, variant]) => variant);
    assert.ok(variants.length > 5, "message.rs is read wrongly");
    return missing(variants, architecture, `docs/architecture.md lacks the ${name.toLowerCase()}`);
  });
}

function commands(read) {
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
const foreignWords = [
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

function wordsOfThisMachine(read) {
  return documents.flatMap((path) =>
    foreignWords.filter((word) => read(path).includes(word)).map((word) => `${path} says ${word}`),
  );
}

function quickstart(read) {
  const [first = ""] = blocks(section(read("README.md"), "## Quickstart"));
  const lines = first.trimEnd().split("\n").length;
  const needed = [
    "createClient",
    "completeSignIn",
    "signIn",
    "client.fetch",
    "subscribe",
    'isolation: "page"',
  ];
  return [
    ...(lines > 10 ? [`the quickstart has ${lines} lines`] : []),
    ...needed.filter((word) => !first.includes(word)).map((word) => `the quickstart lacks ${word}`),
  ];
}

/** Every TypeScript block of every document, against the declarations that ship. */
function typeErrors(read) {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-docs-"));
  try {
    const client = `import type { Client } from "strongroom";\ndeclare const client: Client;\n`;
    for (const path of documents) {
      for (const [at, code] of blocks(read(path)).entries()) {
        const before = code.includes("createClient(") ? "" : client;
        writeFileSync(
          join(folder, `${path.replaceAll(/\W/g, "_")}_${at}.ts`),
          `${before}${code}export {};\n`,
        );
      }
    }
    const compilerOptions = {
      paths: { strongroom: [join(root, "pkg/index.d.ts")] },
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

/** Each check, and what has to make it complain: a text of a file, and what to put in its place. */
const checks = [
  ["every relative link leads to a file", brokenLinks, "README.md", "docs/errors.md#", "docs/mistakes.md#"],
  ["every anchor leads to a heading", brokenLinks, "docs/errors.md", "\n## ERR_JWT\n", "\n## ERR_JWS\n"],
  [
    "every test that is cited exists",
    testsThatAreNone,
    "docs/promises.md",
    "`promise_4_one_",
    "`promise_4_a_",
  ],
  ["numbers of rows are right", countsThatAreWrong, "SECURITY.md", "106 rows", "107 rows"],
  ["every promise has a test", promisesWithoutTest, "docs/promises.md", "\n## 9. ", "\n## 11. "],
  ["every error code is documented", errorCodes, "src/engine/error.rs", '"ERR_CLOSED"', '"ERR_SHUT"'],
  ["no error code is invented", errorCodes, "docs/fetch.md", "ERR_TIMEOUT", "ERR_TOO_LATE"],
  ["every option is in the README", options, "js/types.ts", "leadSeconds?", "headStartSeconds?"],
  ["the defaults are right", options, "src/engine/config.rs", "= 20_000", "= 25_000"],
  ["constants are as in the sources", constants, "src/engine/schedule.rs", "= 60_000", "= 61_000"],
  ["every constant of the schedule is there", constants, "docs/refresh.md", "`LEAD_DIVISOR`", "`LEAD_SHARE`"],
  ["the pauses follow from the constants", pauses, "docs/refresh.md", "64 to 256 s", "64 to 255 s"],
  [
    "every input and output is in the table",
    border,
    "src/engine/message.rs",
    "    Restored,",
    "    Revived,",
  ],
  ["every command exists", commands, "README.md", "`npm run check`", "`npm run verify`"],
  ["no word of one machine", wordsOfThisMachine, "CHANGELOG.md", "# Changes", `# ${foreignWords[4]}`],
  ["the quickstart is short and whole", quickstart, "README.md", "await client.completeSignIn();\n", "\n\n"],
  ["TypeScript blocks have no type errors", typeErrors, "README.md", "client.refresh()", "client.renew()"],
];

for (const [name, check, path, text, instead] of checks) {
  test(`documents: ${name}`, () => {
    assert.deepEqual(check(readFile), []);
    assert.ok(readFile(path).includes(text), `nothing to spoil: ${path} does not say ${text}`);
    const spoiled = (one) => (one === path ? readFile(one).replaceAll(text, instead) : readFile(one));
    assert.notDeepEqual(check(spoiled), [], `the check passes with ${instead} in ${path}`);
  });
}
