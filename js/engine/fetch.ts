import type { EngineHost, Lease } from "./host.js";
import type { Engine } from "./load.js";

type Fetch = typeof globalThis.fetch;
type PlainHeaders = Record<string, string>;
type Sent = RequestInit & { headers: PlainHeaders };

/**
 * The quick way of a call: a URL as text that begins with a resource's origin, plain headers, a body that stays
 * as it is. It compares, adds one header and calls `fetch`; everything else, and every 401 and 403, is the engine's.
 */
export function bindFetch(engine: Engine, host: EngineHost): Fetch {
  // Whole origins: below a path, text that begins alike may be another URL, as with "..".
  const beginnings = engine.isQuick ? engine.beginnings.split(" ") : [];
  const prefixes = beginnings.filter((beginning) => /^\w+:..[^/]+\/$/.test(beginning));

  const isResource = (url: string): boolean => {
    for (const prefix of prefixes) if (url.startsWith(prefix)) return true;
    return false;
  };

  const standingLease = (): Lease | null => {
    const { lease } = host;
    return lease !== null && Date.now() < lease.until ? lease : null;
  };

  const send = (input: string, init: RequestInit | undefined, lease: Lease): Promise<Response> => {
    const { authorization } = lease;
    const own = init?.headers as PlainHeaders | undefined;
    const headers: PlainHeaders = own === undefined ? { authorization } : { ...own, authorization };
    const sent = init === undefined ? { headers } : { ...init, headers };
    return fetch(input, sent).then((response) => {
      const { status } = response;
      return status === 401 || status === 403 ? look(input, sent, response, lease) : response;
    });
  };

  const look = (input: string, sent: Sent, response: Response, lease: Lease): Promise<Response> => {
    const { authorization: _, ...headers } = sent.headers;
    return engine.look(input, { ...sent, headers }, response, lease.generation) as Promise<Response>;
  };

  const call = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    if (typeof input !== "string" || !isResource(input) || !isCommon(init)) {
      return engine.fetch(input, init);
    }
    const lease = standingLease();
    if (lease !== null) return send(input, init, lease);
    if (init?.signal) return engine.fetch(input, init);
    // The caller may change its objects while the call waits.
    const kept = init && { ...init, headers: { ...(init.headers as PlainHeaders | undefined) } };
    return engine.demand().then(() => {
      const renewed = standingLease();
      return renewed === null ? engine.fetch(input, kept) : send(input, kept, renewed);
    });
  };

  return (...given: Partial<Parameters<Fetch>>) => {
    try {
      // No argument at all is the platform's to refuse; `undefined` is a URL.
      return given.length === 0
        ? (fetch as () => Promise<Response>)()
        : call(given[0] as RequestInfo | URL, given[1]);
    } catch (error) {
      // A getter of the caller's threw: `fetch` never throws, it rejects.
      return Promise.reject(error);
    }
  };
}

/** Whether the quick way can send a call with this `init` now, and again later. */
function isCommon(init: RequestInit | undefined): boolean {
  if (init === undefined || init === null) return true;
  const { body, headers, mode } = init;
  if (mode !== undefined || (body !== undefined && body !== null && typeof body !== "string")) return false;
  if (!isPlain(init)) return false;
  if (headers === undefined) return true;
  if (typeof headers !== "object" || headers === null || !isPlain(headers)) return false;
  if (Symbol.iterator in headers) return false;
  for (const name in headers) if (name.length === 13 && name.toLowerCase() === "authorization") return false;
  return true;
}

function isPlain(value: object): boolean {
  // biome-ignore lint/suspicious/noProto: compiles to a comparison; `getPrototypeOf` is a call, a tenth of the whole way
  return (value as { __proto__?: unknown }).__proto__ === Object.prototype;
}
