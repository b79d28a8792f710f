// A call that wants a stronger sign-in (RFC 9470): the refusal, what it demands, and the same call again after that sign-in.
import type { StepUp } from "strongroom";
import { describe } from "./calls";
import type { Ledger } from "./ledger";
import { byId, duration, make } from "./markup";
import type { Client } from "./session";

const AMOUNT = 10.5;

export class Transfer {
  readonly #client: Client;
  readonly #ledger: Ledger;
  readonly #url: string;
  readonly #body = byId("results-body");
  #demand: StepUp | null = null;

  constructor(client: Client, ledger: Ledger, apiUrl: string) {
    this.#client = client;
    this.#ledger = ledger;
    this.#url = `${apiUrl}/transfers`;
    client.addEventListener("step-up-required", ({ detail }) => {
      this.#demand = detail;
      const text = "The API demands a stronger sign-in.";
      ledger.write({ tone: "wait", icon: "lock", text, detail: demandText(detail) });
    });
  }

  async send(): Promise<void> {
    this.#demand = null;
    const startedAt = performance.now();
    const request = { method: "POST", body: JSON.stringify({ amount: AMOUNT }) };
    const response = await this.#client.fetch(this.#url, request);
    const text = `POST /transfers: ${response.status} in ${duration(performance.now() - startedAt)}.`;
    this.#ledger.write({ tone: response.ok ? "good" : "plain", icon: "arrow", text });
    const answer = make("div", { class: "answer", "data-state": response.ok ? "ok" : "failed" });
    answer.append(make("p", {}, text));
    this.#body.replaceChildren(answer);
    if (response.ok) {
      const acr = this.#client.session.claims?.acr;
      const strength =
        typeof acr === "string" ? `; the ID token says how strongly you signed in: ${acr}` : "";
      answer.append(make("p", {}, `${AMOUNT.toFixed(2)} sent${strength}.`));
      return;
    }
    if (this.#demand !== null) this.#offer(answer, this.#demand);
  }

  /** Only a click may open a window. */
  #offer(answer: HTMLElement, demand: StepUp): void {
    const confirm = make("button", { id: "step-up", type: "button" }, "Confirm that it is you");
    confirm.addEventListener("click", async () => {
      if (confirm.ariaBusy === "true") return;
      confirm.ariaBusy = "true";
      const { acrValues, maxAgeSeconds, scope } = demand;
      try {
        await this.#client.signIn({ mode: "popup", acrValues, maxAgeSeconds, scope });
        await this.send();
      } catch (error) {
        answer.append(make("p", { class: "note" }, describe(error)));
      } finally {
        confirm.ariaBusy = "false";
      }
    });
    answer.append(make("p", { class: "note" }, demandText(demand)), confirm);
  }
}

function demandText({ acrValues, maxAgeSeconds, scope, isRepeated }: StepUp): string {
  const wanted = [
    acrValues === null ? "" : `acr_values ${acrValues}`,
    maxAgeSeconds === null ? "" : `max_age ${maxAgeSeconds}`,
    scope === null ? "" : `scope ${scope}`,
  ];
  const again = isRepeated ? " The last sign-in asked for just this: another would bring nothing new." : "";
  return `It wants ${wanted.filter((part) => part !== "").join(", ")}.${again}`;
}
