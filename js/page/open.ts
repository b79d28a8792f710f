import { failure, type StrongroomError } from "../error.js";
import type { ClientOptions } from "../types.js";
import type { Home } from "./home.js";
import type { Host } from "./host.js";
import { openRemote } from "./remote.js";
import { wasmUrl as defaultWasmUrl } from "./vault-url.js";

/** Opens the home that the options ask for. `"auto"` is the shared vault, else the worker; never the page. */
export async function openHome(options: ClientOptions, host: Host): Promise<Home> {
  // Only what the application wrote counts, not what somebody put on `Object.prototype`.
  const own: Partial<ClientOptions> = Object.assign(Object.create(null), options);
  const { isolation = "auto", workerUrl, wasmUrl, ...rest } = own;
  check("workerUrl", workerUrl);
  check("wasmUrl", wasmUrl);
  const wasm = new URL(wasmUrl ?? defaultWasmUrl(), globalThis.document?.baseURI).href;
  const policy = (isolation: string) =>
    typeof options === "object" && options !== null ? { ...rest, isolation } : options;
  const remote = (isolation: "shared" | "worker") => {
    const clientId = String(rest.provider?.clientId);
    return openRemote({ isolation, clientId, options: policy(isolation), wasm, workerUrl }, host);
  };
  switch (isolation) {
    case "page": {
      const { openLocal } = await import("../engine/local.js");
      return openLocal(policy(isolation), wasm, host, failure);
    }
    case "shared":
    case "worker":
      return remote(isolation);
    case "auto":
      try {
        return await remote("shared");
      } catch (error) {
        // This browser has no shared workers, or denies them here.
        if ((error as StrongroomError).code === "ERR_VAULT") return remote("worker");
        throw error;
      }
    default:
      throw wrong("isolation", 'must be "auto", "shared", "worker" or "page"');
  }
}

function check(option: string, url: unknown): void {
  if (url !== undefined && typeof url !== "string" && !(url instanceof URL))
    throw wrong(option, "must be a URL");
}

function wrong(option: string, why: string): Error {
  return failure("ERR_INVALID_OPTION", `Option \`${option}\` ${why}`, { option });
}
