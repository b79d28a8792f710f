// @ts-check
// Takes the next token out of an API's answer, so that nobody else sees it there.

/** Answers that have no body; the constructor refuses one. */
const BODILESS = [204, 205, 304];

/**
 * The same answer without a header, whose headers cannot be changed either.
 * @param {Response} answer
 * @param {string} name
 */
export function without(answer, name) {
  const { body, headers, ok, redirected, status, statusText, type, url } = answer;
  const kept = new Headers(headers);
  kept.delete(name);
  // The constructor takes no status above 599, which a server may send.
  const init = { __proto__: null, headers: kept, status: status > 599 ? 200 : status, statusText };
  return tell(new Response(BODILESS.includes(status) ? null : body, init), {
    ok,
    redirected,
    status,
    type,
    url,
  });
}

/**
 * What a response made by hand would not say of itself, nor its copies.
 * @param {Response} response
 * @param {Record<string, unknown>} told
 */
function tell(response, told) {
  for (const name in told) define(response, name, told[name]);
  for (const name of ["append", "delete", "set"]) define(response.headers, name, refuse);
  define(response, "clone", () => tell(Response.prototype.clone.call(response), told));
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
  Object.defineProperty(
    target,
    name,
    /** @type {PropertyDescriptor} */ ({ __proto__: null, configurable: true, value }),
  );
}
