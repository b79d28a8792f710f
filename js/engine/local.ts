import type { Home } from "../page/home.js";
import type { Host } from "../page/host.js";
import type { Failure } from "./host.js";
import { OpenedEngine } from "./opened.js";

/** The home of an engine in the page itself. */
export async function openLocal(
  options: unknown,
  wasmUrl: string,
  host: Host,
  failure: Failure,
): Promise<Home> {
  const opened = await OpenedEngine.open(options, wasmUrl, host, failure);
  return {
    fetch: opened.fetch,
    survives: false,
    ask: (question, ...given) => opened.ask(question, given),
    close: () => opened.close(),
  };
}
