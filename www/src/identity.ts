// The ID token's claims, in a table.
import { byId, clockTime, make } from "./markup";

const MEANINGS: Record<string, string> = {
  sub: "the user, as this server knows them",
  iss: "the server that says so",
  aud: "the application it says it to",
  exp: "expires",
  iat: "issued",
  auth_time: "signed in",
};
const TIMES = new Set(["exp", "iat", "auth_time", "nbf"]);
const FIRST = ["name", "email", "sub", "iss", "aud"];

export function showClaims(claims: Readonly<Record<string, unknown>> | null): void {
  byId("identity").hidden = claims === null;
  if (claims === null) {
    byId("claims").replaceChildren();
    return;
  }
  const names = [
    ...FIRST.filter((name) => name in claims),
    ...Object.keys(claims).filter((name) => !FIRST.includes(name)),
  ];
  byId("claims").replaceChildren(...names.map((name) => row(name, claims[name])));
}

function row(name: string, value: unknown): HTMLElement {
  const isTime = TIMES.has(name) && typeof value === "number";
  const text = isTime ? clockTime(value * 1000) : typeof value === "string" ? value : JSON.stringify(value);
  const cell = make("td", {}, text);
  const meaning = MEANINGS[name];
  if (meaning !== undefined) cell.append(make("small", {}, isTime ? `${meaning} (${value})` : meaning));
  return make("tr", {}, make("th", { scope: "row" }, name), cell);
}
