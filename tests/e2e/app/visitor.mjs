// A browser and all the servers around it (see world.mjs), and what a test asks of its session.
//
//   const visitor = await startVisitor("firefox", { isolation: "shared" });
//   visitor.world, visitor.page, visitor.control (the authorization server's), await visitor.reset(), await visitor.close()
import { startWorld } from "./world.mjs";

/** Takes what `startWorld` does. */
export async function startVisitor(browserOrName, options) {
  const world = await startWorld(browserOrName, options);
  const { page, close } = world;
  const { control } = world.authorizationServer;
  world.app.options.refresh = { timeoutSeconds: 2 };

  /**
   * The authorization server works again, its access tokens live for ten minutes, and the application is at a fresh
   * origin: a shared vault of the test before, which may live on for a while, is none of its, and renews nothing.
   */
  const reset = async () => {
    control.endOutage();
    control.setAccessTokenTtlSeconds(600);
    const isShared = world.app.options.isolation === "shared";
    if (isShared) await page.run(() => app.client.signOut()).catch(() => {}); // where there is a page
    await world.moveOn();
  };
  /** Calls the API's path so many times at once; gives each status, or the description of an error. */
  const calls = (path, count) =>
    page.run(
      async (url, count) => {
        const one = () => app.client.fetch(url).then((response) => response.status, app.describe);
        return Promise.all(Array.from({ length: count }, one));
      },
      `${world.api.url}${path}`,
      count,
    );
  const session = () => page.run(() => app.client.session);
  /** What an action costs at the token endpoint, by grant type. */
  const tokenRequestsOf = async (action) => {
    const first = world.tokenRequests();
    await action();
    const now = world.tokenRequests();
    return Object.fromEntries(Object.entries(now).map(([type, count]) => [type, count - first[type]]));
  };
  const eventsOf = (type) => page.eventsOf(type);
  return { world, page, control, close, reset, calls, session, tokenRequestsOf, eventsOf };
}
