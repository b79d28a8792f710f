// The demo's API. It really validates the access token: signature by the authorization server's keys, issuer, audience,
// expiry, scope, and the list of revoked tokens (an opaque token is introspected, RFC 7662). Refusals are RFC 6750 challenges.
//
//   const api = await startApi({ authorizationServer, foreignUrl?, delayMs? });   → { url, requests, control, close() }
//
//   GET  /orders             the orders                       POST /orders         echoes the JSON it was sent
//   GET  /slow?ms=1000       answers late (at most 30 s)      GET  /stream         a line every 50 ms, 20 lines
//   PUT  /upload             { bytes, sha256 } of the body    any  /echo           method, headers (no token), body as text
//   any  /status/:code       that status (?retryAfterSeconds) GET  /admin          403 insufficient_scope
//   any  /redirect-same      to /orders (?status=302)         any  /redirect-cross to foreignUrl (?status=302)
//   GET  /public             needs no token                   POST /transfers      401 insufficient_user_authentication
//   GET  /sealed             the same, whatever the sign-in was
//
// api.requests   [{ at, method, path, authorization, tokenHash, status }]: whether Authorization was present and the first
//                12 hex digits of the token's SHA-256, never the token. Preflights are not in it.
// api.control, and POST /control/outage and /control/end-outage:
//   outage(fault), endOutage()   see outage.mjs; the scope is always "all"
//   refuseNext(count)            the next `count` calls with a token get 401 invalid_token, none before all are there
import { createHash } from "node:crypto";
import { AccessTokenCheck } from "./access-token-check.mjs";
import { answerCors, listen, readJson, sendJson } from "./loopback.mjs";
import { Outage } from "./outage.mjs";
import { STRONG_ACR } from "./provider-configuration.mjs";

const ORDERS = [
  { id: 1843, item: "Analytical engine, brass", quantity: 1, status: "engraving" },
  { id: 1844, item: "Punched cards, box of 500", quantity: 12, status: "packed" },
  { id: 1845, item: "Lamp oil, 1 l", quantity: 6, status: "delivered" },
];
const LONGEST_DELAY_MS = 30_000;

export async function startApi({
  port = 0,
  host = "127.0.0.1",
  authorizationServer,
  foreignUrl,
  delayMs = 0,
}) {
  const requests = [];
  const outage = new Outage();
  const check = new AccessTokenCheck(authorizationServer);
  let refusals = { left: 0 };

  const control = {
    outage: (fault) => outage.begin({ ...fault, scope: "all" }),
    endOutage: () => outage.end(),
    refuseNext(count) {
      refusals.release?.();
      refusals = { left: count };
      refusals.allAreHere = new Promise((resolve) => {
        refusals.release = resolve;
      });
    },
  };

  async function serve(request, response) {
    const url = new URL(request.url, "http://api.invalid");
    if (url.pathname.startsWith("/control/")) return serveControl(control, url.pathname, request, response);
    if (!(await outage.admit(request, response, { isTokenRequest: false, isAllowedOrigin: () => true })))
      return;
    if (answerCors(request, response, () => true)) return;
    record(request, response, url.pathname);
    if (delayMs > 0) await delay(delayMs);

    const route = ROUTES[`${request.method} ${url.pathname}`] ?? ROUTES[`* /${url.pathname.split("/")[1]}`];
    if (route === undefined) return sendJson(response, 404, { error: "not_found" });
    if (route.isPublic !== true) {
      const scope = route.scope ?? "orders:read";
      let refusal = await check.refusalFor(request.headers.authorization, scope, route.acr);
      if (refusal === null && refusals.left > 0) {
        refusals.left -= 1;
        if (refusals.left === 0) refusals.release();
        await refusals.allAreHere;
        refusal = { status: 401, error: "invalid_token", description: "The access token was refused" };
      }
      if (refusal !== null) return refuse(request, response, refusal);
    }
    await route.serve({ request, response, url, foreignUrl });
  }

  function record(request, response, path) {
    const { authorization } = request.headers;
    const tokenHash =
      authorization === undefined ? null : hash(authorization.replace(/^\S+ +/, "")).slice(0, 12);
    const entry = {
      at: Date.now(),
      method: request.method,
      path,
      authorization: authorization !== undefined,
      tokenHash,
    };
    requests.push(entry);
    response.setHeader("x-request-number", String(requests.length));
    response.once("finish", () => {
      entry.status = response.statusCode;
    });
  }

  const { url, close } = await listen(serve, { port, host });
  return {
    url,
    requests,
    control,
    close() {
      outage.end();
      refusals.release?.();
      return close();
    },
  };
}

const ROUTES = {
  "GET /orders": { serve: ({ response }) => sendJson(response, 200, { orders: ORDERS }) },
  "POST /orders": {
    serve: async ({ request, response }) => sendJson(response, 201, { created: await readJson(request) }),
  },
  "GET /slow": {
    async serve({ response, url }) {
      const ms = Math.min(Number(url.searchParams.get("ms") ?? 1000) || 0, LONGEST_DELAY_MS);
      await delay(ms);
      sendJson(response, 200, { ms });
    },
  },
  "GET /stream": {
    async serve({ response }) {
      response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
      for (let line = 1; line <= 20 && !response.destroyed; line += 1) {
        response.write(`line ${line}\n`);
        await delay(50);
      }
      response.end();
    },
  },
  "PUT /upload": {
    async serve({ request, response }) {
      const digest = createHash("sha256");
      let bytes = 0;
      for await (const chunk of request) {
        digest.update(chunk);
        bytes += chunk.length;
      }
      sendJson(response, 200, { bytes, sha256: digest.digest("hex") });
    },
  },
  "GET /admin": { scope: "orders:admin", serve: ({ response }) => sendJson(response, 200, {}) },
  "POST /transfers": {
    acr: STRONG_ACR,
    serve: async ({ request, response }) => sendJson(response, 201, { sent: await readJson(request) }),
  },
  "GET /sealed": { acr: "urn:strongroom:unattainable", serve: () => {} },
  "GET /public": { isPublic: true, serve: ({ response }) => sendJson(response, 200, { public: true }) },
  "* /echo": {
    async serve({ request, response }) {
      const { authorization, ...headers } = request.headers;
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString("utf8");
      sendJson(response, 200, {
        method: request.method,
        headers,
        body,
        authorization: authorization !== undefined,
      });
    },
  },
  "* /status": {
    serve({ response, url }) {
      const status = Number(url.pathname.split("/")[2]);
      if (!(status >= 200 && status <= 599)) return sendJson(response, 400, { error: "bad_status" });
      const retryAfter = url.searchParams.get("retryAfterSeconds");
      if (retryAfter !== null) response.setHeader("retry-after", retryAfter);
      if (status === 204 || status === 304) return response.writeHead(status).end();
      sendJson(response, status, { status });
    },
  },
  "* /redirect-same": { serve: ({ response, url }) => redirect(response, url, "/orders") },
  "* /redirect-cross": {
    serve({ response, url, foreignUrl }) {
      if (foreignUrl === undefined) return sendJson(response, 501, { error: "started without foreignUrl" });
      redirect(response, url, `${foreignUrl}/landed`);
    },
  },
};

function redirect(response, url, location) {
  const status = Number(url.searchParams.get("status") ?? 302);
  response.writeHead([301, 302, 303, 307, 308].includes(status) ? status : 302, { location }).end();
}

function refuse(request, response, { status, error, description, scope, acr }) {
  request.resume();
  let challenge = 'Bearer realm="orders"';
  if (error !== undefined) challenge += `, error="${error}", error_description="${description}"`;
  if (acr !== undefined) challenge += `, acr_values="${acr}"`;
  if (scope !== undefined) challenge += `, scope="${scope}"`;
  response.setHeader("www-authenticate", challenge);
  sendJson(response, status, { error: error ?? "unauthorized", error_description: description });
}

async function serveControl(control, path, request, response) {
  if (answerCors(request, response, () => true)) return;
  if (request.method !== "POST") return sendJson(response, 405, { error: "POST only" });
  const argument = await readJson(request);
  if (path === "/control/outage") return sendJson(response, 200, control.outage(argument));
  if (path === "/control/end-outage") return sendJson(response, 200, control.endOutage() ?? {});
  sendJson(response, 404, { error: "no such control" });
}

function hash(text) {
  return createHash("sha256").update(text).digest("hex");
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
