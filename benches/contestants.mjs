// Each library as its documentation sets it up, ready to send a call. Tokens are in memory wherever the library can.
import { Auth0Client } from "@auth0/auth0-spa-js";
import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";
import { InMemoryWebStorage, User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import { createClient } from "strongroom";

const clientId = "spa";
const { authorizationServer } = globalThis;
const tokenEndpoint = `${authorizationServer}/oauth/token`;

/**
 * What a good engineer writes by hand in a few lines: no look at a 401, no matching of origins, headers as plain objects only.
 */
export function handWritten({ accessToken, expiresAt, refresh }) {
  let token = accessToken;
  let until = expiresAt;
  return async (url, init) => {
    if (Date.now() >= until) ({ token, until } = await refresh());
    return fetch(url, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } });
  };
}

/** The same by somebody who counts turns of the microtask queue: without `async`, and with the header made once. */
export function handWrittenLeanest({ accessToken, expiresAt, refresh }) {
  let authorization = `Bearer ${accessToken}`;
  let until = expiresAt;
  const send = (url, init) => fetch(url, { ...init, headers: { ...init?.headers, authorization } });
  const renewed = async (url, init) => {
    const fresh = await refresh();
    authorization = `Bearer ${fresh.token}`;
    until = fresh.until;
    return send(url, init);
  };
  return (url, init) => (Date.now() < until ? send(url, init) : renewed(url, init));
}

/** Where the engine of Strongroom may live. */
export const isolations = ["page", "worker", "shared"];

/**
 * Tokens come in by `setTokens`, as from a sign-in. `tokens`: a token response (RFC 6749 §5.1); without, somebody else
 * gives them to the vault. `workerUrl`: of another vault than the package's.
 */
export async function strongroom({ resource, tokens, isolation = "page", workerUrl = "/pkg/vault.js" }) {
  const client = await createClient({
    provider: { type: "oauth", clientId, endpoints: { token: tokenEndpoint } },
    resources: [resource],
    isolation,
    workerUrl,
    wasmUrl: "/pkg/strongroom_bg.wasm",
  });
  if (tokens !== undefined) await client.setTokens(tokens);
  return { client, fetch: client.fetch, close: () => client.close() };
}

/** `OAuth2Fetch` with a stored token; its own timer is off, so that nothing runs beside the bench. */
export function badgateway({ tokens }) {
  const client = new OAuth2Client({ server: authorizationServer, clientId, tokenEndpoint });
  const wrapper = new OAuth2Fetch({
    client,
    getNewToken: () => null,
    getStoredToken: () => ({
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? null,
      expiresAt: Date.now() + tokens.expires_in * 1000,
    }),
    scheduleRefresh: false,
  });
  return { fetch: (url, init) => wrapper.fetch(url, init) };
}

/**
 * A sign-in by redirect, whose page is skipped: the code goes back at once. Memory cache, refresh tokens and so the worker, as
 * its documentation recommends. The server puts the code into the ID token as its nonce. `expiresIn`: of the first tokens.
 */
export async function auth0({ expiresIn }) {
  const client = new Auth0Client({
    domain: authorizationServer,
    clientId,
    cacheLocation: "memory",
    useRefreshTokens: true,
    authorizationParams: { redirect_uri: location.origin, scope: "offline_access" },
  });
  let answer;
  await client.loginWithRedirect({
    openUrl: async (url) => {
      const { searchParams } = new URL(url);
      const code = `${expiresIn}.${searchParams.get("nonce")}`;
      answer = `${location.origin}/?${new URLSearchParams({ code, state: searchParams.get("state") })}`;
    },
  });
  await client.handleRedirectCallback(answer);
  // The fetcher takes the global `fetch` as it is now.
  return { fetcher: () => client.createFetcher(), client };
}

/** It has no `fetch`: `getUser` and a header, as its documentation shows. */
export async function oidcClientTs({ tokens }) {
  const manager = new UserManager({
    authority: authorizationServer,
    client_id: clientId,
    redirect_uri: location.origin,
    metadata: { issuer: authorizationServer, token_endpoint: tokenEndpoint },
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    automaticSilentRenew: false,
  });
  await manager.storeUser(
    new User({
      ...tokens,
      profile: { sub: "ada", iss: authorizationServer, aud: clientId, exp: 0, iat: 0 },
      expires_at: Math.floor(Date.now() / 1000) + tokens.expires_in,
    }),
  );
  return {
    fetch: async (url, init) => {
      let user = await manager.getUser();
      if (user.expired) user = await manager.signinSilent();
      return fetch(url, {
        ...init,
        headers: { ...init?.headers, authorization: `Bearer ${user.access_token}` },
      });
    },
  };
}
