import { StrongroomError } from "../error.js";
import type {
  Client,
  ClientEventListener,
  ClientEvents,
  ClientOptions,
  Session,
  SignInOptions,
  SignInResult,
  TokenResponse,
} from "../types.js";
import { type Home, openHome } from "./home.js";
import { Host } from "./host.js";
import { toJson } from "./options.js";

/**
 * Makes a client: opens the vault, or the engine in the page, and checks the options.
 *
 * Call it in a browser, once for an authorization server and user. Importing this module, in Node too, does nothing.
 *
 * @throws {TypeError} `code: "ERR_INVALID_OPTION"` and the path of the wrong member in `option`
 * @throws {StrongroomError} `ERR_VAULT` if the worker cannot be started, `ERR_ENGINE` if the wasm cannot be loaded,
 * `ERR_CONFIGURED` if the vault, shared with the application's other tabs, has other options
 */
export async function createClient(options: ClientOptions): Promise<Client> {
  const host = new Host();
  return new PageClient(await openHome(options, host), host);
}

class PageClient implements Client {
  readonly fetch: typeof globalThis.fetch;
  readonly #home: Home;
  readonly #host: Host;
  #completing: Promise<SignInResult | null> | undefined;

  constructor(home: Home, host: Host) {
    this.#home = home;
    this.#host = host;
    this.fetch = home.fetch;
    host.sweep((transaction) => home.ask("isStale", transaction)).catch(() => {});
  }

  get session(): Session {
    return this.#host.session;
  }

  async signIn(options: SignInOptions = {}): Promise<void> {
    if (!this.#home.survives && !this.#host.canRemember()) {
      throw new StrongroomError(
        "ERR_STORAGE",
        "The browser denies this page the sessionStorage that a sign-in by redirect needs.",
      );
    }
    const returnTo = options.returnTo ?? location.pathname + location.search + location.hash;
    const asked = this.#home.ask("signIn", toJson({ ...options, returnTo }));
    const { href, state, transaction } = (await asked) as Leaving;
    if (transaction !== undefined) this.#host.remember(state, transaction);
    location.assign(href);
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
    const cleaned = (await this.#home.ask("cleanedCallback", href)) as string | undefined;
    if (cleaned === undefined) return null;
    history.replaceState(history.state, "", cleaned);
    const remembered = this.#host.recall(new URL(href).searchParams.get("state"));
    const asked = this.#home.ask("completeSignIn", href, remembered);
    const result = (await asked) as SignInResult | null;
    if (result !== null && location.href === cleaned)
      history.replaceState(history.state, "", result.returnTo);
    return result;
  }

  async signOut(): Promise<void> {
    await this.#home.ask("signOut");
  }

  async refresh(): Promise<void> {
    await this.#home.ask("refresh");
  }

  async setTokens(response: TokenResponse): Promise<void> {
    await this.#home.ask("setTokens", response);
  }

  getAccessToken(): Promise<string> {
    return this.#home.ask("getAccessToken") as Promise<string>;
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
    this.#home.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Where to go to sign in, and what to keep until the page is back, unless the vault keeps it. */
interface Leaving {
  href: string;
  state: string;
  transaction?: string;
}
