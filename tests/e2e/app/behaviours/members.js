// What a Response is, beside its body: an object of the platform's, of this realm, that others may be given.

const prototypeMembers = ["type", "url", "redirected", "status", "ok", "statusText", "bodyUsed"];

const refusal = (action) => {
  try {
    action();
    return "none";
  } catch (error) {
    return error.name;
  }
};

const isSame = (response, name) => {
  const first = response[name];
  return first === response[name];
};

const shape = (response) => [
  response instanceof Response,
  response.constructor === Response,
  Object.getPrototypeOf(response) === Response.prototype,
  String(response),
  response.headers instanceof Headers,
  response.body instanceof ReadableStream,
  isSame(response, "body"),
  isSame(response, "headers"),
];

const multipart = [
  "--b",
  'content-disposition: form-data; name="field"',
  "",
  "value",
  "--b",
  'content-disposition: form-data; name="file"; filename="a.txt"',
  "content-type: text/x-own",
  "",
  "content",
  "--b--",
  "",
].join("\r\n");

export const members = {
  "what a Response is": async (fetch, { at }) => shape(await fetch(at("answer", { body: "x" }))),
  "what its clone is": async (fetch, { at }) => shape((await fetch(at("answer", { body: "x" }))).clone()),
  "what its clone's clone tells": async (fetch, { at }) =>
    (await fetch(at("redirect", { to: at("answer", { body: "x", statusText: "Fine" }) }))).clone().clone(),
  "a clone of a body that was read": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "x" }));
    await response.text();
    return refusal(() => response.clone());
  },
  "a large body and its clone": async (fetch, { at }) => {
    const response = await fetch(at("bytes", { size: 300_000 }));
    const both = [response.clone(), response].map((one) => one.arrayBuffer());
    return (await Promise.all(both)).map(({ byteLength }) => byteLength);
  },
  "own keys": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "x" }));
    return [Reflect.ownKeys(response), Object.keys(response), JSON.stringify(response), { ...response }];
  },
  "members by the prototype's getters": async (fetch, { at }) => {
    const response = await fetch(at("redirect", { to: at("answer", { body: "x", statusText: "Fine" }) }));
    const get = (name) => Object.getOwnPropertyDescriptor(Response.prototype, name).get.call(response);
    return Object.fromEntries(prototypeMembers.map((name) => [name, get(name)]));
  },
  "methods by the prototype": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "x", statusText: "Fine" }));
    const clone = Response.prototype.clone.call(response);
    return [clone, clone.url, clone.type, await Response.prototype.text.call(response)];
  },
  "members that script may not change": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "x" }));
    return ["url", "type", "redirected", "status", "ok", "headers", "body", "bodyUsed"].map((name) =>
      refusal(() => {
        response[name] = "changed";
      }),
    );
  },
  "headers that script may not change, by each way": async (fetch, { at }) => {
    const { headers } = await fetch(at("echo"));
    return [
      refusal(() => headers.set("x-own", "1")),
      refusal(() => headers.append("x-own", "1")),
      refusal(() => headers.delete("content-type")),
    ];
  },
  "headers of a clone that script may not change": async (fetch, { at }) =>
    refusal(() => {}) && (await fetch(at("echo"))).clone().headers.set("x-own", "1"),
  "headers by each way": async (fetch, { at }) => {
    const header = ["x-answer:1", "x-answer: 2", "etag:W/1", "retry-after:7", "set-cookie:a=b"];
    const { headers } = await fetch(at("answer", { header }));
    return [
      headers.get("X-ANSWER"),
      headers.get("x-absent"),
      headers.has("etag"),
      headers.has("set-cookie"),
      headers.getSetCookie?.(),
      [...headers.keys()],
      [...headers.values()].length,
      new Headers(headers).get("retry-after"),
    ];
  },
  "a header beyond ASCII": async (fetch, { at }) =>
    (await fetch(at("answer", { header: "x-answer:ä\u00ff" }))).headers.get("x-answer"),
  "a status text beyond ASCII": async (fetch, { at }) =>
    (await fetch(at("answer", { statusText: "grün" }))).statusText,
  "no status text": async (fetch, { at }) => (await fetch(at("answer", { statusText: "" }))).statusText,

  "text that begins with a byte order mark": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "\ufeffmarked" }));
    const bytes = await response.clone().arrayBuffer();
    return [await response.text(), bytes.byteLength];
  },
  "JSON that begins with a byte order mark": async (fetch, { at }) =>
    (await fetch(at("answer", { body: '\ufeff{"marked":true}' }))).json(),
  "no JSON at all": async (fetch, { at }) => (await fetch(at("answer"))).json(),
  "text that is none": async (fetch, { at }) => (await fetch(at("bytes", { size: 300 }))).text(),
  "text of another charset": async (fetch, { at }) =>
    (await fetch(at("answer", { body: "ä", type: "text/plain;charset=iso-8859-1" }))).text(),
  "bytes are of this realm": async (fetch, { at }) => {
    const response = await fetch(at("bytes", { size: 5 }));
    const buffer = await response.clone().arrayBuffer();
    const json = await (await fetch(at("echo"))).json();
    return [buffer instanceof ArrayBuffer, json instanceof Object, json.constructor === Object];
  },
  "a blob is of this realm": async (fetch, { at }) => {
    const blob = await (await fetch(at("answer", { body: "x", type: "Text/X-Own; Charset=UTF-8" }))).blob();
    return [blob instanceof Blob, blob.type, await blob.text()];
  },
  "a blob of no type": async (fetch, { at }) =>
    (await (await fetch(at("answer", { body: "x", type: "" }))).blob()).type,
  "a form with a file": async (fetch, { at }) => {
    const answer = at("answer", { body: multipart, type: "multipart/form-data; boundary=b" });
    const form = await (await fetch(answer)).formData();
    const file = form.get("file");
    return [form.get("field"), file instanceof File, file.name, file.type, await file.text()];
  },
  "a form that is none": async (fetch, { at }) => (await fetch(at("answer", { body: "x" }))).formData(),

  "a Request of its URL": async (fetch, { at }) => {
    const { url } = await fetch(`${at("redirect", { to: at("echo") })}#part`);
    return [url, await fetch(new Request(url))];
  },
  "a Response for an init": async (fetch, { at }) => {
    const response = await fetch(at("answer", { status: 418, statusText: "Teapot", header: "x-answer:1" }));
    return new Response("other", response);
  },
  "a copy by structuredClone": async (fetch, { at }) => structuredClone(await fetch(at("echo"))),
  "errors by structuredClone": async (fetch, { at }) => {
    const failing = [
      () => fetch(at("redirect", { to: "http://" })),
      () => fetch(at("echo"), { signal: AbortSignal.abort() }),
      () => fetch(at("echo"), { mode: "no" }),
      () => fetch(at("answer", { body: "{" })).then((response) => response.json()),
    ];
    const copies = [];
    // One after another: the server compares their order.
    for (const fail of failing) {
      const error = await fail().catch((error) => error);
      const copy = structuredClone(error);
      copies.push([copy.name, copy.message === error.message]);
    }
    return copies;
  },
  "the error of a call that fails": async (fetch, { at }) => {
    const error = await fetch(at("redirect", { to: "http://" })).catch((error) => error);
    return [
      error.constructor === TypeError,
      error instanceof Error,
      error.message,
      Reflect.ownKeys(error).sort(),
    ];
  },
  "kept in Cache Storage": async (fetch, { at, run }) => {
    const cache = await caches.open(run);
    try {
      await cache.put(at("echo"), await fetch(at("answer", { body: "kept", header: "x-answer:1" })));
      return await cache.match(at("echo"));
    } finally {
      await caches.delete(run);
    }
  },
  "in the page's Resource Timing": async (fetch, { at }) => {
    performance.clearResourceTimings(); // it keeps 250
    await (await fetch(at("answer", { body: "timed" }))).text();
    const isThere = () => performance.getEntriesByName(at("answer", { body: "timed" })).length > 0;
    for (let task = 0; task < 100 && !isThere(); task += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return isThere();
  },
  "several handlers of one promise": async (fetch, { at }) => {
    const made = fetch(at("answer", { body: "x" }));
    const [first, second] = await Promise.all([made.then((one) => one), made.then((one) => one)]);
    return first === second;
  },
};
