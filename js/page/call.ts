import type { WireHead } from "../protocol.js";
import { type Connection, type Reply, toError } from "./connection.js";
import type { Outgoing } from "./request.js";
import { toResponse } from "./response.js";

/** Tells the vault of answers whose body nobody read to the end and nobody can any more. */
const dropped = new FinalizationRegistry<() => void>((tell) => tell());

/** Sends a call to the vault. Settles as `fetch` does, with the signal's own reason on abort. */
export function call(connection: Connection, outgoing: Outgoing): Promise<Response> {
  const { body, init, signal, stream, url } = outgoing;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const upload = stream === null ? null : new Upload(stream);
    const abandon = () => {
      connection.forget(id);
      connection.post({ type: "abort", id });
      upload?.cancel(signal?.reason);
    };
    const onAbort = () => {
      abandon();
      reject(signal?.reason);
    };
    const id = connection.expect((reply: Reply) => {
      switch (reply.type) {
        case "want":
          void upload?.send(connection, id);
          return;
        case "failed":
          reject(toError(reply.failure));
          break;
        case "response":
          resolve(answer(connection, id, reply, signal));
          break;
        default:
          return;
      }
      connection.forget(id);
      signal?.removeEventListener("abort", onAbort);
    });
    signal?.addEventListener("abort", onAbort);
    connection.post({ type: "fetch", id, url, init, body, hasSignal: signal !== null });
  });
}

interface Answer {
  head: WireHead;
  bytes: Uint8Array | null;
  isWhole: boolean;
}

function answer(
  connection: Connection,
  id: number,
  { head, bytes, isWhole }: Answer,
  signal: AbortSignal | null,
) {
  if (isWhole) return toResponse(head, bytes as Uint8Array<ArrayBuffer> | null);
  const body = new Download(connection, id, bytes, signal).stream;
  const response = toResponse(head, body);
  const stop = () => connection.post({ type: "abort", id });
  dropped.register(body, stop);
  return response;
}

/** A response's body: each piece is asked for when somebody reads. */
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
        if (reply.type === "failed") return reject(toError(reply.failure));
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

/** A request's body that is a stream: read once, piece by piece. */
class Upload {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  async send(connection: Connection, id: number): Promise<void> {
    let bytes: Uint8Array | null = null;
    let isBroken = false;
    try {
      const { value } = await this.#reader.read();
      bytes = value ?? null;
      isBroken = bytes !== null && !(bytes instanceof Uint8Array);
    } catch {
      isBroken = true;
    }
    connection.post({ type: "piece", id, bytes: isBroken ? null : bytes, isBroken });
  }

  cancel(reason: unknown): void {
    this.#reader.cancel(reason).catch(() => {});
  }
}
