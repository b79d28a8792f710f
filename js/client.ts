import type { Engine } from "./engine.js";
import { failure, StrongroomError } from "./error.js";
import { bindFetch } from "./fetch.js";
import { Host } from "./host.js";
import { toJson } from "./options.js";
import type {
  Client,
  ClientEventListener,
  ClientEvents,
  ClientOptions,
  Session,
  SignInOptions,
  SignInResult,
  TokenResponse,
} from "./types.js";

/**
 * Makes a client: loads the engine and checks the options.
 *
 * Call it in a browser, once for an authorization server and user. Importing this module, in Node too, does nothing.
 *
 * @throws {TypeError} `code: "ERR_INVALID_OPTION"` and the path of the wrong member in `option`
 * @throws {StrongroomError} `ERR_ENGINE` if the wasm cannot be loaded
 */
export async function createClient(options: ClientOptions): Promise<Client> {
  const { wasmUrl, ...policy } = options ?? {};
  if (wasmUrl !== undefined && typeof wasmUrl !== "string" && !(wasmUrl instanceof URL)) {
    throw failure("ERR_INVALID_OPTION", "Option `wasmUrl` must be a URL", { option: "wasmUrl" });
  }
  const json = toJson(typeof options === "object" && options !== null ? policy : options);
  const { loadEngine } = await import("./engine.js");
  const EngineClass = await loadEngine(wasmUrl);
  const host = new Host();
  return new PageClient(new EngineClass(json, host), host);
}

class PageClient implements Client {
  readonly fetch: typeof globalThis.fetch;
  readonly #engine: Engine;
  readonly #host: Host;
  #completing: Promise<SignInResult | null> | undefined;

  constructor(engine: Engine, host: Host) {
    this.#engine = engine;
    this.#host = host;
    this.fetch = bindFetch(engine, host);
    host.sweep((transaction) => engine.isStale(transaction));
  }

  get session(): Session {
    return this.#host.session;
  }

  async signIn(options: SignInOptions = {}): Promise<void> {
    if (!this.#host.canRemember()) {
      throw new StrongroomError(
        "ERR_STORAGE",
        "The browser denies this page the sessionStorage that a sign-in by redirect needs.",
      );
    }
    const returnTo = options.returnTo ?? location.pathname + location.search + location.hash;
    await this.#engine.signIn(toJson({ ...options, returnTo }));
    // The page is leaving: what follows in the caller must not run before it has gone.
    await new Promise(() => {});
  }

  completeSignIn(): Promise<SignInResult | null> {
    // Effects may run twice, and the first run has cleaned the URL already.
    this.#completing ??= this.#complete().finally(() => {
      this.#completing = undefined;
    });
    return this.#completing;
  }

  async #complete(): Promise<SignInResult | null> {
    const { href } = location;
    const cleaned = this.#engine.cleanedCallback(href);
    if (cleaned === undefined) return null;
    history.replaceState(history.state, "", cleaned);
    const remembered = this.#host.recall(new URL(href).searchParams.get("state"));
    const result: SignInResult | null = await this.#engine.completeSignIn(href, remembered);
    if (result !== null && location.href === cleaned)
      history.replaceState(history.state, "", result.returnTo);
    return result;
  }

  async signOut(): Promise<void> {
    await this.#engine.signOut();
  }

  async refresh(): Promise<void> {
    await this.#engine.refresh();
  }

  async setTokens(response: TokenResponse): Promise<void> {
    await this.#engine.setTokens(response);
  }

  getAccessToken(): Promise<string> {
    return this.#engine.getAccessToken() as Promise<string>;
  }

  subscribe(listener: () => void): () => void {
    // A listener of its own for each call, so that one function may subscribe twice.
    const own = () => listener();
    this.#host.subscribers.add(own);
    return () => this.#host.subscribers.delete(own);
  }

  addEventListener<Type extends keyof ClientEvents>(type: Type, listener: ClientEventListener<Type>): void {
    this.#host.events.addEventListener(type, listener as EventListener);
  }

  removeEventListener<Type extends keyof ClientEvents>(
    type: Type,
    listener: ClientEventListener<Type>,
  ): void {
    this.#host.events.removeEventListener(type, listener as EventListener);
  }

  close(): void {
    this.#engine.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
