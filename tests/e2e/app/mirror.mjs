// An API that tells exactly what it was sent and answers exactly what it is asked for, and a token endpoint beside it.
//
//   const mirror = await startMirror();     → { url, requests, tokens, close() }
//
//   any /<run>/echo…          200; every other path under a run does too
//   any /<run>/answer?…       status, statusText, body, type, header (name:value), as the query says
//   any /<run>/redirect?…     to `to`, with `status` (302)
//   any /<run>/hang           no answer, ever     any /<run>/half   a body whose second half never comes
//   any /<run>/guarded        401 invalid_token unless the token is the newest
//   POST /token               the next tokens; see `tokens`
//
// mirror.requests   [{ run, method, path, headers, body }] but for preflights; `run` is the first path segment, `body` base64
// mirror.tokens     { requests, hold(), release(), refuse(status, body), issued(): the newest access token's number }
import { answerCors, listen, sendJson } from "../../../www/server/loopback.mjs";

export async function startMirror({ host } = {}) {
  const requests = [];
  const tokens = new Tokens();
  const { url, close } = await listen(
    async (request, response) => {
      response.setHeader("access-control-allow-credentials", "true");
      if (answerCors(request, response, () => true)) return;
      const { pathname, searchParams } = new URL(request.url, "http://mirror.invalid");
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      if (pathname === "/token") return tokens.serve(new URLSearchParams(body.toString()), response);
      const [, run, route] = pathname.split("/");
      const { method, headers } = request;
      requests.push({ run, method, path: request.url, headers, body: body.toString("base64") });
      const expose = response.getHeader("access-control-expose-headers");
      if (expose) response.setHeader("access-control-expose-headers", `${expose}, X-Answer`);
      response.setHeader("date", "Mon, 01 Jan 2024 00:00:00 GMT");
      (routes[route] ?? routes.echo)({ request, response, query: searchParams, tokens });
    },
    { host },
  );
  return { url, requests, tokens, close };
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
  half({ response }) {
    response.writeHead(200, { "content-type": "text/plain", "content-length": "8" });
    response.write("half");
  },
  guarded({ request, response, tokens }) {
    if (request.headers.authorization === `Bearer access-${tokens.issued()}`)
      return routes.echo({ response });
    const challenge = 'Bearer realm="mirror", error="invalid_token"';
    sendJson(response, 401, { guarded: true }, { "www-authenticate": challenge });
  },
};

/** Tokens by number: `access-7` and `refresh-7` belong together, and come after `refresh-6`. */
class Tokens {
  requests = [];
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
