// Things that are no messages, from a seed: each message of the protocol with at least one member spoilt, names that
// every object has, and values that are no objects at all.

/** Numbers from 0 up to 1, always the same for a seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const names = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "then",
  "hasOwnProperty",
  "__wbg_ptr",
  "free",
];
const texts = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "null",
  "hello",
  "bye ",
  "PING",
  "🔑".repeat(50),
  "x".repeat(100_000),
];

/** Values of every kind that can be sent. */
const kinds = [
  () => undefined,
  () => null,
  () => true,
  () => Number.NaN,
  () => -0,
  () => 1.5,
  () => 2 ** 53,
  () => -Infinity,
  () => 10n ** 30n,
  () => [],
  () => [[[[]]]],
  () => ({}),
  () => ({ length: 2 ** 32, 0: "a" }),
  () => Object.assign(Object.create(null), { valueOf: "x", toString: "y" }),
  () => new Map([["type", "bye"]]),
  () => new Set(["bye"]),
  () => new Date(Number.NaN),
  () => /bye/g,
  () => new Error("bye"),
  () => new ArrayBuffer(8),
  () => new Uint8Array(3),
  () => new DataView(new ArrayBuffer(2)),
  () => new Blob(["bye"]),
  () => new Boolean(true),
  () => new String("bye"),
  () => new Number(1),
  () => {
    const loop = {};
    loop.loop = loop;
    return loop;
  },
];

/** What each member may be but must not: the kinds that would make it right. */
const isText = (value) => typeof value === "string";
const isId = (value) => Number.isSafeInteger(value);
const isObject = (value) => typeof value === "object" && value !== null;
const isBytes = (value) => value === null || value instanceof Uint8Array;
const isPairs = (value) => Array.isArray(value) || value instanceof Map || value instanceof Set;

/** By type: the members that a message must have, and when a value is right for one. */
const shapes = {
  // Whatever the options are, it is a greeting; see the second configurations in port.test.mjs.
  hello: { wasm: isText },
  ask: { id: isId, question: isText, given: Array.isArray },
  fetch: { id: isId, url: isText, init: isObject },
  abort: { id: isId },
  pull: { id: isId },
  piece: { id: isId, bytes: isBytes },
  heard: { kind: isText },
};

const good = () => ({
  hello: { protocol: 1, options: {}, wasm: "x:", survives: true, tab: undefined },
  ask: { id: 1_000_000, question: "refresh", given: [] },
  fetch: { id: 1_000_001, url: "http://127.0.0.1:9/", init: { headers: [] }, body: null },
  abort: { id: 1_000_002 },
  pull: { id: 1_000_003 },
  piece: { id: 1_000_004, bytes: null, isBroken: false },
  heard: { kind: "online" },
});

/** One thing to say, and what to transfer with it. */
export function malformed(draw, number) {
  const pick = (list) => list[Math.floor(draw() * list.length)];
  const wrong = (isRight) => {
    for (;;) {
      const value = draw() < 0.3 ? pick([...names, ...texts]) : pick(kinds)();
      if (!isRight(value)) return value;
    }
  };
  const type = pick(Object.keys(shapes));
  const message = { type, ...good()[type] };
  switch (
    pick(["member", "member", "member", "missing", "type", "question", "body", "nothing", "extra", "port"])
  ) {
    case "member": {
      const member = pick(Object.keys(shapes[type]));
      message[member] = wrong(shapes[type][member]);
      break;
    }
    case "missing":
      delete message[pick(Object.keys(shapes[type]))];
      break;
    case "type":
      message.type = wrong((value) => [...Object.keys(shapes), "ping", "bye"].includes(value));
      break;
    case "question":
      // The engine's other methods, and what every object has.
      return {
        message: {
          type: "ask",
          id: number + 2_000_000,
          question: pick([
            ...names,
            "close",
            "fetch",
            "look",
            "demand",
            "admits",
            "heard",
            "leased",
            "prefixes",
          ]),
          given: pick([[], ["x"], [{}]]),
        },
        transfer: [],
      };
    case "body": {
      // A right fetch but for what is in it: of a URL that is no resource, and of the resource itself.
      const { api } = window.intrusion;
      const headers = wrong(isPairs);
      const body = pick([{ form: 7 }, { form: [["a"]] }, { query: null }, { what: 1 }, 7, [1], undefined]);
      const init = pick([
        { headers },
        { headers: [["bad name", "x"]] },
        { headers: [], method: "TRACE" },
        [],
        {},
      ]);
      const url = pick([`${api}/public`, "http://127.0.0.1:9/", "nonsense:", "/orders"]);
      return { message: { type: "fetch", id: number + 3_000_000, url, init, body }, transfer: [] };
    }
    case "nothing":
      return { message: pick([...kinds.map((kind) => kind()), ...texts, ...names]), transfer: [] };
    case "extra": {
      // Members of the prototype's names, in a message that is wrong besides.
      for (const name of names) message[`${name} `] = pick(kinds)();
      message[pick(Object.keys(shapes[type]))] = undefined;
      if (type === "piece") message.id = "1";
      break;
    }
    case "port": {
      const { port1 } = new MessageChannel();
      return { message: { type: pick(["hello", "ask", "x"]), id: port1, options: port1 }, transfer: [port1] };
    }
  }
  return { message, transfer: [] };
}
