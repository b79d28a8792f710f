// At which of the demo's servers the application signs in: `?back-end=` in the address says so, the authorization server if it
// says nothing. This is all that differs; the rest of the page is the same for each.
import type { ClientOptions } from "strongroom";
import { byId } from "./markup";
import type { DemoServers } from "./servers";

export type Shape = "oidc" | "json" | "cookie" | "bff" | "mediating";
type Provider = ClientOptions["provider"];

const SHAPES: readonly Shape[] = ["oidc", "json", "cookie", "bff", "mediating"];

/** What is said while nobody is signed in. */
export const WELCOMES: Record<Shape, string> = {
  oidc: "Sign in at a real authorization server. It issues tokens that live for 30 seconds, so that you can watch them being renewed.",
  json: "The application's own back end takes name and password and answers with two tokens in JSON. Each refresh token is good once.",
  cookie:
    "The back end keeps the refresh token in a cookie that no script sees. A reload restores the session by one request; the tabs take turns.",
  bff: "The back end keeps all tokens. Calls go with a cookie and a header against forged ones, and there is nothing to steal here.",
  mediating: "The back end keeps the session in a cookie and hands out access tokens, into the vault alone.",
};

/** Where what authorises the calls is, if not where the isolation says. */
export const HOLDERS: Partial<Record<Shape, string>> = {
  bff: "The session is in a cookie of the back end, and no token is in this browser. It is checked when a call is refused.",
};

export function chosenShape(): Shape {
  const named = new URLSearchParams(location.search).get("back-end");
  return SHAPES.find((shape) => shape === named) ?? "oidc";
}

/** The user types name and password into the application itself. */
export const isTyped = (shape: Shape): boolean => shape === "json" || shape === "cookie";

/** The root of the API, as the options and the calls name it. */
export function apiUrl(shape: Shape, servers: DemoServers): string {
  if (shape === "oidc") return servers.apiUrl;
  return servers.backEndUrl + (shape === "bff" ? "/bff/api" : "/api");
}

export function backEnd(shape: Exclude<Shape, "oidc">, { backEndUrl: url }: DemoServers): Provider {
  const clientId = `demo-${shape}`;
  const credentials = { username: "{username}", password: "{password}" };
  const response = {
    accessToken: "data.accessToken",
    expiresIn: "data.expiresIn",
    claims: "user",
    subject: "user.id",
  };
  const page = { navigate: `${url}/bff/sign-in` };
  switch (shape) {
    case "json": {
      const refreshToken = { refreshToken: "{refreshToken}" };
      return {
        type: "json",
        clientId,
        signIn: { url: `${url}/json/sign-in`, json: credentials },
        refresh: { url: `${url}/json/refresh`, json: refreshToken },
        signOut: { url: `${url}/json/sign-out`, json: refreshToken },
        response: { ...response, refreshToken: "data.refreshToken" },
      };
    }
    case "cookie":
      return {
        type: "json",
        clientId,
        refreshToken: "cookie",
        signIn: { url: `${url}/cookie/sign-in`, json: credentials },
        refresh: { url: `${url}/cookie/refresh` },
        signOut: { url: `${url}/cookie/sign-out` },
        response,
      };
    case "bff":
      return {
        type: "bff",
        clientId,
        session: `${url}/bff/session`,
        signIn: page,
        signOut: { url: `${url}/bff/sign-out` },
      };
    case "mediating":
      return {
        type: "json",
        clientId,
        refreshToken: "cookie",
        headers: { "X-CSRF": "1" },
        signIn: page,
        refresh: { url: `${url}/mediating/token` },
        signOut: { url: `${url}/bff/sign-out` },
        response: { claims: "user", subject: "user.id" },
      };
  }
}

/** Marks the choice, and what of the page is for an authorization server alone. */
export function showShape(shape: Shape): void {
  document.documentElement.dataset.backEnd = shape;
  for (const link of byId("back-end-choices").querySelectorAll("a")) {
    if (link.dataset.backEnd === shape) link.setAttribute("aria-current", "true");
  }
}
