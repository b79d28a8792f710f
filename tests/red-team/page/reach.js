// What a script of the page can reach without any tampering: every text in every object that a walk from `window` comes
// to, by own properties of any name, getters, prototypes, Maps, Sets, arrays, buffers and what promises hold. Closures
// and private members cannot be walked; the heap's snapshot has those.

/** @returns {Promise<string[]>} the texts that are long enough to hold a piece of a secret */
export async function reachableTexts(roots = [window]) {
  const runs = /[A-Za-z0-9_+/-]{16}/;
  const texts = new Set();
  const seen = new Set();
  const queue = [...roots];
  const add = (value) => {
    if (typeof value === "string") {
      if (runs.test(value)) texts.add(value);
    } else if ((typeof value === "object" && value !== null) || typeof value === "function") {
      if (!seen.has(value)) {
        seen.add(value);
        queue.push(value);
      }
    } else if (typeof value === "symbol") add(value.description);
  };
  // A queue that grows while it is read.
  for (let at = 0; at < queue.length; at += 1) {
    const object = queue[at];
    try {
      await walk(object, add);
    } catch {
      // A getter or a proxy that refuses.
    }
  }
  return [...texts, `objects: ${seen.size}`];
}

async function walk(object, add) {
  if (object instanceof ArrayBuffer || ArrayBuffer.isView(object)) {
    const bytes = new Uint8Array(object.buffer ?? object);
    if (bytes.length <= 1_000_000) add(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    return;
  }
  if (object instanceof Promise) add(await settled(object));
  if (object instanceof Blob) add(await object.text());
  if (object instanceof Response && !object.bodyUsed) add(await object.clone().text());
  const isIterable = [Map, Set, Headers, URLSearchParams, FormData].some((type) => object instanceof type);
  if (isIterable) for (const entry of object) add(entry);
  add(Object.getPrototypeOf(object));
  if (typeof object === "function") add(Function.prototype.toString.call(object));
  for (const key of Reflect.ownKeys(object)) {
    add(key);
    const { value, get } = Reflect.getOwnPropertyDescriptor(object, key) ?? {};
    add(value);
    if (get === undefined) continue;
    add(get);
    // Of an instance: what the prototypes' getters say of it comes below.
    add(attempt(() => object[key]));
  }
  // A getter of a prototype, asked for this very object.
  for (let type = Object.getPrototypeOf(object); type !== null; type = Object.getPrototypeOf(type)) {
    for (const key of Reflect.ownKeys(type)) {
      const { get } = Reflect.getOwnPropertyDescriptor(type, key) ?? {};
      if (get !== undefined && key !== "__proto__") add(attempt(() => Reflect.apply(get, object, [])));
    }
  }
}

function attempt(action) {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

/** What a promise holds already. */
function settled(promise) {
  return Promise.race([promise, undefined]).catch((error) => error);
}
