// The demo's servers as seen from the page: where they are, and the switches that put them into trouble.

import type { Shape } from "./shape";

export interface DemoServers {
  issuer: string;
  apiUrl: string;
  /** The application's own back end, in several shapes. */
  backEndUrl: string;
  /** The attacker's server. */
  foreignUrl: string;
  user: { login: string; password: string };
}

export interface Outage {
  mode: string;
  scope: "token" | "all";
  endsAt: number;
}

export interface TokenStats {
  tokenRequests: Record<string, number>;
}

/** The dev server answers this path with the addresses of the other two servers. */
export async function findServers(): Promise<DemoServers> {
  const response = await fetch("/demo-servers.json");
  if (!response.ok) throw new Error(`the demo's servers are not announced (${response.status})`);
  return response.json();
}

export class ServerControls {
  /** Who issues the tokens. */
  readonly #issuer: string;
  /** All that the application talks to. */
  readonly #all: readonly string[];

  constructor(shape: Shape, { issuer, apiUrl, backEndUrl }: DemoServers) {
    this.#issuer = shape === "oidc" ? issuer : backEndUrl;
    this.#all = shape === "oidc" ? [issuer, apiUrl] : [backEndUrl];
  }

  async revokeAccessTokens(): Promise<void> {
    await this.#post(this.#issuer, "revoke-access-tokens");
  }

  async revokeSession(): Promise<void> {
    await this.#post(this.#issuer, "revoke-session");
  }

  async takeDown(seconds: number): Promise<void> {
    await this.#post(this.#issuer, "outage", { mode: "503", seconds });
  }

  async goOffline(): Promise<void> {
    const fault = { mode: "reset", scope: "all" };
    for (const server of this.#all) await this.#post(server, "outage", fault);
  }

  async bringBack(): Promise<void> {
    for (const server of this.#all) await this.#post(server, "end-outage");
  }

  async outage(): Promise<Outage | null> {
    const response = await fetch(`${this.#issuer}/control/state`);
    return (await response.json()).outage;
  }

  /** How many token requests the server has received, of every kind. */
  async tokenRequests(): Promise<number> {
    const response = await fetch(`${this.#issuer}/control/stats`);
    const { tokenRequests }: TokenStats = await response.json();
    return Object.values(tokenRequests).reduce((sum, each) => sum + each, 0);
  }

  async #post(server: string, name: string, body: object = {}): Promise<void> {
    const response = await fetch(`${server}/control/${name}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the demo's server refused ${name} (${response.status})`);
  }
}
