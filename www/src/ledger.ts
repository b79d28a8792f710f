// The list of what happened, newest first, in sentences.
import { byId, clockTime, type IconName, icon, make } from "./markup";

const MOST_ENTRIES = 200;

export interface Entry {
  tone: "good" | "wait" | "bad" | "cool" | "plain";
  icon: IconName;
  text: string;
  detail?: string;
}

/** An entry on the page that can still be reworded, for instance when its refresh has ended. */
export interface WrittenEntry {
  reword(entry: Entry): void;
}

export class Ledger {
  readonly #list = byId<HTMLOListElement>("ledger");
  readonly #empty = byId("ledger-empty");
  readonly #status = byId("status");

  constructor() {
    // Not every browser lets the keyboard scroll a list that cannot be focused.
    byId("ledger-scroll").tabIndex = 0;
    byId("clear-ledger").addEventListener("click", () => {
      this.#list.replaceChildren();
      this.#empty.hidden = false;
    });
  }

  write(entry: Entry): WrittenEntry {
    const item = make("li", { class: "entry" });
    fill(item, entry, Date.now());
    this.#list.prepend(item);
    while (this.#list.children.length > MOST_ENTRIES) this.#list.lastElementChild?.remove();
    this.#empty.hidden = true;
    this.#status.textContent = entry.text;
    return {
      reword: (changed) => {
        fill(item, changed, Date.now());
        this.#status.textContent = changed.text;
      },
    };
  }
}

function fill(item: HTMLElement, entry: Entry, at: number): void {
  item.dataset.tone = entry.tone;
  const time = make("time", { datetime: new Date(at).toISOString() }, clockTime(at));
  const words = make("div", {}, make("p", {}, entry.text));
  if (entry.detail !== undefined) words.append(make("p", { class: "detail" }, entry.detail));
  item.replaceChildren(make("span", { class: "entry-icon" }, icon(entry.icon)), words, time);
}
