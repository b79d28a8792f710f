// Runs one behaviour and writes down all that a caller can see of it.
import { bodies } from "./bodies.js";
import { inputs } from "./inputs.js";
import { responses } from "./responses.js";

export const behaviours = { ...inputs, ...bodies, ...responses };

/** Where an abort and the request are in a race, and the server may see it or not. */
export const races = new Set([
  "aborted at once",
  "aborted by a Request's signal",
  "a time-out while it waits for the answer",
]);

/** URLs of a run, with whatever query. */
export function places(mirrorUrl, run) {
  const at = (path, query = {}) => {
    const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
    return `${mirrorUrl}/${run}/${path}${pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ""}`;
  };
  return { at, run };
}

async function seen(outcome) {
  if (Array.isArray(outcome)) return Promise.all(outcome.map(seen));
  if (!(outcome instanceof Response)) return outcome;
  const { status, statusText, ok, type, redirected, url, headers, bodyUsed } = outcome;
  const text = await outcome.text();
  return {
    status,
    statusText,
    ok,
    type,
    redirected,
    url,
    headers: [...headers].filter(([header]) => header !== "date"),
    bodyUsed,
    text,
  };
}

function seenError(error) {
  if (!(error instanceof Error || error instanceof DOMException)) return { rejectedWith: error ?? null };
  return {
    rejected: error.name,
    isTypeError: error instanceof TypeError,
    isDomException: error instanceof DOMException,
    ...(error.message.includes("own reason") || error.message.includes("on purpose")
      ? { message: error.message }
      : {}),
  };
}

/** What the behaviour shows, as text in which the run's own number does not matter. */
export async function observe(name, fetch, mirrorUrl, run) {
  const checked = (...given) => {
    let made;
    try {
      made = fetch(...given);
    } catch {
      throw new Error("thrown, not rejected: own reason");
    }
    if (!(made instanceof Promise)) throw new Error("no promise of this realm: own reason");
    return made;
  };
  let shown;
  try {
    shown = await seen(await behaviours[name](checked, places(mirrorUrl, run)));
  } catch (error) {
    shown = seenError(error);
  }
  return JSON.parse(JSON.stringify(shown ?? null).replaceAll(run, "RUN"));
}
