// An API that tells exactly what it was sent and answers exactly what it is asked for, and a token endpoint beside it.
//
//   const mirror = await startMirror();     → { url, requests, tokens, close() }
//
//   any /<run>/echo…          200; every other path under a run does too
//   any /<run>/answer?…       status, statusText, body, type, header (name:value), as the query says
//   any /<run>/redirect?…     to `to`, with `status` (302)
//   any /<run>/hang           no answer, ever     any /<run>/half   a body of which more never comes
//   any /<run>/broken         a body in whose middle the connection ends
//   any /<run>/bytes?…        `size` bytes that differ by place; without Content-Length if `chunked`
//   any /<run>/gzip           text, compressed
//   any /<run>/pieces         a body piece by piece, the next one when `next` below is asked for
//   any /<run>/endless        64 MB, as fast as the client takes them
//   any /<run>/guarded        401 invalid_token unless the token is the newest
//   POST /token               the next tokens; see `tokens`
//
//   GET /control/<run>/arrived   once a request of the run is there; this and the next are not for `echo`
//   GET /control/<run>/state     { isClosed } now, and nothing is sent for it
//   GET /control/<run>/next, …/end   lets `pieces` go on, or end
//   GET /control/<run>/sent      { sent }: how many bytes of the body the network has taken
//   GET /control/<run>/closed    { isClosed, isComplete }, once the latest answer of the run has ended or its connection
//                                is gone; `half` and `pieces` go on meanwhile
//
// mirror.requests   [{ run, method, path, headers, body }] but for preflights and control; `run` is the first path
//                   segment, `body` base64
// mirror.tokens     { requests, clientId, hold(), release(), refuse(status, body), issued(): the newest access token's
//                   number }; a client with another id than `clientId`, if it is set, is refused and not recorded
import { EventEmitter, once } from "node:events";
import { gzipSync } from "node:zlib";
import { answerCors, listen, sendJson } from "../../../www/server/loopback.mjs";

/** Longer than any browser takes to give up a connection. */
const closeBoundMs = 10_000;
const endlessBytes = 64 * 1024 * 1024;

export async function startMirror({ host } = {}) {
  const requests = [];
  const tokens = new Tokens();
  const runs = new Runs();
  const { url, close } = await listen(
    async (request, response) => {
      response.setHeader("access-control-allow-credentials", "true");
      if (answerCors(request, response, () => true)) return;
      const { pathname, searchParams } = new URL(request.url, "http://mirror.invalid");
      const [, run, route, control] = pathname.split("/");
      if (run === "control") return sendJson(response, 200, await runs.control(route, control));
      const body = await whole(request);
      if (body === undefined) return;
      if (pathname === "/token") return tokens.serve(new URLSearchParams(body.toString()), response);
      const { method, headers } = request;
      requests.push({ run, method, path: request.url, headers, body: body.toString("base64") });
      const expose = response.getHeader("access-control-expose-headers");
      if (expose) response.setHeader("access-control-expose-headers", `${expose}, X-Answer`);
      response.setHeader("date", "Mon, 01 Jan 2024 00:00:00 GMT");
      const state = route === "echo" ? undefined : runs.arrive(run, response);
      (routes[route] ?? routes.echo)({ request, response, query: searchParams, tokens, state });
    },
    { host },
  );
  return { url, requests, tokens, close };
}

/** `undefined` if the client went away in the middle. */
async function whole(request) {
  const chunks = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

const routes = {
  echo: ({ response }) => sendJson(response, 200, { mirror: true }),
  answer({ response, query }) {
    for (const header of query.getAll("header")) response.appendHeader(...header.split(/:(.*)/s, 2));
    const status = Number(query.get("status") ?? 200);
    response.writeHead(status, query.get("statusText") ?? undefined, {
      "content-type": query.get("type") ?? "text/plain",
    });
    response.end(query.get("body") ?? "");
  },
  redirect: ({ response, query }) =>
    response.writeHead(Number(query.get("status") ?? 302), { location: query.get("to") }).end(),
  hang() {},
  half({ response, state }) {
    // So much that no browser waits for the rest when its caller goes away, to use the connection again.
    response.writeHead(200, { "content-type": "text/plain", "content-length": "1000000" });
    response.write("half");
    state.goOn = () => response.write("more");
  },
  broken({ response }) {
    response.writeHead(200, { "content-type": "text/plain", "content-length": "8" });
    response.write("half", () => response.destroy());
  },
  async bytes({ response, query }) {
    const size = Number(query.get("size"));
    const length = query.has("chunked") ? {} : { "content-length": size };
    response.writeHead(200, { "content-type": "application/octet-stream", ...length });
    for (let at = 0; at < size && !response.destroyed; at += block.length) {
      const chunk = Buffer.from(block.subarray(0, Math.min(block.length, size - at)));
      if (chunk.length >= 4) chunk.writeUInt32LE(at, 0);
      if (!response.write(chunk)) await taken(response);
    }
    response.end();
  },
  gzip({ response }) {
    const body = gzipSync("compressed ".repeat(20_000));
    const headers = { "content-type": "text/plain", "content-encoding": "gzip" };
    response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
  },
  pieces({ response, state }) {
    response.writeHead(200, { "content-type": "text/plain" });
    let number = 0;
    state.next = () => {
      number += 1;
      response.write(`piece ${number};`);
    };
    state.next();
    state.goOn = state.next;
  },
  async endless({ response, state }) {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    while (state.sent < endlessBytes && !response.destroyed) {
      const isTaken = response.write(block);
      if (!isTaken) await taken(response);
      state.sent += block.length;
    }
    response.end();
  },
  guarded({ request, response, tokens }) {
    if (request.headers.authorization === `Bearer access-${tokens.issued()}`)
      return routes.echo({ response });
    const challenge = 'Bearer realm="mirror", error="invalid_token"';
    sendJson(response, 401, { guarded: true }, { "www-authenticate": challenge });
  },
};

const block = Buffer.from(Uint8Array.from({ length: 65_536 }, (_, at) => (at * 31 + (at >> 8) * 7) & 255));

/** Once the network takes more, or will never. */
function taken(response) {
  if (response.destroyed) return;
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

/** What goes on in each run, for those who watch it from outside. */
class Runs extends EventEmitter {
  #states = new Map();

  constructor() {
    super();
    this.setMaxListeners(0);
  }

  arrive(run, response) {
    const state = { response, sent: 0, isClosed: false, next() {}, goOn() {} };
    this.#states.set(run, state);
    response.on("close", () => {
      state.isClosed = true;
      this.emit("closed");
    });
    this.emit("arrived");
    return state;
  }

  async control(run, action) {
    while (!this.#states.has(run)) await once(this, "arrived");
    const state = this.#states.get(run);
    if (action === "next") state.next();
    if (action === "end") state.response.end();
    if (action === "sent") return { sent: state.sent };
    if (action === "state") return { isClosed: state.isClosed };
    if (action !== "closed") return {};
    for (const deadline = performance.now() + closeBoundMs; !state.isClosed; ) {
      if (performance.now() > deadline) return { isClosed: false };
      // Firefox lets a connection go when the next piece comes.
      state.goOn();
      await Promise.race([once(this, "closed"), new Promise((resolve) => setTimeout(resolve, 20))]);
    }
    return { isClosed: true, isComplete: state.response.writableFinished };
  }
}

/** Tokens by number: `access-7` and `refresh-7` belong together, and come after `refresh-6`. */
class Tokens {
  requests = [];
  clientId = undefined;
  #newest = 0;
  #refusal = null;
  #held = null;

  issued() {
    return this.#newest;
  }

  /** The next tokens are these, as if they had been issued now; gives the token response. */
  begin(expiresIn = 600) {
    this.#newest += 1;
    return this.#response(expiresIn);
  }

  hold() {
    this.#held = [];
  }

  release() {
    for (const answer of this.#held ?? []) answer();
    this.#held = null;
  }

  refuse(status, body) {
    this.#refusal = { status, body };
  }

  accept() {
    this.#refusal = null;
  }

  async serve(form, response) {
    if (this.clientId !== undefined && form.get("client_id") !== this.clientId) {
      return sendJson(response, 400, { error: "invalid_grant" });
    }
    this.requests.push(Object.fromEntries(form));
    if (this.#held !== null) await new Promise((resolve) => this.#held.push(resolve));
    if (this.#refusal !== null) return sendJson(response, this.#refusal.status, this.#refusal.body);
    if (form.get("refresh_token") !== `refresh-${this.#newest}`) {
      return sendJson(response, 400, { error: "invalid_grant" });
    }
    this.#newest += 1;
    sendJson(response, 200, this.#response(600));
  }

  #response(expiresIn) {
    return {
      access_token: `access-${this.#newest}`,
      refresh_token: `refresh-${this.#newest}`,
      token_type: "Bearer",
      expires_in: expiresIn,
    };
  }
}
