import type { Failure } from "../engine/host.js";
import type { SilentSignIn } from "../types.js";
import type { Home } from "./home.js";
import { type Leaving, returned } from "./popup.js";

/** An authorization server that lets no frame show it answers nothing. */
const SILENT_MAX_MS = 10_000;
const FRAME = "strongroom.silent";

/** The user has to be asked: the answer to a question, not a failure (OpenID Connect Core section 3.1.2.6). */
const STATES = [
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
] as const;

/** Whether this page is the frame of a silent sign-in, whose page waits for it. The authorization server cannot rename it. */
export function isSilentFrame(): boolean {
  return (frameElement as HTMLIFrameElement | null)?.name === FRAME;
}

/** Signs in in a frame that nobody sees, which goes in every case. */
export async function inFrame(
  home: Home,
  begin: () => Promise<Leaving>,
  failure: Failure,
): Promise<SilentSignIn> {
  const { href, state } = await begin();
  const frame = document.createElement("iframe");
  frame.name = FRAME;
  frame.hidden = true;
  // The server's pages cannot take this page elsewhere; ours, at the end, is itself again.
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
  frame.src = href;
  try {
    await returned(home, state, failure, (giveUp) => {
      document.documentElement.append(frame);
      const timer = setTimeout(
        () => giveUp(failure("ERR_TIMEOUT", "The frame did not come back in 10 s: is it allowed to be one?")),
        SILENT_MAX_MS,
      );
      return () => {
        clearTimeout(timer);
        frame.remove();
      };
    });
    return { signedIn: true, error: null };
  } catch (failed) {
    const state = STATES.find((error) => error === (failed as { error?: unknown }).error);
    if (state === undefined) throw failed;
    return { signedIn: false, error: state };
  }
}
