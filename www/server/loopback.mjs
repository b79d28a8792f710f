// What the demo's servers share: listening on loopback, reading small bodies, answering with JSON, CORS.
import { createServer } from "node:http";

const BODY_LIMIT_BYTES = 64 * 1024;

/**
 * Starts an HTTP server on loopback and resolves once it listens. Port 0 takes any free port. A request that its handler cannot
 * make sense of is answered with status 400.
 */
export async function listen(handler, { port = 0, host = "127.0.0.1" } = {}) {
  const server = createServer(async (request, response) => {
    try {
      await handler(request, response);
    } catch (error) {
      if (!response.headersSent) sendJson(response, 400, { error: "bad_request", detail: error.message });
      else response.destroy();
    }
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    server,
    url: `http://${host}:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The whole request body as text; rejects above 64 KB. */
export async function readText(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_LIMIT_BYTES) throw new Error("request body too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The request body as a JSON object; an empty body is `{}`. Rejects for anything else. */
export async function readJson(request) {
  const text = await readText(request);
  const value = text === "" ? {} : JSON.parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new Error("expected a JSON object");
  return value;
}

export function sendJson(response, status, value, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(JSON.stringify(value));
}

/**
 * Sets the CORS response headers for an allowed origin and answers a preflight. `withCredentials`: its cookies may come along.
 * Returns true when the request was a preflight and is done.
 */
export function answerCors(request, response, isAllowed, { withCredentials = false } = {}) {
  const origin = request.headers.origin;
  response.setHeader("vary", "Origin");
  if (origin !== undefined && isAllowed(origin)) {
    response.setHeader("access-control-allow-origin", origin);
    if (withCredentials) response.setHeader("access-control-allow-credentials", "true");
    response.setHeader(
      "access-control-expose-headers",
      "WWW-Authenticate, Retry-After, ETag, X-Request-Number",
    );
  }
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined)
    return false;
  response.setHeader("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
  response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "");
  response.setHeader("access-control-max-age", "600");
  response.writeHead(204).end();
  return true;
}
