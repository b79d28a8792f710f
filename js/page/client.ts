import { failure } from "../error.js";
import type {
  Client,
  ClientOptions,
  Session,
  SignInOptions,
  SignInResult,
  SignOutOptions,
  TokenResponse,
  UserInfo,
} from "../types.js";
import type { Home } from "./home.js";
import { Host } from "./host.js";
import { openHome } from "./open.js";

/**
 * Makes a client: opens the vault, or the engine in the page, and checks the options.
 *
 * Call it in a browser, once for an authorization server and user. Importing this module, in Node too, does nothing.
 *
 * @typeParam Own the claims of your own in `session.claims`, beside the registered ones; see {@link Claims}
 * @throws {TypeError} `code: "ERR_INVALID_OPTION"` and the path of the wrong member in `option`
 * @throws {StrongroomError} `ERR_VAULT` if the worker cannot be started, `ERR_ENGINE` if the wasm cannot be loaded,
 * `ERR_CONFIGURED` if the vault, shared with the application's other tabs, has other options
 */
export async function createClient<Own extends object = object>(
  options: ClientOptions,
): Promise<Client<Own>> {
  const host = new Host();
  const client: unknown = new PageClient(await openHome(options, host), host);
  return client as Client<Own>;
}

class PageClient extends EventTarget implements Omit<Client, keyof EventTarget> {
  readonly fetch: typeof globalThis.fetch;
  readonly #home: Home;
  readonly #host: Host;
  #completing: Promise<SignInResult | null> | undefined;

  constructor(home: Home, host: Host) {
    super();
    host.events = this;
    this.#home = home;
    this.#host = host;
    this.fetch = home.fetch;
    if (!home.survives && mayRemember()) void signIns().then(({ forgetStale }) => forgetStale(home));
  }

  get session(): Session {
    return this.#host.session;
  }

  async signIn(options: SignInOptions = {}): Promise<never> {
    // In the click itself, or the browser takes it for an advertisement.
    const popup = options.mode === "popup" ? open("", "", "popup,width=480,height=640") : undefined;
    const { signIn } = await signIns();
    return signIn(this.#home, options, popup, failure) as Promise<never>;
  }

  completeSignIn(): Promise<SignInResult | null> {
    // Effects may run twice, and the first run has cleaned the URL already.
    this.#completing ??= this.#complete().finally(() => {
      this.#completing = undefined;
    });
    return this.#completing;
  }

  async #complete(): Promise<SignInResult | null> {
    // An authorization response has parameters (RFC 6749 section 4.1.2).
    if (!location.search && this.session.status !== "signing-in") return null;
    const { complete } = await signIns();
    return complete(this.#home);
  }

  async signOut(options?: SignOutOptions): Promise<void> {
    const leaving = await this.#home.ask("signOut", options);
    if (leaving) await (await signIns()).go(leaving as never);
  }

  refresh(): Promise<void> {
    return this.#home.ask("refresh") as Promise<void>;
  }

  setTokens(response: TokenResponse): Promise<void> {
    return this.#home.ask("setTokens", response) as Promise<void>;
  }

  getAccessToken(): Promise<string> {
    return this.#home.ask("getAccessToken") as Promise<string>;
  }

  userInfo(): Promise<UserInfo> {
    return this.#home.ask("userInfo") as Promise<UserInfo>;
  }

  touch(): Promise<void> {
    return this.#home.ask("touch") as Promise<void>;
  }

  subscribe(listener: () => void): () => void {
    // A listener of its own for each call, so that one function may subscribe twice.
    const own = () => listener();
    this.#host.subscribers.add(own);
    return () => this.#host.subscribers.delete(own);
  }

  close(): void {
    this.#home.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function signIns(): Promise<typeof import("./sign-in.js")> {
  return import("./sign-in.js");
}

/** Whether something of ours is in the storage: a sign-in that waits, perhaps one that never came back. */
function mayRemember(): boolean {
  try {
    return Object.keys(sessionStorage).some((key) => key.startsWith("strongroom."));
  } catch {
    return false;
  }
}
