// What comes back: the members of a Response, the ways to read it, redirects, aborts.

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
  "a redirect to nowhere": (fetch, { at }) => fetch(at("redirect", { to: "http://" })),

  "no-cors": async (fetch, { at }) => {
    const { type, status, url, body } = await fetch(at("echo"), { mode: "no-cors" });
    return { type, status, url, body };
  },
  "no-cors in a Request": async (fetch, { at }) => {
    const { type, status } = await fetch(new Request(at("echo"), { mode: "no-cors" }));
    return { type, status };
  },

  "aborted before": (fetch, { at }) => fetch(at("echo"), { signal: AbortSignal.abort() }),
  "aborted before, with a reason of its own": (fetch, { at }) =>
    fetch(at("echo"), { signal: AbortSignal.abort({ own: "reason" }) }),
  "aborted before, with undefined": (fetch, { at }) => {
    const controller = new AbortController();
    controller.abort(undefined);
    return fetch(at("echo"), { signal: controller.signal });
  },
  "aborted before, in a Request": (fetch, { at }) =>
    fetch(new Request(at("echo"), { signal: AbortSignal.abort("own reason") })),
  "aborted at once": (fetch, { at }) => {
    const controller = new AbortController();
    const made = fetch(at("hang"), { signal: controller.signal });
    controller.abort(new RangeError("own reason"));
    return made;
  },
  "a time-out while it waits for the answer": (fetch, { at }) =>
    fetch(at("hang"), { signal: AbortSignal.timeout(50) }),
  "aborted in the middle of the body": async (fetch, { at }) => {
    const controller = new AbortController();
    const response = await fetch(at("half"), { signal: controller.signal });
    controller.abort("own reason");
    return response.text();
  },
  "aborted in the middle of a clone's body": async (fetch, { at }) => {
    const controller = new AbortController();
    const response = (await fetch(at("half"), { signal: controller.signal })).clone();
    controller.abort(new RangeError("own reason"));
    return response.text();
  },
  // With which reason is not compared: Firefox's own `fetch` may say AbortError here (calls.test.mjs checks it).
  "aborted by a Request's signal": (fetch, { at }) => {
    const controller = new AbortController();
    const made = fetch(new Request(at("hang"), { signal: controller.signal }));
    controller.abort("own reason");
    return made.catch(() => "rejected");
  },
  "an init without signal over a Request with one": (fetch, { at }) => {
    const controller = new AbortController();
    const made = fetch(new Request(at("echo"), { signal: controller.signal }), { signal: null });
    controller.abort();
    return made;
  },
  "aborted after the end": async (fetch, { at }) => {
    const controller = new AbortController();
    const response = await fetch(at("answer", { body: "whole" }), { signal: controller.signal });
    const text = await response.text();
    controller.abort();
    return text;
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
