import initialize, { Engine } from "../target/bindgen/strongroom.js";
import { StrongroomError } from "./error.js";

export type { Engine };

let loading: Promise<unknown> | undefined;

/**
 * Loads the wasm once, from beside this script or from `wasmUrl`; a failed try may be repeated.
 *
 * @throws {StrongroomError} `ERR_ENGINE`: the file is not there, is not wasm, or a Content Security Policy
 * without `'wasm-unsafe-eval'` forbids it
 */
export async function loadEngine(wasmUrl: string | URL | undefined): Promise<typeof Engine> {
  loading ??= initialize(wasmUrl === undefined ? undefined : { module_or_path: wasmUrl });
  try {
    await loading;
  } catch (cause) {
    loading = undefined;
    const message =
      "The engine could not be loaded: is strongroom_bg.wasm served beside the script or at `wasmUrl`, and does the" +
      " Content Security Policy allow 'wasm-unsafe-eval'?";
    throw new StrongroomError("ERR_ENGINE", message, undefined, { cause });
  }
  return Engine;
}
