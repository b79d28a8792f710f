// @ts-check
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * All files under a path, in a fixed order.
 * @param {string} path
 * @returns {string[]}
 */
export function filesOf(path) {
  try {
    return readdirSync(path)
      .sort()
      .flatMap((name) => filesOf(join(path, name)));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOTDIR") return [path];
    throw error;
  }
}

/**
 * Puts a fresh folder where an old one is, so that nobody finds it half written.
 * @param {string} old
 * @param {string} fresh
 */
export function replaceFolder(old, fresh) {
  const aside = `${old}-old-${process.pid}`;
  if (existsSync(old)) renameSync(old, aside);
  renameSync(fresh, old);
  rmSync(aside, { recursive: true, force: true });
}
