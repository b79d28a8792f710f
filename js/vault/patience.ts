/** Who waits longer is called, before it has waited twice as long. */
const PATIENCE_MS = 10;

/** How long calls wait for what spares a message. One timer for all, which goes on while calls come: to set one costs more than a message. */
export class Patience {
  /** Who waits → since when; the longest first. */
  readonly #waiting = new Map<() => void, number>();
  #isTicking = false;
  /** Since the last tick. */
  #isUsed = false;

  enter(late: () => void): void {
    this.#waiting.set(late, performance.now());
    this.#isUsed = true;
    if (!this.#isTicking) this.#wait();
  }

  leave(late: () => void): void {
    this.#waiting.delete(late);
  }

  #wait(): void {
    this.#isTicking = true;
    this.#isUsed = false;
    setTimeout(() => this.#tick(), PATIENCE_MS);
  }

  #tick(): void {
    this.#isTicking = false;
    const latest = performance.now() - PATIENCE_MS;
    for (const [late, since] of this.#waiting) {
      if (since > latest) break;
      this.#waiting.delete(late);
      late();
    }
    if (this.#isUsed || this.#waiting.size > 0) this.#wait();
  }
}
