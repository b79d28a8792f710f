// What comes back: status, headers, the ways to read a body, redirects.

export const responses = {
  "a status text": (fetch, { at }) => fetch(at("answer", { statusText: "Very Well", body: "x" })),
  "headers that are exposed, and some that are not": (fetch, { at }) =>
    fetch(at("answer", { header: ["x-answer:1", "x-answer:2", "x-hidden:1", "set-cookie:a=b"] })),
  "headers that script may not change": async (fetch, { at }) =>
    (await fetch(at("echo"))).headers.set("x-own", "1"),
  "a body read as bytes": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "12ä" }));
    return Array.from(response.bytes ? await response.bytes() : new Uint8Array(await response.arrayBuffer()));
  },
  "a body read as a blob": async (fetch, { at }) => {
    const blob = await (await fetch(at("answer", { body: "12", type: "text/x-own" }))).blob();
    return [blob.size, blob.type];
  },
  "a body read as JSON": async (fetch, { at }) => (await fetch(at("answer", { body: '{"a":[1]}' }))).json(),
  "a body that is not JSON": async (fetch, { at }) => (await fetch(at("answer", { body: "{" }))).json(),
  "a body read as a form": async (fetch, { at }) => {
    const type = "application/x-www-form-urlencoded";
    return [...(await (await fetch(at("answer", { body: "a=1&a=2", type }))).formData())];
  },
  "a body read twice": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "x" }));
    await response.text();
    return response.text();
  },
  "a body read as a stream": async (fetch, { at }) => {
    const { body } = await fetch(at("answer", { body: "streamed" }));
    let text = "";
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) text += step.value;
    return text;
  },
  "a clone": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "twice" }));
    const clone = response.clone();
    return [await response.text(), await clone.text(), clone.url === response.url, clone.type];
  },
  "no body": async (fetch, { at }) => (await fetch(at("answer", { status: 204 }))).body === null,
  "a port where nobody listens": (fetch) => fetch("http://127.0.0.1:1/"),

  "a redirect followed": (fetch, { at }) => fetch(at("redirect", { to: at("echo") })),
  "a redirect to a relative place": (fetch, { at }) => fetch(at("redirect", { to: "echo?relative" })),
  "two redirects": (fetch, { at }) =>
    fetch(at("redirect", { to: at("redirect", { to: at("echo"), status: 307 }) })),
  "a redirect that is an error": (fetch, { at }) =>
    fetch(at("redirect", { to: at("echo") }), { redirect: "error" }),
  "a redirect by hand": (fetch, { at }) => fetch(at("redirect", { to: at("echo") }), { redirect: "manual" }),
  "a redirect to itself": (fetch, { at }) => {
    const own = at("redirect");
    return fetch(`${own}?to=${encodeURIComponent(own)}`);
  },
  "a HEAD request": async (fetch, { at }) => {
    const response = await fetch(at("bytes", { size: 1_000 }), { method: "HEAD" });
    return [response.headers.get("content-length"), response];
  },
  "a HEAD request by a redirect": (fetch, { at }) =>
    fetch(at("redirect", { to: at("echo") }), { method: "HEAD" }),
  "a redirect followed, its URL with a fragment": (fetch, { at }) =>
    fetch(`${at("redirect", { to: at("echo") })}#first`),
  "a redirect that is an error, and is none": (fetch, { at }) => fetch(at("echo"), { redirect: "error" }),
  "a redirect by hand, and is none": (fetch, { at }) => fetch(at("echo"), { redirect: "manual" }),
  "a redirect by hand, its clone": async (fetch, { at }) =>
    (await fetch(at("redirect", { to: at("echo") }), { redirect: "manual" })).clone(),
  "a redirect by hand, in a Request": (fetch, { at }) =>
    fetch(new Request(at("redirect", { to: at("echo") }), { redirect: "manual" })),
  "a redirect to nowhere": (fetch, { at }) => fetch(at("redirect", { to: "http://" })),

  "no-cors": async (fetch, { at }) => {
    const { type, status, url, body } = await fetch(at("echo"), { mode: "no-cors" });
    return { type, status, url, body };
  },
  "no-cors in a Request": async (fetch, { at }) => {
    const { type, status } = await fetch(new Request(at("echo"), { mode: "no-cors" }));
    return { type, status };
  },
};

for (const status of [
  200, 201, 202, 204, 205, 206, 299, 300, 304, 400, 402, 403, 404, 410, 418, 429, 500, 503,
]) {
  responses[`status ${status}`] = (fetch, { at }) => fetch(at("answer", { status }));
}
for (const status of [301, 302, 303, 307, 308]) {
  responses[`${status} of a POST`] = (fetch, { at }) =>
    fetch(at("redirect", { to: at("echo"), status }), {
      method: "POST",
      body: "carried",
      headers: { "x-own": "1" },
    });
}
for (const status of [204, 205, 304]) {
  responses[`status ${status}, its body`] = async (fetch, { at }) => {
    const response = await fetch(at("answer", { status }));
    const { length } = await response.clone().text();
    return [response.body, response.bodyUsed, length, (await response.blob()).size, response.bodyUsed];
  };
}
