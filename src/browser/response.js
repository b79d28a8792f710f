// @ts-check
// Answers made by hand, as native `fetch` would have given them: of what came through a port, and of what nobody else may see.

/** @typedef {import("../../js/protocol.js").WireHead} WireHead */

/** These have no body, and the constructor refuses one. */
const BODILESS = [204, 205, 304];

/**
 * The answer as native `fetch` would have given it, of this realm.
 * @param {WireHead} head
 * @param {BodyInit | null} body
 */
export function toResponse(head, body) {
  const { headers, status, statusText } = head;
  // The constructor takes no status below 200: the platform's own error has one of 0.
  const isError = status === 0;
  // It takes none above 599 either, which a server may send.
  const init = { __proto__: null, headers, status: status > 599 ? 200 : status, statusText };
  const response = isError
    ? Response.error()
    : new Response(BODILESS.includes(status) ? null : body, /** @type {ResponseInit} */ (init));
  return dressed(response, head);
}

/**
 * The same answer without a header.
 * @param {Response} answer
 * @param {string} name
 */
export function without(answer, name) {
  const { body, headers, redirected, status, statusText, type, url } = answer;
  const kept = new Headers(headers);
  kept.delete(name);
  return toResponse({ headers: [...kept], redirected, status, statusText, type, url }, body);
}

/**
 * Gives a response the members that its constructor does not, and its clones as well.
 * @param {Response} response
 * @param {WireHead} head
 */
function dressed(response, head) {
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

function refuse() {
  throw new TypeError("The headers of a response cannot be changed.");
}

/**
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 */
function define(target, name, value) {
  const descriptor = { __proto__: null, configurable: true, value };
  Object.defineProperty(target, name, /** @type {PropertyDescriptor} */ (descriptor));
}
