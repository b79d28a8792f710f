import type { Home } from "../page/home.js";
import type { Host } from "../page/host.js";
import { bindFetch } from "./fetch.js";
import { EngineHost } from "./host.js";
import { loadEngine } from "./load.js";

/** The home of an engine in the page itself. */
export async function openLocal(options: string, wasmUrl: string, page: Host): Promise<Home> {
  const EngineClass = await loadEngine(wasmUrl);
  const host = new EngineHost(page);
  const engine = new EngineClass(options, host);
  return {
    fetch: bindFetch(engine, host),
    survives: false,
    // Not an async function: what is asked first must be answered first.
    ask: (question, ...given) => {
      try {
        return Promise.resolve((engine[question] as (...given: unknown[]) => unknown).apply(engine, given));
      } catch (error) {
        return Promise.reject(error);
      }
    },
    close: () => engine.close(),
  };
}
