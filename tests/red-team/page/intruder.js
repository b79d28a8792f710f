// An intruder at the vault: a port of its own to a SharedWorker, or the page's own Worker, and anything to say.
// eavesdrop.js has shown it how the page greets.
import { malformed, random } from "/red-team/malformed.js";

/** Opens a way in; `greeting` replaces members of the page's own greeting, `null` says none. */
export function enter(greeting = {}) {
  const { made, given } = window.captured.workers.at(-1);
  const port = made instanceof Worker ? made : new made.constructor(...given).port;
  const replies = [];
  port.addEventListener("message", ({ data }) => replies.push(data));
  port.start?.();
  const hello = window.captured.posted.find(({ type }) => type === "hello");
  const intruder = {
    hello,
    replies,
    say: (message, transfer = []) => port.postMessage(message, transfer),
    /** Waits for a reply that fits. */
    async reply(fits, what) {
      for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
        const found = replies.find(fits);
        if (found !== undefined) return found;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error(`the vault gave no ${what}`);
    },
    /** Waits until all that was said before has been read. */
    async settled() {
      const pongs = () => replies.filter(({ type }) => type === "pong").length;
      const before = pongs();
      intruder.say({ type: "ping" });
      await intruder.reply(() => pongs() > before, "pong");
    },
  };
  // The page has greeted through its own worker; a second greeting would be another's.
  if (greeting !== null && port !== made) intruder.say({ ...hello, tab: undefined, ...greeting });
  return intruder;
}

/** Says so many things that are no messages, made from the seed. */
export function sayMalformed(intruder, seed, count) {
  const draw = random(seed);
  for (let number = 0; number < count; number += 1) {
    const { message, transfer } = malformed(draw, number);
    intruder.say(message, transfer);
  }
}
