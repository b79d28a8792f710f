// Bodies that come: of every size and pace, and what becomes of them when nobody reads on.

const sizes = {
  "0 bytes": 0,
  "1 byte": 1,
  "64 KB": 65_536,
  "64 KB and one byte": 65_537,
  "65 KB": 66_560,
  "1 MB": 1_048_576,
};

/** Length and hash, without keeping the body. */
async function digest(response) {
  const reader = response.body.getReader();
  let length = 0;
  let hash = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    length += step.value.length;
    for (let at = 0; at < step.value.length; at += 1) hash = (Math.imul(hash, 31) + step.value[at]) | 0;
  }
  return { length, hash, contentLength: response.headers.get("content-length") };
}

async function digestOf(bytes) {
  return digest(new Response(bytes));
}

const textOf = ({ done, value }) => (done ? "done" : new TextDecoder().decode(value));

/** How many bytes the server could send until it could send no more: a count that does not change for a while. */
async function sentAtRest(control) {
  let last = -1;
  for (let unchanged = 0; unchanged < 6; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { sent } = await control("sent");
    unchanged = sent === last && sent > 0 ? unchanged + 1 : 0;
    last = sent;
  }
  return last;
}

export const streams = {
  "50 MB, streamed": async (fetch, { at }) => digest(await fetch(at("bytes", { size: 52_428_800 }))),
  "8 MB as a blob": async (fetch, { at }) => {
    const blob = await (await fetch(at("bytes", { size: 8_388_608 }))).blob();
    return [blob.size, blob.type, await digest(new Response(blob.slice(4_000_000)))];
  },
  "six bodies of 1 MB at once": async (fetch, { at }) =>
    Promise.all(
      Array.from({ length: 6 }, async () =>
        digest(await fetch(at("bytes", { size: 1_048_576, chunked: 1 }))),
      ),
    ),
  "a body in pieces, each seen before the next is sent": async (fetch, { at, control }) => {
    const response = await fetch(at("pieces"));
    const reader = response.body.getReader();
    const seen = [];
    for (let piece = 0; piece < 4; piece += 1) {
      if (piece > 0) await control("next");
      seen.push(textOf(await reader.read()));
    }
    await control("end");
    seen.push(textOf(await reader.read()));
    return seen;
  },
  "a body in pieces, its text": async (fetch, { at, control }) => {
    const text = (await fetch(at("pieces"))).text();
    for (const action of ["next", "next", "end"]) await control(action);
    return text;
  },
  "a body in pieces, its clone read first": async (fetch, { at, control }) => {
    const response = await fetch(at("pieces"));
    const clone = response.clone();
    const first = textOf(await clone.body.getReader().read());
    await control("next");
    await control("end");
    return [first, await response.text()];
  },
  "a body whose connection ends in the middle": async (fetch, { at }) => (await fetch(at("broken"))).text(),
  "a body whose connection ends in the middle, read by pieces": async (fetch, { at }) => {
    const reader = (await fetch(at("broken"))).body.getReader();
    for (;;) await reader.read();
  },
  // How many bytes is another question: see `bounds`.
  "a body that nobody reads holds the server back": async (fetch, { at, control }) => {
    const response = await fetch(at("endless"));
    const sent = await sentAtRest(control);
    await response.body.cancel();
    await control("closed");
    return { sent };
  },
  "a body that is read a little holds the server back": async (fetch, { at, control }) => {
    const reader = (await fetch(at("endless"))).body.getReader();
    for (let length = 0; length < 300_000; ) length += (await reader.read()).value.length;
    const sent = await sentAtRest(control);
    await reader.cancel();
    await control("closed");
    return { sent };
  },
  "a body that is cancelled": async (fetch, { at, control }) => {
    const response = await fetch(at("half"));
    const cancelled = await response.body.cancel("enough");
    return [cancelled, response.bodyUsed, await control("closed")];
  },
  "a body that is cancelled by its reader after a piece": async (fetch, { at, control }) => {
    const reader = (await fetch(at("pieces"))).body.getReader();
    const first = textOf(await reader.read());
    await reader.cancel();
    return [first, await reader.read(), await control("closed")];
  },
  "a body that is cancelled while it is waited for": async (fetch, { at, control }) => {
    const reader = (await fetch(at("pieces"))).body.getReader();
    await reader.read();
    const waiting = reader.read();
    await reader.cancel();
    return [await waiting, await control("closed")];
  },
  "a clone that is cancelled, the other goes on": async (fetch, { at, control }) => {
    const response = await fetch(at("pieces"));
    const clone = response.clone();
    // Done only when both are.
    clone.body.cancel();
    await control("next");
    await control("end");
    return response.text();
  },
  "eight answers dropped unread": async (fetch, { at }) => {
    for (let call = 0; call < 8; call += 1) await fetch(at("bytes", { size: 1_000 }));
    return fetch(at("echo"));
  },
  "a body that is compressed": async (fetch, { at }) => {
    const response = await fetch(at("gzip"));
    const text = await response.text();
    return [text.length, text.slice(0, 30), response.headers.get("content-encoding")];
  },

  "a body read into a buffer of one's own": async (fetch, { at }) => {
    const { body } = await fetch(at("bytes", { size: 10 }));
    const reader = body.getReader({ mode: "byob" });
    const first = await reader.read(new Uint8Array(4));
    const second = await reader.read(new Uint8Array(20));
    const third = await reader.read(new Uint8Array(20));
    return [first, second, third].map(({ done, value }) => [done, value.constructor.name, Array.from(value)]);
  },
  "a large body read into a buffer of one's own": async (fetch, { at }) => {
    const reader = (await fetch(at("bytes", { size: 200_000 }))).body.getReader({ mode: "byob" });
    let length = 0;
    let buffer = new ArrayBuffer(1_000);
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return length;
      length += value.length;
      buffer = value.buffer;
    }
  },
  "a body and its tee": async (fetch, { at }) => {
    const branches = (await fetch(at("bytes", { size: 100_000 }))).body.tee();
    return Promise.all(branches.map((branch) => digest(new Response(branch))));
  },
  "a body piped to a slow writer": async (fetch, { at }) => {
    let length = 0;
    const writer = new WritableStream(
      {
        async write(chunk) {
          await new Promise((resolve) => setTimeout(resolve));
          length += chunk.length;
        },
      },
      new CountQueuingStrategy({ highWaterMark: 1 }),
    );
    await (await fetch(at("bytes", { size: 200_000 }))).body.pipeTo(writer);
    return length;
  },
  "a body by for await": async (fetch, { at }) => {
    let length = 0;
    for await (const chunk of (await fetch(at("bytes", { size: 100_000 }))).body) length += chunk.length;
    return length;
  },
  "the chunks of a body are Uint8Arrays": async (fetch, { at }) => {
    const reader = (await fetch(at("bytes", { size: 100 }))).body.getReader();
    const { value } = await reader.read();
    return [value instanceof Uint8Array, value.byteOffset, value.buffer instanceof ArrayBuffer];
  },
  "a body in a Response of one's own": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "wrapped", header: "x-answer:1", status: 201 }));
    return new Response(response.body, response);
  },
  "a body that is locked": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "x" }));
    const before = [response.body.locked, response.bodyUsed];
    response.body.getReader();
    const after = [response.body.locked, response.bodyUsed];
    const refusals = await Promise.all([
      response.text().catch(({ name }) => name),
      response.body.cancel().catch(({ name }) => name),
    ]);
    return [before, after, refusals];
  },
  "whether a body was used": async (fetch, { at }) => {
    const response = await fetch(at("answer", { body: "xy" }));
    const reader = response.body.getReader();
    const unread = response.bodyUsed;
    await reader.read();
    reader.releaseLock();
    const text = await response.text().catch(({ name }) => name);
    return [unread, response.bodyUsed, text, response.body.locked];
  },
};

for (const [name, size] of Object.entries(sizes)) {
  streams[`${name}, streamed`] = async (fetch, { at }) => digest(await fetch(at("bytes", { size })));
  streams[`${name} of unknown length, streamed`] = async (fetch, { at }) =>
    digest(await fetch(at("bytes", { size, chunked: 1 })));
  streams[`${name}, whole`] = async (fetch, { at }) =>
    digestOf(await (await fetch(at("bytes", { size }))).arrayBuffer());
}
