// Many calls at once on an expired token: how many token requests, and how many calls fail. The token endpoint is a real server
// of another origin, which rotates; it answers only when all calls are begun.
import { auth0, badgateway, oidcClientTs, strongroom } from "./contestants.mjs";
import { answerApiHere, resource } from "./storm-api.mjs";

const url = `${resource}orders`;
const lifetimeSeconds = 1;

/** Each with a token that has expired. */
const clients = {
  strongroom: (tokens) => expired({ tokens, resource }),
  "strongroom, worker isolation": (tokens) =>
    expired({ tokens, resource, isolation: "worker", workerUrl: "/storm-vault.js" }),
  "@badgateway/oauth2-client": async (tokens) => badgateway({ tokens: { ...tokens, expires_in: -60 } }),
  "@auth0/auth0-spa-js": async () => {
    const { fetcher } = await auth0({ expiresIn: lifetimeSeconds });
    await hasPassed(Date.now() + lifetimeSeconds * 1000);
    const authenticated = fetcher();
    return { fetch: (input, init) => authenticated.fetchWithAuth(input, init) };
  },
  "oidc-client-ts": (tokens) => oidcClientTs({ tokens: { ...tokens, expires_in: -60 } }),
};

async function expired({ tokens, ...where }) {
  const ours = await strongroom({ ...where, tokens: { ...tokens, expires_in: lifetimeSeconds } });
  await hasPassed(ours.client.session.expiresAt);
  return ours;
}

/** One library's storm: { tokenRequests, failed, firstFailure?, seconds }. */
export async function benchStorm(library, calls) {
  answerApiHere();
  const control = async (what) => (await fetch(`/control/${what}`, { method: "POST" })).json();
  // Refresh requests are held from here on.
  const { tokens, refreshRequests: before } = await control("begin");
  const { fetch: send, close } = await clients[library](tokens);
  const startedAt = performance.now();
  const begun = Array.from({ length: calls }, () => outcome(send, url));
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

async function outcome(send, url) {
  try {
    const response = await send(url);
    await response.text();
    return response.status === 200 ? undefined : `the API answered ${response.status}`;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

let tab;

/** Opens a page's client on the vault of all tabs; the first one brings the tokens. Fulfilled when they have expired. */
export async function openTab(tokens) {
  const where = { resource: `${location.origin}/`, isolation: "shared" };
  tab = await (tokens === null ? strongroom(where) : expired({ ...where, tokens }));
  return tab.client.session.status;
}

let begun;

/** Fulfilled when the calls are begun, to a real server. */
export function beginTab(calls) {
  begun = Array.from({ length: calls }, () => outcome(tab.fetch, `${location.origin}/api/renewed`));
}

/** The failures of the calls that were begun. */
export async function endTab() {
  return (await Promise.all(begun)).filter((failure) => failure !== undefined);
}
