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
export async function in_header(call, name, value) {
  call.headers?.set(name, value);
  if (name !== "authorization") unled(call);
  return fetch(call.input, call.init);
}

/**
 * The token is in no URL that is read from the answer, and no cache keeps it (RFC 6750 §2.3).
 * @param {Call} call
 * @param {string} href
 * @param {string} name
 * @param {string} token
 */
export async function in_query(call, href, name, token) {
  const { input } = call;
  const [told = href] = href.split("#");
  const at = `${told}${told.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(token)}`;
  unled(call, { ...(input instanceof Request && (await membersOf(input))), cache: "no-store" });
  const answer = await fetch(at, call.init);
  return Object.defineProperty(answer, "url", { value: told });
}

/**
 * Makes a call follow no redirect, unless the caller wants to see one.
 * @param {Call} call
 * @param {RequestInit} [members] to be changed as well
 */
export function unled(call, members) {
  const { input, init } = call;
  const isRequest = input instanceof Request;
  const isManual = (isRequest ? input : init)?.redirect === "manual";
  if (isManual && !members) return;
  // Any member beside a `Request` resets its referrer (F-1).
  const kept = isRequest ? { referrer: input.referrer, referrerPolicy: input.referrerPolicy } : init;
  call.init = { ...kept, ...members, redirect: isManual ? "manual" : "error" };
}

/** What a `Request` says of how it is sent, beside its body. */
const MEMBERS = /** @type {const} */ ([
  "credentials",
  "headers",
  "integrity",
  "keepalive",
  "method",
  "mode",
  "signal",
]);

/**
 * A body of its own is read, as not all browsers give its stream.
 * @param {Request} request
 * @returns {Promise<RequestInit>}
 */
async function membersOf(request) {
  const { method } = request;
  const body = method === "GET" || method === "HEAD" ? undefined : await request.blob();
  const members = Object.fromEntries(MEMBERS.map((name) => [name, request[name]]));
  return { ...(body?.size ? { body } : {}), ...members };
}
