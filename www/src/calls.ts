// Calls to the API and how their results look: one answer, or five hundred dots.
import { byId, count, duration, make } from "./markup";
import type { ServerControls } from "./servers";
import type { Client } from "./session";

const CALLS_AT_ONCE = 500;

const REFUSAL_PAUSE_NOTE =
  "A token was refused again soon after a refusal had renewed it. So that an API that refuses everything causes no storm, " +
  "Strongroom pauses such renewals, for 10 s at first, and hands you the 401. Refresh now, or try again in a moment.";

interface Outcome {
  /** 0: there was no answer. */
  status: number;
  ms: number;
}

const isOk = ({ status }: Outcome): boolean => status >= 200 && status <= 299;

export class Calls {
  readonly #client: Client;
  readonly #controls: ServerControls;
  readonly #ordersUrl: string;
  readonly #body = byId("results-body");

  constructor(client: Client, controls: ServerControls, apiUrl: string) {
    this.#client = client;
    this.#controls = controls;
    this.#ordersUrl = `${apiUrl}/orders`;
  }

  async one(): Promise<string> {
    const line = make("p", {}, "GET /orders, waiting…");
    const answer = make("div", { class: "answer", "data-state": "waiting" }, line);
    this.#show(answer);
    const startedAt = performance.now();
    try {
      const response = await this.#client.fetch(this.#ordersUrl);
      const text = `GET /orders: ${response.status} ${response.ok ? "OK" : response.statusText} in ${duration(performance.now() - startedAt)}.`;
      line.textContent = text;
      answer.dataset.state = response.ok ? "ok" : "failed";
      if (response.ok) answer.append(orderList((await response.json()).orders));
      if (response.status === 401) answer.append(make("p", { class: "note" }, REFUSAL_PAUSE_NOTE));
      return text;
    } catch (error) {
      const text = `GET /orders failed after ${duration(performance.now() - startedAt)}: ${describe(error)}`;
      line.textContent = text;
      answer.dataset.state = "failed";
      return text;
    }
  }

  async many(): Promise<string> {
    const dots = Array.from({ length: CALLS_AT_ONCE }, () => make("i"));
    const matrix = make(
      "div",
      { class: "dots", role: "img", "aria-label": `${CALLS_AT_ONCE} calls under way` },
      ...dots,
    );
    const figures = make("dl", { class: "run-figures" }, figure("calls under way", String(CALLS_AT_ONCE)));
    this.#show(figures, matrix);
    const requestsBefore = await this.#controls.tokenRequests();
    const startedAt = performance.now();
    const outcomes = await Promise.all(dots.map((dot) => this.#call(dot, startedAt)));
    const totalMs = performance.now() - startedAt;
    const tokenRequests = (await this.#controls.tokenRequests()) - requestsBefore;

    const times = outcomes.map(({ ms }) => ms).sort((a, b) => a - b);
    const fastest = times[0] ?? 0;
    const spread = Math.max((times[times.length - 1] ?? 0) - fastest, 1);
    for (const [index, { ms }] of outcomes.entries()) {
      dots[index]?.style.setProperty("--slow", String(Math.round(((ms - fastest) / spread) * 100)));
    }
    const answered = outcomes.filter(isOk).length;
    const failed = CALLS_AT_ONCE - answered;
    figures.replaceChildren(
      figure("answered", String(answered)),
      ...(failed > 0 ? [figure("failed", String(failed), "failed")] : []),
      figure(tokenRequests === 1 ? "token request" : "token requests", String(tokenRequests), "key"),
      figure("altogether", duration(totalMs)),
      figure("median", duration(times[times.length >> 1] ?? 0)),
    );
    const text = `${count(CALLS_AT_ONCE, "call")}: ${answered} answered, ${failed} failed, ${count(tokenRequests, "token request")}, ${duration(totalMs)}.`;
    matrix.setAttribute("aria-label", text);
    this.#body.append(legend(failed));
    if (outcomes.some(({ status }) => status === 401)) {
      this.#body.append(make("p", { class: "note" }, REFUSAL_PAUSE_NOTE));
    }
    return text;
  }

  async #call(dot: HTMLElement, startedAt: number): Promise<Outcome> {
    const outcome: Outcome = { status: 0, ms: 0 };
    try {
      const response = await this.#client.fetch(this.#ordersUrl);
      await response.arrayBuffer();
      outcome.status = response.status;
    } catch {
      // The dot says that there was no answer.
    }
    outcome.ms = performance.now() - startedAt;
    dot.dataset.state = isOk(outcome) ? "ok" : "failed";
    return outcome;
  }

  #show(...content: Node[]): void {
    this.#body.replaceChildren(...content);
  }
}

/** An error as words; Strongroom's errors have a code that says more than their name, some the server's as well. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, error: serverError } = error as { code?: unknown; error?: unknown };
  const from = typeof serverError === "string" ? ` (${serverError})` : "";
  return `${typeof code === "string" ? code : error.name}${from}. ${error.message}`;
}

function figure(name: string, value: string, kind = ""): HTMLElement {
  return make("div", { class: kind }, make("dt", {}, name), make("dd", {}, value));
}

function legend(failed: number): HTMLElement {
  const item = (kind: string, text: string) => make("span", {}, make("i", { class: kind }), text);
  const items = [item("fast", "answered early"), item("slow", "answered late")];
  if (failed > 0) items.push(item("failed", "failed"));
  return make("p", { class: "legend" }, ...items);
}

function orderList(orders: { id: number; item: string; quantity: number; status: string }[]): HTMLElement {
  const rows = orders.map(({ id, item, quantity, status }) =>
    make("li", {}, make("b", {}, String(id)), `${quantity} × ${item}, ${status}`),
  );
  return make("ul", { class: "orders" }, ...rows);
}
