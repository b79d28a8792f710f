import type { Told, ToVault, WireBody, WireHead } from "../protocol.js";
import { toFailure } from "./failure.js";
import { Patience } from "./patience.js";

/** A body that is complete at once, and no larger, travels with its head. */
const WHOLE_MAX_BYTES = 256 * 1024;
/** One that the server says is no longer is read as a whole, in fewer steps. Unpacked it may be longer. */
const SMALL_MAX_BYTES = 16 * 1024;

const patience = new Patience();

type Tell = (told: Told, transfer?: Transferable[]) => void;
type Step = ReadableStreamReadResult<Uint8Array>;

/** One call, on the vault's side. */
export class Call {
  readonly #message: Extract<ToVault, { type: "fetch" }>;
  readonly #tell: Tell;
  readonly #controller = new AbortController();
  #body: Body | null = null;
  /** The piece after those that were told. */
  #next: Promise<Step> | null = null;
  /** So many pieces the page waits for. */
  #pulls = 0;
  #upload: ReadableStreamDefaultController<Uint8Array> | null = null;
  #wanted: (() => void) | null = null;
  #end: () => void = () => {};

  constructor(message: Extract<ToVault, { type: "fetch" }>, tell: Tell) {
    this.#message = message;
    this.#tell = tell;
  }

  /** Fulfilled when nothing of the call is left: its body read, or nobody interested. */
  async run(fetch: typeof globalThis.fetch): Promise<void> {
    const { body, id, init, url } = this.#message;
    try {
      const given = { ...init, body: this.#bodyOf(body) } as RequestInit;
      given.headers = Object.fromEntries(init.headers);
      // Even if the caller gave none: the page may go.
      given.signal = this.#controller.signal;
      if (body === null) delete given.body;
      await this.#answer(await fetch(url, given));
    } catch (error) {
      if (!this.#controller.signal.aborted) this.#tell({ type: "failed", id, failure: toFailure(error) });
    }
  }

  abort(): void {
    this.#controller.abort();
    this.#wanted = null;
    this.#upload?.error();
    this.#body?.cancel();
    this.#end();
  }

  /** The page wants one more piece. */
  pull(): void {
    if (this.#next === null) return;
    this.#pulls += 1;
    if (this.#pulls === 1) this.#give(this.#next);
  }

  #give(next: Promise<Step>): void {
    const { id } = this.#message;
    next.then(
      ({ value }) => {
        if (value === undefined) {
          this.#next = null;
          this.#tell({ type: "piece", id, bytes: null });
          this.#end();
          return;
        }
        const following = this.#read();
        this.#tell({ type: "piece", id, bytes: value }, [value.buffer]);
        this.#pulls -= 1;
        if (this.#pulls > 0) this.#give(following);
      },
      (error) => {
        this.#next = null;
        this.#tell({ type: "failed", id, failure: toFailure(error) });
        this.#end();
      },
    );
  }

  /** The page gives a piece of the request's body. */
  receive(bytes: Uint8Array | null, isBroken: boolean): void {
    const wanted = this.#wanted;
    if (wanted === null) return;
    this.#wanted = null;
    if (isBroken) this.#upload?.error(new TypeError("The request's stream failed."));
    else if (bytes === null) this.#upload?.close();
    else this.#upload?.enqueue(bytes);
    wanted();
  }

  #read(): Promise<Step> {
    const next = (this.#body as Body).read();
    // Whether it failed is told when somebody asks for it.
    next.catch(() => {});
    this.#next = next;
    return next;
  }

  async #answer(response: Response): Promise<void> {
    const { id } = this.#message;
    const { body } = response;
    if (this.#controller.signal.aborted) {
      await body?.cancel();
      return;
    }
    // The reading of a small body is begun before anything else.
    const reading = body !== null && isSmall(response) ? response.arrayBuffer() : null;
    const head = headOf(response);
    if (reading !== null) await this.#answerAtOnce(head, reading);
    else if (body !== null) await this.#answerInPieces(head, body);
    else this.#tell({ type: "response", id, head, bytes: null, isWhole: true });
  }

  async #answerAtOnce(head: WireHead, reading: Promise<ArrayBuffer>): Promise<void> {
    const { id } = this.#message;
    let streaming: Promise<void> | undefined;
    const stream = () => {
      this.#body = wholeBody(reading);
      this.#read();
      streaming = this.#stream(head, null);
    };
    patience.enter(stream);
    try {
      const bytes = new Uint8Array(await reading);
      if (streaming === undefined)
        this.#tell({ type: "response", id, head, bytes, isWhole: true }, [bytes.buffer]);
    } catch {
      // The page hears of it when it reads.
      if (streaming === undefined) stream();
    } finally {
      patience.leave(stream);
    }
    await streaming;
  }

  async #answerInPieces(head: WireHead, body: ReadableStream<Uint8Array>): Promise<void> {
    const { id } = this.#message;
    this.#body = streamedBody(body);
    const { bytes, isWhole } = await this.#begin();
    if (isWhole)
      this.#tell({ type: "response", id, head, bytes, isWhole }, bytes === null ? [] : [bytes.buffer]);
    else await this.#stream(head, bytes);
  }

  /** Fulfilled when the page has taken all that follows these first bytes. */
  async #stream(head: WireHead, bytes: Uint8Array | null): Promise<void> {
    const { id } = this.#message;
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    this.#tell({ type: "response", id, head, bytes, isWhole: false }, bytes === null ? [] : [bytes.buffer]);
    if (!this.#controller.signal.aborted) await ended;
  }

  /** Reads what is there at once; with luck that is all. */
  async #begin(): Promise<{ bytes: Uint8Array | null; isWhole: boolean }> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    let giveUp = () => {};
    const late = new Promise<null>((resolve) => {
      giveUp = () => resolve(null);
    });
    patience.enter(giveUp);
    try {
      for (;;) {
        const step = await Promise.race([this.#read(), late]);
        if (step === null) return { bytes: joined(pieces, length), isWhole: false };
        if (step.value === undefined) return { bytes: joined(pieces, length), isWhole: true };
        pieces.push(step.value);
        length += step.value.byteLength;
        if (length > WHOLE_MAX_BYTES) {
          this.#read();
          return { bytes: joined(pieces, length), isWhole: false };
        }
      }
    } catch {
      // The failure is the next piece's.
      return { bytes: joined(pieces, length), isWhole: false };
    } finally {
      patience.leave(giveUp);
    }
  }

  #bodyOf(body: WireBody): BodyInit | null {
    if (typeof body !== "object" || body === null || body instanceof Blob || body instanceof ArrayBuffer) {
      return body as BodyInit | null;
    }
    if ("query" in body) return new URLSearchParams(body.query);
    if ("form" in body) {
      const form = new FormData();
      for (const [name, value] of body.form) form.append(name, value);
      return form;
    }
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#upload = controller;
        },
        pull: () =>
          new Promise<void>((resolve) => {
            this.#wanted = resolve;
            this.#tell({ type: "want", id: this.#message.id });
          }),
        cancel: () => {
          this.#wanted = null;
        },
      },
      { highWaterMark: 0 },
    );
  }
}

/** A response's body, from its first piece to its end. */
interface Body {
  read(): Promise<Step>;
  cancel(): void;
}

function isSmall({ headers }: Response): boolean {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= SMALL_MAX_BYTES;
}

function streamedBody(stream: ReadableStream<Uint8Array>): Body {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  return { read: () => reader.read() as Promise<Step>, cancel };
}

/** In one piece, which comes when it comes. It ends with the call's signal. */
function wholeBody(reading: Promise<ArrayBuffer>): Body {
  const end: Step = { done: true, value: undefined };
  let isRead = false;
  const read = async (): Promise<Step> => {
    if (isRead) return end;
    isRead = true;
    const value = new Uint8Array(await reading);
    return value.byteLength === 0 ? end : { done: false, value };
  };
  return { read, cancel: () => {} };
}

function headOf({ headers, redirected, status, statusText, type, url }: Response): WireHead {
  return { headers: [...headers], redirected, status, statusText, type, url };
}

function joined(pieces: Uint8Array[], length: number): Uint8Array | null {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}
