// One sign-in for several applications of an authorization server, in strongroom/full.
import type { Failure } from "../engine/host.js";
import type { SilentSignIn } from "../types.js";
import type { Home } from "./home.js";
import type { Leaving } from "./popup.js";
import { remember } from "./remembered.js";
import { inFrame } from "./silent.js";

/** Until when this tab makes no more such redirect, in milliseconds as `Date.now()` counts: no secret. */
const MARK = "strongroom.sso";
/** Until when no frame is asked, because one did not come back: nobody waits for that on every load. */
const FRAME_MARK = "strongroom.sso.frame";
const TRIED_MS = 600_000;
/** After a sign-in, which may be lost with the page: it may be restored, but not in a loop. */
const SIGNED_IN_MS = 60_000;
/** A page that is still here then stays: the user or the browser stopped it. */
const LEAVING_MAX_MS = 20_000;

const known: SilentSignIn = { signedIn: true, error: null };
const unknown: SilentSignIn = { signedIn: false, error: "login_required" };

interface Beginning extends Partial<Leaving> {
  transaction?: string;
}

/** This page came back from a redirect. Whatever storage does, it begins none. */
let cameBack = false;

/**
 * Asks the server in a frame whether it knows the user, and where that cannot tell by one redirect. The engine answers
 * without a place to go to where somebody is signed in already, whom a redirect could lose.
 */
export async function acrossApplications(
  home: Home,
  begin: (stays: boolean) => Promise<Beginning>,
  failure: Failure,
): Promise<SilentSignIn> {
  const framed = await begin(true);
  if (framed.href === undefined) return known;
  // The frame's end, not that of a token request.
  let isLost = false;
  const watched: Failure = (code, ...rest) => {
    isLost = code === "ERR_TIMEOUT";
    return failure(code, ...rest);
  };
  try {
    const answer = isMarked(FRAME_MARK)
      ? unknown
      : await inFrame(home, async () => framed as Leaving, watched);
    // Also what everybody is told whose cookies the browser keeps from a frame. The others say that the server saw them.
    if (answer.error !== unknown.error) return answer;
  } catch (failed) {
    if (!isLost) throw failed;
    mark(FRAME_MARK, TRIED_MS);
  }
  if (!takeRedirect()) return unknown;
  const { href, state = "", transaction } = await begin(false);
  if (href === undefined) return known;
  if (transaction) remember(state, transaction);
  // The way back in the history is to the page before, not to another attempt.
  location.replace(href);
  return new Promise((resolve) => setTimeout(resolve, LEAVING_MAX_MS, unknown));
}

/** Takes the one redirect that this tab has for now, for all clients; gives whether it is there to take. */
function takeRedirect(): boolean {
  if (cameBack || self !== top) return false;
  // Without a mark nothing would end a loop.
  return !isMarked(MARK) && mark(MARK, TRIED_MS);
}

/** In `completeSignIn()`, before anything else. */
export function comeBack(): void {
  cameBack = true;
}

/** Somebody is signed in here now: the next redirect would be no repetition. */
export function signedInHere(): void {
  if (isMarked(MARK)) mark(MARK, SIGNED_IN_MS);
}

/** One that is further away than any is of a clock that was set back since: it counts from now. */
function isMarked(name: string): boolean {
  try {
    const left = Number(sessionStorage.getItem(name)) - Date.now();
    if (left > TRIED_MS) mark(name, TRIED_MS);
    return left > 0;
  } catch {
    return false;
  }
}

/** Gives whether the storage took it. */
function mark(name: string, ms: number): boolean {
  try {
    sessionStorage.setItem(name, String(Date.now() + ms));
    return true;
  } catch {
    return false;
  }
}
