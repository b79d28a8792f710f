// The stage of tests/browser: a host that writes down what it is told, and a `fetch` and timers that are played.
async (options) => {
  const module = await import("/wasm-bindgen-test");
  globalThis.unplayed ??= { fetch, setTimeout, addEventListener, removeEventListener };
  const { unplayed } = globalThis;
  const stage = {
    /** What the host was told: `[method, …arguments]`. */
    told: [],
    /** Requests: `{ url, init }`. */
    sent: [],
    /** Timers that were set, while they are played: `{ callback, delayMs }`. */
    timers: [],
    /** The engine's own memory, set from outside. @type {WebAssembly.Memory | undefined} */
    memory: undefined,
    /** Kinds of events that the engine listens to. */
    listening: [],
    /** Answers in their order; the last one stays. */
    answers: [() => new Response("{}")],
    /** Called when the host is told of a change. */
    changed() {},
    playTimers() {
      globalThis.setTimeout = (callback, delayMs) => stage.timers.push({ callback, delayMs });
    },
    end() {
      stage.engine?.close();
      Object.assign(globalThis, unplayed);
    },
  };
  Object.assign(globalThis, unplayed);
  globalThis.fetch = async (input, init) => {
    stage.sent.push({ url: String(input.url ?? input), init: init ?? input });
    const answer = stage.answers.length > 1 ? stage.answers.shift() : stage.answers[0];
    return answer(init ?? input);
  };
  globalThis.addEventListener = (kind, ...rest) => {
    stage.listening.push(kind);
    return unplayed.addEventListener.call(globalThis, kind, ...rest);
  };
  globalThis.removeEventListener = (kind, ...rest) => {
    stage.listening.splice(stage.listening.indexOf(kind), 1);
    return unplayed.removeEventListener.call(globalThis, kind, ...rest);
  };
  const tell =
    (name) =>
    (...values) => {
      stage.told.push([name, ...values]);
      if (name === "changed") stage.changed(...values);
    };
  const host = {
    changed: tell("changed"),
    event: tell("event"),
    leased: tell("leased"),
    failure: (code, message, fields) => Object.assign(new Error(message), { code }, fields),
  };
  stage.engine = new module.Engine(options, host);
  return stage;
};
