// How Strongroom starts its vault and greets it: learnt by patching the constructors while another client is made.
import { createClient } from "strongroom";
import type { Targets } from "./attack";

export interface Overheard {
  /** The name that the vault's worker has. */
  name: string;
  /** Starts the same worker again; a shared one is the vault itself. */
  start(): SharedWorker | Worker;
  /** What a page says first. */
  hello: { type: string; options: unknown; [member: string]: unknown };
}

type Start = new (script: never, options: { name: string }) => SharedWorker | Worker;

/** `null` if no worker was started: with page isolation. */
export async function overhear(options: Targets["options"]): Promise<Overheard | null> {
  let started: { Class: Start; script: never; options: { name: string } } | undefined;
  let hello: Overheard["hello"] | undefined;
  const restores: (() => void)[] = [];
  const replace = (owner: object, name: string, value: unknown) => {
    const original = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
    Object.defineProperty(owner, name, { ...original, value });
    restores.push(() => Object.defineProperty(owner, name, original));
  };
  for (const name of ["SharedWorker", "Worker"] as const) {
    const Class = globalThis[name] as unknown as Start;
    if (Class === undefined) continue;
    const construct = (target: Start, [script, given]: [never, { name: string }]) => {
      started = { Class, script, options: given };
      return new target(script, given);
    };
    replace(globalThis, name, new Proxy(Class, { construct }));
  }
  for (const { prototype } of [MessagePort, Worker]) {
    const { postMessage } = prototype as MessagePort;
    replace(prototype, "postMessage", function (this: MessagePort, ...given: Parameters<typeof postMessage>) {
      hello ??= given[0];
      return postMessage.apply(this, given);
    });
  }
  try {
    (await createClient(options)).close();
  } finally {
    for (const restore of restores) restore();
  }
  if (started === undefined || hello === undefined) return null;
  const { Class, script, options: given } = started;
  return { name: given.name, hello, start: () => new Class(script, given) };
}
