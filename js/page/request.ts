import type { WireBody, WireInit } from "../protocol.js";

/** A call to a resource as it crosses the port. Read when the call is made: what the caller changes later is not in it. */
export interface Outgoing {
  url: string;
  init: WireInit;
  body: WireBody;
  signal: AbortSignal | null;
  /** The caller's own stream, to be read piece by piece as the vault wants it. */
  stream: ReadableStream<Uint8Array> | null;
}

/** The members of a `RequestInit` that are a text or a number's worth of one. */
const TEXTS = [
  "cache",
  "credentials",
  "duplex",
  "integrity",
  "method",
  "mode",
  "priority",
  "redirect",
  "referrerPolicy",
] as const;

type Init = RequestInit & { duplex?: string; priority?: string };

/**
 * Reads a call; `null` if it is the page's own to send as it came: no resource, not ours to authorise, or nothing
 * that the platform takes.
 *
 * @throws what the platform says of arguments that it does not take
 */
export function read(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  isResource: (href: string) => boolean,
): Outgoing | Promise<Outgoing> | null {
  const isRequest = input instanceof Request;
  const url = isRequest ? input.url : resolve(input);
  if (url === null || !isResource(url)) return null;
  if (isRequest || !isPlain(init)) return built(new Request(input, init), init);
  // Nothing inherited, so that `Object.prototype` has no say in what is sent.
  const own: Init = Object.assign(Object.create(null), init);
  if (own.mode === "no-cors") return null;
  const headers = new Headers(own.headers);
  if (headers.has("authorization")) return null;
  if (isOdd(own)) return built(new Request(url, own), own);
  const body = wireBody(own.body);
  const stream = isStream(body) ? (own.body as ReadableStream<Uint8Array>) : null;
  const signal = own.signal ?? null;
  return { url, init: wireInit(own, headers), body, signal, stream };
}

/** What needs the platform's own reading, or its own error. */
function isOdd({ signal, window }: Init): boolean {
  const isSignal = signal === undefined || signal === null || signal instanceof AbortSignal;
  return !isSignal || (window !== undefined && window !== null);
}

async function built(request: Request, init: Init | undefined): Promise<Outgoing> {
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const bytes = hasBody ? await request.arrayBuffer() : new ArrayBuffer(0);
  const { cache, credentials, integrity, method, mode, redirect, referrer, referrerPolicy, url } = request;
  const own: Init = { cache, credentials, integrity, method, redirect, referrer, referrerPolicy };
  // A request made by a constructor is never a navigation; a copy of one says so.
  if (mode !== "navigate") own.mode = mode;
  if (request.keepalive) own.keepalive = true;
  if (init?.priority !== undefined) own.priority = init.priority;
  const body = bytes.byteLength > 0 || request.headers.has("content-type") ? bytes : null;
  return { url, init: wireInit(own, request.headers), body, signal: request.signal, stream: null };
}

function wireInit(own: Init, headers: Headers): WireInit {
  const init: WireInit = { headers: [...headers] };
  for (const name of TEXTS) if (own[name] !== undefined) init[name] = String(own[name]);
  if (own.keepalive !== undefined) init.keepalive = Boolean(own.keepalive);
  init.referrer = referrer(own.referrer);
  init.referrerPolicy ??= pageReferrerPolicy();
  return init;
}

/** The worker would name itself. */
function referrer(given: string | undefined): string {
  if (given === undefined || given === "about:client") return location.href;
  return given === "" ? "" : new URL(given, document.baseURI).href;
}

/** What script can know of it: a policy in the page's own headers it cannot. */
function pageReferrerPolicy(): string {
  const metas = document.querySelectorAll<HTMLMetaElement>('meta[name="referrer" i]');
  return metas[metas.length - 1]?.content ?? "";
}

function wireBody(body: BodyInit | null | undefined): WireBody {
  if (body === undefined || body === null) return null;
  if (typeof body === "string" || body instanceof Blob) return body;
  if (body instanceof ArrayBuffer) return body.slice(0);
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice().buffer;
  }
  if (body instanceof FormData) return { form: [...body] };
  if (body instanceof URLSearchParams) return { query: String(body) };
  if (body instanceof ReadableStream && takesStreams()) return { stream: true };
  return String(body);
}

function isStream(body: WireBody): boolean {
  return typeof body === "object" && body !== null && "stream" in body;
}

let knowsStreams: boolean | undefined;

/** Whether this browser sends a stream as a stream; the others send it as the text of its name. */
function takesStreams(): boolean {
  if (knowsStreams === undefined) {
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
    knowsStreams = isDuplexRead && !headers.has("content-type");
  }
  return knowsStreams;
}

/** An `init` whose own members are all there is to it; one with a class may answer from its prototype. */
function isPlain(init: RequestInit | undefined | null): boolean {
  if (init === undefined || init === null) return true;
  if (typeof init !== "object") return false;
  const prototype = Object.getPrototypeOf(init);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function resolve(input: string | URL): string | null {
  try {
    return new URL(String(input), document.baseURI).href;
  } catch {
    return null;
  }
}
