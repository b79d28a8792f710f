// The page's side of the browser tests. Makes one client from /options.json, keeps what it tells, and runs the
// tests' functions in the page's own realm (a WebDriver script may run in another, with other `TypeError`s).
import { createClient, decodeJwt, StrongroomError } from "/pkg/index.js";

const eventTypes = [
  "refresh-started",
  "refreshed",
  "refresh-failed",
  "retried",
  "signed-in",
  "signed-out",
  "step-up-required",
  "session-ending",
  "session-continues",
  "sliding-token-missed",
];

const app = {
  createClient,
  decodeJwt,
  StrongroomError,
  /** Every event of the client, as `[type, detail]`. */
  events: [],
  /** Every status that a subscriber saw, without repetition. */
  statuses: [],
  isRestored: false,
  /** Why there is no client, described. */
  failure: undefined,

  /** What a test may know of an error: class, code and fields, and what it must not hold is searched in the rest. */
  describe(error) {
    if (!(error instanceof Error || error instanceof DOMException)) return { value: error };
    return {
      name: error.name,
      message: error.message,
      ...Object.fromEntries(Object.entries(error)),
      isTypeError: error instanceof TypeError,
      isStrongroomError: error instanceof StrongroomError,
      cause: error.cause === undefined ? undefined : String(error.cause),
    };
  },

  /** Waits until the condition holds, by asking again after every task, for ten seconds at most. */
  async until(condition, what = String(condition)) {
    for (const deadline = performance.now() + 10_000; ; ) {
      const value = await condition();
      if (value) return value;
      if (performance.now() > deadline) throw new Error(`not within 10 s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },

  /** Loads a module of the tests. An `import()` in their own text takes, in Chromium, the base URL of an earlier page. */
  load: (path) => import(path),

  /** For WebDriver: text in, text out, never a rejection. */
  async run(source, argumentsAsJson) {
    try {
      // biome-ignore lint/security/noGlobalEval: the tests' own functions, in this realm
      const value = await globalThis.eval(`(${source})`)(...JSON.parse(argumentsAsJson));
      return JSON.stringify({ value });
    } catch (error) {
      return JSON.stringify({ error: app.describe(error) });
    }
  },
};

globalThis.app = app;
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) app.isRestored = true;
});

/**
 * Makes the client, if there are options. No module of these pages awaits anything at its top level: WebKitGTK 2.50 runs the
 * process for ever, and with it every other page in it, if a page is taken away there and what it awaits settles then.
 */
async function open() {
  const options = await (await fetch("/options.json")).json();
  if (options !== null) {
    app.options = options;
    try {
      app.client = await createClient(options);
    } catch (error) {
      app.failure = app.describe(error);
    }
  }
  if (app.client !== undefined) {
    for (const type of eventTypes) {
      app.client.addEventListener(type, ({ detail }) => app.events.push([type, detail]));
    }
    app.client.subscribe(() => {
      const { status } = app.client.session;
      if (app.statuses.at(-1) !== status) app.statuses.push(status);
    });
  }
  app.isReady = true;
  // The callback page's one line; elsewhere the tests call it when they want to. The frame does not last: its page keeps this.
  if (frameElement !== null && location.pathname === "/callback") {
    app.client.completeSignIn().then(
      (result) => {
        parent.app.completedInFrame = { result };
      },
      (error) => {
        parent.app.completedInFrame = { error: app.describe(error) };
      },
    );
  }
}

app.opening = open();
