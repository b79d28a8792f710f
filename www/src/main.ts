// The demo: one client, the ledger of its events, the dial, and the buttons that use it and break its servers.
import type { ClientOptions } from "strongroom";
import { AttackPanel } from "./attacks/panel";
import { Calls, describe } from "./calls";
import { Dial } from "./dial";
import { showSession } from "./headline";
import { address, chosenIsolation, redirectUri, showIsolation, wireChoices } from "./isolation";
import { Journal } from "./journal";
import { Ledger } from "./ledger";
import { byId, clockTime } from "./markup";
import { NaiveClient } from "./naive-client";
import { wirePassword } from "./password";
import { findServers, type Outage, ServerControls } from "./servers";
import { apiUrl, backEnd, chosenShape, showShape } from "./shape";
import { Transfer } from "./transfer";

const DOWN_SECONDS = 20;
const DRAW_EVERY_MS = 100;

async function main(): Promise<void> {
  const servers = await findServers();
  const isolation = chosenIsolation();
  const shape = chosenShape();
  wireChoices();
  showShape(shape);
  // The full engine has the back ends; the application is the same.
  const { createClient } = await (shape === "oidc" ? import("strongroom") : import("strongroom/full"));
  const vault = shape === "oidc" ? "/vault" : "/vault/full";
  const provider: ClientOptions["provider"] =
    shape === "oidc"
      ? {
          type: "oidc",
          issuer: servers.issuer,
          clientId: "spa",
          redirectUri: redirectUri(isolation),
          postLogoutRedirectUri: redirectUri(isolation),
          scope: "openid profile email offline_access orders:read",
        }
      : backEnd(shape, servers);
  const api = apiUrl(shape, servers);
  const options: ClientOptions = {
    provider,
    resources: [`${api}/`],
    isolation,
    workerUrl: `${vault}/vault.js`,
    wasmUrl: `${vault}/strongroom_bg.wasm`,
  };
  const client = await createClient(options);

  const controls = new ServerControls(shape, servers);
  const ledger = new Ledger();
  const journal = new Journal(client, ledger);
  const calls = new Calls(client, controls, api);
  const transfer = new Transfer(client, ledger, servers.apiUrl);
  const dial = new Dial(byId("dial"));
  const panel = new AttackPanel({ client, options, naive: new NaiveClient(servers), servers }, ledger);
  let outage: Outage | null = await controls.outage();

  const show = () => {
    const isOffline = outage?.scope === "all";
    const offline = byId("go-offline");
    offline.setAttribute("aria-pressed", String(isOffline));
    offline.textContent = isOffline ? "Go online" : "Go offline";
    byId("take-server-down").textContent =
      outage?.scope === "token" ? "Bring the server back" : `Take the server down for ${DOWN_SECONDS} s`;
    byId<HTMLButtonElement>("take-server-down").disabled = isOffline;
    showSession(client.session, journal, outage, servers, shape);
    showIsolation(client.session);
    panel.show();
  };

  const setOutage = async (change: () => Promise<void>) => {
    await change();
    outage = await controls.outage();
    show();
  };

  const actions: Record<string, () => Promise<unknown>> = {
    "sign-in": () => client.signIn({ returnTo: address(chosenIsolation()) }),
    "sign-in-popup": () => client.signIn({ mode: "popup" }),
    async "sign-in-silent"() {
      const { signedIn, error } = await client.signIn({ mode: "silent" });
      if (signedIn) return;
      const text = "Nobody could be signed in without a question.";
      ledger.write({ tone: "plain", icon: "pause", text, detail: `The server answered ${error}.` });
    },
    "sign-out": () => client.signOut(),
    "sign-out-at-server": () => client.signOut({ redirect: true }),
    transfer: () => transfer.send(),
    "refresh-now": () => client.refresh(),
    "call-api": async () => ledger.write({ tone: "plain", icon: "arrow", text: await calls.one() }),
    "call-500": async () => ledger.write({ tone: "plain", icon: "arrow", text: await calls.many() }),
    async "revoke-and-call-500"() {
      await controls.revokeAccessTokens();
      ledger.write({ tone: "wait", icon: "cross", text: "The server revoked the access token." });
      ledger.write({ tone: "plain", icon: "arrow", text: await calls.many() });
    },
    async "revoke-access-token"() {
      await controls.revokeAccessTokens();
      const detail = "Strongroom does not know yet. Call the API to see what it does.";
      ledger.write({ tone: "wait", icon: "cross", text: "The server revoked the access token.", detail });
    },
    async "revoke-session"() {
      await controls.revokeSession();
      const detail = "The access token still works. The next refresh ends the session.";
      ledger.write({ tone: "bad", icon: "cross", text: "The server revoked the whole session.", detail });
    },
    async "take-server-down"() {
      if (outage !== null) {
        await setOutage(() => controls.bringBack());
        return ledger.write({ tone: "good", icon: "plug", text: "The server is back." });
      }
      await setOutage(() => controls.takeDown(DOWN_SECONDS));
      const text = `The server is down for ${DOWN_SECONDS} s.`;
      return ledger.write({
        tone: "wait",
        icon: "plug",
        text,
        detail: "Refresh now, or wait until one is due.",
      });
    },
    async "go-offline"() {
      if (outage?.scope === "all") {
        await setOutage(() => controls.bringBack());
        return ledger.write({ tone: "good", icon: "plug", text: "Online again." });
      }
      await setOutage(() => controls.goOffline());
      return ledger.write({
        tone: "wait",
        icon: "plug",
        text: "Offline: both servers drop every connection.",
      });
    },
  };
  for (const [id, act] of Object.entries(actions)) wire(byId<HTMLButtonElement>(id), act, show);

  wirePassword(client, (error) => {
    byId("notice").hidden = true;
    if (error !== undefined) complain(`Sign in: ${describe(error)}`);
    show();
  });
  client.subscribe(show);
  // The journal's own listeners come first: what it has just learned is shown as well.
  for (const type of ["refreshed", "signed-in", "signed-out"] as const) client.addEventListener(type, show);
  let drawnAt = 0;
  const tick = (frameAt: number) => {
    requestAnimationFrame(tick);
    if (frameAt - drawnAt < DRAW_EVERY_MS) return;
    drawnAt = frameAt;
    const now = Date.now();
    if (outage !== null && now >= outage.endsAt) {
      const text = outage.scope === "all" ? "Online again." : "The server is back.";
      ledger.write({ tone: "good", icon: "plug", text });
      outage = null;
      show();
    }
    dial.draw(client.session, now, journal.issuedAt, journal.retryAt, journal.isRefreshing);
  };
  show();
  requestAnimationFrame(tick);

  try {
    const completed = await client.completeSignIn();
    if (completed !== null)
      history.replaceState(null, "", completed.signedOut ? address(isolation) : completed.returnTo);
    if (completed?.signedOut) {
      ledger.write({ tone: "plain", icon: "lock", text: "You signed out at the server, too." });
    }
  } catch (error) {
    history.replaceState(null, "", address(isolation));
    const isCancelled = (error as { error?: unknown }).error === "access_denied";
    complain(isCancelled ? "You cancelled the sign-in." : `The sign-in did not succeed: ${describe(error)}`);
  }
  show();
}

/** Runs an action at a click. The button rests while it works; what goes wrong is said on the page. */
function wire(button: HTMLButtonElement, act: () => Promise<unknown>, show: () => void): void {
  button.addEventListener("click", async () => {
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    byId("notice").hidden = true;
    try {
      await act();
    } catch (error) {
      // That the session ended is said by the headline and the ledger.
      const isEnd = (error as { code?: unknown }).code === "ERR_SESSION_ENDED";
      if (!isEnd) complain(`${button.textContent}: ${describe(error)}`);
    } finally {
      button.ariaBusy = "false";
      show();
      if (button.hidden) firstToSignIn().focus();
    }
  });
}

// "Back" from the authorization server may bring this page back as it was left: with a sign-in that never went on.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) byId("sign-in").ariaBusy = "false";
});

/** Where a person who is signed out goes on. */
function firstToSignIn(): HTMLElement {
  const signIn = byId("sign-in");
  return signIn.hidden ? (byId("password-form").querySelector("input") ?? signIn) : signIn;
}

function complain(text: string): void {
  const notice = byId("notice");
  notice.textContent = `${clockTime(Date.now())}  ${text}`;
  notice.hidden = false;
}

main().catch((error) => {
  byId("headline").textContent = "The demo could not start.";
  complain(describe(error));
});
