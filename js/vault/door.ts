import type { OpenedEngine } from "../engine/opened.js";
import { failure } from "../error.js";
import { PROTOCOL, type Told, type ToVault } from "../protocol.js";
import { Call } from "./call.js";
import { toFailure } from "./failure.js";
import { isMessage } from "./message.js";
import type { Vault } from "./vault.js";

/** One end of a port, or a dedicated worker's own global scope. */
export interface Port {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
  close(): void;
}

type Message<Type extends ToVault["type"]> = Extract<ToVault, { type: Type }>;

/** One page's way in. Any script of this origin can open one and say anything: what is no message is dropped. */
export class Door {
  readonly #vault: Vault;
  readonly #port: Port;
  readonly #calls = new Map<number, Call>();
  #state: "new" | "greeted" | "closed" = "new";
  #opened: OpenedEngine | null = null;
  /** The page is in the back/forward cache: nobody sees it, and it may never come back. */
  isCached = false;

  constructor(vault: Vault, port: Port) {
    this.#vault = vault;
    this.#port = port;
    port.onmessage = ({ data }) => this.#receive(data);
  }

  tell(told: Told, transfer: Transferable[] = []): void {
    const { boot, generation } = this.#vault;
    this.#port.postMessage({ ...told, protocol: PROTOCOL, boot, generation }, transfer);
  }

  #receive(data: unknown): void {
    if (this.#state === "closed" || !isMessage(data)) return;
    if (data.type === "hello") {
      if (this.#state === "new") void this.#greet(data);
      return;
    }
    const opened = this.#opened;
    if (opened === null || !this.#isBack(opened)) return;
    switch (data.type) {
      case "ask":
        void this.#ask(opened, data);
        break;
      case "fetch":
        this.#fetch(opened, data);
        break;
      case "abort":
        this.#calls.get(data.id)?.abort();
        break;
      case "pull":
        this.#calls.get(data.id)?.pull();
        break;
      case "piece":
        this.#calls.get(data.id)?.receive(data.bytes, data.isBroken);
        break;
      case "heard":
        this.#heard(opened, data);
        break;
      case "ping":
        this.tell({ type: "pong", session: this.#vault.session });
        break;
      case "bye":
        this.#leave();
        if (this.#vault.doors.size === 0) this.#vault.forget();
    }
  }

  async #greet({ options, protocol, survives, tab, wasm }: Message<"hello">): Promise<void> {
    this.#state = "greeted";
    try {
      // The page sees by the number in the reply that nothing can come of this.
      if (protocol !== PROTOCOL) throw new Error("protocol");
      const opened = await this.#vault.admit(options, wasm, survives);
      this.#opened = opened;
      this.#vault.doors.add(this);
      const { beginnings } = opened;
      this.tell({ type: "welcome", beginnings, session: this.#vault.session });
      if (tab !== undefined) navigator.locks?.request(tab, () => this.#rest()).catch(() => {});
    } catch (error) {
      this.tell({ type: "refused", failure: toFailure(error) });
    }
  }

  #heard(opened: OpenedEngine, { isCached, kind }: Message<"heard">): void {
    if (kind === "pagehide") {
      this.isCached = isCached;
      return;
    }
    if (kind === "pageshow") this.isCached = false;
    // A vault of all tabs was not away; one of this page was frozen with it.
    opened.heard(isCached && !this.#vault.isShared ? "restored" : kind);
  }

  /** Tells the page, for when it comes back, that the vault is no more for it. */
  dismiss(error: unknown): void {
    this.tell({ type: "refused", failure: toFailure(error) });
    this.#leave();
  }

  /** The page has lost its lock: it is gone, or, in WebKit, in the back/forward cache. What was done for it ends. */
  #rest(): void {
    this.#vault.doors.delete(this);
    for (const call of this.#calls.values()) call.abort();
  }

  /** Whether this page has its vault, maybe again: one that speaks is alive. */
  #isBack(opened: OpenedEngine): boolean {
    const isSame = this.#vault.isOpen(opened);
    if (isSame) this.#vault.doors.add(this);
    else this.dismiss(failure("ERR_VAULT", "The vault has begun anew while the page was away."));
    return isSame;
  }

  /** The page wants no more. */
  #leave(): void {
    this.#state = "closed";
    this.#rest();
    this.#port.onmessage = null;
  }

  async #ask(opened: OpenedEngine, { given, id, question }: Message<"ask">): Promise<void> {
    try {
      const answer = await opened.ask(question, given);
      const isLeaving = question === "signIn" || (question === "signOut" && answer !== undefined);
      const value = isLeaving ? this.#kept(answer, given[1] === true) : answer;
      this.tell({ type: "settled", id, value });
    } catch (error) {
      this.tell({ type: "failed", id, failure: toFailure(error) });
    }
  }

  /** A vault that is still there when the user is back keeps the sign-in, or sign-out, to itself. */
  #kept(leaving: unknown, pageStays: boolean): unknown {
    if (!this.#vault.survives && !pageStays) return leaving;
    const { transaction: _, ...rest } = leaving as { transaction: string };
    return rest;
  }

  #fetch(opened: OpenedEngine, message: Message<"fetch">): void {
    // The page has asked for a resource only, if it is an honest one.
    if (this.#calls.has(message.id) || !opened.isResource(message.url)) return;
    const call = new Call(message, (told, transfer) => this.tell(told, transfer));
    this.#calls.set(message.id, call);
    void call.run(opened.fetch).finally(() => this.#calls.delete(message.id));
  }
}
