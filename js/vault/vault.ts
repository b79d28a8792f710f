import type { Listener } from "../engine/host.js";
import { OpenedEngine } from "../engine/opened.js";
import { failure } from "../error.js";
import type { Session } from "../types.js";
import type { Door } from "./door.js";
import { Notices } from "./notices.js";

/** The one engine of this worker, for all pages that have a door to it. */
export class Vault implements Listener {
  /** Which start of the worker this is: a page that sees another knows that its session is gone. */
  readonly boot = crypto.getRandomValues(new Uint32Array(4)).join("-");
  readonly doors = new Set<Door>();
  session!: Session;
  /** Pending sign-ins stay here over a redirect, so no page needs to keep them. */
  survives = false;
  readonly #notices: Notices | null;
  #opened: OpenedEngine | null = null;
  /** Hellos are answered one after another. */
  #admissions: Promise<unknown> = Promise.resolve();

  constructor(readonly isShared: boolean) {
    this.#notices = isShared ? null : new Notices((what) => this.#noticed(what));
  }

  get generation(): number {
    return this.#opened?.generation ?? 0;
  }

  /**
   * Opens the engine with the first configuration that is good. It stays in force: another is refused, as long as a
   * page is there that relies on it.
   */
  admit(options: unknown, wasm: string, survives: boolean): Promise<OpenedEngine> {
    const admission = this.#admissions.then(async () => {
      if (this.#opened !== null) {
        try {
          this.#opened.admit(options);
          return this.#opened;
        } catch (error) {
          const isReliedOn = [...this.doors].some(({ isCached }) => !isCached);
          if ((error as { code?: unknown }).code !== "ERR_CONFIGURED" || isReliedOn) throw error;
          for (const door of this.doors) door.dismiss(error);
          this.forget();
        }
      }
      this.#opened = await OpenedEngine.open(options, wasm, this, failure);
      this.survives = survives;
      return this.#opened;
    });
    this.#admissions = admission.catch(() => {});
    return admission;
  }

  isOpen(opened: OpenedEngine): boolean {
    return this.#opened === opened;
  }

  /** Ends the session without telling the server; the next configuration is the first again. */
  forget(): void {
    this.#opened?.close();
    this.#opened = null;
  }

  changed(session: Session): void {
    this.session = session;
    for (const door of this.doors) door.tell({ type: "session", session });
  }

  event(kind: string, detail: object): void {
    // After the session that it tells of, which the engine shows in this same task.
    queueMicrotask(() => {
      for (const door of this.doors) door.tell({ type: "event", kind, detail });
    });
    this.#notices?.tell(kind);
  }

  #noticed(what: string): void {
    for (const door of this.doors) door.tell({ type: "event", kind: "notice", detail: { what } });
    if (what === "signed-out") this.#opened?.heard("notice");
  }
}
