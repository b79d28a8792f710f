// Loaded when a page signs in or comes back from it: the other pages do without.
import type { Failure } from "../engine/host.js";
import type { SignInOptions, SignInResult } from "../types.js";
import type { Home } from "./home.js";
import { canRemember, recall, remember, sweep } from "./remembered.js";

/** Where to go to sign in, and what to keep until the page is back, unless the vault keeps it. */
interface Leaving {
  href: string;
  state: string;
  transaction?: string;
}

/** Takes the page to the authorization server; settles only if that cannot begin. */
export async function leave(home: Home, options: SignInOptions, failure: Failure): Promise<never> {
  if (!home.survives && !canRemember()) {
    throw failure(
      "ERR_STORAGE",
      "The browser denies this page the sessionStorage that a sign-in by redirect needs.",
    );
  }
  const returnTo = options.returnTo ?? location.pathname + location.search + location.hash;
  const { href, state, transaction } = (await home.ask("signIn", { ...options, returnTo })) as Leaving;
  if (transaction !== undefined) remember(state, transaction);
  location.assign(href);
  // The page is leaving: what follows in the caller must not run before it has gone.
  return new Promise(() => {});
}

/** Completes the sign-in that this page's URL is the end of, if it is one. */
export async function complete(home: Home): Promise<SignInResult | null> {
  const { href } = location;
  const cleaned = (await home.ask("cleanedCallback", href)) as string | undefined;
  if (cleaned === undefined) return null;
  history.replaceState(history.state, "", cleaned);
  const remembered = recall(new URL(href).searchParams.get("state"));
  const result = (await home.ask("completeSignIn", href, remembered)) as SignInResult | null;
  if (result !== null && location.href === cleaned) history.replaceState(history.state, "", result.returnTo);
  return result;
}

/** Drops what is kept of sign-ins that never came back. */
export function forgetStale(home: Home): Promise<void> {
  return sweep((transaction) => home.ask("isStale", transaction));
}
