// The dial: how much of the access token's life is left, and when the next refresh is due.

import { icon, make, makeSvg } from "./markup";
import type { Session } from "./session";

const CENTRE = 160;
const RING = 124;
const CIRCUMFERENCE = 2 * Math.PI * RING;

export class Dial {
  readonly #root: HTMLElement;
  readonly #left = makeSvg("circle", { class: "dial-left", ...circle(RING) });
  readonly #mark = makeSvg("path", { class: "dial-mark", d: "M160 24l-7-12h14z" });
  readonly #hand = makeSvg("line", { class: "dial-hand", x1: "160", y1: "56", x2: "160", y2: "76" });
  readonly #number = make("div", { class: "dial-number" });
  readonly #caption = make("div", { class: "dial-caption" });
  readonly #second = make("div", { class: "dial-second" });
  readonly #lock = icon("lock");

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#left.setAttribute("transform", `rotate(-90 ${CENTRE} ${CENTRE})`);
    this.#left.setAttribute("stroke-dasharray", String(CIRCUMFERENCE));
    const plate = makeSvg("circle", { class: "dial-plate", ...circle(154) });
    const ring = makeSvg("g", { class: "dial-ring" }, ...ticks());
    const track = makeSvg("circle", { class: "dial-track", ...circle(RING) });
    const face = makeSvg("svg", { viewBox: "0 0 320 320", "aria-hidden": "true" });
    face.append(plate, ring, track, this.#left, this.#hand, this.#mark);
    const words = make("div", { class: "dial-words", role: "timer", "aria-live": "off" });
    words.append(this.#number, this.#caption, this.#second);
    root.append(face, words);
  }

  /** Draws the present moment. `issuedAt` is when this page saw the current access token arrive. */
  draw(session: Session, now: number, issuedAt: number, retryAt: number | null, isRefreshing: boolean): void {
    const { expiresAt, refreshAt } = session;
    if (session.status === "signed-out" || session.status === "signing-in" || expiresAt === null) {
      const captions = { "signing-in": "signing in", "signed-out": "locked" };
      const { status } = session;
      // Without an end there is nothing to count down.
      const isIn = status === "signed-in" || status === "renewal-delayed";
      this.#say(this.#lock, isIn ? "open" : captions[status], "");
      this.#root.dataset.mood = session.status === "signing-in" ? "busy" : "idle";
      return;
    }
    const lifetime = Math.max(expiresAt - issuedAt, 1);
    const left = Math.min(Math.max((expiresAt - now) / lifetime, 0), 1);
    this.#left.setAttribute("stroke-dashoffset", String(CIRCUMFERENCE * (1 - left)));
    this.#hand.setAttribute("transform", `rotate(${left * 360} ${CENTRE} ${CENTRE})`);
    const isDelayed = session.status === "renewal-delayed" || retryAt !== null;
    this.#root.dataset.mood = isRefreshing ? "busy" : isDelayed ? "delayed" : "running";

    const due = retryAt ?? refreshAt;
    this.#mark.setAttribute("visibility", due === null || due > expiresAt ? "hidden" : "visible");
    if (due !== null) {
      const angle = ((expiresAt - due) / lifetime) * 360;
      this.#mark.setAttribute("transform", `rotate(${angle} ${CENTRE} ${CENTRE})`);
    }
    const expiry =
      expiresAt > now ? `expires in ${seconds(expiresAt - now)} s` : "the access token has expired";
    if (isRefreshing) this.#say("…", "refreshing", expiry);
    else if (due === null) this.#say(seconds(expiresAt - now), "seconds left", "refreshed at the next call");
    else this.#say(seconds(due - now), isDelayed ? "seconds to next try" : "seconds to refresh", expiry);
  }

  #say(number: string | Node, caption: string, second: string): void {
    if (typeof number !== "string") {
      if (this.#number.firstChild !== number) this.#number.replaceChildren(number);
    } else if (this.#number.textContent !== number) this.#number.textContent = number;
    if (this.#caption.textContent !== caption) this.#caption.textContent = caption;
    if (this.#second.textContent !== second) this.#second.textContent = second;
  }
}

function seconds(ms: number): string {
  return String(Math.max(0, Math.ceil(ms / 1000)));
}

function circle(radius: number): Record<string, string> {
  return { cx: String(CENTRE), cy: String(CENTRE), r: String(radius) };
}

function ticks(): SVGElement[] {
  return Array.from({ length: 60 }, (_, index) =>
    makeSvg("line", {
      class: index % 5 === 0 ? "dial-tick long" : "dial-tick",
      x1: "160",
      x2: "160",
      y1: "13",
      y2: index % 5 === 0 ? "24" : "19",
      transform: `rotate(${index * 6} ${CENTRE} ${CENTRE})`,
    }),
  );
}
