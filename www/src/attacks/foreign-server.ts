// The attacker's server, which tells what it received.
import type { Loot } from "./loot";

export class ForeignServer {
  readonly #url: string;
  #total: number;

  private constructor(url: string, total: number) {
    this.#url = url;
    this.#total = total;
  }

  static async watch(url: string): Promise<ForeignServer> {
    return new ForeignServer(url, (await received(url, 0)).total);
  }

  /** What came since: the tokens by their hashes into the loot, and how many requests, in words. */
  async take(loot: Loot): Promise<string> {
    const { requests, tokenHashes, total } = await received(this.#url, this.#total);
    for (const hash of tokenHashes) loot.addHash(hash, "a request that the foreign server received");
    this.#total = total;
    return `${requests} request${requests === 1 ? "" : "s"}`;
  }
}

interface Received {
  total: number;
  requests: number;
  tokenHashes: string[];
}

async function received(url: string, after: number): Promise<Received> {
  const response = await fetch(`${url}/received?after=${after}`);
  return response.json();
}
