import type { Connection } from "./connection.js";

/** Tells the vault of answers whose body nobody read to the end and nobody can any more. */
const dropped = new FinalizationRegistry<() => void>((tell) => tell());

/** A response's body of which these were the first bytes: each piece after them is asked for when somebody reads. */
export function download(
  connection: Connection,
  id: number,
  first: Uint8Array | null,
  signal: AbortSignal | null,
): ReadableStream<Uint8Array> {
  const { stream } = new Download(connection, id, first, signal);
  dropped.register(stream, () => connection.post({ type: "abort", id }));
  return stream;
}

class Download {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #connection: Connection;
  readonly #id: number;
  #first: Uint8Array | null;

  constructor(connection: Connection, id: number, first: Uint8Array | null, signal: AbortSignal | null) {
    this.#connection = connection;
    this.#id = id;
    this.#first = first;
    const source = {
      __proto__: null,
      type: "bytes",
      start: (controller: ReadableByteStreamController) => signal && this.#abortWith(signal, controller),
      pull: (controller: ReadableByteStreamController) => this.#pull(controller),
      cancel: () => connection.post({ type: "abort", id }),
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
    const id = this.#id;
    const connection = this.#connection;
    return new Promise((resolve, reject) => {
      connection.await(id, (reply) => {
        connection.forget(id);
        if (reply.type === "failed") return reject(reply.error);
        if (reply.type !== "piece") return;
        if (reply.bytes !== null) controller.enqueue(reply.bytes as Uint8Array<ArrayBuffer>);
        else {
          controller.close();
          // A reader that brought its own buffer gets it back.
          controller.byobRequest?.respond(0);
        }
        resolve();
      });
      connection.post({ type: "pull", id });
    });
  }

  /** The signal outlives many bodies: it holds none of them. */
  #abortWith(signal: AbortSignal, controller: ReadableByteStreamController): void {
    const weak = new WeakRef(controller);
    const connection = this.#connection;
    const id = this.#id;
    signal.addEventListener(
      "abort",
      () => {
        connection.forget(id);
        connection.post({ type: "abort", id });
        weak.deref()?.error(signal.reason);
      },
      { once: true },
    );
  }
}
