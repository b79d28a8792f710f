// Script time of a page until its client is ready, by Chromium's own account, each time in a fresh profile.
// Runs beside the browser, not in the page: each library has a page of its own that loads nothing else.

const provider = `{ type: "oauth", clientId: "spa", endpoints: { token: authorizationServer + "/oauth/token" } }`;

/** By default the vault of all tabs does the rest; in page isolation the page itself loads the engine. */
function strongroom(isolation) {
  return `import { createClient } from "strongroom";
    await createClient({ provider: ${provider}, resources: ["https://api.example/"], ${isolation}
      workerUrl: "/pkg/vault.js", wasmUrl: "/pkg/strongroom_bg.wasm" });`;
}

/** The script of each page: no more than an import and the creation of a client. */
export const startScripts = {
  "empty page": "",
  strongroom: strongroom(""),
  "strongroom, page isolation": strongroom('isolation: "page",'),
  "keycloak-js": `import Keycloak from "keycloak-js";
    await new Keycloak({ url: authorizationServer, realm: "bench", clientId: "spa" }).init({ checkLoginIframe: false });`,
  "@badgateway/oauth2-client": `import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";
    const client = new OAuth2Client({ server: authorizationServer, clientId: "spa", tokenEndpoint: "/oauth/token" });
    new OAuth2Fetch({ client, getNewToken: () => null });`,
  "@auth0/auth0-spa-js": `import { Auth0Client } from "@auth0/auth0-spa-js";
    new Auth0Client({ domain: authorizationServer, clientId: "spa", useRefreshTokens: true });`,
  "oidc-client-ts": `import { UserManager } from "oidc-client-ts";
    new UserManager({ authority: authorizationServer, client_id: "spa", redirect_uri: location.origin });`,
};

/** The script time of one page in milliseconds. `browser`: of Playwright. */
export async function startMs(browser, url, timeoutMs) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    await page.goto(url, { timeout: timeoutMs });
    await page.waitForFunction(() => globalThis.isReady, undefined, { timeout: timeoutMs });
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ScriptDuration").value * 1000;
  } finally {
    await context.close();
  }
}
