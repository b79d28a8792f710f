// @ts-check
// What the shell does with the platform in JavaScript's own words: in Rust each object and method would need glue of its
// own. No rule is here, and what is global is looked up at each use, so that the application's own instrumentation of
// `fetch` sees our calls too.

/** No token response is larger. */
const BODY_MAX_BYTES = 1024 * 1024;

/** One request of the engine, under way. */
export class Exchange {
  #controller = new AbortController();
  status = 0;
  /** The answer's. */
  headers = new Headers();
  /** For the header `DPoP`. @type {string | undefined} */
  proof;
  /** For the header `Authorization`. @type {string | undefined} */
  authorization;

  get signal() {
    return this.#controller.signal;
  }

  abort() {
    this.#controller.abort();
  }

  /**
   * Every member is set, so that nothing inherited fills a gap: no cookies, no redirects; a POST of a form is not kept by
   * any cache.
   * @param {string} href
   * @param {string | undefined} form what is posted; without one it is a GET
   * @returns {Promise<Uint8Array | undefined>} the body, for its reader to zero; nothing if that is too large
   */
  async send(href, form) {
    const isPost = form !== undefined;
    const type = isPost && { "content-type": "application/x-www-form-urlencoded" };
    const { authorization, proof } = this;
    return this.perform(href, {
      method: isPost ? "POST" : "GET",
      body: form,
      headers: bare({
        accept: "application/json",
        ...(authorization && { authorization }),
        ...type,
        ...(proof && { dpop: proof }),
      }),
      cache: isPost || authorization ? "no-store" : "default",
      credentials: "omit",
    });
  }

  /**
   * @param {string} href
   * @param {Omit<RequestInit, "body"> & { body: string | undefined }} given
   */
  async perform(href, given) {
    const init = {
      ...given,
      mode: "cors",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: this.signal,
    };
    const { body, headers, status } = await fetch(href, bare(init));
    this.status = status;
    this.headers = headers;
    return body ? read(body.getReader()) : new Uint8Array();
  }
}

/**
 * Reads into memory of ours and zeroes each chunk: `text()` would leave a string behind.
 * @param {ReadableStreamDefaultReader<Uint8Array>} reader
 */
async function read(reader) {
  const bytes = new Uint8Array(BODY_MAX_BYTES);
  let length = 0;
  try {
    for (;;) {
      const { value } = await reader.read();
      if (!value) return bytes.subarray(0, length);
      if (length + value.length > BODY_MAX_BYTES) break;
      bytes.set(value, length);
      length += value.length;
      value.fill(0);
    }
  } catch (error) {
    bytes.fill(0);
    throw error;
  }
  bytes.fill(0);
  // Whether it could be cancelled changes nothing.
  reader.cancel().catch(() => {});
  return undefined;
}

/** A call, with what it takes to send it. What the caller gave is read and copied: it may be changed then. */
export class Call {
  /**
   * @param {RequestInfo} input
   * @param {RequestInit | undefined} init
   * @param {Headers} [headers] to be authorised; without them the call is not ours
   * @param {AbortSignal} [signal]
   * @param {boolean} [isOneShot] its body is a stream: once read it is gone
   */
  constructor(input, init, headers, signal, isOneShot) {
    this.input = input;
    this.init = init;
    this.headers = headers;
    this.signal = signal;
    this.isOneShot = isOneShot;
  }

  get isOurs() {
    return this.headers !== undefined;
  }

  /**
   * Not ours to authorise: no resource, the caller did it, or the mode would drop the header (F-11).
   * @param {string | undefined} href of a resource
   * @param {RequestInfo} input
   * @param {RequestInit | undefined} init
   * @throws what the platform says about arguments that it does not take
   */
  static of(href, input, init) {
    if (href === undefined) return new Call(input, init);
    const isRequest = input instanceof Request;
    const given = init?.body;
    const isOneShot = given instanceof ReadableStream;
    const body = keep(given);
    const isChangeable = isObject(given) && body === given && !isOneShot && !(given instanceof Blob);
    let kept = init;
    if (isPlain(init)) {
      kept = { ...init };
      if (body !== undefined) kept.body = body;
      if (!isRequest && !isChangeable) {
        const headers = new Headers(kept.headers);
        if (kept.mode === "no-cors" || headers.has("authorization")) return new Call(input, init);
        const signal = kept.signal instanceof AbortSignal ? kept.signal : undefined;
        return new Call(href, { ...kept, headers }, headers, signal, isOneShot);
      }
    }
    // The platform's own object: the caller gave one, or a body that the caller may change meanwhile.
    const request = new Request(isRequest ? input : href, kept);
    const { headers, mode, signal } = request;
    if (mode === "no-cors" || headers.has("authorization")) return new Call(request, undefined);
    return new Call(request, undefined, headers, signal, isOneShot);
  }

  /**
   * The absolute, serialised form of a call's URL, against the document's base (F-2); nothing where the platform throws. A
   * worker has no document: what comes to it is absolute already.
   * @param {unknown} input
   */
  static resolve(input) {
    try {
      return input instanceof Request ? input.url : normalize(String(input), globalThis.document?.baseURI);
    } catch {
      return undefined;
    }
  }

  /** @throws the signal's own reason if it is aborted (F-5) */
  check() {
    if (this.signal?.aborted) throw this.signal.reason;
  }

  /** @param {() => void} listener called when the signal aborts */
  listen(listener) {
    this.signal?.addEventListener("abort", listener);
  }

  /** @param {() => void} listener */
  unlisten(listener) {
    this.signal?.removeEventListener("abort", listener);
  }

  /** The same call once more, taken before it is sent; none if its body is a stream, which is never teed. */
  spare() {
    const { input, init, headers, signal, isOneShot } = this;
    if (isOneShot) return undefined;
    if (!(input instanceof Request)) return new Call(input, init, headers, signal);
    const copy = input.clone();
    return new Call(copy, undefined, copy.headers, signal);
  }

  /** @param {string} [authorization] */
  send(authorization) {
    if (authorization !== undefined) this.headers?.set("authorization", authorization);
    return fetch(this.input, this.init);
  }

  /**
   * An answer is not wanted any more; whether it could be cancelled changes nothing.
   * @param {Response} answer
   */
  static drop(answer) {
    answer.body?.cancel().catch(() => {});
  }
}

/**
 * A body as it is now: the caller may change buffers and parameters once the call is made. (WebKit's `Request` would keep
 * those by reference.) Forms, and objects that become text, are for the platform's `Request` to take.
 * @param {BodyInit | null | undefined} body
 */
function keep(body) {
  if (body instanceof ArrayBuffer) return body.slice(0);
  if (ArrayBuffer.isView(body) && body.buffer instanceof ArrayBuffer) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  }
  return body instanceof URLSearchParams ? new URLSearchParams(body) : body;
}

/**
 * Whether its own members are all there is to it; an object with a class may answer from its prototype.
 * @param {RequestInit | null | undefined} init
 */
function isPlain(init) {
  if (init === undefined || init === null) return true;
  const prototype = Object.getPrototypeOf(init);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === "object" && value !== null;
}

/** A promise, and its end. */
export class Settle {
  promise = new Promise((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/**
 * Where a page is to go, and what it takes along.
 * @param {string} href
 * @param {string} state
 * @param {string} transaction
 * @param {string} [form]
 */
export function leaving(href, state, transaction, form) {
  return { href, state, transaction, form };
}

/**
 * The absolute, serialised form of a URL; nothing where the platform throws.
 * @param {string} url
 * @param {string} [base]
 */
export function normalize(url, base) {
  try {
    return new URL(url, base).href;
  } catch {
    return undefined;
  }
}

/**
 * Rejects where WebCrypto is missing: the page is no secure context.
 * @param {Uint8Array<ArrayBuffer>} data
 */
export async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/**
 * It inherits nothing.
 * @param {object} members
 */
function bare(members) {
  return Object.setPrototypeOf(members, null);
}
