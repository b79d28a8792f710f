// The scene of every attack: real servers, a Chromium, and a page whose first script is the attacker's and whose last is
// the application's.
//
//   const stage = await startStage();
//   const visit = await stage.visit({ isolation: "shared", hostile: "window.x = 1;" });
//   await visit.signIn(); await visit.journey(); visit.page, visit.vault(), visit.secrets(), await visit.close()

import { readFileSync } from "node:fs";
import { startApi } from "../../www/server/api.mjs";
import { startAuthorizationServer } from "../../www/server/authorization-server.mjs";
import { startForeign } from "../../www/server/foreign.mjs";
import { startApp } from "../e2e/app/server.mjs";
import { launchChromium, until } from "./devtools.mjs";
import { transientSecrets } from "./secrets.mjs";
import { recordWire } from "./wire.mjs";

/** The homes out of the page's reach, and what kind of target each is. */
export const vaultTypes = { worker: "worker", shared: "shared_worker" };
export const vaultHomes = Object.keys(vaultTypes);

/** A script of the folder page/, to be put into a page as text. */
export const script = (name) => readFileSync(new URL(`page/${name}`, import.meta.url), "utf8");

/** @param {{accessTokenTtlSeconds?: number}} [given] */
export async function startStage({ accessTokenTtlSeconds = 600 } = {}) {
  const closers = [];
  const close = async () => {
    for (const one of closers.reverse()) await one();
  };
  try {
    const wire = recordWire();
    closers.push(wire.stop);
    /** What the next page is: its headers, its first script, the client's options, and what else is served. */
    const scene = { headers: {}, hostile: "", options: {}, serve: undefined };
    const app = await startApp({ serve: (request, response) => serve(scene, request, response) });
    closers.push(app.close);
    const authorizationServer = await startAuthorizationServer({
      origins: [app.url],
      recordTokens: true,
      accessTokenTtlSeconds,
    });
    closers.push(authorizationServer.close);
    const foreign = await startForeign();
    closers.push(foreign.close);
    const api = await startApi({ authorizationServer, foreignUrl: foreign.url });
    closers.push(api.close);
    const browser = await launchChromium();
    closers.push(browser.close);
    const stage = { app, authorizationServer, foreign, api, browser, wire, scene, close };
    stage.options = {
      provider: {
        type: "oidc",
        issuer: authorizationServer.issuer,
        clientId: "spa",
        redirectUri: `${app.url}/callback`,
        scope: "openid profile email offline_access orders:read",
      },
      resources: [`${api.url}/`],
    };
    stage.visit = (given) => visit(stage, given);
    return stage;
  } catch (error) {
    await close();
    throw error;
  }
}

const folders = ["/pkg/", "/app/"];

/** Pages and their scripts; everything else is the application's server's. */
async function serve(scene, request, response) {
  const { pathname } = new URL(request.url, "http://app.invalid");
  if (await scene.serve?.(request, response, pathname)) return true;
  if (folders.some((folder) => pathname.startsWith(folder))) return false;
  if (pathname.startsWith("/red-team/")) {
    response.writeHead(200, { "content-type": "text/javascript" }).end(script(pathname.slice(10)));
  } else {
    response
      .writeHead(200, { "content-type": "text/html; charset=utf-8", ...scene.headers })
      .end(html(scene));
  }
  return true;
}

const html = ({ hostile, options }) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Strongroom's red-team page</title>
<link rel="icon" href="data:,">
<script>${hostile}</script>
<script type="application/json" id="options">${JSON.stringify(options)}</script>
<h1>Strongroom's red-team page</h1>
<script type="module" src="/red-team/victim.js"></script>
</html>`;

/**
 * A page of the application, in a browser context of its own.
 * `hostile` is the attacker's script, `headers` are the page's, `options` come on top of the client's.
 */
async function visit(
  stage,
  { isolation, hostile = "", headers = {}, options = {}, path = "/", prepare } = {},
) {
  const { app, api, authorizationServer, browser, scene, wire } = stage;
  Object.assign(scene, { hostile, headers, options: { ...stage.options, isolation, ...options } });
  const firstRequest = wire.requests.length;
  const firstToken = authorizationServer.control.issuedTokens().length;
  const context = await browser.newContext();
  const page = await context.open("about:blank");
  await prepare?.(page);
  const ready = async () => {
    const state = await until(
      () => page.evaluate("window.failure ?? (window.isReady === true && 'ready')"),
      "the page's client",
    );
    if (state !== "ready") throw new Error(`the page's client failed: ${state}`);
  };
  const open = async (path) => {
    await page.send("Page.navigate", { url: app.url + path });
    await ready();
  };
  await open(path);
  const url = () => page.evaluate("location.href");

  /** To the authorization server and back to /callback, whose answer nobody has read yet; gives its URL. */
  const leaveAndComeBack = async () => {
    await page.evaluate(leave);
    const end = await until(async () => {
      const failure = await page.evaluate("window.failure");
      if (failure !== undefined) return failure;
      const at = await url();
      if (at.startsWith(`${app.url}/callback?`)) return "at the callback";
      if (at.startsWith(authorizationServer.url)) await page.evaluate(fillForm, authorizationServer.user);
      return undefined;
    }, "the callback");
    if (end !== "at the callback") throw new Error(`the sign-in failed: ${end}`);
    await ready();
    return url();
  };
  const signIn = async () => {
    const callback = await leaveAndComeBack();
    await page.evaluate("client.completeSignIn().then(() => {})");
    return callback;
  };
  const refresh = (count = 1) =>
    page.evaluate(async (count) => {
      for (let number = 0; number < count; number += 1) await window.client.refresh();
    }, count);
  const call = (path = "/orders", count = 1) =>
    page.evaluate(
      async (url, count) => {
        const statuses = [];
        for (let number = 0; number < count; number += 1) {
          const response = await window.client.fetch(url);
          statuses.push(response.status);
          await response.text();
        }
        return statuses;
      },
      api.url + path,
      count,
    );
  const signOut = () => page.evaluate("client.signOut().then(() => {})");
  return {
    context,
    page,
    open,
    ready,
    url,
    leaveAndComeBack,
    signIn,
    refresh,
    call,
    signOut,
    close: context.close,
    /** The target that holds the tokens: a worker, or the page itself. */
    vault: () => (isolation === "page" ? page : context.targets({ type: vaultTypes[isolation] })[0]),
    requests: () => wire.requests.slice(firstRequest),
    /** Every token, code and verifier of this visit. */
    secrets: () => [
      ...authorizationServer.control.issuedTokens().slice(firstToken),
      ...transientSecrets(wire.requests.slice(firstRequest)),
    ],
  };
}

/** Runs in the page, which it takes to the authorization server. */
function leave() {
  window.client.signIn({ returnTo: "/" }).catch(({ code, message }) => {
    window.failure = `${code}: ${message}`;
  });
}

/** Runs in the authorization server's page, again and again until it has gone. */
function fillForm({ login, password }) {
  const button = document.querySelector("#sign-in:not([data-pressed])");
  if (button === null) return;
  document.querySelector("[name=login]").value = login;
  document.querySelector("[name=password]").value = password;
  button.dataset.pressed = "";
  button.click();
}
