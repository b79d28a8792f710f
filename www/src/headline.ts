// The state of the session in words, and which buttons make sense in it.
import { showClaims } from "./identity";
import { HOMES } from "./isolation";
import type { Journal } from "./journal";
import { byId, clockTime, make } from "./markup";
import type { DemoServers, Outage } from "./servers";
import type { Session } from "./session";
import { HOLDERS, isTyped, type Shape, WELCOMES } from "./shape";

const NEEDS_SESSION = [
  "call-api",
  "call-500",
  "transfer",
  "sign-out-at-server",
  "revoke-and-call-500",
  "revoke-access-token",
  "revoke-session",
];

const ENDS: Record<string, string> = {
  "session-ended": "The server ended the session.",
  "vault-lost": "The vault was lost.",
};

export function showSession(
  session: Session,
  journal: Journal,
  outage: Outage | null,
  servers: DemoServers,
  shape: Shape,
): void {
  const { status, claims } = session;
  const isIn = status === "signed-in" || status === "renewal-delayed";
  const name = typeof claims?.name === "string" ? claims.name : "You";
  document.documentElement.dataset.status = status;

  byId("who").textContent = {
    "signed-in": name,
    "renewal-delayed": name,
    "signing-in": "Signing in…",
    "signed-out": "Signed out",
  }[status];
  byId("headline").textContent = headline(session, name);
  byId("explanation").textContent = explanation(session, outage, shape);
  byId("sign-out").hidden = !isIn;
  byId("refresh-now").hidden = !isIn;
  const signIn = byId<HTMLButtonElement>("sign-in");
  signIn.hidden = isIn || isTyped(shape);
  signIn.disabled = outage?.scope === "all";
  byId("password-form").hidden = isIn || !isTyped(shape);
  byId<HTMLButtonElement>("password-sign-in").disabled = signIn.disabled;
  const credentials = byId("credentials");
  credentials.hidden = isIn;
  credentials.replaceChildren(
    "Name ",
    make("code", {}, servers.user.login),
    ", password ",
    make("code", {}, servers.user.password),
  );
  for (const id of ["sign-in-popup", "sign-in-silent"]) {
    byId<HTMLButtonElement>(id).disabled = isIn || signIn.disabled;
  }
  for (const id of NEEDS_SESSION) byId<HTMLButtonElement>(id).disabled = !isIn;
  showFacts(session, journal, isIn, shape);
  showClaims(isIn ? claims : null);
}

function headline({ status, reason }: Session, name: string): string {
  if (status === "signed-out") return ENDS[reason ?? ""] ?? "Nobody is signed in.";
  if (status === "signing-in") return "Signing in…";
  if (status === "renewal-delayed") return `${name} is signed in, and waiting for the server.`;
  return `${name} is signed in.`;
}

function explanation(session: Session, outage: Outage | null, shape: Shape): string {
  if (outage?.scope === "all") {
    return `You are offline until ${clockTime(outage.endsAt)} at the latest. The session stays; what fails is tried again.`;
  }
  if (outage !== null) {
    return `What renews the session answers 503 until ${clockTime(outage.endsAt)}. A token that is still valid keeps working.`;
  }
  if (session.status === "signed-out") {
    return WELCOMES[shape];
  }
  if (session.status === "renewal-delayed")
    return "The last refresh failed. Nobody is signed out for that; the next try is set.";
  const held = HOLDERS[shape];
  if (held !== undefined) return held;
  return `The access token is ${HOMES[session.isolation]}. It is renewed before it runs out.`;
}

function showFacts(session: Session, journal: Journal, isIn: boolean, shape: Shape): void {
  const facts = byId("facts");
  facts.hidden = !isIn;
  if (!isIn) return;
  const rows: [string, string, string?][] = [
    [
      shape === "bff" ? "Session" : "Access token",
      journal.generation === null ? "held" : `generation ${journal.generation}`,
    ],
    ["Valid until", session.expiresAt === null ? "not told" : clockTime(session.expiresAt)],
    ["Scope", session.scope ?? "not stated", "wide"],
  ];
  facts.replaceChildren(
    ...rows.map(([term, value, kind = ""]) =>
      make("div", { class: kind }, make("dt", {}, term), make("dd", {}, value)),
    ),
  );
}
