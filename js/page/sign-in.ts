// Loaded when a page signs in or comes back from it: the other pages do without.
import type { Failure } from "../engine/host.js";
import type { ErrorFields } from "../error.js";
import type { SignInOptions, SignInResult } from "../types.js";
import type { Home } from "./home.js";
import { type Failed, inPopup, tellOpener } from "./popup.js";
import { canRemember, recall, remember, sweep } from "./remembered.js";
import { inFrame, isSilentFrame } from "./silent.js";
import { acrossApplications, comeBack, signedInHere } from "./sso.js";

/** Whether this is strongroom/full: written in by the build. */
declare const IS_FULL: boolean;

/** Where to go to sign in, and what to keep until the page is back, unless the vault keeps it. */
interface Leaving {
  href: string;
  state: string;
  transaction?: string;
  /** To be posted there. */
  form?: string;
}

/** Signs in by taking the page to the authorization server, then settling only if that cannot begin; or by the popup. */
export async function signIn(
  home: Home,
  given: SignInOptions,
  popup: Window | null | undefined,
  failure: Failure,
): Promise<unknown> {
  // No sign-in within a sign-in.
  if (isSilentFrame()) return new Promise(() => {});
  // Only what the application wrote counts, not what somebody put on `Object.prototype`.
  const own: SignInOptions = Object.assign(Object.create(null), given);
  const {
    mode = "redirect",
    // A page may be at `//orders`, which as a reference of its own would be a host.
    returnTo = location.pathname.replace(/^\/+/, "/") + location.search + location.hash,
    authorizationDetails: details,
    ...options
  } = own;
  // As text, which may hold fractions.
  const authorizationDetails = details == null ? undefined : toText(details);
  if (IS_FULL && mode === "sso") {
    const asked = { ...options, authorizationDetails, returnTo, mode, prompt: "none" };
    return acrossApplications(home, (stays) => home.ask("signIn", asked, stays) as Promise<Leaving>, failure);
  }
  if (mode === "silent") options.prompt = "none";
  const begin = () =>
    home.ask(
      "signIn",
      { ...options, authorizationDetails, returnTo },
      mode !== "redirect",
    ) as Promise<Leaving>;
  switch (mode) {
    case "silent":
      return inFrame(home, begin, failure);
    case "popup":
      if (!popup) throw failure("ERR_POPUP", "The browser blocked the window: sign in from a click.");
      if (IS_FULL) return inPopup(home, popup, begin, failure).then(signedInHere);
      return inPopup(home, popup, begin, failure);
    case "redirect":
      // What the user typed takes the page nowhere.
      return own.credentials == null ? leave(home, begin, failure) : begin().then(() => {});
    default:
      throw failure(
        "ERR_INVALID_OPTION",
        `Option \`mode\` must be ${IS_FULL ? '"sso", ' : ""}"redirect", "popup" or "silent"`,
        { option: "mode" },
      );
  }
}

/** What is no JSON is refused as what is no list. */
function toText(details: unknown): string {
  try {
    return JSON.stringify(details) ?? "";
  } catch {
    return "";
  }
}

async function leave(home: Home, begin: () => Promise<Leaving>, failure: Failure): Promise<never> {
  if (!home.survives && !canRemember()) {
    throw failure(
      "ERR_STORAGE",
      "The browser denies this page the sessionStorage that a sign-in by redirect needs.",
    );
  }
  return go(await begin());
}

/** Takes the page away. What follows in the caller must not run before it has gone. */
export function go({ href, state, transaction, form }: Leaving): Promise<never> {
  if (transaction && canRemember()) remember(state, transaction);
  if (form === undefined) location.assign(href);
  else post(href, form);
  return new Promise(() => {});
}

/** To the server's own sign-out by a form: what it holds stands in no URL, and in this page only while it leaves. */
function post(href: string, form: string): void {
  const element = document.createElement("form");
  element.method = "post";
  element.action = href;
  for (const [name, value] of new URLSearchParams(form)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    element.append(input);
  }
  document.documentElement.append(element);
  element.submit();
  element.remove();
}

/** Completes the sign-in that this page's URL is the end of, if it is one. */
export async function complete(home: Home): Promise<SignInResult | null> {
  const { href } = location;
  const cleaned = (await home.ask("cleanedCallback", href)) as string | undefined;
  // There may be a session already, which a cookie holds.
  if (cleaned === undefined) return home.ask("completeSignIn", href) as Promise<null>;
  history.replaceState(history.state, "", cleaned);
  if (IS_FULL) comeBack();
  // By no object of the platform's, which somebody may have replaced to see the code.
  const state = /[?&]state=([\w-]*)/.exec(href)?.[1] ?? "";
  if (isSilentFrame() && (await tellOpener(state, href))) {
    // The page that waits completes it and removes this frame: nothing more of the application runs here.
    return new Promise(() => {});
  }
  try {
    const result = (await home.ask("completeSignIn", href, recall(state))) as SignInResult | null;
    void tellOpener(state, null);
    if (IS_FULL && result && !result.signedOut && !result.error) signedInHere();
    if (result?.signedOut) result.returnTo = location.pathname + location.search;
    if (result !== null && location.href === cleaned)
      history.replaceState(history.state, "", result.returnTo);
    return result;
  } catch (error) {
    const { code, message, ...fields } = error as Failed & ErrorFields;
    // If it is not known here, this may be the popup of a page that has a vault of its own.
    const isUnknown = code === "ERR_CALLBACK";
    const isHeard = tellOpener(state, isUnknown ? href : { code, message, fields });
    if (!isUnknown || !(await isHeard)) throw error;
    return null;
  }
}

/** Drops what is kept of sign-ins that never came back. */
export function forgetStale(home: Home): Promise<void> {
  return sweep((transaction) => home.ask("isStale", transaction));
}
