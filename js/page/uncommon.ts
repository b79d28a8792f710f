// Loaded for the calls that are rarely made: with a `Request` or a stream, or answered by a body that is large or slow.
import type { Connection } from "./connection.js";
import type { Init, Read, Upload } from "./outgoing.js";

export { download } from "./download.js";

/** What a `Request` is made of. Its body is read here: a stream of the page cannot be sent twice, bytes can. */
export async function readRequest(request: Request, init: Init | undefined): Promise<Read> {
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const bytes = hasBody ? await request.arrayBuffer() : new ArrayBuffer(0);
  const { cache, credentials, headers, integrity, method, mode, redirect, referrer, referrerPolicy, signal } =
    request;
  const own: Init = { cache, credentials, integrity, method, redirect, referrer, referrerPolicy };
  // A request made by a constructor is never a navigation; a copy of one says so.
  if (mode !== "navigate") own.mode = mode;
  if (request.keepalive) own.keepalive = true;
  if (init?.priority !== undefined) own.priority = init.priority;
  const body = bytes.byteLength > 0 || headers.has("content-type") ? bytes : null;
  return { own, headers, body, signal, upload: null };
}

/**
 * A call with a stream. Where the browser sends none it is as native: WebKit refuses it, Firefox sends the text of its
 * name.
 */
export function readStream(own: Init, headers: Headers): Read {
  const stream = own.body as ReadableStream<Uint8Array>;
  const signal = own.signal ?? null;
  const { isDuplexRead, isText } = platformsStreams();
  if (isText) return { own, headers, body: String(stream), signal, upload: null };
  const upload = new StreamUpload(stream);
  if (!isDuplexRead) throw new DOMException("This browser sends no streams.", "NotSupportedError");
  return { own, headers, body: { stream: true }, signal, upload };
}

/** What the browser makes of a stream in a request. */
function platformsStreams(): { isDuplexRead: boolean; isText: boolean } {
  let isDuplexRead = false;
  const init = {
    __proto__: null,
    method: "POST",
    body: new ReadableStream(),
    get duplex() {
      isDuplexRead = true;
      return "half";
    },
  };
  const { headers } = new Request(location.href, init as unknown as RequestInit);
  return { isDuplexRead, isText: headers.has("content-type") };
}

/** Reads the caller's stream once, piece by piece. */
class StreamUpload implements Upload {
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
