// What may be sent.

const bytes = (length) => {
  const made = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) made[at] = at % 256;
  return made;
};
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
  "FormData with all kinds of entries": {
    make() {
      const form = new FormData();
      form.append("twice", "1");
      form.append("twice", "2\nline\r\nline");
      form.append('na"me\n', "");
      form.append("file", new File([bytes(70_000)], "größe.bin"));
      form.append("file", new File([], "empty", { type: "image/x-own" }));
      form.append("blob", new Blob(["x"], { type: "text/x-own" }));
      form.append("named", new Blob(["y"]), "dir/named.txt");
      return form;
    },
  },
  "empty FormData": { make: () => new FormData() },
  "empty URLSearchParams": { make: () => new URLSearchParams() },
  "empty Blob": { make: () => new Blob([]) },
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
  BigInt64Array: { make: () => new BigInt64Array([1n, -2n]) },
  "string with lone surrogates": { make: () => "a\ud800b" },
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
  "body of 5 MB, bytes": (fetch, { at }) => fetch(at("echo"), { method: "POST", body: bytes(5_000_000) }),
  "body of 1 MB, a Blob": (fetch, { at }) =>
    fetch(at("echo"), { method: "PUT", body: new Blob([bytes(500_000), bytes(500_000)]) }),
  "body of 1 MB, in a Request": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: bytes(1_000_000) })),
  "body of a detached buffer": (fetch, { at }) => {
    const body = bytes(10);
    structuredClone(body, { transfer: [body.buffer] });
    return fetch(at("echo"), { method: "POST", body });
  },
  "body of a resizable buffer": (fetch, { at }) =>
    fetch(at("echo"), { method: "POST", body: new ArrayBuffer(8, { maxByteLength: 16 }) }),
  "body whose toString throws": (fetch, { at }) =>
    fetch(at("echo"), {
      method: "POST",
      body: {
        toString() {
          throw new RangeError("thrown on purpose");
        },
      },
    }),
  "body of a Response": async (fetch, { at }) => {
    const { body } = new Response("streamed");
    return fetch(at("echo"), { method: "POST", body, duplex: "half" });
  },
  "body buffers stay the caller's": async (fetch, { at }) => {
    const buffers = [bytes(100).buffer, bytes(100), new DataView(bytes(100).buffer, 10, 20), bytes(200_000)];
    for (const body of buffers) await fetch(at("echo"), { method: "POST", body });
    return buffers.map(({ byteLength }) => byteLength);
  },
  "body of a Request, used at once": async (fetch, { at }) => {
    const request = new Request(at("echo"), { method: "POST", body: "once" });
    const made = fetch(request);
    const used = [request.bodyUsed];
    await made;
    return [...used, request.bodyUsed, await request.text().catch(({ name }) => name)];
  },
  "body of a Request, replaced by init": async (fetch, { at }) => {
    const request = new Request(at("echo"), { method: "POST", body: "old" });
    const response = await fetch(request, { body: "new" });
    return [response, request.bodyUsed];
  },
  "body of a Request, replaced by null": async (fetch, { at }) => {
    const request = new Request(at("echo"), { method: "POST", body: "old" });
    const response = await fetch(request, { body: null });
    return [response, request.bodyUsed];
  },
  "body of a Request's clone": async (fetch, { at }) => {
    const request = new Request(at("echo"), { method: "POST", body: "cloned" });
    const response = await fetch(request.clone());
    return [response, request.bodyUsed, await request.text()];
  },
  "body of a Request with a content type of its own": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: "{}", headers: { "content-type": "x/own" } })),
  "body FormData with a content type of one's own": (fetch, { at }) => {
    const body = new FormData();
    body.append("a", "1");
    return fetch(at("echo"), { method: "POST", body, headers: { "content-type": "x/own" } });
  },
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
