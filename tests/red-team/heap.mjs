// What a realm has in its memory: the strings of its heap snapshot, the bytes of its wasm memories, and the sizes of its
// array buffers. Of those a snapshot has no bytes, and the inspector gives nobody the objects (it takes a buffer that Blink
// has not wrapped for one of its boilerplates): whoever wants to know that they hold nothing has to find none.

/**
 * A target's memory, after garbage collection.
 * @returns {Promise<{strings: string[], memories: string[], bufferSizes: number[]}>} `memories`: of each wasm memory its
 *   bytes, one character for each, and once more without NULs, which shows UTF-16. `bufferSizes`: in bytes, that of a
 *   wasm memory among them; a view of up to 64 bytes keeps them in itself and is not in the list
 */
export async function readMemory(target) {
  const chunks = [];
  await target.send("HeapProfiler.enable");
  const off = target.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => chunks.push(chunk));
  try {
    await collectGarbage(target);
    await target.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  } finally {
    off();
    await target.send("HeapProfiler.disable");
  }
  const snapshot = JSON.parse(chunks.join(""));
  const memories = await wasmMemories(target);
  return { strings: snapshot.strings, memories, bufferSizes: bufferSizes(snapshot) };
}

/** Twice: what a finalizer lets go of is collected by the second. */
async function collectGarbage(target) {
  await target.send("HeapProfiler.collectGarbage");
  await target.send("HeapProfiler.collectGarbage");
}

function bufferSizes({ snapshot: { meta }, nodes, strings }) {
  const [name, size] = ["name", "self_size"].map((field) => meta.node_fields.indexOf(field));
  const sizes = [];
  for (let node = 0; node < nodes.length; node += meta.node_fields.length) {
    if (strings[nodes[node + name]] === "system / JSArrayBufferData") sizes.push(nodes[node + size]);
  }
  return sizes;
}

/** By their prototype: the engine's memory has no array buffer while nobody looks into it. */
async function wasmMemories(target) {
  const { result } = await target.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects } = await target.send("Runtime.queryObjects", { prototypeObjectId: result.objectId });
  const answer = await target.send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: String(readAll),
    returnByValue: true,
  });
  if (answer.exceptionDetails !== undefined) throw new Error("the wasm memories cannot be read");
  await target.send("Runtime.releaseObject", { objectId: objects.objectId });
  return answer.result.value.flatMap((base64) => {
    const text = Buffer.from(base64, "base64").toString("latin1");
    return [text, text.replaceAll("\0", "")];
  });
}

/** Runs in the target, on the array of its memories. */
function readAll() {
  return this.map(({ buffer }) => {
    const bytes = new Uint8Array(buffer);
    let text = "";
    for (let start = 0; start < bytes.length; start += 8190) {
      text += String.fromCharCode.apply(null, bytes.subarray(start, start + 8190));
    }
    return btoa(text);
  });
}

/** What the module that a function is of keeps in array buffers, as text. */
export async function moduleBuffers(target, name) {
  const { result } = await target.send("Runtime.evaluate", { expression: name });
  const own = await target.send("Runtime.getProperties", { objectId: result.objectId, ownProperties: true });
  const scopes = own.internalProperties.find(({ name }) => name === "[[Scopes]]").value.objectId;
  const texts = [];
  for (const { value: scope } of await membersOf(target, scopes)) {
    if (scope?.description?.startsWith("Global") !== false) continue;
    for (const { value } of await membersOf(target, scope.objectId)) {
      if (value?.subtype !== "typedarray") continue;
      const answer = await target.send("Runtime.callFunctionOn", {
        objectId: value.objectId,
        functionDeclaration: String(readView),
        returnByValue: true,
      });
      texts.push(Buffer.from(answer.result.value, "base64").toString("latin1"));
    }
  }
  return texts;
}

async function membersOf(target, objectId) {
  return (await target.send("Runtime.getProperties", { objectId, ownProperties: true })).result;
}

/** Runs in the target, on a view. */
function readView() {
  return btoa(String.fromCharCode(...new Uint8Array(this.buffer)));
}
