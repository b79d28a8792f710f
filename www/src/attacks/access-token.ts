// Asks each client politely.
import { type Attack, refusal } from "./attack";

export const accessToken: Attack = {
  id: "access-token",
  name: "Ask for the token",
  method: "getAccessToken(), which both clients have.",
  async run({ client, naive }, loot) {
    await naive.ready();
    loot.add(naive.getAccessToken() ?? "", "the answer");
    let strongroom = "It answered.";
    try {
      loot.add(await client.getAccessToken(), "the answer");
    } catch (error) {
      strongroom = `Refused: ${refusal(error)}. An application that needs it has to say so at creation.`;
    }
    return { strongroom, naive: "It answers whoever asks." };
  },
};
