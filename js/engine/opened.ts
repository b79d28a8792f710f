import type { Question } from "../protocol.js";
import { bindFetch } from "./fetch.js";
import { EngineHost, type Failure, type Listener } from "./host.js";
import { type Engine, loadEngine } from "./load.js";
import { toJson } from "./options.js";

/** An engine at work, in the page or in a vault. */
export class OpenedEngine {
  readonly fetch: typeof globalThis.fetch;
  readonly #engine: Engine;

  /** @throws the `TypeError` for a wrong option; `ERR_ENGINE` */
  static async open(options: unknown, wasmUrl: string, listener: Listener, failure: Failure) {
    const EngineClass = await loadEngine(wasmUrl, failure);
    const host = new EngineHost(listener, failure);
    return new OpenedEngine(new EngineClass(toJson(options, failure), host), host, failure);
  }

  private constructor(
    engine: Engine,
    host: EngineHost,
    readonly failure: Failure,
  ) {
    this.#engine = engine;
    this.fetch = bindFetch(engine, host);
  }

  get generation(): number {
    return this.#engine.generation;
  }

  get beginnings(): string[] {
    return this.#engine.beginnings.match(/\S+/g) ?? [];
  }

  /** @throws `ERR_CONFIGURED` if these are not the options in force */
  admit(options: unknown): void {
    this.#engine.admits(toJson(options, this.failure));
  }

  isResource(href: string): boolean {
    return this.#engine.isResource(href);
  }

  heard(kind: string): void {
    this.#engine.heard(kind);
  }

  /** What is asked first is asked of the engine first: nothing is awaited before. */
  async ask(question: Question, given: readonly unknown[]): Promise<unknown> {
    const engine = this.#engine;
    const hasOptions = question === "signIn" || question === "signOut";
    const sent = hasOptions ? [toJson(given[0] ?? {}, this.failure), given[1]] : given;
    return (engine[question] as (...given: unknown[]) => unknown).apply(engine, [...sent]);
  }

  close(): void {
    this.#engine.close();
  }
}
