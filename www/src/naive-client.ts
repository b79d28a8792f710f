// What Strongroom is compared with: a client as many tutorials write it. It signs in at the same authorization server, by code
// and PKCE, and its tokens are real: kept in localStorage, told to other tabs by BroadcastChannel, sent with every fetch.
import type { DemoServers } from "./servers";

const CLIENT_ID = "naive";
const STORAGE_KEY = "naive-client";
const SIGN_IN_MAX_MS = 10_000;

interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
  /** In milliseconds as `Date.now()` counts. */
  expires_at: number;
}

export class NaiveClient {
  apiUrl: string;
  tokens: Tokens | null = null;
  readonly issuer: string;
  readonly channel = new BroadcastChannel("naive-client");

  constructor({ apiUrl, issuer }: DemoServers) {
    this.apiUrl = apiUrl;
    this.issuer = issuer;
    const stored = localStorage.getItem(STORAGE_KEY);
    if (stored !== null) this.tokens = JSON.parse(stored);
  }

  /** Sees to it that there is a valid access token. */
  async ready(): Promise<void> {
    if (this.tokens !== null && Date.now() < this.tokens.expires_at - 2000) return;
    if (this.tokens !== null) {
      try {
        return await this.refresh();
      } catch {
        // The server knows this session no more.
      }
    }
    await this.signIn();
  }

  /** In a hidden frame and without a question, as the user is signed in at the authorization server already. */
  async signIn(): Promise<void> {
    const verifier = random();
    const redirectUri = `${location.origin}/naive/callback`;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const query = new URLSearchParams({
      client_id: CLIENT_ID,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid profile offline_access orders:read",
      state: random(),
      code_challenge: base64Url(new Uint8Array(digest)),
      code_challenge_method: "S256",
      prompt: "none",
    });
    const answer = await answerInFrame(`${this.issuer}/auth?${query}`);
    const code = answer.get("code");
    if (code === null || answer.get("state") !== query.get("state")) {
      throw new Error(`The naive client could not sign in (${answer.get("error") ?? "no answer"}).`);
    }
    const grant = { grant_type: "authorization_code", redirect_uri: redirectUri, code_verifier: verifier };
    await this.#request({ ...grant, code });
  }

  async refresh(): Promise<void> {
    await this.#request({ grant_type: "refresh_token", refresh_token: this.tokens?.refresh_token ?? "" });
  }

  async #request(parameters: Record<string, string>): Promise<void> {
    const body = new URLSearchParams({ ...parameters, client_id: CLIENT_ID });
    const response = await fetch(`${this.issuer}/token`, { method: "POST", body });
    const answer = await response.json();
    if (!response.ok) throw new Error(`The naive client got no token (${answer.error}).`);
    this.tokens = { ...answer, expires_at: Date.now() + answer.expires_in * 1000 };
    localStorage.setItem(STORAGE_KEY, JSON.stringify(this.tokens));
    this.channel.postMessage(this.tokens);
  }

  orders(): Promise<Response> {
    return this.fetch(`${this.apiUrl}/orders`);
  }

  fetch(url: string): Promise<Response> {
    return fetch(url, { headers: { Authorization: `Bearer ${this.tokens?.access_token}` } });
  }

  getAccessToken(): string | undefined {
    return this.tokens?.access_token;
  }

  async signOut(): Promise<void> {
    const token = this.tokens?.refresh_token;
    this.tokens = null;
    localStorage.removeItem(STORAGE_KEY);
    if (token === undefined) return;
    const body = new URLSearchParams({ token, client_id: CLIENT_ID });
    await fetch(`${this.issuer}/token/revocation`, { method: "POST", body });
  }
}

/** The parameters that the frame's last address has. */
async function answerInFrame(url: string): Promise<URLSearchParams> {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = url;
  const loaded = new Promise<void>((resolve, reject) => {
    frame.addEventListener("load", () => resolve());
    setTimeout(() => reject(new Error("The naive client's sign-in got no answer.")), SIGN_IN_MAX_MS);
  });
  document.body.append(frame);
  try {
    await loaded;
    return new URLSearchParams(frame.contentWindow?.location.search);
  } catch (error) {
    // Reading another origin's address is denied: the server kept the frame, with a page that tells of a failure.
    if (error instanceof DOMException) return new URLSearchParams();
    throw error;
  } finally {
    frame.remove();
  }
}

function random(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
