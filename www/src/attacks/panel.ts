// The attack panel: a button for each attack, and beside it what the attack obtained from either client.
import { describe } from "../calls";
import type { Ledger } from "../ledger";
import { byId, count, icon, make } from "../markup";
import type { Attack, Notes, Targets } from "./attack";
import { ATTACKS } from "./attacks";
import { type Find, Loot, type Owner } from "./loot";

const NAMES: Record<Owner, string> = { strongroom: "Strongroom", naive: "Naive client" };
const KINDS = ["access", "refresh", "ID"];
const OWNERS: readonly Owner[] = ["strongroom", "naive"];

interface Row {
  button: HTMLButtonElement;
  cells: Record<Owner, HTMLElement>;
}

export class AttackPanel {
  readonly #targets: Targets;
  readonly #ledger: Ledger;
  readonly #rows = new Map<Attack, Row>();
  readonly #totals: Record<Owner, Map<Attack, number>> = { strongroom: new Map(), naive: new Map() };
  #isRunning = false;

  constructor(targets: Targets, ledger: Ledger) {
    this.#targets = targets;
    this.#ledger = ledger;
    // In a narrow window they are laid out as no table, which some browsers take for a sign that they are none.
    byId("attack-table").role = "table";
    byId("attacks").role = "rowgroup";
    byId("attacks").append(...ATTACKS.map((attack) => this.#row(attack)));
    byId("run-all-attacks").addEventListener("click", () => this.#run(ATTACKS));
    byId("clear-attacks").addEventListener("click", () => this.#clear());
    targets.client.addEventListener("signed-out", () => targets.naive.signOut().catch(() => {}));
    this.show();
  }

  /** Attacks need something to steal, and follow one another. */
  show(): void {
    const { status } = this.#targets.client.session;
    const isIn = status === "signed-in" || status === "renewal-delayed";
    const buttons = [
      byId<HTMLButtonElement>("run-all-attacks"),
      ...[...this.#rows.values()].map((row) => row.button),
    ];
    for (const button of buttons) {
      button.disabled = !isIn;
      button.ariaDisabled = String(this.#isRunning);
    }
    byId<HTMLButtonElement>("clear-attacks").disabled = this.#isRunning;
    byId("attacks-need-session").hidden = isIn;
  }

  #row(attack: Attack): HTMLElement {
    const button = make(
      "button",
      { id: `attack-${attack.id}`, type: "button" },
      attack.name,
    ) as HTMLButtonElement;
    button.addEventListener("click", () => this.#run([attack]));
    const cell = (owner: Owner) =>
      make("td", { role: "cell", "data-owner": owner, "data-state": "idle" }, ...notTried(owner));
    const cells = { strongroom: cell("strongroom"), naive: cell("naive") };
    this.#rows.set(attack, { button, cells });
    const title = make("th", { role: "rowheader", scope: "row" }, button, make("p", {}, attack.method));
    return make("tr", { role: "row", id: `attack-row-${attack.id}` }, title, cells.strongroom, cells.naive);
  }

  async #run(attacks: readonly Attack[]): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.show();
    try {
      for (const attack of attacks) await this.#runOne(attack);
      if (attacks.length > 1) this.#announce(`${count(attacks.length, "attack")} done.`, attacks);
    } finally {
      this.#isRunning = false;
      this.show();
    }
  }

  async #runOne(attack: Attack): Promise<void> {
    const { cells, button } = this.#rows.get(attack) as Row;
    for (const owner of OWNERS) fill(cells[owner], owner, "running", "…", "Trying.");
    button.ariaBusy = "true";
    const loot = new Loot();
    try {
      const notes = await attack.run(this.#targets, loot);
      const finds = await loot.tokens(this.#targets.servers.issuer);
      for (const owner of OWNERS) this.#conclude(attack, owner, finds, notes);
      this.#announce(`${attack.name}.`, [attack]);
    } catch (error) {
      for (const owner of OWNERS) {
        this.#totals[owner].delete(attack);
        delete cells[owner].dataset.count;
        const note = `The attack did not run to its end. ${sentence(error)}`;
        fill(cells[owner], owner, "failed", "No result", note);
      }
    } finally {
      button.ariaBusy = "false";
      this.#showTotals();
    }
  }

  #conclude(attack: Attack, owner: Owner, finds: readonly Find[], notes: Notes): void {
    const own = finds.filter((find) => find.owner === owner);
    this.#totals[owner].set(attack, own.length);
    const places = [...new Set(own.flatMap((find) => find.places))];
    const found = places.length === 0 ? "" : `Found in ${list(places)}. `;
    const cell = (this.#rows.get(attack) as Row).cells[owner];
    cell.dataset.count = String(own.length);
    const state = own.length === 0 ? "safe" : "stolen";
    fill(cell, owner, state, count(own.length, "token"), found + notes[owner], kinds(own));
  }

  #announce(what: string, attacks: readonly Attack[]): void {
    const sum = (owner: Owner) =>
      attacks.reduce((all, attack) => all + (this.#totals[owner].get(attack) ?? 0), 0);
    const [strongroom, naive] = [sum("strongroom"), sum("naive")];
    const text = `${what} Strongroom: ${count(strongroom, "token")}; naive client: ${count(naive, "token")}.`;
    this.#ledger.write({ tone: strongroom === 0 ? "good" : "bad", icon: "key", text });
  }

  #showTotals(): void {
    for (const owner of OWNERS) {
      const totals = this.#totals[owner];
      const sum = [...totals.values()].reduce((all, each) => all + each, 0);
      const text = totals.size === 0 ? "" : `${count(sum, "token")} in ${count(totals.size, "attack")}`;
      byId(`attacks-total-${owner}`).textContent = text;
    }
  }

  /** The naive client forgets its tokens, too. */
  async #clear(): Promise<void> {
    for (const { cells } of this.#rows.values()) {
      for (const owner of OWNERS) {
        cells[owner].dataset.state = "idle";
        delete cells[owner].dataset.count;
        cells[owner].replaceChildren(...notTried(owner));
      }
    }
    for (const owner of OWNERS) this.#totals[owner].clear();
    this.#showTotals();
    await this.#targets.naive.signOut().catch(() => {});
  }
}

function notTried(owner: Owner): Node[] {
  return [
    make("span", { class: "attack-owner" }, NAMES[owner]),
    make("p", { class: "empty" }, "Not tried yet."),
  ];
}

function fill(
  cell: HTMLElement,
  owner: Owner,
  state: string,
  verdict: string,
  note: string,
  kinds = "",
): void {
  cell.dataset.state = state;
  const sign = { safe: "lock", stolen: "cross", failed: "pause", running: "repeat" } as const;
  const glyph = icon(sign[state as keyof typeof sign]);
  cell.replaceChildren(
    make("span", { class: "attack-owner" }, NAMES[owner]),
    make("p", { class: "attack-verdict" }, glyph, verdict),
    ...(kinds === "" ? [] : [make("p", { class: "attack-kinds" }, kinds)]),
    make("p", { class: "attack-note" }, note),
  );
}

function sentence(error: unknown): string {
  return error instanceof Error && error.name === "Error" ? error.message : describe(error);
}

/** "access, 2 refresh, ID". */
function kinds(finds: readonly Find[]): string {
  const numbers = new Map<string, number>();
  for (const { kind } of finds) numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
  const ordered = [...numbers].sort(([a], [b]) => KINDS.indexOf(a) - KINDS.indexOf(b));
  return ordered.map(([kind, number]) => (number === 1 ? kind : `${number} ${kind}`)).join(", ");
}

/** "a", "a and b", "a, b and c"; of many the first three. */
function list(places: readonly string[]): string {
  const most = 3;
  const shown =
    places.length > most + 1 ? [...places.slice(0, most), `${places.length - most} other places`] : places;
  return new Intl.ListFormat("en-GB").format(shown);
}
