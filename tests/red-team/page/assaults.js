// What an intruder says to the vault. Each runs in the page and drives `window.intrusion`, the intruder of intruder.js.
import { enter, sayMalformed } from "/red-team/intruder.js";

const isDedicated = () => window.captured.workers.at(-1).made instanceof Worker;

export async function begin(api) {
  window.intrusion = Object.assign(enter(), { api });
  if (!isDedicated()) await window.intrusion.reply(({ type }) => type === "welcome", "welcome");
  await window.intrusion.settled();
}

export async function askForBoot() {
  await window.intrusion.settled();
  const { boot, generation } = window.intrusion.replies.findLast(({ type }) => type === "pong");
  return { boot, generation };
}

/** Half of it before the greeting, on a port of its own where there can be one. */
export async function fuzz(seed, count) {
  const stranger = enter(null);
  sayMalformed(stranger, seed, count / 2);
  if (!isDedicated()) {
    stranger.say({ ...stranger.hello, tab: undefined });
    await stranger.reply(({ type }) => type === "welcome" || type === "refused", "answer to the greeting");
  }
  await stranger.settled();
  window.intrusion.replies.push(...stranger.replies);
  sayMalformed(window.intrusion, seed + 1, count / 2);
  await window.intrusion.settled();
}

export async function sayEverything(api) {
  const { intrusion } = window;
  let id = 4_000_000;
  const ask = async (question, ...given) => {
    id += 1;
    const own = id;
    intrusion.say({ type: "ask", id: own, question, given });
    await intrusion.reply((reply) => reply.id === own, `answer to ${question}`);
  };
  const call = async (path, init = {}, body = null) => {
    id += 1;
    const own = id;
    const message = {
      type: "fetch",
      id: own,
      url: api + path,
      init: { headers: [], ...init },
      body,
    };
    intrusion.say(message);
    const { isWhole } = await intrusion.reply((reply) => reply.id === own, `answer to ${path}`);
    for (let pieces = 0; isWhole === false && pieces < 3; pieces += 1) {
      const before = intrusion.replies.length;
      intrusion.say({ type: "pull", id: own });
      const piece = (reply) => intrusion.replies.indexOf(reply) >= before && reply.id === own;
      if ((await intrusion.reply(piece, "piece")).bytes === null) break;
    }
    intrusion.say({ type: "abort", id: own });
  };
  const callback = `${location.origin}/callback?code=x&state=y`;
  await ask("cleanedCallback", callback);
  await ask("completeSignIn", callback);
  await ask("completeSignIn", callback, "state=y&code_verifier=z");
  await ask("getAccessToken");
  await ask("isStale", "state=y");
  await ask("refresh");
  for (const path of ["/orders", "/echo", "/admin", "/stream", "/redirect-same", "/status/401"])
    await call(path);
  await call("/echo", { method: "POST", headers: [["x-own", "1"]] }, "text");
  await call("/echo", { method: "POST" }, { query: "a=b" });
  await call("/echo", { method: "POST" }, { form: [["a", "b"]] });
  for (const kind of ["online", "restored", "visibilitychange", "access_token", "notice"]) {
    intrusion.say({ type: "heard", kind });
    intrusion.say({ type: "heard", kind, isCached: true });
  }
  await outOfOrder(intrusion, api);
  await ask("signIn", { returnTo: "/" }, true);
  await ask("setTokens", { access_token: "own", token_type: "Bearer", expires_in: 600 });
  await ask("signOut");
  await intrusion.settled();
}

/** Right messages where they are not expected: pieces that nobody wanted, ends after the end, pulls of nothing. */
async function outOfOrder(intrusion, api) {
  const id = 4_500_000;
  const piece = (bytes, isBroken = false) => intrusion.say({ type: "piece", id, bytes, isBroken });
  const upload = { headers: [], method: "POST", duplex: "half" };
  for (const body of [{ stream: true }, null]) {
    const message = { type: "fetch", id, url: `${api}/echo`, init: upload, body };
    for (let times = 0; times < 2; times += 1) intrusion.say(message);
    for (const bytes of [null, new Uint8Array(3), null, null]) piece(bytes);
    piece(null, true);
    for (let times = 0; times < 3; times += 1) intrusion.say({ type: "pull", id });
    await intrusion.settled();
    for (let times = 0; times < 3; times += 1) intrusion.say({ type: "abort", id });
    for (const bytes of [null, new Uint8Array(3)]) piece(bytes);
    intrusion.say({ type: "pull", id });
    await intrusion.settled();
  }
}

export async function fetchElsewhere(api, foreign) {
  const { intrusion } = window;
  const { host } = new URL(api);
  const urls = [
    ...["/", "/orders", "/orders/../orders", `/${api}/orders`, `?${api}/orders`, `#${api}/orders`].map(
      (path) => foreign + path,
    ),
    foreign.replace("//", `//${host}@`),
    foreign.replace("//", `//${host}\\@`),
    `${foreign}\\@${host}/orders`,
    foreign.replace("http:", "http:\n").replace("//", "/\t/"),
    ` ${foreign}`,
    foreign.slice(5),
    foreign.replace("http:", "HTTP:"),
    ...["", "/", "/orders2", "/Orders", "/orders/../echo", "/orders/%2e%2e/echo", "/orders\\..\\echo"].map(
      (path) => api + path,
    ),
    ...["/echo", "//orders", "/echo/../echo", "/echo?/orders", "/echo#/orders"].map((path) => api + path),
    `${api.replace("127.0.0.1", "localhost")}/orders`,
    "data:text/plain,x",
    "blob:x",
    "",
    `${api}/orders`,
  ];
  const inits = [
    {},
    { mode: "no-cors" },
    { redirect: "follow", referrer: foreign },
    {
      headers: [
        ["host", "x"],
        ["x-forwarded-host", foreign],
      ],
    },
    { url: foreign, input: foreign, method: "POST" },
  ];
  let id = 5_000_000;
  for (const url of urls) {
    for (const init of inits) {
      id += 1;
      intrusion.say({ type: "fetch", id, url, init: { headers: [], ...init }, body: null });
    }
  }
  const answered = (reply) => reply.id === id && ["response", "failed"].includes(reply.type);
  await intrusion.reply(answered, "answer to the last, which is right");
  await window.client.fetch(`${api}/orders`).then((response) => response.text());
  await intrusion.settled();
}

export async function fetchRedirects(api) {
  for (const status of [301, 302, 303, 307, 308]) {
    for (const method of ["GET", "POST"]) {
      await window.client.fetch(`${api}/redirect-cross?status=${status}`, { method }).catch(() => {});
    }
  }
}

export async function configureAgain(foreign) {
  const { intrusion } = window;
  const change = (action) => {
    const options = structuredClone(intrusion.hello.options);
    action(options);
    return options;
  };
  const answers = { others: [], wrong: [] };
  const others = [
    change((own) => own.resources.push(`${foreign}/`)),
    change((own) => Object.assign(own, { resources: [`${foreign}/`] })),
    change((own) => Object.assign(own, { exposeAccessToken: true })),
    change((own) => Object.assign(own.provider, { issuer: foreign })),
    change((own) => Object.assign(own.provider, { endpoints: { token: `${foreign}/token` } })),
    change((own) => Object.assign(own.provider, { endpointOrigins: [foreign] })),
    change((own) => Object.assign(own.provider, { clientId: "other" })),
    change((own) => Object.assign(own, { refresh: { leadSeconds: 1 } })),
  ];
  const loop = {};
  loop.loop = loop;
  const wrong = [
    ...[undefined, null, 1, 10n, Number.NaN, "", "{}", [], {}, loop, new Map(), new Date(), new Error("x")],
    ...[new Uint8Array(3), new Blob(["x"]), /x/, new String("x"), { provider: null }, { provider: loop }],
    change((own) => Object.assign(own, { resources: [null] })),
    change((own) => Object.assign(own, { unknown: 1 })),
    change((own) => Object.assign(own, { "__proto__ ": { exposeAccessToken: true } })),
    change((own) =>
      Object.defineProperty(own, "__proto__", { value: { exposeAccessToken: true }, enumerable: true }),
    ),
    change((own) => Object.assign(own.provider, { issuer: 7 })),
  ];
  for (const [kind, list] of [
    ["others", others],
    ["wrong", wrong],
  ]) {
    for (const options of list) {
      const other = enter({ options });
      const { failure } = await other.reply(({ type }) => ["refused", "welcome"].includes(type), "answer");
      answers[kind].push(failure?.code ?? failure?.error?.code ?? "welcome");
    }
  }
  return answers;
}

export async function configureAlike() {
  const other = enter();
  return (await other.reply(({ type }) => ["refused", "welcome"].includes(type), "answer")).type;
}
