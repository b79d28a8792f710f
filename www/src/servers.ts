// The demo's servers as seen from the page: where they are, and the switches that put them into trouble.

export interface DemoServers {
  issuer: string;
  apiUrl: string;
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
  readonly #servers: DemoServers;

  constructor(servers: DemoServers) {
    this.#servers = servers;
  }

  async revokeAccessTokens(): Promise<void> {
    await this.#post(this.#servers.issuer, "revoke-access-tokens");
  }

  async revokeSession(): Promise<void> {
    await this.#post(this.#servers.issuer, "revoke-session");
  }

  async takeDown(seconds: number): Promise<void> {
    await this.#post(this.#servers.issuer, "outage", { mode: "503", seconds });
  }

  async goOffline(): Promise<void> {
    const fault = { mode: "reset", scope: "all" };
    await this.#post(this.#servers.issuer, "outage", fault);
    await this.#post(this.#servers.apiUrl, "outage", fault);
  }

  async bringBack(): Promise<void> {
    await this.#post(this.#servers.issuer, "end-outage");
    await this.#post(this.#servers.apiUrl, "end-outage");
  }

  async outage(): Promise<Outage | null> {
    const response = await fetch(`${this.#servers.issuer}/control/state`);
    return (await response.json()).outage;
  }

  /** How many token requests the authorization server has received, of every kind. */
  async tokenRequests(): Promise<number> {
    const response = await fetch(`${this.#servers.issuer}/control/stats`);
    const { tokenRequests }: TokenStats = await response.json();
    return Object.values(tokenRequests).reduce((sum, each) => sum + each, 0);
  }

  async #post(server: string, name: string, body: object = {}): Promise<void> {
    const response = await fetch(`${server}/control/${name}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the demo's server refused ${name} (${response.status})`);
  }
}
