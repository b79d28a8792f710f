// One browser and all the servers around it.
//
//   const world = await startWorld("firefox");
//   world.page, world.authorizationServer, world.api, world.foreign, world.app, await world.close()
import { startApi } from "../../../www/server/api.mjs";
import { startAuthorizationServer } from "../../../www/server/authorization-server.mjs";
import { startForeign } from "../../../www/server/foreign.mjs";
import { launch } from "../browsers.mjs";
import { Page } from "./page.mjs";
import { startApp } from "./server.mjs";

/** @param {"chromium" | "firefox" | "webkit"} browserName */
export async function startWorld(browserName, { accessTokenTtlSeconds = 600, serve } = {}) {
  const closers = [];
  const close = async () => {
    for (const one of closers.reverse()) await one();
  };
  try {
    const app = await startApp({ serve });
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
    app.options = {
      provider: {
        type: "oidc",
        issuer: authorizationServer.issuer,
        clientId: "spa",
        redirectUri: `${app.url}/callback`,
        scope: "openid profile email offline_access orders:read",
      },
      resources: [`${api.url}/`],
      isolation: "page",
    };
    const browser = await launch(browserName);
    closers.push(browser.close);
    return {
      app,
      authorizationServer,
      foreign,
      api,
      browser,
      page: new Page(browser.driver, app),
      close,
      /** Token requests so far, by grant type. */
      tokenRequests: () => ({
        authorization_code: 0,
        refresh_token: 0,
        ...authorizationServer.control.stats().tokenRequests,
      }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
