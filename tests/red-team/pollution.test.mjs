// Promise 2, prototype pollution: members of every options bag there is, put on Object.prototype before the SDK loads,
// change no request on the wire, and no trap among them sees a token.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Recordings } from "./recorders.mjs";
import { Finder } from "./secrets.mjs";
import { script, startStage, vaultHomes } from "./stage.mjs";

/** What a polluted `JSON.parse` merge could put there: any plain value under any name. */
const pollution = (foreign) => ({
  // members of RequestInit, ResponseInit and of requests themselves
  headers: { "x-polluted": "1" },
  method: "POST",
  body: "polluted",
  redirect: "error",
  signal: "polluted",
  credentials: "include",
  mode: "no-cors",
  cache: "force-cache",
  referrer: "",
  referrerPolicy: "unsafe-url",
  integrity: "sha256-x",
  keepalive: true,
  duplex: "half",
  priority: "low",
  window: "polluted",
  status: 500,
  statusText: "polluted",
  url: `${foreign}/polluted`,
  // of descriptors, promises, JSON, events, workers, locks and streams
  value: "polluted",
  // biome-ignore lint/suspicious/noThenProperty: as JSON would bring it
  then: "polluted",
  toJSON: "polluted",
  type: "classic",
  name: "polluted",
  detail: "polluted",
  data: "polluted",
  steal: true,
  ifAvailable: true,
  highWaterMark: 7,
  transfer: [],
  // of our own options and messages
  workerUrl: `${foreign}/polluted.js`,
  wasmUrl: `${foreign}/polluted.wasm`,
  isolation: "page",
  exposeAccessToken: true,
  resources: [`${foreign}/`],
  endpoints: { token: `${foreign}/token`, authorization: `${foreign}/auth` },
  endpointOrigins: [foreign],
  issuer: foreign,
  returnTo: "/polluted",
  parameters: { prompt: "none" },
  transaction: "state=polluted",
  tab: "polluted",
  survives: false,
});

describe("a polluted Object.prototype", { timeout: 240_000 }, () => {
  let stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage?.close());

  const pollute = () => `
    globalThis.redTeamPollution = ${JSON.stringify(pollution(stage.foreign.url))};
    ${script("pollution.js")}`;

  /** Sign-in, calls of several kinds, a refresh and sign-out: what the servers were sent, and what traps saw. */
  const journey = async (isolation, hostile) => {
    const seen = new Recordings();
    const visit = await stage.visit({ isolation, hostile, prepare: (page) => seen.listen(page) });
    await visit.signIn();
    await visit.call("/orders", 3);
    await visit.page.evaluate(callInEveryWay, stage.api.url);
    await visit.refresh();
    await visit.signOut();
    assert.deepEqual(visit.page.exceptions, []);
    const finder = new Finder(visit.secrets());
    const ofBrowser = ({ headers }) => headers["user-agent"].includes("Chrome");
    const requests = visit
      .requests()
      .filter(ofBrowser)
      .map((request) => comparable(request, visit.secrets()));
    await visit.close();
    return { requests, traps: seen.names(finder), trapped: seen.texts("trap").length };
  };

  for (const isolation of vaultHomes) {
    test(`promise 2: ${isolation}: no request differs, and no trap sees a secret`, async () => {
      const clean = await journey(isolation, "");
      const polluted = await journey(isolation, pollute());
      assert.ok(clean.requests.length >= 12, `${clean.requests.length} requests to compare`);
      assert.deepEqual(without(polluted.requests, clean.requests), [], "requests of the polluted run alone");
      assert.deepEqual(without(clean.requests, polluted.requests), [], "requests of the clean run alone");
      // The documented exception: a dedicated worker gives its page the pending sign-in to keep.
      const kinds = Object.keys(polluted.traps.trap ?? {});
      assert.deepEqual(kinds, isolation === "worker" ? ["code_verifier"] : []);
      assert.ok(polluted.trapped >= 1, "the control: the traps are sprung");
    });
  }

  test("the control: the same pollution changes what native fetch sends", async () => {
    const visit = await stage.visit({ isolation: "page", hostile: "" });
    const send = async () => {
      const first = stage.wire.requests.length;
      await visit.page.evaluate(
        (url) =>
          fetch(url, {}).then(
            () => {},
            () => {},
          ),
        `${stage.api.url}/public`,
      );
      return stage.wire.requests.slice(first).map(({ method, headers }) => [method, headers["x-polluted"]]);
    };
    assert.deepEqual(await send(), [["GET", undefined]]);
    await visit.page.evaluate('Object.assign(Object.prototype, { method: "POST", body: "polluted" })');
    assert.deepEqual(await send(), [["POST", undefined]]);
    await visit.close();
  });
});

/** Runs in the page: the client's calls with arguments of every kind, each with members of its own. */
async function callInEveryWay(api) {
  const url = `${api}/echo`;
  const { client } = window;
  for (const given of [
    [url],
    [url, {}],
    [new URL(url)],
    [new Request(url, Object.assign(Object.create(null), { headers: new Headers({ "x-own": "1" }) }))],
    [url, own({ method: "PUT", headers: own({ "x-own": "1" }), body: "text" })],
    [url, own({ method: "POST", headers: [["x-own", "1"]], body: new URLSearchParams("a=b") })],
    [url, own({ method: "POST", body: new Blob(["text"]) })],
    [`${api}/public`, own({ credentials: "omit", cache: "no-store", redirect: "follow", mode: "cors" })],
  ]) {
    await client.fetch(...given).then((response) => response.text());
  }

  /** What the application writes in full: the platform reads an init's members through its prototype. */
  function own(members) {
    return Object.assign(Object.create(null), members);
  }
}

/** A request as text, without what is random by design: the secrets, `state` and its like, cookies, the server's own ids. */
function comparable({ port, method, path, headers, body }, secrets) {
  const { cookie, ...others } = headers;
  let text = JSON.stringify([port, method, path, others, Object.keys(others), body]);
  for (const { kind, value } of secrets) text = text.replaceAll(value, `<${kind}>`);
  return text
    .replace(/\b(state|nonce|code_challenge)(=|%3D)[\w-]+/g, "$1=<random>")
    .replace(/(request_uri%3A)[\w-]+/g, "$1<random>")
    .replace(/\/(interaction|auth)\/[\w-]+/g, "/$1/<id>")
    .replace(/"content-length":"\d{3,}"/, '"content-length":"<long>"');
}

/** What is left of a list when another's members are taken out of it, once each. */
function without(list, others) {
  const rest = [...list];
  for (const other of others) {
    const at = rest.indexOf(other);
    if (at !== -1) rest.splice(at, 1);
  }
  return rest;
}
