import { PROTOCOL } from "../protocol.js";
import { vaultUrl } from "./vault-url.js";

/** A worker that a vault runs in. */
export interface VaultWorker {
  /** Where the vault hears and speaks. */
  readonly port: MessagePort | Worker;
  /** The browser keeps it for a while when no page is open: over a reload, and over a redirect. */
  readonly survives: boolean;
  /** Tells, at most once, that the worker could not be started. */
  onFailure(listener: () => void): void;
  end(): void;
}

/** Everything of the application that names the same client shares one. */
function nameOf(clientId: string): string {
  return `strongroom/${PROTOCOL}/${clientId}`;
}

export function startShared(clientId: string, url: string | URL | undefined): VaultWorker {
  let survives = false;
  const options = {
    __proto__: null,
    type: "module",
    credentials: "same-origin",
    name: nameOf(clientId),
    // Read by a browser that knows it, and by no other.
    get extendedLifetime() {
      survives = true;
      return true;
    },
  };
  const worker = new SharedWorker(trusted(url ?? vaultUrl()), options as unknown as WorkerOptions);
  return {
    port: worker.port,
    survives,
    onFailure: (listener) => worker.addEventListener("error", listener, { once: true }),
    end: () => worker.port.close(),
  };
}

export function startDedicated(clientId: string, url: string | URL | undefined): VaultWorker {
  const options = { __proto__: null, type: "module", credentials: "same-origin", name: nameOf(clientId) };
  const worker = new Worker(trusted(url ?? vaultUrl()), options as unknown as WorkerOptions);
  return {
    port: worker,
    survives: false,
    onFailure: (listener) => worker.addEventListener("error", listener, { once: true }),
    end: () => worker.terminate(),
  };
}

interface Policy {
  createScriptURL(url: string): URL;
}

let policy: Policy | undefined;

/** For pages that require Trusted Types; the Content Security Policy names the policy: `trusted-types strongroom`. */
function trusted(url: string | URL): string | URL {
  const { trustedTypes } = globalThis as {
    trustedTypes?: { createPolicy(name: string, rules: object): Policy };
  };
  if (trustedTypes === undefined) return url;
  policy ??= trustedTypes.createPolicy("strongroom", { createScriptURL: (url: string) => url });
  return policy.createScriptURL(new URL(url, document.baseURI).href);
}
