import type { Connection, Reply } from "./connection.js";

/** So many pieces are on their way or here while one is read: a piece alone would wait for a message there and back. */
const AHEAD = 4;

type Piece = Extract<Reply, { type: "piece" | "failed" }>;

/** WebKit has no streams that read into a buffer of the reader's. */
const TYPE = typeof ReadableByteStreamController === "function" ? "bytes" : undefined;

const READERS = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const;

/** Tells the vault of answers whose body nobody read to the end and nobody can any more. */
const dropped = new FinalizationRegistry<() => void>((tell) => tell());

/**
 * An answer of which these are the first bytes: each piece after them is asked for when somebody reads.
 * `toResponse` makes one of a body.
 */
export function download(
  connection: Connection,
  id: number,
  first: Uint8Array | null,
  signal: AbortSignal | null,
  toResponse: (body: ReadableStream<Uint8Array>) => Response,
): Response {
  const giveUp = () => {
    connection.forget(id);
    connection.post({ type: "abort", id });
  };
  const { failure, stream } = new Download(connection, id, first, signal, giveUp);
  dropped.register(stream, giveUp);
  return failingAs(failure, toResponse(stream));
}

/** Why a body ended before its end. */
interface Failure {
  reason?: unknown;
}

/** Of a stream that script made, browsers tell those who read it whole that it failed, and not why. */
function failingAs(failure: Failure, response: Response): Response {
  const define = (name: string, value: () => unknown) =>
    Object.defineProperty(response, name, {
      __proto__: null,
      configurable: true,
      value,
    } as PropertyDescriptor);
  for (const name of READERS) {
    const read = Response.prototype[name];
    if (read === undefined) continue;
    define(name, () => {
      if ("reason" in failure && !response.bodyUsed) return Promise.reject(failure.reason);
      return (read.call(response) as Promise<unknown>).catch((error) => {
        throw "reason" in failure ? failure.reason : error;
      });
    });
  }
  const { clone } = response;
  define("clone", () => failingAs(failure, clone()));
  return response;
}

class Download {
  readonly stream: ReadableStream<Uint8Array>;
  readonly failure: Failure = { __proto__: null } as Failure;
  readonly #connection: Connection;
  readonly #id: number;
  #first: Uint8Array | null;
  /** Asked for, not here yet. */
  #asked = 0;
  readonly #early: Piece[] = [];
  #take: ((piece: Piece) => void) | null = null;
  #isEnded = false;

  constructor(
    connection: Connection,
    id: number,
    first: Uint8Array | null,
    signal: AbortSignal | null,
    giveUp: () => void,
  ) {
    this.#connection = connection;
    this.#id = id;
    this.#first = first;
    const source = {
      __proto__: null,
      type: TYPE,
      start: (controller: ReadableByteStreamController) =>
        signal && this.#abortWith(signal, controller, giveUp),
      pull: (controller: ReadableByteStreamController) => this.#pull(controller),
      cancel: giveUp,
    };
    const strategy = { __proto__: null, highWaterMark: 0 };
    this.stream = new ReadableStream(source as unknown as UnderlyingByteSource, strategy);
  }

  #pull(controller: ReadableByteStreamController): Promise<void> | void {
    if (this.#first !== null && this.#first.byteLength > 0) {
      controller.enqueue(this.#first as Uint8Array<ArrayBuffer>);
      this.#first = null;
      return;
    }
    return new Promise((resolve, reject) => {
      this.#take = (reply) => {
        this.#take = null;
        if (reply.type === "failed") {
          this.failure.reason = reply.error;
          return reject(reply.error);
        }
        if (reply.bytes !== null) controller.enqueue(reply.bytes as Uint8Array<ArrayBuffer>);
        else {
          controller.close();
          // A reader that brought its own buffer gets it back.
          controller.byobRequest?.respond(0);
        }
        resolve();
      };
      const next = this.#early.shift();
      this.#ask();
      if (next !== undefined) this.#take(next);
      this.#listen();
    });
  }

  #ask(): void {
    while (!this.#isEnded && this.#asked + this.#early.length < AHEAD) {
      this.#asked += 1;
      this.#connection.post({ type: "pull", id: this.#id });
    }
  }

  /** While nobody waits for a piece, the connection does not hold the body: it may be dropped. */
  #listen(): void {
    const hear = this.#take === null ? weakly(new WeakRef(this)) : this.hear;
    if (this.#asked > 0 && !this.#isEnded) this.#connection.await(this.#id, hear);
    else this.#connection.forget(this.#id);
  }

  readonly hear = (reply: Reply): void => {
    if (this.#isEnded || (reply.type !== "failed" && reply.type !== "piece")) return;
    this.#asked -= 1;
    this.#isEnded = reply.type === "failed" || reply.bytes === null;
    if (this.#take === null) this.#early.push(reply);
    else this.#take(reply);
    this.#listen();
  };

  /** The signal outlives many bodies: it holds none of them. */
  #abortWith(signal: AbortSignal, controller: ReadableByteStreamController, giveUp: () => void): void {
    const weak = new WeakRef(controller);
    const { failure } = this;
    signal.addEventListener(
      "abort",
      () => {
        giveUp();
        failure.reason = signal.reason;
        weak.deref()?.error(signal.reason);
      },
      { once: true },
    );
  }
}

function weakly(body: WeakRef<Download>): (reply: Reply) => void {
  return (reply) => body.deref()?.hear(reply);
}
