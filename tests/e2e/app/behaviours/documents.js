// What a call takes from the page that makes it: base URL, address, referrer policy, cookies, caches.

/** Runs with the document's address changed. */
async function atAddress(path, call) {
  const { href } = location;
  history.replaceState(history.state, "", path);
  try {
    return await call();
  } finally {
    history.replaceState(history.state, "", href);
  }
}

/** Runs with a referrer policy of the document's own, as its head may say at any time. */
async function withReferrerPolicy(policy, call) {
  const meta = Object.assign(document.createElement("meta"), { name: "referrer", content: policy });
  document.head.append(meta);
  try {
    return await call();
  } finally {
    meta.content = "strict-origin-when-cross-origin"; // its removal would change nothing
    meta.remove();
  }
}

const cookie = (text) => {
  // biome-ignore lint/suspicious/noDocumentCookie: no browser but one has another way
  document.cookie = text;
};

async function sha256(text) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}

export const documents = {
  "the address of the page as Referer": (fetch, { at }) =>
    atAddress("/own/address?query", () => fetch(at("echo"), { referrerPolicy: "unsafe-url" })),
  "the address of the page as Referer, by a Request": (fetch, { at }) =>
    atAddress("/own/address?query", () => fetch(new Request(at("echo"), { referrerPolicy: "unsafe-url" }))),
  "the origin of the page as Referer": (fetch, { at }) =>
    atAddress("/own/address", () => fetch(at("echo"), { referrerPolicy: "origin-when-cross-origin" })),
  "another address as Referer": (fetch, { at }) =>
    fetch(at("echo"), { referrer: "/other?query", referrerPolicy: "unsafe-url" }),
  "no Referer": (fetch, { at }) => fetch(at("echo"), { referrer: "", referrerPolicy: "unsafe-url" }),
  "a call with an integrity": async (fetch, { at }) =>
    fetch(at("answer", { body: "whole" }), { integrity: await sha256("whole") }),
  "a call with a wrong integrity": async (fetch, { at }) =>
    fetch(at("answer", { body: "whole" }), { integrity: await sha256("other") }),
  "a call with a wrong integrity in a Request": async (fetch, { at }) =>
    fetch(new Request(at("answer", { body: "whole" }), { integrity: await sha256("other") })),
  "an answer out of the cache": async (fetch, { at }) => {
    const url = at("answer", { body: "cached", header: "cache-control:max-age=60" });
    await (await fetch(url)).text();
    return fetch(url, { cache: "force-cache" });
  },
  "an answer that the cache may give": async (fetch, { at }) => {
    const url = at("answer", { body: "cached", header: "cache-control:max-age=60" });
    await (await fetch(url)).text();
    return fetch(url);
  },
  "an answer past the cache": async (fetch, { at }) => {
    const url = at("answer", { body: "cached", header: "cache-control:max-age=60" });
    await (await fetch(url)).text();
    return fetch(url, { cache: "reload" });
  },
  "keepalive with a body in a Request": (fetch, { at }) =>
    fetch(new Request(at("echo"), { method: "POST", body: "kept", keepalive: true })),
  "a cookie that the answer sets": async (fetch, { at, run }) => {
    const header = `set-cookie:${run}=1; Path=/`;
    await fetch(at("answer", { header }), { credentials: "include" });
    const isSet = document.cookie.includes(`${run}=1`);
    cookie(`${run}=; Max-Age=0; Path=/`);
    return isSet;
  },
  "a cookie that the answer may not set": async (fetch, { at, run }) => {
    await fetch(at("answer", { header: `set-cookie:${run}=1; Path=/` }), { credentials: "omit" });
    return document.cookie.includes(`${run}=1`);
  },
  "requests from one task, in their order": async (fetch, { at }) => {
    // One connection at a time would be an order of its own; all that is asked is that each gets its own answer.
    const bodies = Array.from({ length: 12 }, (_, number) => `answer ${number}`);
    return Promise.all(bodies.map(async (body) => (await fetch(at("answer", { body }))).text()));
  },
};

for (const policy of ["no-referrer", "unsafe-url", "same-origin", "strict-origin-when-cross-origin"]) {
  documents[`a document whose referrer policy is ${policy}`] = (fetch, { at }) =>
    atAddress("/own/address", () => withReferrerPolicy(policy, () => fetch(at("echo"))));
}
for (const credentials of ["omit", "same-origin", "include"]) {
  documents[`a cookie with credentials "${credentials}"`] = async (fetch, { at, run }) => {
    cookie(`${run}=1; Path=/`);
    try {
      return await fetch(at("echo"), { credentials });
    } finally {
      cookie(`${run}=; Max-Age=0; Path=/`);
    }
  };
}
