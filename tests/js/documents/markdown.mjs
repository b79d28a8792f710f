// Reading Markdown, as far as this project writes it.
import { posix } from "node:path";

const withoutCode = (text) => text.replaceAll(/^```[\s\S]*?^```$/gm, "");
/** The TypeScript blocks. */
export const blocks = (text) => [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
/** The cells of every row of every table. */
export const rows = (text) =>
  [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row]) => row.split(" | ").map((cell) => cell.trim()));

/** The part of a text below one heading, up to the next one of its level. */
export function section(text, heading) {
  const [, below = ""] = text.split(`\n${heading}\n`);
  return below.split(new RegExp(`^${heading.match(/^#+/)[0]} `, "m"))[0];
}

/** Every link of a document, with the file that it leads to. */
export function links(path, text) {
  return [...withoutCode(text).matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)].map(([, label, target]) => {
    const [file, anchor] = target.split("#");
    return { label, target, anchor, file: file === "" ? path : posix.join(posix.dirname(path), file) };
  });
}

/** As the forge makes them out of headings. */
export function anchors(text) {
  return [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
