// What may be sent.

const bytes = (length) => Uint8Array.from({ length }, (_, at) => at % 256);
const stream = (...chunks) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

/** Each a function, because some can be used only once. `change` changes it after the call, as its owner may. */
export const bodyKinds = {
  string: { make: () => "text with ä and 🔑" },
  "empty string": { make: () => "" },
  "String object": { make: () => new String("boxed") },
  URLSearchParams: {
    make: () => new URLSearchParams([["a b", "ä&="]]),
    change: (body) => body.append("late", "1"),
  },
  "FormData with a file": {
    make() {
      const form = new FormData();
      form.append("field", "value ä");
      form.append("file", new File([bytes(300)], 'na"me.bin', { type: "application/x-own" }));
      return form;
    },
    change: (body) => body.append("late", "1"),
  },
  Blob: { make: () => new Blob([bytes(300)]) },
  "Blob with a type": { make: () => new Blob(["typed"], { type: "text/x-own;charset=utf-8" }) },
  File: { make: () => new File([bytes(10)], "name", { type: "image/x-own" }) },
  ArrayBuffer: { make: () => bytes(300).buffer, change: (body) => new Uint8Array(body).fill(7) },
  Uint8Array: { make: () => bytes(300), change: (body) => body.fill(7) },
  "part of a Uint8Array": { make: () => bytes(300).subarray(10, 20), change: (body) => body.fill(7) },
  Float64Array: { make: () => new Float64Array([1.5, -2]), change: (body) => body.fill(7) },
  DataView: { make: () => new DataView(bytes(300).buffer, 5, 50), change: (body) => body.setUint8(0, 99) },
  "empty ArrayBuffer": { make: () => new ArrayBuffer(0) },
  number: { make: () => 42 },
  "object with toString": { make: () => ({ toString: () => "told" }) },
  "plain object": { make: () => ({}) },
  "large string": { make: () => "large ".repeat(50_000) },
};

export const bodies = {
  "body null": (fetch, { at }) => fetch(at("echo"), { method: "POST", body: null }),
  "body undefined": (fetch, { at }) => fetch(at("echo"), { method: "POST", body: undefined }),
  "body with GET": (fetch, { at }) => fetch(at("echo"), { body: "no" }),
  "body with HEAD": (fetch, { at }) => fetch(at("echo"), { method: "HEAD", body: "no" }),
  "body symbol": (fetch, { at }) => fetch(at("echo"), { method: "POST", body: Symbol("no") }),
  "body with a content type of its own": (fetch, { at }) =>
    fetch(at("echo"), { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } }),
  "body stream without duplex": (fetch, { at }) =>
    fetch(at("echo"), { method: "POST", body: stream(bytes(10)) }),
  "body stream with duplex": (fetch, { at }) =>
    fetch(at("echo"), { method: "POST", body: stream(bytes(10)), duplex: "half" }),
  "body stream in a Request": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: stream(bytes(10)), duplex: "half" })),
  "body stream that is locked": (fetch, { at }) => {
    const body = stream(bytes(10));
    body.getReader();
    return fetch(at("echo"), { method: "POST", body, duplex: "half" });
  },
};

for (const [kind, { make, change }] of Object.entries(bodyKinds)) {
  bodies[`body ${kind}`] = (fetch, { at }) => fetch(at("echo"), { method: "POST", body: make() });
  bodies[`body ${kind} in a Request`] = (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: make() }));
  if (change === undefined) continue;
  bodies[`body ${kind}, changed after the call`] = (fetch, { at }) => {
    const body = make();
    const made = fetch(at("echo"), { method: "POST", body });
    change(body);
    return made;
  };
}
