import { failure, StrongroomError } from "../error.js";
import { type FromVault, PROTOCOL, type ToVault, type WireFailure } from "../protocol.js";
import type { VaultWorker } from "./worker.js";

/** How long a vault may take to start, and to load its engine. */
const OPEN_MAX_MS = 20_000;
/** Whoever waits for the vault asks so often whether it is still there. */
const WATCH_MS = 5_000;

type Message<Type extends FromVault["type"]> = Extract<FromVault, { type: Type }>;
/** What concerns one question or call. */
export type Reply = Message<"settled" | "response" | "piece" | "want"> | { type: "failed"; error: Error };
/** What concerns them all. */
export type News = Message<"welcome" | "session" | "pong" | "event">;

/** One port to one vault. Once it is lost it stays lost: whoever waits is told. */
export class Connection {
  readonly #worker: VaultWorker;
  readonly #hear: (news: News) => void;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #onLost: (error: Error) => void;
  #boot: string | undefined;
  #generation = 0;
  #lastId = 0;
  /** So many messages. */
  #heard = 0;
  #unansweredPings = 0;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #end: Error | undefined;

  /**
   * @throws {StrongroomError} `ERR_VAULT` if the vault does not start, `ERR_CONFIGURED` if it has another
   * configuration, `ERR_ENGINE`; or the `TypeError` for a wrong option
   */
  static open(
    worker: VaultWorker,
    hello: Omit<Extract<ToVault, { type: "hello" }>, "type" | "protocol" | "survives">,
    hear: (news: News) => void,
    onLost: (error: Error) => void,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection = new Connection(
        worker,
        (news) => {
          hear(news);
          if (news.type === "welcome") resolve(connection);
        },
        (error) => {
          reject(error);
          onLost(error);
        },
      );
      const giveUp = (why: keyof typeof advice) => () => {
        if (connection.#boot === undefined) connection.close(lost(why));
      };
      setTimeout(giveUp("unanswered"), OPEN_MAX_MS);
      worker.onFailure(giveUp("notStarted"));
      try {
        connection.post({ type: "hello", protocol: PROTOCOL, survives: worker.survives, ...hello });
      } catch {
        const message = "Option `options` must be plain data";
        connection.close(failure("ERR_INVALID_OPTION", message, { option: "options" }));
      }
    });
  }

  private constructor(worker: VaultWorker, hear: (news: News) => void, onLost: (error: Error) => void) {
    this.#worker = worker;
    this.#hear = hear;
    this.#onLost = onLost;
    worker.port.onmessage = ({ data }: MessageEvent<FromVault>) => this.#receive(data);
  }

  post(message: ToVault, transfer: Transferable[] = []): void {
    this.#worker.port.postMessage(message, transfer);
  }

  /** A number for a question or a call. `hear` gets its replies until {@link forget}. */
  expect(hear: (reply: Reply) => void): number {
    this.#lastId += 1;
    this.await(this.#lastId, hear);
    return this.#lastId;
  }

  /** Waits again for replies with this number. */
  await(id: number, hear: (reply: Reply) => void): void {
    const error = this.#end;
    if (error !== undefined) {
      // Who asks has no number yet.
      queueMicrotask(() => hear({ type: "failed", error }));
      return;
    }
    this.#waiting.set(id, hear);
    this.#watch ??= setTimeout(this.#look, WATCH_MS);
  }

  forget(id: number): void {
    this.#waiting.delete(id);
  }

  /** Asks whether the vault is there; if no answer comes in this time, it is lost. */
  check(withinMs: number): void {
    const heard = this.#heard;
    this.post({ type: "ping" });
    setTimeout(() => {
      if (this.#heard === heard) this.close(lost("unanswered"));
    }, withinMs);
  }

  close(error: Error): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    clearTimeout(this.#watch);
    this.#worker.port.onmessage = null;
    this.#worker.end();
    for (const hear of this.#waiting.values()) hear({ type: "failed", error });
    this.#waiting.clear();
    this.#onLost(error);
  }

  #receive(message: FromVault): void {
    // Another vault answers in the place of ours, or one that has forgotten what it told.
    const isOther = this.#boot !== undefined && message.boot !== this.#boot;
    if (message.protocol !== PROTOCOL) this.close(lost("otherVersion"));
    else if (isOther || message.generation < this.#generation) this.close(lost("restarted"));
    else {
      this.#boot = message.boot;
      this.#generation = message.generation;
      this.#heard += 1;
      this.#unansweredPings = 0;
      this.#sort(message);
    }
  }

  #sort(message: FromVault): void {
    switch (message.type) {
      case "refused":
        this.close(toError(message.failure));
        break;
      case "welcome":
      case "session":
      case "pong":
      case "event":
        this.#hear(message);
        break;
      default:
        this.#waiting.get(message.id)?.(
          message.type === "failed" ? { type: "failed", error: toError(message.failure) } : message,
        );
    }
  }

  /** A page that was frozen looks late, but then it has asked only once: two pings in a row must stay unanswered. */
  #look = (): void => {
    this.#watch = undefined;
    if (this.#waiting.size === 0) return;
    if (this.#unansweredPings >= 2) {
      this.close(lost("unanswered"));
      return;
    }
    this.#unansweredPings += 1;
    this.post({ type: "ping" });
    this.#watch = setTimeout(this.#look, WATCH_MS);
  };
}

/** The error as this realm knows it. */
function toError(wire: WireFailure): Error {
  return "error" in wire ? (wire.error as Error) : failure(wire.code, wire.message, wire.fields);
}

const advice = {
  notStarted:
    "The vault did not start: is vault.js on this origin, beside the script or at `workerUrl`, and does the" +
    " Content Security Policy allow it (`worker-src`, `trusted-types strongroom`)?",
  otherVersion: "The vault is of another version: reload the application's other tabs.",
  restarted: "The vault was started anew: its session is gone.",
  unanswered: "The vault does not answer.",
};

export function lost(why: keyof typeof advice, cause?: unknown): StrongroomError {
  return new StrongroomError("ERR_VAULT", advice[why], undefined, { cause });
}
