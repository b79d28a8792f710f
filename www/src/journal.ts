// Turns the client's events into ledger entries.
import type { Entry, Ledger, WrittenEntry } from "./ledger";
import { clockTime, count, duration } from "./markup";
import type { Client, Session } from "./session";

const CAUSES: Record<string, string> = {
  schedule: "it was due",
  call: "a call needs a valid token",
  refused: "the API refused the token",
  manual: "you asked for it",
  restored: "the page was restored",
  notice: "another tab signed out",
};

const FAILURES: Record<string, string> = {
  ERR_REFUSED: "the server refused the refresh token",
  ERR_SESSION_ENDED: "the server ended the session",
  ERR_TIMEOUT: "no answer came in time",
  ERR_UNAVAILABLE: "the server cannot answer now",
  ERR_UNREACHABLE: "the server cannot be reached",
};

const REASONS: Record<string, Entry> = {
  "account-switch": {
    tone: "bad",
    icon: "lock",
    text: "The session ended: the server answered for another account.",
  },
  "session-ended": {
    tone: "bad",
    icon: "lock",
    text: "The server ended the session.",
    detail: "It said so to the last refresh.",
  },
  "vault-lost": {
    tone: "bad",
    icon: "lock",
    text: "The vault was lost, and the session with it.",
    detail: "The browser ended its worker. Sign in again; the server may not even ask.",
  },
  "sign-out": {
    tone: "plain",
    icon: "lock",
    text: "You signed out.",
    detail: "The refresh token was revoked at the server.",
  },
};

interface Retried {
  entry: WrittenEntry;
  generation: number;
  calls: number;
  isDue: boolean;
}

/** Writes the client's events into the ledger, and knows what of them the dial needs. */
export class Journal {
  /** When the current access token arrived, by this page's clock. */
  issuedAt = Date.now();
  /** When the next try is due after a failure; null while all is well. */
  retryAt: number | null = null;
  generation: number | null = null;
  isRefreshing = false;

  readonly #ledger: Ledger;
  #refresh: { entry: WrittenEntry; startedAt: number } | null = null;
  #retried: Retried | null = null;

  constructor(client: Client, ledger: Ledger) {
    this.#ledger = ledger;
    client.addEventListener("refresh-started", ({ detail }) => this.#refreshStarted(detail));
    client.addEventListener("refreshed", ({ detail }) => this.#refreshed(detail, client.session.expiresAt));
    client.addEventListener("refresh-failed", ({ detail }) => this.#refreshFailed(detail));
    client.addEventListener("retried", ({ detail }) => this.#callRetried(detail));
    client.addEventListener("signed-in", ({ detail }) => this.#signedIn(detail.generation, client.session));
    client.addEventListener("signed-out", ({ detail }) => this.#signedOut(detail));
    client.addEventListener("notice", ({ detail: { what } }) => {
      const text = what === "signed-in" ? "Another tab signed in." : "Another tab signed out.";
      ledger.write({ tone: "plain", icon: "key", text });
    });
  }

  #signedIn(generation: number, { claims, expiresAt }: Session): void {
    this.#tokensArrived(generation);
    const name = typeof claims?.name === "string" ? claims.name : "Someone";
    const validity =
      expiresAt === null ? "" : `The first access token is valid until ${clockTime(expiresAt)}.`;
    this.#ledger.write({ tone: "good", icon: "key", text: `${name} signed in.`, detail: validity });
  }

  #refreshStarted({ attempt, cause }: { attempt: number; cause: string }): void {
    this.isRefreshing = true;
    const again = attempt > 1 ? ` (try ${attempt})` : "";
    const text = `Refreshing${again}: ${CAUSES[cause] ?? cause}.`;
    this.#refresh = {
      entry: this.#ledger.write({ tone: "cool", icon: "repeat", text }),
      startedAt: performance.now(),
    };
  }

  #refreshed(
    { generation, rotated }: { generation: number; rotated: boolean },
    expiresAt: number | null,
  ): void {
    this.#tokensArrived(generation);
    const rotation = rotated ? "The refresh token was rotated" : "The refresh token stays the same";
    const validity = expiresAt === null ? "" : `; the access token is valid until ${clockTime(expiresAt)}`;
    this.#endRefresh({
      tone: "good",
      icon: "check",
      text: `Refreshed${this.#refreshDuration()}: generation ${generation}.`,
      detail: `${rotation}${validity}.`,
    });
  }

  #refreshFailed({
    code,
    retryAt,
    attempt,
  }: {
    code: string;
    retryAt: number | null;
    attempt: number;
  }): void {
    this.retryAt = retryAt;
    const now = Date.now();
    const detail =
      retryAt === null
        ? "There will be no further try."
        : `Still signed in. Next try in ${duration(Math.max(retryAt - now, 0))}, at ${clockTime(retryAt)}.`;
    const text = `Refresh failed${attempt > 1 ? ` (try ${attempt})` : ""}: ${FAILURES[code] ?? code}.`;
    this.#endRefresh({
      tone: retryAt === null ? "bad" : "wait",
      icon: retryAt === null ? "cross" : "pause",
      text,
      detail,
    });
  }

  // Hundreds of calls may be sent again within a moment: they share an entry, reworded at most once per frame.
  #callRetried({ generation }: { generation: number }): void {
    if (this.#retried?.generation !== generation) {
      const entry = this.#ledger.write(retriedEntry(1, generation));
      this.#retried = { entry, generation, calls: 1, isDue: false };
      return;
    }
    const retried = this.#retried;
    retried.calls += 1;
    if (retried.isDue) return;
    retried.isDue = true;
    requestAnimationFrame(() => {
      retried.isDue = false;
      retried.entry.reword(retriedEntry(retried.calls, generation));
    });
  }

  #signedOut({ reason }: { reason: string }): void {
    this.retryAt = null;
    this.generation = null;
    if (this.#refresh !== null) {
      const text =
        reason === "sign-out" ? "The refresh was overtaken by the sign-out." : "The refresh was refused.";
      this.#endRefresh({ tone: reason === "sign-out" ? "plain" : "bad", icon: "cross", text });
    }
    const unknown: Entry = { tone: "bad", icon: "lock", text: `The session ended: ${reason}.` };
    this.#ledger.write(REASONS[reason] ?? unknown);
  }

  #tokensArrived(generation: number): void {
    this.issuedAt = Date.now();
    this.retryAt = null;
    this.generation = generation;
  }

  #endRefresh(entry: Entry): void {
    this.isRefreshing = false;
    if (this.#refresh === null) this.#ledger.write(entry);
    else this.#refresh.entry.reword(entry);
    this.#refresh = null;
  }

  #refreshDuration(): string {
    return this.#refresh === null ? "" : ` in ${duration(performance.now() - this.#refresh.startedAt)}`;
  }
}

function retriedEntry(calls: number, generation: number): Entry {
  const text = `${count(calls, "call")} ${calls === 1 ? "was" : "were"} refused and sent again with generation ${generation}.`;
  return { tone: "cool", icon: "arrow", text };
}
