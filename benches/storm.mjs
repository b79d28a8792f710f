// Many calls at once on an expired token: how many token requests, and how many calls fail. The token endpoint is a real server
// of another origin, which rotates; it answers only when all calls are begun. The API answers inside the page, by the token
// alone, because Chromium itself fails what is beyond some thousand requests at once.
import { auth0, badgateway, oidcClientTs, strongroom } from "./contestants.mjs";

const resource = "https://api.example/";
const url = `${resource}orders`;
const lifetimeSeconds = 1;

/** Each with a token that has expired. */
const clients = {
  strongroom: async (tokens) => {
    const ours = await strongroom({ resource, tokens: { ...tokens, expires_in: lifetimeSeconds } });
    await hasPassed(ours.client.session.expiresAt);
    return ours;
  },
  "@badgateway/oauth2-client": async (tokens) => badgateway({ tokens: { ...tokens, expires_in: -60 } }),
  "@auth0/auth0-spa-js": async () => {
    const { fetcher } = await auth0({ expiresIn: lifetimeSeconds });
    await hasPassed(Date.now() + lifetimeSeconds * 1000);
    const authenticated = fetcher();
    return { fetch: (input, init) => authenticated.fetchWithAuth(input, init) };
  },
  "oidc-client-ts": (tokens) => oidcClientTs({ tokens: { ...tokens, expires_in: -60 } }),
};

/** One library's storm: { tokenRequests, failed, firstFailure?, seconds }. */
export async function benchStorm(library, calls) {
  answerApiInThePage();
  const control = async (what) => (await fetch(`/control/${what}`, { method: "POST" })).json();
  // Refresh requests are held from here on.
  const { tokens, refreshRequests: before } = await control("begin");
  const { fetch: send, close } = await clients[library](tokens);
  const startedAt = performance.now();
  const begun = Array.from({ length: calls }, () => outcome(send));
  await control("release");
  const outcomes = await Promise.all(begun);
  const seconds = (performance.now() - startedAt) / 1000;
  const { refreshRequests } = await control("stats");
  close?.();
  const failures = outcomes.filter((failure) => failure !== undefined);
  return {
    tokenRequests: refreshRequests - before,
    failed: failures.length,
    firstFailure: failures[0],
    seconds,
  };
}

/** The page's clock decides, not the timer. */
async function hasPassed(unixMs) {
  while (Date.now() < unixMs) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Tokens end in their number within the session; number 0 is the expired one. */
function answerApiInThePage() {
  const nativeFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (!(input.url ?? String(input)).startsWith(resource)) return nativeFetch(input, init);
    const authorization = new Headers(init?.headers ?? input.headers).get("authorization");
    const isFresh = /^Bearer s\d+\.[1-9]\d*$/.test(authorization);
    const challenge = { "www-authenticate": 'Bearer error="invalid_token"' };
    return isFresh ? new Response("[]") : new Response("{}", { status: 401, headers: challenge });
  };
}

async function outcome(send) {
  try {
    const response = await send(url);
    await response.text();
    return response.status === 200 ? undefined : `the API answered ${response.status}`;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}
