// Replaces what the page's realm has by versions that note what passes through them, and puts everything back.
import type { Loot } from "./loot";

const DEEPEST = 4;
const MOST_MEMBERS = 200;
const BODIES_MAX_MS = 2000;

const { then } = Promise.prototype;
const { apply, construct, defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
const cloneResponse = Response.prototype.clone;
const cloneRequest = Request.prototype.clone;
const responseText = Response.prototype.text;
const requestText = Request.prototype.text;
const headersOf = {
  request: getOwnPropertyDescriptor(Request.prototype, "headers")?.get as () => Headers,
  response: getOwnPropertyDescriptor(Response.prototype, "headers")?.get as () => Headers,
};
const headerEntries = Headers.prototype.entries;
const queryText = URLSearchParams.prototype.toString;
const decoder = new TextDecoder("latin1");
const { decode } = TextDecoder.prototype;

export class Recorder {
  readonly #loot: Loot;
  readonly #restores: (() => void)[] = [];
  readonly #bodies: Promise<unknown>[] = [];
  #isNoting = false;
  /** How many calls passed through. */
  calls = 0;

  constructor(loot: Loot) {
    this.#loot = loot;
  }

  /** Notes what a method, or a constructor, is called on, is given and gives. */
  method(owner: object, name: string, place: string): void {
    const original = getOwnPropertyDescriptor(owner, name);
    if (typeof original?.value !== "function") return;
    const wrapped: object = new Proxy(original.value, {
      apply: (target, receiver, given) => {
        this.#note([receiver, ...given], place);
        const result = apply(target, receiver, given);
        this.#note(result, place);
        return result;
      },
      construct: (target, given, newTarget) => {
        this.#note(given, place);
        return construct(target, given, newTarget === wrapped ? target : newTarget);
      },
    });
    this.#replace(owner, name, { ...original, value: wrapped }, original);
  }

  /** Notes what a getter gives and a setter is given. */
  accessor(owner: object, name: string, place: string): void {
    const original = getOwnPropertyDescriptor(owner, name);
    if (original?.get === undefined) return;
    const { get, set } = original;
    const recorder = this;
    const wrapped: PropertyDescriptor = {
      get() {
        const value = apply(get, this, []);
        recorder.#note(value, place);
        return value;
      },
      configurable: true,
    };
    if (set !== undefined) {
      wrapped.set = function (value) {
        recorder.#note(value, place);
        apply(set, this, [value]);
      };
    }
    this.#replace(owner, name, wrapped, original);
  }

  /** Every promise that is settled with an object asks that object for its `then`. */
  everyResolution(place: string): void {
    const recorder = this;
    const get = function (this: unknown) {
      recorder.#note(this, place);
      return undefined;
    };
    const set = function (this: object, value: unknown) {
      defineProperty(this, "then", { value, writable: true, enumerable: true, configurable: true });
    };
    this.#replace(Object.prototype, "then", { get, set, configurable: true }, undefined);
  }

  /** Puts everything back and waits for the bodies that were read along, but not for one that does not end. */
  async restore(): Promise<void> {
    for (const restore of this.#restores.reverse()) restore();
    const tooLong = new Promise((resolve) => setTimeout(resolve, BODIES_MAX_MS));
    await Promise.race([Promise.all(this.#bodies), tooLong]);
  }

  #replace(
    owner: object,
    name: string,
    wrapped: PropertyDescriptor,
    original: PropertyDescriptor | undefined,
  ): void {
    defineProperty(owner, name, wrapped);
    this.#restores.push(() => {
      if (original === undefined) Reflect.deleteProperty(owner, name);
      else defineProperty(owner, name, original);
    });
  }

  #note(value: unknown, place: string): void {
    // Noting uses what is patched.
    if (this.#isNoting) return;
    this.#isNoting = true;
    this.calls += 1;
    try {
      this.#look(value, place, 0);
    } catch {
      // Something that does not let itself be looked at.
    } finally {
      this.#isNoting = false;
    }
  }

  #look(value: unknown, place: string, depth: number): void {
    if (typeof value === "string") this.#loot.add(value, place);
    if (typeof value !== "object" || value === null || depth > DEEPEST || value === window) return;
    const text = this.#textOf(value, place);
    if (text !== undefined) this.#loot.add(text, place);
    if (text !== undefined || value instanceof Node) return;
    for (const key of ownKeys(value).slice(0, MOST_MEMBERS)) {
      const member = getOwnPropertyDescriptor(value, key)?.value;
      this.#look(member, place, depth + 1);
    }
  }

  /** What has a text of its own; bodies are read from a copy, later. */
  #textOf(value: object, place: string): string | undefined {
    if (value instanceof URLSearchParams) return apply(queryText, value, []);
    if (value instanceof Headers) return [...apply(headerEntries, value, [])].flat().join(" ");
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return apply(decode, decoder, [value]);
    if (value instanceof URL) return value.href;
    if (value instanceof Response && !value.bodyUsed) {
      this.#readAlong(apply(responseText, apply(cloneResponse, value, []), []), place);
      return [...apply(headerEntries, apply(headersOf.response, value, []), [])].flat().join(" ");
    }
    if (value instanceof Request && !value.bodyUsed) {
      this.#readAlong(apply(requestText, apply(cloneRequest, value, []), []), place);
      return [...apply(headerEntries, apply(headersOf.request, value, []), [])].flat().join(" ");
    }
    if (value instanceof Promise) this.#whenSettled(value, place);
    return undefined;
  }

  #readAlong(text: Promise<unknown>, place: string): void {
    this.#bodies.push(this.#whenSettled(text, place));
  }

  #whenSettled(promise: Promise<unknown>, place: string): Promise<unknown> {
    const note = (value: unknown) => this.#note(value, place);
    return apply(then, promise, [note, () => {}]);
  }
}
