// What an attack could read, searched for anything that may be a token. The authorization server says what is one: it is asked
// by SHA-256 hash, so that looking for tokens sends none. Hashes and text functions are kept from the start, because some attacks
// patch what the page has.
const { digest } = SubtleCrypto.prototype;
const encoder = new TextEncoder();
const encode = TextEncoder.prototype.encode;
const nativeFetch = fetch;

/** Tokens of the demo's server are of these characters, and no shorter; a JWT has dots. */
const CANDIDATES = /[\w.-]{24,}/g;
const MOST_HASHES_AT_ONCE = 1000;

export type Owner = "strongroom" | "naive";

export interface Find {
  kind: string;
  owner: Owner;
  /** Where the attack read it. */
  places: string[];
}

const KINDS: Record<string, string> = { access_token: "access", refresh_token: "refresh", id_token: "ID" };
const OWNERS: Record<string, Owner> = { spa: "strongroom", naive: "naive" };

export class Loot {
  readonly #placesByText = new Map<string, Set<string>>();
  readonly #placesByHash = new Map<string, Set<string>>();

  /** Keeps what may be tokens in a text that was read at this place. */
  add(text: string, place: string): void {
    for (const candidate of text.match(CANDIDATES) ?? []) {
      // An opaque token may stand between dots, too.
      const parts = candidate.includes(".") ? candidate.split(".") : [];
      for (const part of [candidate, ...parts]) if (part.length >= 24) note(this.#placesByText, part, place);
    }
  }

  /** A hash that somebody else took of a token. */
  addHash(hash: string, place: string): void {
    note(this.#placesByHash, hash, place);
  }

  /** What of it the authorization server has issued. */
  async tokens(issuer: string): Promise<Find[]> {
    const placesByHash = new Map(this.#placesByHash);
    for (const [text, places] of this.#placesByText) placesByHash.set(await sha256(text), places);
    const hashes = [...placesByHash.keys()];
    const found: Find[] = [];
    for (let start = 0; start < hashes.length; start += MOST_HASHES_AT_ONCE) {
      const body = JSON.stringify({ hashes: hashes.slice(start, start + MOST_HASHES_AT_ONCE) });
      const response = await nativeFetch(`${issuer}/control/find-tokens`, { method: "POST", body });
      if (!response.ok)
        throw new Error(`The authorization server does not say what is a token (${response.status}).`);
      const answer: { found: { hash: string; kind: string; clientId: string }[] } = await response.json();
      for (const { hash, kind, clientId } of answer.found) {
        const owner = OWNERS[clientId];
        const places = [...(placesByHash.get(hash) ?? [])];
        if (owner !== undefined) found.push({ kind: KINDS[kind] ?? kind, owner, places });
      }
    }
    return found;
  }
}

function note(placesByKey: Map<string, Set<string>>, key: string, place: string): void {
  const places = placesByKey.get(key);
  if (places === undefined) placesByKey.set(key, new Set([place]));
  else places.add(place);
}

async function sha256(text: string): Promise<string> {
  const hash = new Uint8Array(await digest.call(crypto.subtle, "SHA-256", encode.call(encoder, text)));
  const base64 = btoa(String.fromCharCode(...hash));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
