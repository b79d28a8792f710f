// One browser and all the servers around it.
//
//   const world = await startWorld("firefox", { isolation: "shared" });
//   world.page, world.authorizationServer, world.api, world.foreign, world.app, await world.close()
//   await world.moveOn()   the application is at a fresh origin from now on, where no vault and no storage is
import { startApi } from "../../../www/server/api.mjs";
import { startAuthorizationServer } from "../../../www/server/authorization-server.mjs";
import { startForeign } from "../../../www/server/foreign.mjs";
import { launch } from "../browsers.mjs";
import { Page } from "./page.mjs";
import { startApp } from "./server.mjs";

/**
 * @param {"chromium" | "firefox" | "webkit" | Awaited<ReturnType<typeof launch>>} browserOrName a browser's name, to
 *   launch one that ends with the world; or one that is there already, and stays
 */
export async function startWorld(
  browserOrName,
  {
    isolation = "page",
    accessTokenTtlSeconds = 600,
    requiresPushing,
    dpop,
    resources,
    exchanges,
    serve,
  } = {},
) {
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
      requiresPushing,
      dpop,
      resources,
      exchanges,
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
        postLogoutRedirectUri: `${app.url}/signed-out`,
        scope: "openid profile email offline_access orders:read",
      },
      resources: [`${api.url}/`],
      isolation,
    };
    const browser = typeof browserOrName === "string" ? await launch(browserOrName) : browserOrName;
    if (typeof browserOrName === "string") closers.push(browser.close);
    const moveOn = async () => {
      await app.moveOn();
      authorizationServer.control.allowOrigin(app.url);
      app.options.provider.redirectUri = `${app.url}/callback`;
      app.options.provider.postLogoutRedirectUri = `${app.url}/signed-out`;
    };
    return {
      app,
      authorizationServer,
      foreign,
      api,
      browser,
      page: new Page(browser.driver, app),
      moveOn,
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
