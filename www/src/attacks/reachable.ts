// Walks from window and from the clients along every property, prototype, map, set, promise and buffer.
import type { Attack } from "./attack";
import type { Loot } from "./loot";

const MOST_OBJECTS = 400_000;
const OBJECTS_WITHOUT_A_PAUSE = 4000;

export const reachable: Attack = {
  id: "reachable",
  name: "Search every object",
  method:
    "Globals and everything that can be reached from window and from either client: properties, getters, buffers.",
  async run({ client, naive }, loot) {
    await naive.ready();
    const mine = await walk(client, loot, "the Strongroom client");
    const its = await walk(naive, loot, "the naive client");
    const all = await walk(window, loot, "window");
    const objects = (mine + its + all).toLocaleString("en");
    return {
      strongroom: `${objects} objects searched.`,
      naive: "They are properties of the client, and window leads to the storage.",
    };
  },
};

/** Gives the number of objects visited. */
async function walk(root: object, loot: Loot, place: string): Promise<number> {
  const seen = new Set<object>([root]);
  const queue: object[] = [root];
  const meet = (value: unknown) => {
    if (typeof value === "string") loot.add(value, place);
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    if (!isObject || seen.has(value as object) || seen.size >= MOST_OBJECTS) return;
    seen.add(value as object);
    // At once: many a getter refuses by a rejected promise.
    if (value instanceof Promise) value.then(meet, meet);
    queue.push(value as object);
  };
  for (let next = 0; next < queue.length; next += 1) {
    if (next % OBJECTS_WITHOUT_A_PAUSE === 0) await new Promise((resolve) => setTimeout(resolve));
    const object = queue[next] as object;
    // Hundreds of properties for each element, and none of them a script's.
    if (object instanceof CSSStyleDeclaration) continue;
    for (const value of valuesOf(object)) meet(value);
  }
  return seen.size;
}

function* valuesOf(object: object): Generator<unknown> {
  // A view's own properties are its bytes, one by one.
  if (ArrayBuffer.isView(object)) return yield object.buffer;
  if (object instanceof ArrayBuffer) return yield new TextDecoder("latin1").decode(object);
  for (let owner: object | null = object; owner !== null; owner = Object.getPrototypeOf(owner)) {
    for (const key of Reflect.ownKeys(owner)) {
      yield key;
      try {
        const descriptor = Reflect.getOwnPropertyDescriptor(owner, key);
        yield descriptor?.get;
        yield descriptor?.set;
        // A getter is asked on the object itself, as script would.
        yield descriptor !== undefined && "value" in descriptor ? descriptor.value : Reflect.get(object, key);
      } catch {
        // A getter that refuses.
      }
    }
    if (owner !== object) yield owner;
  }
  if (object instanceof Map || object instanceof Set) for (const entry of object.entries()) yield* entry;
  if (object instanceof Headers || object instanceof URLSearchParams || object instanceof FormData) {
    for (const pair of object) yield* pair;
  }
  if (object instanceof WeakRef) yield object.deref();
}
