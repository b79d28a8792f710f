// The demo's servers without a browser, and a client of theirs that speaks plain HTTP.
//
//   const servers = await startServers();
//   servers.server (the authorization server), servers.api, servers.foreign, await servers.close()
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { startApi } from "../../../www/server/api.mjs";
import { startAuthorizationServer } from "../../../www/server/authorization-server.mjs";
import { startForeign } from "../../../www/server/foreign.mjs";

export const ORIGIN = "http://127.0.0.1:9";
export const REDIRECT_URI = `${ORIGIN}/callback`;

export async function startServers() {
  const server = await startAuthorizationServer({ origins: [ORIGIN], recordTokens: true });
  const foreign = await startForeign();
  const api = await startApi({ authorizationServer: server, foreignUrl: foreign.url });
  return {
    server,
    api,
    foreign,
    close: () => Promise.all([server.close(), api.close(), foreign.close()]),
    authorize: (parameters, options) => authorize(parameters, { authorizationServer: server, ...options }),
    tokenRequest: (parameters, options) =>
      tokenRequest(parameters, { authorizationServer: server, ...options }),
    signIn: (authorizationServer = server) => signIn(authorizationServer),
    refresh: (refreshToken) =>
      tokenRequest(
        { grant_type: "refresh_token", refresh_token: refreshToken },
        { authorizationServer: server },
      ),
    callOrders: (token) => fetch(`${api.url}/orders`, { headers: { authorization: `Bearer ${token}` } }),
    post,
  };
}

/** Follows the authorization request through the sign-in form, as a browser would, to the redirect's parameters. */
export async function authorize(parameters = {}, { password = "strongroom", authorizationServer }) {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: "spa",
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope: "openid profile email offline_access orders:read",
    state: "state-1",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...parameters,
  });
  const jar = new Map();
  let step = await visit(jar, `${authorizationServer.url}/auth?${query}`);
  for (let hops = 0; hops < 12 && !isRedirectUri(step.url); hops += 1) {
    const form = /action="([^"]+\/(?:login|consent))"/.exec(step.html ?? "")?.[1];
    if (step.location !== null) step = await visit(jar, step.location);
    else if (step.html.includes('role="alert"') || form === undefined) break;
    else {
      const fields = { login: "ada", password };
      const body = new URLSearchParams(form.endsWith("/login") ? fields : {});
      step = await visit(jar, authorizationServer.url + form, { method: "POST", body });
    }
  }
  return { verifier, html: step.html, parameters: new URL(step.url).searchParams };
}

const isRedirectUri = (url) => new URL(url).pathname === "/callback";

async function visit(jar, url, init = {}) {
  if (isRedirectUri(url)) return { url, location: null };
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const response = await fetch(url, { ...init, redirect: "manual", headers: { cookie } });
  for (const line of response.headers.getSetCookie()) {
    const [name, value] = line.split(";", 1)[0].split(/=(.*)/s);
    jar.set(name, value);
  }
  const location = response.headers.get("location");
  const next = location === null ? null : new URL(location, url).href;
  return { url, location: next, html: await response.text(), status: response.status };
}

async function tokenRequest(parameters, { origin = ORIGIN, authorizationServer }) {
  const body = new URLSearchParams({ client_id: "spa", ...parameters });
  const response = await fetch(`${authorizationServer.url}/token`, {
    method: "POST",
    body,
    headers: { origin },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function signIn(authorizationServer) {
  const { verifier, parameters } = await authorize({}, { authorizationServer });
  const code = parameters.get("code");
  const grant = {
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
  };
  const { status, body } = await tokenRequest(grant, { authorizationServer });
  assert.equal(status, 200, body.error_description);
  return body;
}

export async function until(condition) {
  for (const deadline = Date.now() + 5000; !(await condition()); ) {
    assert.ok(Date.now() < deadline, `not within 5 s: ${condition}`);
    await new Promise(setImmediate);
  }
}

const post = (url, body) =>
  fetch(url, { method: "POST", headers: { origin: ORIGIN }, body: JSON.stringify(body ?? {}) });
