import type { WireHead } from "../protocol.js";

/** These have no body, and the constructor refuses one. */
const BODILESS = [204, 205, 304];

/** The answer as native `fetch` would have given it, of this realm. */
export function toResponse(head: WireHead, body: BodyInit | null): Response {
  const { headers, status, statusText } = head;
  // The constructor takes no status below 200: the platform's own error has one of 0.
  const isError = status === 0;
  // It takes none above 599 either, which a server may send.
  const init = { __proto__: null, headers, status: status > 599 ? 200 : status, statusText };
  const response = isError
    ? Response.error()
    : new Response(BODILESS.includes(status) ? null : body, init as ResponseInit);
  return dressed(response, head);
}

/** Gives a response the members that its constructor does not, and its clones as well. */
function dressed(response: Response, head: WireHead): Response {
  const { redirected, status, type, url } = head;
  if (redirected) define(response, "redirected", true);
  define(response, "type", type);
  define(response, "url", url);
  if (response.status !== status) {
    define(response, "status", status);
    define(response, "ok", false);
  }
  define(response, "clone", () => dressed(Response.prototype.clone.call(response), head));
  for (const name of ["append", "delete", "set"]) {
    define(response.headers, name, refuse);
  }
  return response;
}

function refuse(): never {
  throw new TypeError("The headers of a response cannot be changed.");
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { __proto__: null, configurable: true, value } as PropertyDescriptor);
}
