// Listens to whatever the page sends and receives: window messages, ports, workers and broadcast channels.
import type { Attack } from "./attack";
import { overhear } from "./overheard";
import { Recorder } from "./recorder";

export const messages: Attack = {
  id: "messages",
  name: "Listen to every message",
  method: "postMessage, MessagePort, Worker and BroadcastChannel, both ways, during a call and a refresh.",
  async run({ client, naive, options, servers }, loot) {
    await naive.ready();
    let ofVault = 0;
    const hear = (place: string) => (event: Event) => {
      loot.add(JSON.stringify((event as MessageEvent).data) ?? "", place);
    };
    const hearWindow = hear("a window message");
    addEventListener("message", hearWindow);
    const overheard = await overhear(options);
    const names = ["strongroom", naive.channel.name, ...(overheard === null ? [] : [overheard.name])];
    const channels = names.map((name) => new BroadcastChannel(name));
    for (const channel of channels) channel.onmessage = hear("a BroadcastChannel");
    const recorder = new Recorder(loot);
    recorder.accessor(MessageEvent.prototype, "data", "a message that the page received");
    for (const sender of [MessagePort, Worker, BroadcastChannel]) {
      recorder.method(sender.prototype, "postMessage", "a message that the page sent");
    }
    try {
      const response = await client.fetch(`${servers.apiUrl}/orders`);
      await response.text();
      await client.refresh();
      ofVault = recorder.calls;
      await naive.refresh();
      await fence(naive.channel.name);
    } finally {
      await recorder.restore();
      removeEventListener("message", hearWindow);
      for (const channel of channels) channel.close();
    }
    return {
      strongroom: ofVault === 0 ? "There was none." : `${ofVault} messages from and to the vault overheard.`,
      naive: "It tells its other tabs its new tokens, as many clients do.",
    };
  },
};

/** Resolves when a message of our own has come through this channel: then those before it have come, too. */
async function fence(name: string): Promise<void> {
  const [from, to] = [new BroadcastChannel(name), new BroadcastChannel(name)];
  await new Promise((resolve) => {
    to.onmessage = resolve;
    from.postMessage("fence");
  });
  from.close();
  to.close();
}
