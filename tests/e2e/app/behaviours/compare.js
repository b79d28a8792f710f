// Runs one behaviour and writes down all that a caller can see of it.
import { aborts } from "./aborts.js";
import { bodies } from "./bodies.js";
import { documents } from "./documents.js";
import { inputs } from "./inputs.js";
import { members } from "./members.js";
import { responses } from "./responses.js";
import { streams } from "./streams.js";

const groups = [inputs, bodies, responses, streams, aborts, members, documents];
export const behaviours = Object.assign({}, ...groups);

/** Where an abort and the request are in a race, and the server may see it or not. */
export const races = new Set([
  "aborted at once",
  "aborted while a large body is sent",
  "aborted by a Request's signal",
  "a time-out while it waits for the answer",
  "one of two calls aborted",
  "two calls aborted by one signal",
]);

/** Called at once, so that the server may see them in any order. */
export const unordered = new Set(["requests from one task, in their order", "six bodies of 1 MB at once"]);

/** Longer than any behaviour takes: what comes later is a call that hangs. */
const boundMs = 15_000;

/** URLs of a run, with whatever query, and what the server tells of it: see mirror.mjs. */
function places(mirrorUrl, run) {
  const at = (path, query = {}) => {
    const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
    return `${mirrorUrl}/${run}/${path}${pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ""}`;
  };
  const control = async (action) => (await globalThis.fetch(`${mirrorUrl}/control/${run}/${action}`)).json();
  return { at, run, control };
}

async function seen(outcome) {
  if (Array.isArray(outcome)) return Promise.all(outcome.map(seen));
  if (!(outcome instanceof Response)) return outcome;
  const { status, statusText, ok, type, redirected, url, headers, body, bodyUsed } = outcome;
  const text = await outcome.text();
  return {
    status,
    statusText,
    ok,
    type,
    redirected,
    url,
    headers: [...headers].filter(([header]) => header !== "date"),
    hasBody: body !== null,
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
    const late = new Promise((resolve) => setTimeout(resolve, boundMs, "nothing in 15 s"));
    const behaviour = async () => seen(await behaviours[name](checked, places(mirrorUrl, run)));
    shown = await Promise.race([behaviour(), late]);
  } catch (error) {
    shown = seenError(error);
  }
  return JSON.parse(JSON.stringify(shown ?? null).replaceAll(run, "RUN"));
}
