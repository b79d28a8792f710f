// Where a call through the client may differ from native `fetch`, and in what. docs/fetch.md tells each to the reader,
// under the same title; what differs and is not here is a failure, and so is what is here and does not differ.

const vaults = ["worker", "shared"];
const statuses = [204, 205, 304];
const reasons = ["an error of its own", "an object", "a function", "a string", "null", "no reason"];

/**
 * `behaviours`: by name, in which parts each differs: paths into what is compared, `caller` (what the caller sees) and
 * `server` (what it was sent), or the beginnings of paths. Without `isolations` or `browsers`, in all.
 * @type {{title: string, behaviours: Record<string, string[]>, isolations?: string[], browsers?: string[]}[]}
 */
export const differences = [
  {
    title: "an `ArrayBuffer` that was transferred away",
    behaviours: { "body of a detached buffer": ["caller", "server"] },
  },
  {
    title: "a resizable `ArrayBuffer`",
    behaviours: { "body of a resizable buffer": ["server"] },
    browsers: ["webkit"],
  },
  {
    title: "a resizable `ArrayBuffer`",
    behaviours: { "body of a resizable buffer": ["caller", "server"] },
    browsers: ["chromium", "firefox"],
  },
  {
    title: "a `ReadableStream` in a `Request`",
    behaviours: { "body stream in a Request": ["caller", "server"] },
    isolations: vaults,
    browsers: ["chromium", "webkit"],
  },
  {
    title: "`FormData` with a file in a `Request`",
    behaviours: {
      "body FormData with a file in a Request": ["caller", "server"],
      "body FormData with all kinds of entries in a Request": ["caller", "server"],
    },
    isolations: vaults,
    browsers: ["webkit"],
  },
  {
    title: "`response.body` without a body",
    behaviours: {
      "no body": ["caller"],
      ...Object.fromEntries(statuses.map((status) => [`status ${status}`, ["caller.hasBody"]])),
      ...Object.fromEntries(
        statuses.map((status) => [`status ${status}, its body`, ["caller.0", "caller.4"]]),
      ),
      "aborted after an answer without a body": ["caller"],
    },
    isolations: vaults,
  },
  {
    title: "`response.body` without a body",
    behaviours: {
      "a redirect by hand": ["caller.hasBody"],
      "a redirect by hand, its clone": ["caller.hasBody"],
      "a redirect by hand, in a Request": ["caller.hasBody"],
    },
    isolations: vaults,
    browsers: ["webkit"],
  },
  {
    title: "an abort when all of a small answer has come",
    behaviours: { "aborted when all has come, and nothing was read": ["caller"] },
    isolations: vaults,
  },
  {
    title: "the reason of an abort",
    behaviours: {
      "aborted in the middle of a body and its clone": ["caller.0"],
      ...Object.fromEntries(
        reasons.map((reason) => [`aborted while the body is read, for ${reason}`, ["caller.0"]]),
      ),
    },
    isolations: vaults,
    browsers: ["firefox", "webkit"],
  },
  {
    title: "the reason of an abort",
    behaviours: {
      "aborted at once": ["caller"],
      "a time-out while it waits for the answer": ["caller.rejected"],
      "a time-out while the body comes": ["caller.0", "caller.1"],
      "aborted by one of two signals": ["caller.0"],
      "aborted in the middle of the body": ["caller"],
      "aborted in the middle of a clone's body": ["caller"],
      "aborted before the body is read": ["caller.1"],
      "aborted between two pieces": ["caller.0"],
      "aborted in the middle of a large body": ["caller.0"],
      "an init's signal over a Request's": ["caller"],
      "one of two calls aborted": ["caller.0"],
      "two calls aborted by one signal": ["caller"],
      ...Object.fromEntries(reasons.map((reason) => [`aborted while it waits, for ${reason}`, ["caller.0"]])),
    },
    isolations: vaults,
    browsers: ["webkit"],
  },
  {
    title: "own members of a response",
    behaviours: { "own keys": ["caller.0"] },
    isolations: vaults,
  },
  {
    title: "`Response.prototype` applied by hand",
    behaviours: {
      "members by the prototype's getters": ["caller.type", "caller.url", "caller.redirected"],
      "methods by the prototype": ["caller.0.type", "caller.0.url", "caller.1", "caller.2"],
    },
    isolations: vaults,
  },
  {
    title: "a response in Cache Storage",
    behaviours: { "kept in Cache Storage": ["caller.type", "caller.url"] },
    isolations: vaults,
  },
  {
    title: "a response in Cache Storage",
    behaviours: { "kept in Cache Storage": ["caller.headers"] },
    isolations: vaults,
    browsers: ["webkit"],
  },
  {
    title: "the type of `blob()`",
    behaviours: { "a blob is of this realm": ["caller.1"] },
    isolations: vaults,
    browsers: ["webkit"],
  },
  {
    title: "Resource Timing",
    behaviours: { "in the page's Resource Timing": ["caller"] },
    isolations: vaults,
  },
];

/** The parts in which a behaviour is to differ in one home. */
export function expectedDifferences(name, { browserName, isolation }) {
  const isHere = ({ isolations, browsers }) =>
    (isolations?.includes(isolation) ?? true) && (browsers?.includes(browserName) ?? true);
  return differences.filter(isHere).flatMap(({ behaviours }) => behaviours[name] ?? []);
}

/** Whether all has come before the abort is a race, natively too: these may differ, and need not. */
const races = new Set([
  "aborted after an answer without a body",
  "aborted when all has come, and nothing was read",
]);

/** Each part that is to differ and does not, and each path that differs and is in none of them. */
export function surprises(name, found, expected) {
  const isIn = (part, path) => path === part || path.startsWith(`${part}.`);
  return [
    ...expected
      .filter((part) => !races.has(name) && !found.some(({ path }) => isIn(part, path)))
      .map((part) => `${part}: as native`),
    ...found
      .filter(({ path }) => !expected.some((part) => isIn(part, path)))
      .map(({ path, theirs, ours }) => `${path}: ${theirs} natively, ${ours} here`),
  ];
}

const isObject = (value) => typeof value === "object" && value !== null;

/** The places at which two values of JSON differ, each with its path (`caller.headers.2`) and the start of both. */
export function differingPaths(theirs, ours, path = "") {
  if (Object.is(theirs, ours)) return [];
  const areAlike =
    isObject(theirs) &&
    isObject(ours) &&
    Array.isArray(theirs) === Array.isArray(ours) &&
    (!Array.isArray(theirs) || theirs.length === ours.length);
  if (!areAlike) return [{ path, theirs: startOf(theirs), ours: startOf(ours) }];
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  return names.flatMap((name) =>
    differingPaths(theirs[name], ours[name], path === "" ? name : `${path}.${name}`),
  );
}

const startOf = (value) => JSON.stringify(value)?.slice(0, 200);

const megabytes = 1_048_576;

/** Where amounts are compared instead: the client's may be ten times the browser's own, and some megabytes. */
export const bounds = new Map(
  [
    "a body that nobody reads holds the server back",
    "a body that is read a little holds the server back",
  ].map((name) => [
    name,
    (native, client) => client.sent <= native.sent + 10 * megabytes && client.sent <= 10 * native.sent,
  ]),
);
