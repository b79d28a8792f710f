// Shipped as a file of its own, pkg/vault-url.js, with its names kept: bundlers find the vault and the wasm by the
// literal texts below, copy both files and write their own addresses in. These are the only such texts in pkg/.

/** Where the vault's script is when nobody says otherwise: beside this one, or where a bundler has put it. */
export function vaultUrl(): URL {
  // Bundlers know a worker's script by the words `new Worker(new URL(…))`. This one starts nothing, it keeps the address.
  class Worker {
    readonly url: URL;
    constructor(url: URL, _options: WorkerOptions) {
      this.url = url;
    }
  }
  return new Worker(new URL("./vault.js", import.meta.url), { type: "module" }).url;
}

/** Where the wasm is when nobody says otherwise. */
export function wasmUrl(): URL {
  return new URL("strongroom_bg.wasm", import.meta.url);
}
