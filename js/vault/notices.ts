const KINDS = ["signed-in", "signed-out"];

/** Tells the vaults of other tabs that a session began or ended, and nothing else. Anybody of this origin can hear and say it. */
export class Notices {
  readonly #channel = new BroadcastChannel((globalThis as unknown as { name: string }).name);

  constructor(heard: (what: string) => void) {
    this.#channel.onmessage = ({ data }) => {
      if (KINDS.includes(data)) heard(data);
    };
  }

  tell(kind: string): void {
    if (KINDS.includes(kind)) this.#channel.postMessage(kind);
  }
}
