import { PROTOCOL } from "../protocol.js";
import { vaultUrl } from "./vault-url.js";

/** A worker that a vault runs in. */
export interface VaultWorker {
  /** Where the vault hears and speaks. */
  readonly port: MessagePort | Worker;
  /** The browser keeps it for a while when no page is open: over a reload, and over a redirect. */
  readonly survives: boolean;
  /** Tells that the worker could not be started, and of every uncaught error in it. */
  onFailure(listener: () => void): void;
  end(): void;
}

/** @throws what the platform says if it denies this page workers, or this script */
export function startWorker(isShared: boolean, clientId: string, url: string | URL | undefined): VaultWorker {
  let survives = false;
  const options = {
    __proto__: null,
    type: "module",
    credentials: "same-origin",
    // Everything of this origin that names the same client shares one.
    name: `strongroom/${PROTOCOL}/${clientId}`,
    // Read by a browser that knows it, and by no other.
    get extendedLifetime() {
      survives = true;
      return true;
    },
  } as unknown as WorkerOptions;
  const Kind = isShared ? SharedWorker : Worker;
  const worker = new Kind(trusted(url ?? vaultUrl()), options);
  const port = "port" in worker ? worker.port : worker;
  return {
    port,
    survives,
    onFailure: (listener) => worker.addEventListener("error", listener),
    end: () => ("close" in port ? port.close() : port.terminate()),
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
