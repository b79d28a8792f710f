// What the documents say of the sources: error codes, options, constants, inputs and outputs.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { documents, missing, numeral, root } from "./documents.mjs";
import { links, rows, section } from "./markdown.mjs";

/** All public types: each file of js/types/. */
const publicTypes = (read) =>
  readdirSync(join(root, "js/types"))
    .map((name) => read(`js/types/${name}`))
    .join("\n");

export function errorCodes(read) {
  const rust = [...read("src/engine/error.rs").matchAll(/=> "(ERR_\w+)"/g)].map(([, code]) => code);
  const typescript = [...publicTypes(read).matchAll(/^ {2}\| "(ERR_\w+)"/gm)].map(([, code]) => code);
  assert.ok(rust.length > 10 && typescript.length > 10, "the sources are read wrongly");
  const known = new Set(["ERR_INVALID_OPTION", ...rust, ...typescript]);
  const text = read("docs/errors.md");
  const documented = [...text.matchAll(/^## (ERR_\w+)$/gm)].map(([, code]) => code);
  const overview = rows(section(text, "## Overview")).map(([cell]) => cell.match(/^\[`(ERR_\w+)`\]/)?.[1]);
  return [
    ...missing(known, documented, "docs/errors.md has no section"),
    ...missing(known, overview, "the overview of docs/errors.md has no row"),
    ...missing(rust, ["ERR_INVALID_OPTION", ...typescript], "js/types/ has no code"),
    ...documents.flatMap((path) =>
      missing(read(path).match(/ERR_[A-Z_]*[A-Z]/g) ?? [], known, `${path} invents`),
    ),
  ];
}

/** The paths of all options that the public types declare, by reading their interfaces. */
function optionPaths(types, name = "ClientOptions", prefix = "") {
  const [, parent, body] =
    types.match(new RegExp(`interface ${name}(?: extends (\\w+))? {\\n([\\s\\S]*?)^}`, "m")) ?? [];
  assert.ok(body !== undefined, `js/types/ has no interface ${name}`);
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

export function options(read) {
  const table = rows(section(read("README.md"), "## Options")).filter(([cell]) => cell.startsWith("`"));
  const documented = table.map(([cell]) => cell.replaceAll("`", ""));
  const declared = optionPaths(publicTypes(read));
  assert.ok(declared.length > 12, "js/types/ is read wrongly");
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
  const [, value] = source.match(new RegExp(`^(?:pub )?const ${name}(?:: \\w+)? = ([\\d_ *]+);`, "m")) ?? [];
  return value?.split("*").reduce((product, factor) => product * numeral(factor.trim()), 1);
}

export function constants(read) {
  const schedule = read("src/engine/schedule.rs");
  const names = [...schedule.matchAll(/^const (\w+): \w+ =/gm)].map(([, name]) => name);
  assert.ok(names.length > 8, "schedule.rs is read wrongly");
  const quoted = [];
  const wrong = documents.flatMap((path) =>
    rows(read(path)).flatMap(([name, value, place]) => {
      const [, file] = place?.match(/^\[`[\w-]+\.(?:rs|ts)`\]\((.*)\)$/) ?? [];
      if (file === undefined || !/^`[A-Z_]+`$/.test(name)) return [];
      quoted.push(name.replaceAll("`", ""));
      const real = constant(read(posix.join(posix.dirname(path), file)), quoted.at(-1));
      return real === numeral(value.split(" ")[0]) ? [] : [`${path}: ${name} is ${real}, not ${value}`];
    }),
  );
  return [...wrong, ...missing(names, quoted, "docs/refresh.md lacks")];
}

/** The table of pauses follows from the constants. */
export function pauses(read) {
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

export function border(read) {
  const message = read("src/engine/message.rs");
  const architecture = rows(read("docs/architecture.md")).map(([cell]) => cell.replaceAll("`", ""));
  return ["Input", "Output"].flatMap((name) => {
    const [, body] = message.match(new RegExp(`^pub enum ${name} {\\n([\\s\\S]*?)^}`, "m"));
    const variants = [...body.matchAll(/^ {4}([A-Z]\w+)/gm)].map(([, variant]) => variant);
    assert.ok(variants.length >= 5, "message.rs is read wrongly");
    return missing(variants, architecture, `docs/architecture.md lacks the ${name.toLowerCase()}`);
  });
}

/** The map of the house has every room. */
export function layout(read) {
  const files = ["page", "vault", "engine"].flatMap((folder) =>
    readdirSync(join(root, "js", folder)).map((name) => `js/${folder}/${name}`),
  );
  assert.ok(files.length > 20, "js/ is read wrongly");
  const path = "docs/architecture.md";
  const linked = links(path, read(path)).map(({ file }) => file);
  return missing(files, linked, `${path} does not lead to`);
}

/** The members of the public types that describe a back end are in tables of its page. */
export function backEnds(read) {
  const types = publicTypes(read);
  const cells = rows(read("docs/back-ends.md")).map(([cell]) => cell);
  const documented = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  const kinds = ["Json", "Bff"].map((kind) => `${kind}Provider`);
  const parts = ["Request", "Navigation", "Answer", "Error"].map((part) => `BackEnd${part}`);
  return [...kinds, ...parts, "BffAnswer", "AnswerCondition"].flatMap((name) => {
    const [, body] = types.match(new RegExp(`interface ${name}[^{]*{\\n([\\s\\S]*?)^}`, "m")) ?? [];
    const members = [...(body?.matchAll(/^ {2}(\w+)\??: /gm) ?? [])].map(([, member]) => member);
    assert.ok(members.length > 0, `js/types/ has no interface ${name}`);
    const wanted = members.filter((member) => member !== "type");
    return missing(wanted, documented, `docs/back-ends.md has no row for ${name}`);
  });
}

/** The names that applications compare with: events, and why a session ended. */
export function names(read) {
  const types = publicTypes(read);
  const [, events] = types.match(/^export interface ClientEvents {\n([\s\S]*?)^}/m);
  const kinds = [...events.matchAll(/^ {2}"?([a-z-]+)"?: \{/gm)].map(([, kind]) => kind);
  const [, union] = types.match(/^export type SignOutReason =([\s\S]*?);$/m);
  const reasons = [...union.matchAll(/"([a-z-]+)"/g)].map(([, reason]) => reason);
  assert.ok(kinds.length > 5 && reasons.length > 2, "js/types/ is read wrongly");
  const members = rows(section(read("README.md"), "## The client"));
  const [, cell = ""] = members.find(([member]) => member.startsWith("`addEventListener`")) ?? [];
  const told = [...cell.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => kind);
  const explained = [...read("docs/errors.md").matchAll(/`"([a-z-]+)"`/g)].map(([, reason]) => reason);
  return [
    ...missing(kinds, told, "the README lacks the event"),
    ...missing(reasons, explained, "docs/errors.md lacks the reason"),
  ];
}
