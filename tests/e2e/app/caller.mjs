// A browser whose page has tokens for a mirror (see mirror.mjs), and calls it through the client.
//
//   const caller = await startCaller("firefox", { isolation: "shared" });
//   caller.page, caller.app, caller.mirror, caller.foreign (a mirror that is no resource), caller.reset(), await caller.close()
//   await caller.begin(), or beginRefused(), or beginExpired()
import { launch } from "../browsers.mjs";
import { startMirror } from "./mirror.mjs";
import { Page } from "./page.mjs";
import { startApp } from "./server.mjs";

/** Takes a browser, or the name of one to launch, as `startWorld` does. */
export async function startCaller(browserOrName, { isolation = "page" } = {}) {
  const closers = [];
  const close = async () => {
    for (const one of closers.reverse()) await one();
  };
  try {
    const mirror = await startMirror();
    closers.push(mirror.close);
    const foreign = await startMirror();
    closers.push(foreign.close);
    const app = await startApp();
    closers.push(app.close);
    const browser = typeof browserOrName === "string" ? await launch(browserOrName) : browserOrName;
    if (typeof browserOrName === "string") closers.push(browser.close);
    const page = new Page(browser.driver, app);
    return { mirror, foreign, app, page, close, ...actions({ mirror, foreign, app, page, isolation }) };
  } catch (error) {
    await close();
    throw error;
  }
}

function actions({ mirror, foreign, app, page, isolation }) {
  let clients = 0;
  /** Forgets what the mirrors saw, and lets the token endpoint answer again. */
  const reset = () => {
    mirror.requests.length = 0;
    foreign.requests.length = 0;
    mirror.tokens.requests.length = 0;
    mirror.tokens.release();
    mirror.tokens.accept();
  };
  /** Opens a page with a fresh client that has tokens, in a vault of its own: a shared one bears its client's id. */
  const begin = async ({ expiresIn = 600, ...options } = {}) => {
    clients += 1;
    mirror.tokens.clientId = `spa-${clients}`;
    app.options = {
      provider: {
        type: "oauth",
        clientId: mirror.tokens.clientId,
        endpoints: { token: `${mirror.url}/token` },
      },
      resources: [`${mirror.url}/`],
      isolation,
      ...options,
    };
    await page.open("/");
    await page.run(
      (tokens, url) => {
        app.url = url;
        app.guarded = `${url}/run/guarded`;
        app.status = (...given) => app.client.fetch(...given).then(({ status }) => status, app.describe);
        return app.client.setTokens(tokens);
      },
      mirror.tokens.begin(expiresIn),
      mirror.url,
    );
  };
  /** Tokens that this API no longer accepts, although they have not expired. */
  const beginRefused = async (options) => {
    await begin(options);
    const { refresh_token } = mirror.tokens.begin();
    await page.run(
      ([access_token, refresh_token]) =>
        app.client.setTokens({ access_token, refresh_token, token_type: "Bearer", expires_in: 600 }),
      ["stale", refresh_token],
    );
  };
  /** An expired token, and a renewal that waits for `release()`. */
  const beginExpired = async () => {
    mirror.tokens.hold();
    await begin({ expiresIn: 1 });
    await page.run(() => app.until(() => Date.now() > app.client.session.expiresAt, "expiry"));
  };
  const authorizations = (server = mirror) => server.requests.map(({ headers }) => headers.authorization);
  const eventsOf = (type) => page.eventsOf(type);
  return { reset, begin, beginRefused, beginExpired, authorizations, eventsOf };
}
