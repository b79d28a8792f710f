// Promises 1 and 2: what script of the page can read. No object that it can reach, no storage, no message, no entry of
// the browser's has a token, code or verifier; and what each method of the client gives has none.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { consoleRecorder } from "../e2e/browsers.mjs";
import { Finder } from "./secrets.mjs";
import { startStage, vaultHomes } from "./stage.mjs";

describe("what script of the page can reach", { timeout: 300_000 }, () => {
  let stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage?.close());

  /** Which place has which kinds of secret. */
  const search = async (visit, secrets = visit.secrets()) => {
    const finder = new Finder(secrets);
    const texts = await visit.page.evaluate(readPlaces);
    const reachable = await visit.page.evaluate(reach);
    assert.ok(Number(reachable.at(-1).split(" ")[1]) > 3000, "the walk came far");
    const found = { reachable: finder.findIn(reachable) };
    for (const [name, text] of Object.entries(texts)) found[name] = finder.find(text);
    return Object.fromEntries(
      Object.entries(found)
        .map(([name, counts]) => [name, Object.keys(counts).sort()])
        .filter(([, kinds]) => kinds.length > 0),
    );
  };

  for (const isolation of vaultHomes) {
    test(`promise 1: ${isolation}: nothing in reach, over sign-in, 20 refreshes, calls and sign-out`, async () => {
      const visit = await stage.visit({ isolation, hostile: consoleRecorder });
      const callback = await visit.leaveAndComeBack();
      await visit.page.evaluate(prepare);
      // The documented exception, exactly: where the vault does not outlive the redirect, the pending sign-in waits in
      // the page's sessionStorage, and nowhere else. It is gone before the code is redeemed.
      const stored = await visit.page.evaluate("Object.entries(sessionStorage).map(String)");
      assert.equal(stored.length, isolation === "worker" ? 1 : 0);
      assert.equal(await visit.page.evaluate("localStorage.length"), 0);
      await visit.page.evaluate("client.completeSignIn().then(() => {})");
      const verifier = visit.secrets().filter(({ kind }) => kind === "code_verifier");
      assert.deepEqual(
        new Finder(verifier).findIn(stored),
        isolation === "worker" ? { code_verifier: 1 } : {},
      );

      await visit.call("/orders", 3);
      await visit.refresh(20);
      await visit.page.evaluate(askEverything, stage.api.url);
      assert.equal(visit.secrets().filter(({ kind }) => kind === "access_token").length >= 21, true);
      // The timing entry of the callback's navigation bears its URL as long as its document lives; no script can
      // change that. The code is spent, and of no use without its verifier.
      // Also recorded: the message that takes this URL to the vault, in "worker" with the pending sign-in of the exception.
      const kept = {
        "performance entries": ["code"],
        messages: isolation === "worker" ? ["code", "code_verifier"] : ["code"],
      };
      assert.ok(new Finder(visit.secrets()).find(callback).code >= 1);
      const during = await search(visit);
      assert.deepEqual(withoutReachableEntries(during), kept, "while signed in");
      await visit.signOut();
      assert.deepEqual(withoutReachableEntries(await search(visit)), kept, "after the sign-out");
      await visit.open("/");
      await visit.page.evaluate(prepare);
      assert.deepEqual(await search(visit), {}, "on the next page");
      await visit.close();
    });
  }

  test("the control: a token is found in each place and by each way, when it is there", async () => {
    const visit = await stage.visit({ isolation: "page", hostile: consoleRecorder });
    await visit.signIn();
    await visit.open("/");
    await visit.page.evaluate(prepare);
    assert.deepEqual(await search(visit), {}, "nothing before");
    const planted = (names) => names.map((kind) => ({ kind, value: randomBytes(60).toString("base64url") }));
    const inPlaces = planted(await visit.page.evaluate("Object.keys(red.places)"));
    assert.equal(inPlaces.length, 14);
    const inObjects = planted(Object.keys(forms));
    for (const { kind, value } of inPlaces) await visit.page.evaluate(plant, kind, value);
    for (const { kind, value } of inObjects) {
      await visit.page.evaluate(`(window.planted ??= []).push((${forms[kind]})(${JSON.stringify(value)}))`);
    }
    const { reachable, ...places } = await search(visit, [...inPlaces, ...inObjects]);
    for (const { kind } of inPlaces) assert.ok(places[kind]?.includes(kind), `a text in ${kind} is found`);
    for (const { kind } of inObjects) assert.ok(reachable.includes(kind), `a text ${kind} is found`);
    await visit.close();
  });
});

/** The walk comes to the performance entries as well. */
function withoutReachableEntries({ reachable, ...places }) {
  assert.ok(reachable === undefined || reachable.join() === "code", `in reach: ${reachable}`);
  return places;
}

/** Runs in the page: what the places of the e2e tests want to know of it, and the walk. */
async function prepare() {
  window.app = {
    errors: [],
    events: [],
    client: window.client,
    describe: (error) => ({ ...error, message: error.message, cause: String(error.cause) }),
  };
  for (const type of [
    "refresh-started",
    "refreshed",
    "refresh-failed",
    "retried",
    "signed-in",
    "signed-out",
  ]) {
    window.client.addEventListener(type, ({ detail }) => window.app.events.push([type, detail]));
  }
  const { places } = await import("/app/places.js");
  const { reachableTexts } = await import("/red-team/reach.js");
  const entries = {
    read: () =>
      JSON.stringify(navigation.entries().map((entry) => [entry.url, entry.key, entry.id, entry.getState()])),
    plant: (text) => navigation.updateCurrentEntry({ state: text }),
    remove: () => navigation.updateCurrentEntry({ state: null }),
  };
  window.red = { places: { ...places, "navigation entries": entries }, reachableTexts };
}

async function readPlaces() {
  const texts = {};
  for (const [name, { read }] of Object.entries(window.red.places)) texts[name] = await read();
  return texts;
}

const reach = () => window.red.reachableTexts();

const plant = (name, text) => Promise.resolve(window.red.places[name].plant(text)).then(() => {});

/** Runs in the page: every method of the client, right and wrong; what it gives is kept in reach. */
async function askEverything(apiUrl) {
  const { client } = window;
  const kept = [];
  window.kept = kept;
  const attempt = async (action) => {
    try {
      kept.push(await action());
    } catch (error) {
      kept.push(error);
      window.app.errors.push(error);
    }
  };
  kept.push(
    client.session,
    client.subscribe(() => {}),
  );
  await attempt(() => client.getAccessToken());
  for (const path of ["/echo", "/orders", "/admin", "/status/500", "/redirect-cross", "/redirect-same"]) {
    await attempt(() => client.fetch(apiUrl + path));
  }
  await attempt(() => client.fetch(new Request(`${apiUrl}/echo`, { headers: { "x-own": "1" } })));
  await attempt(() => client.fetch(`${apiUrl}/echo`, { signal: AbortSignal.abort() }));
  await attempt(() => client.fetch("http://127.0.0.1:1/"));
  await attempt(() => client.setTokens({ access_token: "\u0000" }));
  await attempt(() => client.completeSignIn());
  await attempt(() => client.signIn({ returnTo: "https://foreign.invalid/" }));
  await attempt(() => window.createClient({ ...window.clientOptions, unknown: 1 }));
  await attempt(() => client.refresh());
}

/** Ways to hide a text in the page from a walk that is less thorough. */
const forms = {
  "deep in objects": (text) => ({ a: [{ b: { c: { d: [[text]] } } }] }),
  "behind a symbol": (text) => ({ [Symbol("hidden")]: text }),
  "as a name": (text) => ({ [text]: 1 }),
  "not enumerable": (text) => Object.defineProperty({}, "hidden", { value: text }),
  "behind a getter": (text) => ({
    get hidden() {
      return text;
    },
  }),
  "behind a prototype's getter": (text) =>
    new (class {
      #hidden = text;
      get hidden() {
        return this.#hidden;
      }
    })(),
  "in a Map": (text) => new Map([[{}, new Set([text])]]),
  "in a promise": (text) => Promise.resolve({ text }),
  "in a function's property": (text) => Object.assign(() => {}, { text }),
  "in bytes": (text) => new TextEncoder().encode(text),
  "in a response": (text) => new Response(text),
  "in headers": (text) => new Headers({ "x-token": text }),
  "in an error's cause": (text) => new Error("failed", { cause: { text } }),
};
