// The bench's server on loopback: its page, the package, a token endpoint that rotates refresh tokens and ends a session
// whose used one comes again (RFC 9700 section 4.14.2), and an API that takes only the session's newest token.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
const html =
  '<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="/bench.js"></script>';
/** Isolated from other origins, a page's clock counts in 5 µs instead of 100. */
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Resolves to { url, close() }. `pkg`: the package's folder. `page`: the bundled script of the bench. */
export async function startServer({ pkg, page }) {
  let tokenRequests = 0;
  let sessions = 0;
  /** Session → the number of its newest token; a session that was ended has none. */
  const newest = new Map();
  const begin = (expiresIn) => {
    const session = `s${++sessions}`;
    newest.set(session, 0);
    return tokensOf(session, 0, expiresIn);
  };

  const refresh = (refreshToken) => {
    const [session, number] = refreshToken.split(".");
    if (String(newest.get(session)) !== number) {
      newest.delete(session);
      return undefined;
    }
    newest.set(session, Number(number) + 1);
    return tokensOf(session, Number(number) + 1, 3600);
  };

  const token = (form) => {
    tokenRequests += 1;
    if (form.get("grant_type") === "refresh_token") return refresh(form.get("refresh_token") ?? "");
    const [, expiresIn, nonce] = /^(-?\d+)\.(.+)$/.exec(form.get("code") ?? "") ?? [];
    return { ...begin(Number(expiresIn)), id_token: idToken(form.get("client_id"), nonce) };
  };

  const idToken = (audience, nonce) => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { iss: `${url}/`, sub: "ada", aud: audience, iat, exp: iat + 3600, nonce };
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.AAAA`;
  };

  const isGood = (authorization) => {
    if (authorization === "Bearer always-valid") return true;
    const [, session, number] = /^Bearer (s\d+)\.(\d+)$/.exec(authorization ?? "") ?? [];
    // The first token of a session counts as expired.
    return session !== undefined && number !== "0" && String(newest.get(session)) === number;
  };

  const routes = {
    "GET /": (_, response) => send(response, 200, html, types[".html"]),
    "GET /bench.js": (_, response) => send(response, 200, page, types[".js"]),
    "GET /api/orders": (request, response) =>
      isGood(request.headers.authorization)
        ? send(response, 200, '[{"id":7}]')
        : send(response, 401, "{}", undefined, { "www-authenticate": 'Bearer error="invalid_token"' }),
    "POST /control/begin": (_, response) => send(response, 200, JSON.stringify({ tokens: begin(0) })),
    "GET /control/stats": (_, response) => send(response, 200, JSON.stringify({ tokenRequests })),
  };
  const postToken = async (request, response) => {
    const tokens = token(new URLSearchParams(await text(request)));
    if (tokens === undefined) send(response, 400, '{"error":"invalid_grant"}');
    else send(response, 200, JSON.stringify(tokens));
  };
  routes["POST /token"] = postToken;
  routes["POST /oauth/token"] = postToken;

  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://bench").pathname;
    const route = routes[`${request.method} ${path}`];
    if (route !== undefined) return route(request, response);
    const [, file] = /^\/pkg\/([\w-]+\.(?:js|wasm))$/.exec(path) ?? [];
    const bytes = file && (await readFile(join(pkg, file)).catch(() => undefined));
    if (bytes) send(response, 200, bytes, types[extname(file)]);
    else send(response, 404, "{}");
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, close };
}

const tokensOf = (session, number, expiresIn) => ({
  access_token: `${session}.${number}`,
  token_type: "Bearer",
  expires_in: expiresIn,
  refresh_token: `${session}.${number}`,
});

function send(response, status, body, type = "application/json", headers = {}) {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...isolation, ...headers });
  response.end(body);
}

async function text(request) {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  return body;
}
