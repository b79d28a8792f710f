import initialize, { Engine } from "../../target/bindgen/common/strongroom.js";
import type { Failure } from "./host.js";

export type { Engine };

/** The digest of strongroom_bg.wasm, written in by the build: the platform refuses any other bytes. */
declare const WASM_INTEGRITY: string;

let loading: Promise<unknown> | undefined;

/**
 * Loads the wasm once; a failed try may be repeated.
 *
 * @throws {StrongroomError} `ERR_ENGINE`: the file is not there, is not this version's, or a Content Security
 * Policy without `'wasm-unsafe-eval'` forbids it
 */
export async function loadEngine(wasmUrl: string, failure: Failure): Promise<typeof Engine> {
  loading ??= initialize({ module_or_path: fetch(wasmUrl, { integrity: WASM_INTEGRITY }) });
  try {
    await loading;
  } catch (cause) {
    loading = undefined;
    const message =
      "The engine could not be loaded: is this version's strongroom_bg.wasm served beside the script or at `wasmUrl`," +
      " and does the Content Security Policy allow 'wasm-unsafe-eval'?";
    throw failure("ERR_ENGINE", message, undefined, { cause });
  }
  return Engine;
}
