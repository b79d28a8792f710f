// Patches what a client calls, then lets both clients call the API and refresh.
import { type Attack, refusal, type Targets } from "./attack";
import { Recorder } from "./recorder";

/** What is patched: the owner's name, the methods, the accessors. */
const PATCHES: [string, object, string[], string[]?][] = [
  ["", globalThis, ["fetch", "atob", "btoa", "structuredClone", "Headers", "Request", "XMLHttpRequest"]],
  ["", globalThis, ["URLSearchParams", "FormData", "Blob", "SharedWorker", "Worker", "MessageChannel"]],
  ["Promise", Promise, ["resolve", "all", "race"]],
  ["Promise.prototype", Promise.prototype, ["then", "finally"]],
  [
    "Response.prototype",
    Response.prototype,
    ["json", "text", "arrayBuffer", "bytes", "blob", "clone"],
    ["headers", "body"],
  ],
  ["Request.prototype", Request.prototype, ["json", "text", "arrayBuffer", "clone"], ["headers", "body"]],
  ["Headers.prototype", Headers.prototype, ["append", "set", "get", "entries"]],
  ["XMLHttpRequest.prototype", XMLHttpRequest.prototype, ["open", "setRequestHeader", "send"]],
  ["JSON", JSON, ["parse", "stringify"]],
  ["URLSearchParams.prototype", URLSearchParams.prototype, ["append", "set", "toString"]],
  ["TextDecoder.prototype", TextDecoder.prototype, ["decode"]],
  ["TextEncoder.prototype", TextEncoder.prototype, ["encode", "encodeInto"]],
  ["a stream's reader", ReadableStreamDefaultReader.prototype, ["read"]],
  ["MessagePort.prototype", MessagePort.prototype, ["postMessage"]],
  ["Worker.prototype", Worker.prototype, ["postMessage"]],
  ["MessageEvent.prototype", MessageEvent.prototype, [], ["data"]],
  ["String.prototype", String.prototype, ["concat", "replace", "slice", "split", "startsWith", "trim"]],
  ["Array.prototype", Array.prototype, ["concat", "join", "push"]],
  ["Object", Object, ["assign", "defineProperty", "entries", "freeze"]],
  ["Map.prototype", Map.prototype, ["set"]],
  ["Storage.prototype", Storage.prototype, ["setItem"]],
];

export const patched: Attack = {
  id: "patched",
  name: "Patch the page's functions",
  method:
    "fetch, Promise, Response, Headers, JSON, XMLHttpRequest and more are replaced during a call and a refresh, and record.",
  async run(targets, loot) {
    const recorder = new Recorder(loot);
    for (const [owner, object, methods, accessors = []] of PATCHES) {
      for (const name of methods) recorder.method(object, name, owner === "" ? name : `${owner}.${name}`);
      for (const name of accessors) recorder.accessor(object, name, `${owner}.${name}`);
    }
    recorder.everyResolution("Object.prototype.then");
    let outcomes: string[];
    try {
      outcomes = [await useStrongroom(targets), await useNaive(targets)];
    } finally {
      await recorder.restore();
    }
    const [strongroom, naive] = outcomes as [string, string];
    const { isolation } = targets.client.session;
    const control =
      isolation === "page"
        ? " This is the control: with page isolation the attack has to succeed."
        : ` ${recorder.calls.toLocaleString("en")} recorded calls.`;
    return { strongroom: strongroom + control, naive };
  },
};

async function useStrongroom({ client, servers }: Targets): Promise<string> {
  const orders = await outcome(client.fetch(`${servers.apiUrl}/orders`));
  const refresh = await outcome(client.refresh());
  return `The call ${orders}, the refresh ${refresh}.`;
}

async function useNaive({ naive }: Targets): Promise<string> {
  await naive.ready();
  const orders = await outcome(naive.orders());
  const refresh = await outcome(naive.refresh());
  return `The call ${orders}, the refresh ${refresh}.`;
}

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    const response = await work;
    if (!(response instanceof Response)) return "succeeded";
    await response.text();
    return `got ${response.status}`;
  } catch (error) {
    return `failed (${refusal(error)})`;
  }
}
