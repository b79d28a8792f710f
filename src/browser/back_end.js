// @ts-check
// Requests to the application's own back end, and calls that its cookies authorise. What they hold, the engine says.
import { unled } from "./placement.js";

/** @typedef {import("./shell.js").Call} Call */
/** @typedef {import("./shell.js").Exchange} Exchange */

/**
 * Waits for this request's turn: of those with one name, one is sent at a time, in all tabs and workers of the origin.
 * Where the platform has no locks (an insecure context), at once.
 * @param {Exchange} exchange
 * @param {string} name
 * @returns {Promise<() => void>} what ends the turn
 */
export function turn({ signal }, name) {
  return new Promise((resolve, reject) => {
    const { locks } = navigator;
    if (!locks) return resolve(() => {});
    const holds = () => new Promise((/** @type {(value?: undefined) => void} */ end) => resolve(() => end()));
    locks.request(name, { signal }, holds).catch(reject);
  });
}

/**
 * @param {Exchange} exchange
 * @param {string} href
 * @param {string} method
 * @param {string[]} headers names and values in turn
 * @param {RequestCredentials} credentials
 * @param {string | undefined} body
 */
export function send(exchange, href, method, headers, credentials, body) {
  const fields = new Headers();
  for (let at = 0; at < headers.length; at += 2) fields.append(headers[at] ?? "", headers[at + 1] ?? "");
  if (!fields.has("accept")) fields.set("accept", "application/json");
  return exchange.perform(href, { method, headers: fields, cache: "no-store", credentials, body });
}

/**
 * A call that the browser's cookies authorise. `"same-origin"` is how a call says nothing of them.
 * A browser would take the header along where a redirect leads.
 * @param {Call} call
 * @param {string} name of the header against forged calls
 * @param {string} value
 */
export async function call(call, name, value) {
  const { input, init, headers } = call;
  headers?.set(name, value);
  const given = (input instanceof Request ? input : init)?.credentials;
  unled(call, { credentials: given === "omit" ? given : "include" });
  return fetch(input, call.init);
}
