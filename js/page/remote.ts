import { StrongroomError } from "../error.js";
import { LIFECYCLE, type Question } from "../protocol.js";
import type { Session } from "../types.js";
import { call } from "./call.js";
import { Connection, lost, type News, type Reply } from "./connection.js";
import type { Home } from "./home.js";
import type { Host } from "./host.js";
import { read } from "./request.js";
import { startWorker, type VaultWorker } from "./worker.js";

/** A page that comes out of the back/forward cache gives its vault so long to answer. */
const RESTORED_MAX_MS = 2_000;

interface Remote {
  isolation: "shared" | "worker";
  clientId: string;
  options: unknown;
  wasm: string;
  workerUrl: string | URL | undefined;
}

/** Opens a home behind a port. */
export async function openRemote(remote: Remote, host: Host): Promise<Home> {
  const home = new RemoteHome(remote, host);
  await home.connected();
  home.listen();
  return home;
}

class RemoteHome implements Home {
  readonly fetch: typeof globalThis.fetch;
  survives = false;
  readonly #remote: Remote;
  readonly #host: Host;
  #connection: Promise<Connection> | undefined;
  /** The one that is open, for calls that need not wait. */
  #open: Connection | undefined;
  #beginnings: readonly string[] = [];
  #isClosed = false;

  constructor(remote: Remote, host: Host) {
    this.#remote = remote;
    this.#host = host;
    this.fetch = this.#fetch.bind(this) as typeof globalThis.fetch;
  }

  listen(): void {
    for (const kind of LIFECYCLE) addEventListener(kind, this.#heard);
  }

  /** The connection, made anew if the last one was lost: by whoever needs it next. */
  connected(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(closed());
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  async #connect(): Promise<Connection> {
    const { clientId, isolation, options, wasm, workerUrl } = this.#remote;
    const isShared = isolation === "shared";
    // A worker of its own ends with the page. Firefox keeps no page with a lock in its back/forward cache.
    const lock = isShared ? await tabLock() : noLock;
    try {
      const worker = start(() => startWorker(isShared, clientId, workerUrl));
      this.survives = worker.survives;
      const hello = { options, wasm, tab: lock.name };
      const connection = await Connection.open(
        worker,
        hello,
        (news) => this.#hear(news),
        () => {
          lock.release();
          this.#lose();
        },
      );
      this.#open = connection;
      return connection;
    } catch (error) {
      lock.release();
      this.#connection = undefined;
      throw error;
    }
  }

  async ask(question: Question, ...given: unknown[]): Promise<unknown> {
    // At once, so that a call made after a sign-out comes after it.
    const connection = this.#open ?? (await this.connected());
    return new Promise((resolve, reject) => {
      const id = connection.expect((reply: Reply) => {
        connection.forget(id);
        if (reply.type === "settled") resolve(reply.value);
        else if (reply.type === "failed") reject(reply.error);
      });
      try {
        connection.post({ type: "ask", id, question, given });
      } catch (error) {
        // It is no plain data.
        connection.forget(id);
        reject(error);
      }
    });
  }

  /** What is no resource goes out as it came, from the page. */
  async #fetch(...given: Partial<Parameters<typeof fetch>>): Promise<Response> {
    const [input, init] = given;
    // No argument at all is the platform's to refuse; `undefined` is a URL.
    const outgoing =
      given.length === 0 ? null : read(input as RequestInfo | URL, init, (href) => this.#isResource(href));
    if (outgoing === null) return fetch(...(given as Parameters<typeof fetch>));
    if (outgoing instanceof Request) return fetch(outgoing);
    const ready = outgoing instanceof Promise ? await outgoing : outgoing;
    return call(this.#open ?? (await this.connected()), ready);
  }

  #isResource(href: string): boolean {
    const [beginning] = href.split("#", 1);
    return this.#beginnings.some((known) => `${beginning}#`.startsWith(known));
  }

  close(): void {
    this.#isClosed = true;
    for (const kind of LIFECYCLE) removeEventListener(kind, this.#heard);
    this.#open?.post({ type: "bye" });
    this.#open?.close(closed());
    this.#host.changed(nobody(this.#host.session));
  }

  #hear(news: News): void {
    if (news.type === "event") this.#host.event(news.kind, news.detail);
    else this.#host.changed(news.session);
    if (news.type === "welcome") this.#beginnings = news.beginnings;
  }

  /** The vault is gone, and the session with it. */
  #lose(): void {
    this.#connection = undefined;
    if (this.#open === undefined || this.#isClosed) return;
    this.#open = undefined;
    const { session } = this.#host;
    const wasSignedIn = session.status !== "signed-out";
    if (!wasSignedIn) return;
    this.#host.changed({ ...nobody(session), reason: "vault-lost" });
    this.#host.event("signed-out", { reason: "vault-lost" });
  }

  #heard = (event: Event): void => {
    // Nobody else says that this page is away.
    if (!event.isTrusted) return;
    const kind = event.type as (typeof LIFECYCLE)[number];
    const isCached = (event as PageTransitionEvent).persisted === true;
    this.#open?.post({ type: "heard", kind, isCached });
    if (isCached && kind === "pageshow") this.#open?.check(RESTORED_MAX_MS);
  };
}

function start(worker: () => VaultWorker): VaultWorker {
  try {
    return worker();
  } catch (cause) {
    throw lost("notStarted", cause);
  }
}

/** A lock held until the page is gone or the connection lost: then the vault ends what it did for it. */
interface TabLock {
  name: string | undefined;
  release(): void;
}

const noLock: TabLock = { name: undefined, release: () => {} };

function tabLock(): Promise<TabLock> {
  return new Promise((resolve) => {
    const locks = globalThis.navigator?.locks;
    if (locks === undefined) return resolve(noLock);
    const name = `strongroom.tab.${crypto.randomUUID()}`;
    const hold = () => new Promise<void>((release) => resolve({ name, release }));
    locks.request(name, hold).catch(() => resolve(noLock));
  });
}

function nobody(session: Session): Session {
  const { isolation, reason } = session;
  const none = Object.fromEntries(Object.keys(session).map((name) => [name, null]));
  return { ...none, status: "signed-out", isolation, reason } as unknown as Session;
}

function closed(): StrongroomError {
  return new StrongroomError("ERR_CLOSED", "The client was closed.");
}
