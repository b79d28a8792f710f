// Runs the behaviours of app/behaviours in a browser, natively and through the client, and compares what was seen.
//
//   const comparison = await startComparison(browser);
//   await comparison.observe("native"), then "page", "worker", "shared"
//   comparison.differences(name, isolation)   → [] or what differs, each with both values
import { behaviours, races, unordered } from "./behaviours/compare.js";
import { bounds, differingPaths } from "./behaviours/differences.js";
import { startMirror } from "./mirror.mjs";
import { Page } from "./page.mjs";
import { startApp } from "./server.mjs";

export const names = Object.keys(behaviours);
const batchSize = 25;

/** @param {{driver: object}} browser as `launch` gives it */
export async function startComparison(browser) {
  const mirror = await startMirror();
  const app = await startApp();
  const page = new Page(browser.driver, app);
  /** By `native` or isolation, then by behaviour: what was seen. */
  const seen = {};

  /** Opens a page, always of the same address, whose client has tokens. */
  const begin = async (how) => {
    app.options = {
      provider: { type: "oauth", clientId: `spa-${how}`, endpoints: { token: `${mirror.url}/token` } },
      resources: [`${mirror.url}/`],
      isolation: how === "native" ? "page" : how,
    };
    await page.open("/");
    await page.run((tokens) => app.client.setTokens(tokens), mirror.tokens.begin());
    await page.run(async () => {
      const { observe } = await app.load("/app/behaviours/compare.js");
      app.observe = async (batch, mirrorUrl, how) => {
        const send = how === "native" ? (...given) => fetch(...given) : app.client.fetch;
        app.observed = undefined;
        const observed = [];
        for (const [name, run] of batch) observed.push(await observe(name, send, mirrorUrl, run));
        app.observed = observed;
      };
    });
  };

  /** Runs behaviours, all of them if none are named, natively or through the client of an isolation. */
  const observe = async (how, some = names) => {
    await begin(how);
    const token = `Bearer access-${mirror.tokens.issued()}`;
    seen[how] = {};
    const named = some.map((name, index) => [name, `run-${index}-${how}`]);
    for (let at = 0; at < named.length; at += batchSize) {
      const batch = named.slice(at, at + batchSize);
      await page.run((...given) => void app.observe(...given), batch, mirror.url, how);
      // A call that hangs costs its bound: a batch may take longer than the driver waits for one script.
      const observed = await page.runUntil(() => app.observed);
      for (const [index, [name, run]] of batch.entries()) {
        const requests = mirror.requests.filter((request) => request.run === run);
        const tokens = requests.map(({ headers }) => headers.authorization);
        const hints = requests
          .filter(({ headers }) => how === "native" || headers.authorization !== undefined)
          .flatMap(({ headers }) => Object.keys(headers).filter(isHint));
        seen[how][name] = { caller: observed[index], server: requests.map(asSent), tokens, token, hints };
      }
    }
  };

  const comparable = (name, how) => {
    const { caller, server } = seen[how][name];
    if (races.has(name)) return { caller };
    if (!unordered.has(name)) return { caller, server };
    return { caller, server: server.toSorted((one, other) => (one.path < other.path ? -1 : 1)) };
  };

  const differences = (name, isolation) => {
    const [theirs, ours] = [comparable(name, "native"), comparable(name, isolation)];
    if (bounds.has(name)) {
      const isWithin = bounds.get(name)(theirs.caller, ours.caller);
      return isWithin ? [] : [{ path: "caller", theirs: theirs.caller, ours: ours.caller }];
    }
    return differingPaths(theirs, ours);
  };

  return {
    page,
    observe,
    differences,
    /** Of each request through the client: the tokens that it bore, and the one that was right. */
    tokens: (name, isolation) => seen[isolation][name],
    /** The client hints that any request bore, of those with a token where there are such; sorted. */
    hints: (how) => [...new Set(Object.values(seen[how]).flatMap(({ hints }) => hints))].sort(),
    close: () => Promise.all([mirror.close(), app.close()]),
  };
}

/** A client hint: Chromium sends those of a page's calls and none of a worker's. */
const isHint = (header) => header.startsWith("sec-ch-");

/** What the server was sent, without what must differ: the run, the token, the connection, hints, a form's boundary. */
function asSent({ run, method, path, headers, body }) {
  const compared = ([name]) => !["authorization", "connection"].includes(name) && !isHint(name);
  const rest = Object.fromEntries(Object.entries(headers).filter(compared));
  const boundary = /^--(-{4,}\S*?)(--)?\r\n/.exec(
    Buffer.from(body.slice(0, 400), "base64").toString("latin1"),
  )?.[1];
  const text = JSON.stringify({ method, path, headers: rest }).replaceAll(run, "RUN");
  if (boundary === undefined) return { ...JSON.parse(text), body };
  // Boundaries are random, in Firefox of a random length too.
  const form = Buffer.from(body, "base64").toString("latin1").replaceAll(boundary, "BOUNDARY");
  const sent = JSON.parse(text.replaceAll(boundary, "BOUNDARY"));
  sent.headers["content-length"] = "as its body's";
  return { ...sent, body: form };
}
