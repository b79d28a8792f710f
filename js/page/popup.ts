import type { Failure } from "../engine/host.js";
import type { ErrorFields } from "../error.js";
import type { Home } from "./home.js";

/** A closed window may be one that the authorization server's opener policy cut off: its user may still come back. */
const CLOSED_MAX_MS = 120_000;
const LOOK_MS = 500;
/** A page that waits answers its popup at once. */
const ANSWER_MAX_MS = 1_000;

/**
 * The popup says on this channel that it is back; only who knows the `state`, which nobody can guess, finds it.
 * A URL: please complete it, I do not know it. `null`: I have completed it; its failure: I could not. `true`: the page
 * has heard.
 */
type Word = string | Failed | null | true;

/** A failure in its parts, for the page's own class. */
export interface Failed {
  code: string;
  message: string;
  fields: ErrorFields;
}

function channelOf(state: string): BroadcastChannel {
  return new BroadcastChannel(`strongroom.popup.${state}`);
}

export interface Leaving {
  href: string;
  state: string;
}

/** Signs in in this window, which it closes at the end. */
export async function inPopup(
  home: Home,
  popup: Window,
  begin: () => Promise<Leaving>,
  failure: Failure,
): Promise<void> {
  try {
    const { href, state } = await begin();
    // The authorization server gets no hold of this page.
    popup.opener = null;
    popup.location.href = href;
    await returned(home, state, failure, (giveUp) => {
      let closedAt: number | undefined;
      const timer = setInterval(() => {
        if (!popup.closed) return;
        closedAt ??= performance.now();
        if (performance.now() - closedAt > CLOSED_MAX_MS) {
          giveUp(failure("ERR_POPUP", "The window was closed before the sign-in came back."));
        }
      }, LOOK_MS);
      return () => clearInterval(timer);
    });
  } finally {
    popup.close();
  }
}

/** Waits for the window of this `state` and completes its sign-in, unless `watch` gives up. It gives what ends it. */
export function returned(
  home: Home,
  state: string,
  failure: Failure,
  watch: (giveUp: (reason: Error) => void) => () => void,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const channel = channelOf(state);
    const end = () => {
      unwatch();
      channel.close();
    };
    const unwatch = watch((reason) => {
      end();
      reject(reason);
    });
    channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data === true) return;
      channel.postMessage(true);
      end();
      if (data && typeof data === "object") return reject(failure(data.code, data.message, data.fields));
      // Where it is completed already, any answer of the vault comes after its news of the session.
      const completed = typeof data === "string" ? home.ask("completeSignIn", data) : home.ask("isStale", "");
      completed.then(() => resolve(), reject);
    };
  });
}

/** In a popup: tells the page that waits for it, and closes the window if there is one. */
export async function tellOpener(state: string, word: string | Failed | null): Promise<boolean> {
  const channel = channelOf(state);
  const isHeard = await new Promise<boolean>((resolve) => {
    setTimeout(resolve, ANSWER_MAX_MS, false);
    channel.onmessage = ({ data }: MessageEvent<Word>) => resolve(data === true);
    channel.postMessage(word);
  });
  channel.close();
  if (isHeard) window.close();
  return isHeard;
}
