// docs/conformance.md, from the tables of the tests.
//
//   node tests/conformance/table.mjs --write   writes it; without --write it is printed
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/command.mjs";
import { modules, notApplicable, notYet, plans } from "./modules/index.mjs";

export const path = "docs/conformance.md";

const code = (text) => `\`${text}\``;
const escaped = (text) => text.replaceAll("|", "\\|");

const whereItStops = {
  signIn: "before it leaves",
  callback: "no token request",
  token: "no request after the token request",
  refresh: "the session ends",
};

function verdictOf({ accepts, rejects }) {
  if (accepts !== undefined) return `accepts: ${accepts[0]}`;
  const [where, error, says] = rejects;
  return `rejects: ${code(error)}${says && ` naming ${code(says)}`}; ${whereItStops[where]}`;
}

function row(one) {
  const own = one.module.startsWith("own: ");
  return [
    own ? one.module : code(one.module),
    one.checks,
    one.rule ?? "",
    verdictOf(one),
    one.everywhere ? "all three" : "Chromium",
  ];
}

function table(head, rows) {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.map(escaped).join(" | ")} |`).join("\n");
}

const list = (entries) =>
  entries.map(([names, reason]) => `- ${names.map(code).join(", ")}: ${reason}.`).join("\n");

export function document() {
  const ofTheSuite = modules.filter(({ module }) => !module.startsWith("own: ")).length;
  return `# Conformance

The OpenID Foundation's conformance suite tests Relying Parties by servers that misbehave. Its certification plans are for
clients with a secret or a certificate, so a public browser client cannot be certified by them. Each of its modules that applies to
one is reproduced here instead, against [a misbehaving server of our own](../tests/conformance/authorization-server.mjs), in a real
browser: ${ofTheSuite} modules, and ${modules.length - ofTheSuite} cases of our own.

The test of a module has its name, in [\`conformance.test.mjs\`](../tests/conformance/conformance.test.mjs). "Rejects" means that no
request follows: once the promise has rejected, calls and renewals reject without a request, the next thing that the server sees is a
marker that the page sends, and nothing else has come by the end of all the tests. No token, code, \`state\` or verifier is in the error.
The rules are numbered as the tests' comments number them: a specification or RFC, and the paragraph of its checklist. This page is
written by \`node tests/conformance/table.mjs --write\`, from [the tables](../tests/conformance/modules/index.mjs) that the tests run.

${plans.map(([title, rows]) => `## ${title}\n\n${table(["module", "what the server does", "rule", "verdict", "browsers"], rows.map(row))}`).join("\n\n")}

${notYet.length === 0 ? "" : `## Not yet\n\n${list(notYet)}\n\n`}## Not applicable

${list(notApplicable)}
`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes("--write")) writeFileSync(join(root, path), document());
  else process.stdout.write(document());
}
