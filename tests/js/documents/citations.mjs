// What the documents point at: files, headings, tests, rows of tables.
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { documents, missing, numeral, readFile, root } from "./documents.mjs";
import { anchors, links, section } from "./markdown.mjs";

export function brokenLinks(read) {
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
export function testsThatAreNone(read) {
  return documents.flatMap((path) =>
    links(path, read(path)).flatMap(({ label, file }) => {
      const [, name] = label.match(/^`(.*)`$/) ?? [];
      if (name === undefined || !/\.(rs|test\.mjs)$/.test(file) || /[/.]/.test(name)) return [];
      if (!existsSync(join(root, file))) return []; // a broken link, reported as such
      const source = read(file);
      const isThere = file.endsWith(".rs")
        ? new RegExp(`#\\[(wasm_bindgen_)?test\\][^;{}]*\\bfn ${name}\\(`).test(source)
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

export function countsThatAreWrong(read) {
  return documents.flatMap((path) =>
    [...read(path).matchAll(/([\d,]+)\s+rows\s+of\s+\[`[\w.]+`\]\(([^)]+)\)/g)].flatMap(
      ([, count, target]) => {
        const rowsThere = JSON.parse(readFile(posix.join(posix.dirname(path), target))).length;
        return numeral(count) === rowsThere ? [] : [`${path}: ${target} has ${rowsThere} rows, not ${count}`];
      },
    ),
  );
}

export function promisesWithoutTest(read) {
  const text = read("docs/promises.md");
  const headings = [...text.matchAll(/^## (\d+)\. .*$/gm)];
  const numbers = headings.map(([, number]) => Number(number));
  return [
    ...missing([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], numbers, "no promise"),
    ...headings
      .filter(([, number]) => number !== "10") // a budget, not a test
      .filter(([heading]) => !/\]\(\.\.\/tests\//.test(section(text, heading)))
      .map(([heading]) => `no test is cited: ${heading}`),
  ];
}
