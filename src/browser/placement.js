// @ts-check
// Puts an access token where a resource wants it, if not in `Authorization: Bearer`. Which place that is, the engine says.

/** @typedef {import("./shell.js").Call} Call */

/**
 * Whether the caller authorises the call itself.
 * @param {Call} call
 * @param {string} href
 * @param {string} name
 * @param {boolean} isHeader
 */
export function has({ headers }, href, name, isHeader) {
  return isHeader ? (headers?.has(name) ?? false) : new URL(href).searchParams.has(name);
}

/**
 * A browser takes no header but `Authorization` away where a redirect leaves the origin: one with another is an error.
 * @param {Call} call
 * @param {string} name
 * @param {string} value
 */
export async function in_header({ input, init, headers }, name, value) {
  headers?.set(name, value);
  return fetch(input, name === "authorization" ? init : unled(input, init));
}

/**
 * The token is in no URL that is read from the answer, and no cache keeps it (RFC 6750 §2.3).
 * @param {Call} call
 * @param {string} href
 * @param {string} name
 * @param {string} token
 */
export async function in_query({ input, init }, href, name, token) {
  const [told = href] = href.split("#");
  const at = `${told}${told.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(token)}`;
  // Only what a `Request` has tells how it is sent; a body of its own is read, as not all browsers give its stream.
  const given = input instanceof Request ? await membersOf(input) : init;
  const answer = await fetch(at, { ...unled(input, given), cache: "no-store" });
  return Object.defineProperty(answer, "url", { value: told });
}

/**
 * It follows no redirect, unless the caller wants to see one.
 * @param {RequestInfo} input
 * @param {RequestInit | undefined} init
 * @returns {RequestInit | undefined}
 */
function unled(input, init) {
  if (!(input instanceof Request)) return init?.redirect === "manual" ? init : { ...init, redirect: "error" };
  if (input.redirect === "manual") return init;
  // Any member of it resets the referrer (F-1).
  const { referrer, referrerPolicy } = input;
  return { referrer, referrerPolicy, ...init, redirect: "error" };
}

/**
 * @param {Request} request
 * @returns {Promise<RequestInit>}
 */
async function membersOf(request) {
  const {
    credentials,
    headers,
    integrity,
    keepalive,
    method,
    mode,
    redirect,
    referrer,
    referrerPolicy,
    signal,
  } = request;
  const body = method === "GET" || method === "HEAD" ? undefined : await request.blob();
  return {
    ...(body?.size ? { body } : {}),
    ...{
      credentials,
      headers,
      integrity,
      keepalive,
      method,
      mode,
      redirect,
      referrer,
      referrerPolicy,
      signal,
    },
  };
}
