// Recorders over every intrinsic of a page, set before any of its scripts runs, and what they have seen.
//
//   const seen = new Recordings();
//   const visit = await stage.visit({ …, hostile: recorders, prepare: (page) => seen.listen(page) });
//   seen.names(finder)     { "Promise.then": { access_token: 2 }, … }, or {} where nobody saw anything
import { intrinsics } from "./intrinsics.mjs";
import { script } from "./stage.mjs";

/** The attacker's inline script. */
export const recorders = `globalThis.redTeamIntrinsics = ${JSON.stringify(intrinsics)};\n${script("recorders.js")}`;

export class Recordings {
  #texts = new Map();

  /** From now on, in each document of this page. */
  async listen(page) {
    page.on("Runtime.bindingCalled", ({ payload }) => {
      const end = payload.indexOf("\n");
      this.add(payload.slice(0, end), payload.slice(end + 1));
    });
    await page.send("Runtime.addBinding", { name: "redTeamReport" });
  }

  add(name, text) {
    if (!this.#texts.has(name)) this.#texts.set(name, []);
    this.#texts.get(name).push(text);
  }

  /** What one recorder saw. */
  texts(name) {
    return this.#texts.get(name) ?? [];
  }

  /** Which recorder saw how many pieces of which kind; `without` is cut out of each text before. */
  names(finder, without = []) {
    const names = {};
    for (const [name, texts] of this.#texts) {
      const counts = finder.findIn(
        texts.map((text) => without.reduce((rest, known) => rest.replaceAll(known, " "), text)),
      );
      if (Object.keys(counts).length > 0) names[name] = counts;
    }
    return names;
  }
}
