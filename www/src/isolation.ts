// Which isolation the demo runs with: `?isolation=` in the address says so, "auto" if it says nothing.
import { byId } from "./markup";
import type { Session } from "./session";
import { chosenShape, type Shape } from "./shape";

export type Choice = "auto" | "shared" | "worker" | "page";

const CHOICES: readonly Choice[] = ["auto", "shared", "worker", "page"];

const NAMES: Record<string, string> = { shared: "shared worker", worker: "worker", page: "page" };

/** Where the tokens are, said of each isolation. */
export const HOMES: Record<string, string> = {
  shared: "in a shared worker, out of this page's reach",
  worker: "in a worker, out of this page's reach",
  page: "in this page's memory, out of storage and out of the address bar",
};

const PROTECTION: Record<string, string> = {
  shared:
    "The tokens live in the memory of a shared worker, which serves every tab of this origin: one session, one refresh. " +
    "A reload keeps the session where the browser lets the worker outlive its pages for a moment, as Chromium does; elsewhere it ends with the last tab.",
  worker:
    "The tokens live in the memory of a worker that belongs to this tab. Reloading the page ends the session; other tabs have sessions of their own.",
  page:
    "The tokens live in WebAssembly memory inside this page's realm. Hostile script in this page can get at them, by patching fetch for example: " +
    "run the attacks to see it. Reloading the page ends the session.",
};

/** The choice in the address. The way back from the authorization server has it in its path. */
export function chosenIsolation(): Choice {
  const { pathname, search } = location;
  const named = /^\/callback\/(\w+)$/.exec(pathname)?.[1] ?? new URLSearchParams(search).get("isolation");
  return CHOICES.find((choice) => choice === named) ?? "auto";
}

/** "auto" and "shared" are the same vault, so they have the same configuration. */
export function redirectUri(choice: Choice): string {
  const isSame = choice === "auto" || choice === "shared";
  return `${location.origin}/callback${isSame ? "" : `/${choice}`}`;
}

export function address(choice: Choice, shape: Shape = chosenShape()): string {
  const query = [
    ...(shape === "oidc" ? [] : [`back-end=${shape}`]),
    ...(choice === "auto" ? [] : [`isolation=${choice}`]),
  ];
  return query.length === 0 ? "/" : `/?${query.join("&")}`;
}

/** Each choice keeps the other. */
export function wireChoices(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>("a[data-isolation], a[data-back-end]")) {
    const { isolation = chosenIsolation(), backEnd = chosenShape() } = link.dataset;
    link.href = address(isolation as Choice, backEnd as Shape);
  }
}

export function showIsolation({ isolation }: Session): void {
  document.documentElement.dataset.isolation = isolation;
  byId("isolation").textContent = NAMES[isolation] ?? isolation;
  byId("protection").textContent = PROTECTION[isolation] ?? "";
  const chosen = chosenIsolation();
  for (const link of byId("isolation-choices").querySelectorAll("a")) {
    if (link.dataset.isolation === chosen) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
