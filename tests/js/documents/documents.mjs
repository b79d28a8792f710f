// The documents, and the words that the checks have in common. A check takes `read`, which gives a file's text, and
// gives its complaints.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
export const documents = ["", "docs/"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => folder + name),
);
export const readFile = (path) => readFileSync(join(root, path), "utf8");
export const numeral = (text) => Number(text.replaceAll(/[,_]/g, ""));
export const missing = (wanted, there, what) =>
  [...wanted].filter((one) => !new Set(there).has(one)).map((one) => `${what}: ${one}`);
