// Many calls at once on an expired token: how many token requests, and how many calls fail.
import { auth0, badgateway, oidcClientTs, strongroom } from "./contestants.mjs";

const url = `${location.origin}/api/orders`;
const clients = {
  strongroom: ({ tokens }) => strongroom({ resource: `${location.origin}/`, tokens }),
  "@badgateway/oauth2-client": badgateway,
  "@auth0/auth0-spa-js": async () => {
    const { fetcher } = await auth0({ expiresIn: -60 });
    const authenticated = fetcher();
    return { fetch: (input, init) => authenticated.fetchWithAuth(input, init) };
  },
  "oidc-client-ts": oidcClientTs,
};

/** One library's storm: { tokenRequests, failed, firstFailure?, seconds }. */
export async function benchStorm(library, calls) {
  const begun = await (await fetch("/control/begin", { method: "POST" })).json();
  const { fetch: send, close } = await clients[library]({ tokens: { ...begun.tokens, expires_in: 0 } });
  const before = (await (await fetch("/control/stats")).json()).tokenRequests;
  const startedAt = performance.now();
  const outcomes = await Promise.all(Array.from({ length: calls }, () => outcome(send)));
  const seconds = (performance.now() - startedAt) / 1000;
  const { tokenRequests } = await (await fetch("/control/stats")).json();
  close?.();
  const failures = outcomes.filter((failure) => failure !== undefined);
  return {
    tokenRequests: tokenRequests - before,
    failed: failures.length,
    firstFailure: failures[0],
    seconds,
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
