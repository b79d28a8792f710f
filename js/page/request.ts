import type { WireBody, WireInit } from "../protocol.js";
import type { Init, Outgoing, Read } from "./outgoing.js";

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

/**
 * Reads a call; `null` if it is the page's own to send as it came, a `Request` if as that: no resource, not ours to
 * authorise, or nothing that the platform takes.
 *
 * @throws what the platform says of arguments that it does not take
 */
export function read(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  isResource: (href: string) => boolean,
): Outgoing | Promise<Outgoing> | Request | null {
  const isRequest = input instanceof Request;
  const url = isRequest ? input.url : resolve(input);
  if (url === null || !isResource(url)) return null;
  const outgoing = ({ own, headers, ...rest }: Read) => ({ url, init: wireInit(own, headers), ...rest });
  const built = (given: RequestInit | undefined) => {
    const request = new Request(isRequest ? input : url, given);
    if (request.mode === "no-cors" || request.headers.has("authorization")) return request;
    return uncommon().then(({ readRequest }) => readRequest(request, given).then(outgoing));
  };
  if (isRequest || !isPlain(init)) return built(init);
  // Nothing inherited, so that `Object.prototype` has no say in what is sent.
  const own: Init = Object.assign(Object.create(null), init);
  if (own.mode === "no-cors") return null;
  const headers = new Headers(own.headers);
  if (headers.has("authorization")) return null;
  if (isOdd(own)) return built(own);
  if (own.body instanceof ReadableStream) {
    return uncommon().then(({ readStream }) => outgoing(readStream(own, headers)));
  }
  return outgoing({ own, headers, body: wireBody(own.body), signal: own.signal ?? null, upload: null });
}

export function uncommon(): Promise<typeof import("./uncommon.js")> {
  return import("./uncommon.js");
}

/** What needs the platform's own reading, or its own error. */
function isOdd({ signal, window }: Init): boolean {
  const isSignal = signal === undefined || signal === null || signal instanceof AbortSignal;
  return !isSignal || (window !== undefined && window !== null);
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
  let policy = "";
  // A list that the browser keeps: a selector would walk through the whole document for each call.
  for (const { name, content } of document.getElementsByTagName("meta")) {
    if (name.toLowerCase() === "referrer") policy = content;
  }
  return policy;
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
  // As the platform makes a text of it: of a symbol, none.
  return `${body}`;
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
