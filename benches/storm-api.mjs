// The storm's API, answered inside the realm that calls it, by the token alone: Chromium itself fails what is beyond some
// thousand requests at once.

export const resource = "https://api.example/";

/** Tokens end in their number within the session; number 0 is the expired one. */
export function answerApiHere() {
  const nativeFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (!(input.url ?? String(input)).startsWith(resource)) return nativeFetch(input, init);
    const authorization = new Headers(init?.headers ?? input.headers).get("authorization");
    const isFresh = /^Bearer s\d+\.[1-9]\d*$/.test(authorization);
    const challenge = { "www-authenticate": 'Bearer error="invalid_token"' };
    return isFresh ? new Response("[]") : new Response("{}", { status: 401, headers: challenge });
  };
}
