// Turns the client's events into ledger entries.
import type { Entry, Ledger, WrittenEntry } from "./ledger.ts";
import { clockTime, count, duration } from "./markup.ts";
import type { Client } from "./session.ts";

const CAUSES: Record<string, string> = {
  schedule: "it was due",
  call: "a call needs a valid token",
  refused: "the API refused the token",
  manual: "you asked for it",
};

const REASONS: Record<string, string> = {
  "signed-out": "You signed out.",
  "sign-out": "You signed out.",
  "invalid-grant": "The server ended the session (invalid_grant).",
  invalid_grant: "The server ended the session (invalid_grant).",
  ERR_INVALID_GRANT: "The server ended the session (invalid_grant).",
};

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
  #retried: { entry: WrittenEntry; generation: number; calls: number } | null = null;

  constructor(client: Client, ledger: Ledger) {
    this.#ledger = ledger;
    client.addEventListener("refresh-started", ({ detail }) => this.#refreshStarted(detail));
    client.addEventListener("refreshed", ({ detail }) => this.#refreshed(detail));
    client.addEventListener("refresh-failed", ({ detail }) => this.#refreshFailed(detail));
    client.addEventListener("retried", ({ detail }) => this.#callRetried(detail));
    client.addEventListener("signed-in", () => this.#signedIn(client));
    client.addEventListener("signed-out", ({ detail }) => this.#signedOut(detail));
  }

  #signedIn(client: Client): void {
    this.#tokensArrived(1);
    const { claims, expiresAt } = client.session;
    const name = typeof claims?.["name"] === "string" ? claims["name"] : "Someone";
    const detail = expiresAt === null ? "" : `The first access token is valid until ${clockTime(expiresAt)}.`;
    this.#ledger.write({ tone: "good", icon: "key", text: `${name} signed in.`, detail });
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

  #refreshed(detail: { generation: number; rotated: boolean; expiresAt: number | null }): void {
    this.#tokensArrived(detail.generation);
    const rotation = detail.rotated ? "The refresh token was rotated" : "The refresh token stays the same";
    const validity =
      detail.expiresAt === null ? "" : `; the access token is valid until ${clockTime(detail.expiresAt)}`;
    this.#endRefresh({
      tone: "good",
      icon: "check",
      text: `Refreshed${this.#refreshDuration()}: token ${detail.generation}.`,
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
    const text = `Refresh failed${attempt > 1 ? ` (try ${attempt})` : ""}: ${code}.`;
    this.#endRefresh({
      tone: retryAt === null ? "bad" : "wait",
      icon: retryAt === null ? "cross" : "pause",
      text,
      detail,
    });
  }

  #callRetried({ generation }: { generation: number }): void {
    const calls = this.#retried?.generation === generation ? this.#retried.calls + 1 : 1;
    const verb = calls === 1 ? "was" : "were";
    const entry: Entry = {
      tone: "cool",
      icon: "arrow",
      text: `${count(calls, "call")} ${verb} refused and sent again with token ${generation}.`,
    };
    if (this.#retried !== null && calls > 1) {
      this.#retried.calls = calls;
      this.#retried.entry.reword(entry);
    } else this.#retried = { entry: this.#ledger.write(entry), generation, calls };
  }

  #signedOut({ reason }: { reason: string | null }): void {
    this.retryAt = null;
    this.isRefreshing = false;
    this.generation = null;
    const text = REASONS[reason ?? ""] ?? `The session ended: ${reason ?? "no reason given"}.`;
    this.#ledger.write({ tone: text.startsWith("You") ? "plain" : "bad", icon: "lock", text });
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
