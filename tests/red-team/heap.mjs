// What a realm has in its memory: the strings of its heap snapshot, the bytes of its wasm memories, and how many array
// buffers there are. Of those a snapshot has no bytes, and the inspector gives nobody the objects (it takes a buffer that
// Blink has not wrapped for one of its boilerplates): whoever wants to know that they hold nothing has to find none.

/**
 * A target's memory, after garbage collection.
 * @returns {Promise<{strings: string[], memories: string[], arrayBuffers: number}>} `memories`: of each wasm memory its
 *   bytes, one character for each, and once more without NULs, which shows UTF-16. `arrayBuffers`: with the views that
 *   have no buffer object of their own
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
  return { strings: snapshot.strings, memories, arrayBuffers: countBuffers(snapshot) };
}

/** Twice: what a finalizer lets go of is collected by the second. */
async function collectGarbage(target) {
  await target.send("HeapProfiler.collectGarbage");
  await target.send("HeapProfiler.collectGarbage");
}

/** A small typed array has no buffer of its own before somebody asks for it, so views count as well. */
const bufferNames =
  /^(Shared)?ArrayBuffer$|^(Ui|I)nt\d+(Clamped)?Array$|^(BigU?i|BigI|Flo)\w+Array$|^DataView$/;

function countBuffers({ snapshot: { meta }, nodes, edges, strings }) {
  const [type, name, edgeCount] = ["type", "name", "edge_count"].map((field) =>
    meta.node_fields.indexOf(field),
  );
  const [edgeType, edgeName] = ["type", "name_or_index"].map((field) => meta.edge_fields.indexOf(field));
  // "native": one that Blink has wrapped.
  const objectTypes = ["object", "native"].map((kind) => meta.node_types[type].indexOf(kind));
  const propertyType = meta.edge_types[edgeType].indexOf("property");
  const edgeLength = meta.edge_fields.length;
  let count = 0;
  let edge = 0;
  for (let node = 0; node < nodes.length; node += meta.node_fields.length) {
    const end = edge + nodes[node + edgeCount] * edgeLength;
    if (objectTypes.includes(nodes[node + type]) && bufferNames.test(strings[nodes[node + name]])) {
      let isPrototype = false;
      for (let at = edge; at < end; at += edgeLength) {
        isPrototype ||=
          edges[at + edgeType] === propertyType && strings[edges[at + edgeName]] === "constructor";
      }
      if (!isPrototype) count += 1;
    }
    edge = end;
  }
  return count;
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
