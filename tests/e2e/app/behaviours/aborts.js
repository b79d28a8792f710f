// Calls that are given up: when, and with which reason the caller then hears of it.

const name = (error) => (error instanceof Error || error instanceof DOMException ? error.name : error);

/** What a promise comes to, and whether it rejects with this very reason. */
const outcome = (promise, reason) =>
  promise.then(
    () => "fulfilled",
    (error) => [name(error), error === reason],
  );

/** Why a call may be given up: each is to be heard as it is, not as a copy. */
const reasons = {
  "an error of its own": () => new RangeError("own reason"),
  "an object": () => ({ own: "reason" }),
  "a function": () => () => {},
  "a string": () => "own reason",
  null: () => null,
  "no reason": () => undefined,
};

export const aborts = {
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
  "aborted before, with a body in a Request": async (fetch, { at }) => {
    const request = new Request(at("echo"), { method: "POST", body: "x", signal: AbortSignal.abort() });
    const rejection = await outcome(fetch(request));
    return [rejection, request.bodyUsed];
  },
  "aborted at once": (fetch, { at }) => {
    const controller = new AbortController();
    const made = fetch(at("hang"), { signal: controller.signal });
    controller.abort(new RangeError("own reason"));
    return made;
  },
  // With which reason is not compared: WebKit's own `fetch` says one or the other.
  "aborted while a large body is sent": (fetch, { at }) => {
    const controller = new AbortController();
    const init = { method: "POST", body: new Uint8Array(5_000_000), signal: controller.signal };
    const made = fetch(at("hang"), init);
    controller.abort(new RangeError("own reason"));
    return made.catch(() => "rejected");
  },
  "a time-out while it waits for the answer": (fetch, { at }) =>
    fetch(at("hang"), { signal: AbortSignal.timeout(50) }),
  "a time-out while the body comes": async (fetch, { at, control }) => {
    const signal = AbortSignal.timeout(1_200);
    const reader = (await fetch(at("half"), { signal })).body.getReader();
    await reader.read();
    const rejection = await outcome(reader.read(), signal.reason);
    return [rejection[0], await outcome(reader.read(), signal.reason), await control("closed")];
  },
  "aborted by one of two signals": async (fetch, { at, control }) => {
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(60_000)]);
    const made = fetch(at("hang"), { signal });
    await control("arrived");
    const reason = new RangeError("own reason");
    controller.abort(reason);
    return [await outcome(made, reason), await control("closed")];
  },
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
  "aborted in the middle of a body and its clone": async (fetch, { at, control }) => {
    const controller = new AbortController();
    const response = await fetch(at("half"), { signal: controller.signal });
    const texts = [response.clone().text(), response.text()];
    const reason = new RangeError("own reason");
    controller.abort(reason);
    return [await Promise.all(texts.map((text) => outcome(text, reason))), await control("closed")];
  },
  "aborted before the body is read": async (fetch, { at, control }) => {
    const controller = new AbortController();
    const response = await fetch(at("half"), { signal: controller.signal });
    const reason = new RangeError("own reason");
    controller.abort(reason);
    const closed = await control("closed");
    const rejection = await outcome(response.text(), reason);
    return [closed, rejection, response.bodyUsed];
  },
  "aborted between two pieces": async (fetch, { at, control }) => {
    const controller = new AbortController();
    const response = await fetch(at("pieces"), { signal: controller.signal });
    const reader = response.body.getReader();
    await reader.read();
    const reason = new RangeError("own reason");
    controller.abort(reason);
    const rejections = [await outcome(reader.read(), reason), await outcome(reader.closed, reason)];
    return [rejections, await control("closed")];
  },
  "aborted in the middle of a large body": async (fetch, { at, control }) => {
    const controller = new AbortController();
    const response = await fetch(at("endless"), { signal: controller.signal });
    const reader = response.body.getReader();
    for (let length = 0; length < 300_000; ) length += (await reader.read()).value.length;
    const reason = new RangeError("own reason");
    controller.abort(reason);
    return [await outcome(reader.read(), reason), await control("closed")];
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
  "an init's signal over a Request's": async (fetch, { at, control }) => {
    const [ignored, heard] = [new AbortController(), new AbortController()];
    const made = fetch(new Request(at("hang"), { signal: ignored.signal }), { signal: heard.signal });
    await control("arrived");
    ignored.abort("ignored");
    heard.abort("own reason");
    return made.catch((reason) => reason);
  },
  "one of two calls aborted": async (fetch, { at, control }) => {
    const controller = new AbortController();
    const other = fetch(at("pieces"), { signal: new AbortController().signal });
    const made = fetch(at("echo"), { signal: controller.signal });
    controller.abort("own reason");
    const rejection = await made.catch((reason) => reason);
    const response = await other;
    const text = response.text();
    await control("end");
    return [rejection, await text];
  },
  "two calls aborted by one signal": async (fetch, { at }) => {
    const controller = new AbortController();
    const made = [1, 2].map(() => fetch(at("hang"), { signal: controller.signal }));
    const reason = new RangeError("own reason");
    controller.abort(reason);
    return Promise.all(made.map((one) => outcome(one, reason)));
  },
  "aborted after the end": async (fetch, { at }) => {
    const controller = new AbortController();
    const response = await fetch(at("answer", { body: "whole" }), { signal: controller.signal });
    const text = await response.text();
    controller.abort();
    return text;
  },
  "aborted after the end, twice": async (fetch, { at }) => {
    const controller = new AbortController();
    const response = await fetch(at("answer", { body: "whole" }), { signal: controller.signal });
    const clone = response.clone();
    const text = await response.text();
    await clone.text();
    controller.abort();
    controller.abort();
    return [text, response.status, response.bodyUsed];
  },
  "aborted after an answer without a body": async (fetch, { at }) => {
    const controller = new AbortController();
    const response = await fetch(at("answer", { status: 204 }), { signal: controller.signal });
    controller.abort();
    return response.text();
  },
  "aborted when all has come, and nothing was read": async (fetch, { at, control }) => {
    const controller = new AbortController();
    const response = await fetch(at("answer", { body: "whole" }), { signal: controller.signal });
    await control("closed");
    const reason = new RangeError("own reason");
    controller.abort(reason);
    return outcome(response.text(), reason);
  },
};

for (const [kind, make] of Object.entries(reasons)) {
  aborts[`aborted while it waits, for ${kind}`] = async (fetch, { at, control }) => {
    const controller = new AbortController();
    const made = fetch(at("hang"), { signal: controller.signal });
    await control("arrived");
    controller.abort(make());
    return [await outcome(made, controller.signal.reason), await control("closed")];
  };
  aborts[`aborted while the body is read, for ${kind}`] = async (fetch, { at, control }) => {
    const controller = new AbortController();
    const response = await fetch(at("half"), { signal: controller.signal });
    const text = response.text();
    controller.abort(make());
    return [await outcome(text, controller.signal.reason), await control("closed")];
  };
}
