// What `fetch` may be called with: the first argument, and the members of the second that are no body.

const base = (href) => Object.assign(document.createElement("base"), { href });

/** Calls with a <base> in the document. */
async function withBase(href, call) {
  const element = base(href);
  document.head.append(element);
  try {
    return await call();
  } finally {
    element.remove();
  }
}

export const inputs = {
  "a string": (fetch, { at }) => fetch(at("echo")),
  "a string with white space around": (fetch, { at }) => fetch(`  ${at("echo")}\n`),
  "a string with a scheme in capitals": (fetch, { at }) => fetch(at("echo").replace("http:", "HTTP:")),
  "a string with dot segments": (fetch, { at }) => fetch(at("x/./y/../echo")),
  "a string with a fragment": (fetch, { at }) => fetch(`${at("echo")}#part`),
  "a string with a query": (fetch, { at }) => fetch(at("echo", { "a b": "ä&=" })),
  "a string with unusual letters": (fetch, { at }) => fetch(`${at("echo")}/ä b"<>\``),
  "a URL": (fetch, { at }) => fetch(new URL(at("echo"))),
  "an object with toString": (fetch, { at }) => fetch({ toString: () => at("echo") }),
  "an array of a string": (fetch, { at }) => fetch([at("echo")]),
  "a location": (fetch) => fetch(location),
  "a path, relative to the page": (fetch) => fetch("/app/harness.js?relative"),
  "a path, relative to <base>": (fetch, { at }) => withBase(at(""), () => fetch("echo?relative")),
  "an absolute path, relative to <base>": (fetch, { at, run }) =>
    withBase(at("x/"), () => fetch(`/${run}/echo`)),
  "a URL without scheme": (fetch, { at }) => fetch(at("echo").slice("http:".length)),
  "a Request": (fetch, { at }) => fetch(new Request(at("echo"))),
  "a Request with everything": (fetch, { at }) =>
    fetch(
      new Request(at("echo"), {
        method: "POST",
        body: "text",
        headers: { "x-own": "1", "content-type": "text/x-own" },
        cache: "no-store",
        credentials: "omit",
        referrerPolicy: "origin",
      }),
    ),
  "a Request whose init overrides it": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: "old", headers: { "x-old": "1" } }), {
      method: "PUT",
      body: "new",
      headers: { "x-new": "1" },
    }),
  "a Request and an empty init": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: "kept" }), {}),
  "a Request and an undefined init": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: "kept" }), undefined),
  "a Request and a null init": (fetch, { at }) => fetch(new Request(at("echo")), null),
  "a Request whose body is used afterwards": async (fetch, { at }) => {
    const request = new Request(at("echo"), { method: "POST", body: "once" });
    const response = await fetch(request);
    return [response, { bodyUsed: request.bodyUsed }];
  },
  "a Request used twice": async (fetch, { at }) => {
    const request = new Request(at("echo"), { method: "POST", body: "once" });
    await fetch(request);
    return fetch(request);
  },
  "a Request without a body, used twice": async (fetch, { at }) => {
    const request = new Request(at("echo"));
    await fetch(request);
    return fetch(request);
  },
  "a Request whose body was read": async (fetch, { at }) => {
    const request = new Request(at("echo"), { method: "POST", body: "once" });
    await request.text();
    return fetch(request);
  },
  "no argument": (fetch) => fetch(),
  undefined: (fetch) => fetch(undefined),
  null: (fetch) => fetch(null),
  "a number": (fetch) => fetch(7),
  "a symbol": (fetch) => fetch(Symbol("no")),
  "an object whose toString throws": (fetch) =>
    fetch({
      toString() {
        throw new RangeError("thrown on purpose");
      },
    }),
  "no URL": (fetch) => fetch("http://"),
  "a URL with a user": (fetch, { at }) => fetch(at("echo").replace("//", "//ada:secret@")),
  "an unknown scheme": (fetch) => fetch("unknown:thing"),
  "about:blank": (fetch) => fetch("about:blank"),
  "a data: URL": (fetch) => fetch("data:text/plain,inline"),
  "a blob: URL": async (fetch) => {
    const url = URL.createObjectURL(new Blob(["kept"], { type: "text/x-own" }));
    try {
      const response = await fetch(url);
      return { status: response.status, type: response.type, text: await response.text() };
    } finally {
      URL.revokeObjectURL(url);
    }
  },

  "a Request whose init overrides all but the URL": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: "old", credentials: "include", cache: "reload" }), {
      method: "GET",
      body: null,
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    }),
  "a Request and an init of a method that needs no body": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: "kept" }), { method: "GET" }),
  "a Request of a subclass": (fetch, { at }) =>
    fetch(new (class extends Request {})(at("echo"), { method: "PUT", headers: { "x-own": "1" } })),
  "a Request with an unusual URL": (fetch, { at }) =>
    fetch(new Request(`${at("x/../echo")}?a b=ä#part`, { headers: [["x-own", "ä"]] })),
  "an init whose getter throws": (fetch, { at }) =>
    fetch(at("echo"), {
      get cache() {
        throw new RangeError("thrown on purpose");
      },
    }),
  "headers whose iterator throws": (fetch, { at }) =>
    fetch(at("echo"), {
      headers: {
        // biome-ignore lint/correctness/useYield: it never comes to that
        *[Symbol.iterator]() {
          throw new RangeError("thrown on purpose");
        },
      },
    }),
  "three arguments": (fetch, { at }) => fetch(at("echo"), { method: "PUT" }, "more"),

  "an init without prototype": (fetch, { at }) =>
    fetch(at("echo"), Object.assign(Object.create(null), { method: "PUT" })),
  "an init that inherits": (fetch, { at }) =>
    fetch(at("echo"), Object.create({ method: "PUT", headers: { "x-own": "1" }, body: "inherited" })),
  "an init with getters": (fetch, { at }) =>
    fetch(at("echo"), {
      get method() {
        return "PUT";
      },
      get headers() {
        return { "x-own": "1" };
      },
    }),
  "an init of a class": (fetch, { at }) =>
    fetch(
      at("echo"),
      new (class {
        get method() {
          return "DELETE";
        }
      })(),
    ),
  "a frozen init": (fetch, { at }) =>
    fetch(at("echo"), Object.freeze({ method: "POST", headers: Object.freeze({ "x-own": "1" }), body: "x" })),
  "an init with unknown members": (fetch, { at }) => fetch(at("echo"), { unknown: true }),
  "a Request for an init": (fetch, { at }) =>
    fetch(at("echo"), new Request(at("other"), { method: "PUT", headers: { "x-own": "1" } })),
  "a null init": (fetch, { at }) => fetch(at("echo"), null),
  "a number for an init": (fetch, { at }) => fetch(at("echo"), 7),
  "a string for an init": (fetch, { at }) => fetch(at("echo"), "no"),
  "a URL and an init that changes after the call": (fetch, { at }) => {
    const init = { method: "POST", body: "first", headers: { "x-own": "first" } };
    const made = fetch(new URL(at("echo")), init);
    init.method = "PUT";
    init.body = "second";
    init.headers["x-own"] = "second";
    return made;
  },
  "a URL that changes after the call": (fetch, { at }) => {
    const url = new URL(at("echo"));
    const made = fetch(url);
    url.hash = url.search = "second";
    return made;
  },
  "an init that changes after the call": (fetch, { at }) => {
    const init = { method: "POST", body: "first", headers: { "x-own": "first" } };
    const made = fetch(at("echo"), init);
    init.method = "PUT";
    init.body = "second";
    init.headers["x-own"] = "second";
    return made;
  },
};

for (const method of ["get", "post", "put", "delete", "head", "patch", "PATCH", "HeAd", "QUERY", "x-own"]) {
  inputs[`method ${method}`] = (fetch, { at }) => fetch(at("echo"), { method });
}
for (const method of ["TRACE", "connect", "track", "", "two words", "ä"]) {
  inputs[`method "${method}"`] = (fetch, { at }) => fetch(at("echo"), { method });
}

const headers = {
  "an object": { "X-Own": "1", accept: "text/x-own" },
  "an object without prototype": Object.assign(Object.create(null), { "x-own": "1" }),
  "an object with numbers": { "x-own": 7 },
  pairs: [
    ["x-own", "1"],
    ["x-own", "2"],
  ],
  Headers: new Headers({ "x-own": "1" }),
  "a Map": new Map([["x-own", "1"]]),
  "an iterable": {
    *[Symbol.iterator]() {
      yield ["x-own", "1"];
    },
  },
  "names that script may not set": { cookie: "a=b", host: "x", "sec-own": "1", "x-own": "1" },
  "a name that is empty": { "": "1" },
  "a name with a space": { "x own": "1" },
  "a value with a line break": { "x-own": "1\r\nx-other: 2" },
  "a value with white space around": { "x-own": "  1  " },
  "a value beyond Latin-1": { "x-own": "→" },
  "a pair of three": [["x-own", "1", "2"]],
  "a string": "x-own: 1",
  "a number": 7,
  null: null,
  undefined: undefined,
};
for (const [name, value] of Object.entries(headers)) {
  inputs[`headers: ${name}`] = (fetch, { at }) => fetch(at("echo"), { headers: value });
}

const members = [
  ...["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"].map((cache) => ({
    cache,
  })),
  ...["omit", "same-origin", "include"].map((credentials) => ({ credentials })),
  ...["cors", "same-origin", "navigate"].map((mode) => ({ mode })),
  ...["follow", "error", "manual"].map((redirect) => ({ redirect })),
  ...["no-referrer", "origin", "unsafe-url", "strict-origin-when-cross-origin"].map((referrerPolicy) => ({
    referrerPolicy,
  })),
  ...["", "about:client", "/own", "https://foreign.invalid/"].map((referrer) => ({ referrer })),
  ...["high", "low", "auto"].map((priority) => ({ priority })),
  ...[true, false].map((keepalive) => ({ keepalive })),
  // The limit is 65,536 bytes for all such requests under way together, so the largest that may pass is not tried.
  { keepalive: true, method: "POST", body: "x".repeat(1_000) },
  { keepalive: true, method: "POST", body: "x".repeat(65_537) },
  { window: null },
  { integrity: "" },
  { integrity: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
  // Values that are none of theirs.
  { cache: "no" },
  { credentials: "no" },
  { mode: "no" },
  { redirect: "no" },
  { referrerPolicy: "no" },
  { referrer: "http://" },
  { priority: "no" },
  { window: {} },
  { signal: {} },
  { signal: null },
  { duplex: "full" },
];
for (const init of members) {
  const name = JSON.stringify(init).replace(/x{9,}/, ({ length }) => `${length} bytes`);
  inputs[`init ${name}`] = (fetch, { at }) => fetch(at("echo"), init);
}
