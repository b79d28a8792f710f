// @ts-check
// The published declarations.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runPackage } from "./command.mjs";

/**
 * Writes the declarations that index.d.ts reaches; the others are nobody's business.
 * @param {string} folder
 */
export async function declare(folder) {
  const all = `${folder}-types`;
  try {
    const { code, output } = await runPackage("typescript/bin/tsc", [
      "-p",
      "tsconfig.build.json",
      "--outDir",
      all,
    ]);
    if (code !== 0) throw new Error(`tsc ended with code ${code}:\n${output}`);
    const reached = new Set(["index.d.ts"]);
    for (const file of reached) {
      const text = readFileSync(join(all, "js", file), "utf8");
      // The sources name each other as .ts, which tsc leaves; a consumer's tsc wants the name of what is loaded.
      const published = text.replace(/((?:from|import\() *["']\.[^"']+)\.ts(?=["'])/g, "$1.js");
      for (const [, specifier] of published.matchAll(/(?:from|import\() *["'](\.[^"']+)\.js["']/g)) {
        const target = join(dirname(file), `${specifier}.d.ts`);
        if (target.startsWith(".."))
          throw new Error(`pkg/${file} would refer to ${specifier}, which is not published`);
        reached.add(target);
      }
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), published);
    }
    // The same words, whatever the engine behind them can do.
    mkdirSync(join(folder, "full"), { recursive: true });
    writeFileSync(join(folder, "full/index.d.ts"), 'export * from "../index.js";\n');
    return `${reached.size + 1} declaration files`;
  } finally {
    rmSync(all, { recursive: true, force: true });
  }
}
