// The bench's servers on loopback: one origin for the page, the package and an API, another for the token endpoint.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { AuthorizationServer } from "./authorization-server.mjs";

const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
/** Isolated from other origins, a page's clock counts in 5 µs instead of 100. */
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };

/**
 * Resolves to { url, control(what), job(part, args), close() }. `pkg`: the package's folder. `page`: the bundled script of the
 * bench. `stormApi`: the bundled script that answers the storm's API inside a vault. `starts`: name → bundled script of a page
 * that only makes a client, at /start/<number>.
 */
export async function startServers({ pkg, page, stormApi, starts }) {
  const authorizationServer = new AuthorizationServer();
  const tokens = await listen(async (request, response) => {
    if (request.method === "OPTIONS")
      return send(response, 204, "", { ...cors, "access-control-max-age": 600 });
    const answer = await authorizationServer.token(new URLSearchParams(await text(request)));
    if (answer === undefined) send(response, 400, '{"error":"invalid_grant"}', cors);
    else send(response, 200, JSON.stringify(answer), cors);
  });
  authorizationServer.issuer = tokens.url;
  const html = (
    script,
  ) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>bench</title>
<script>globalThis.authorizationServer = "${tokens.url}"</script><script type="module" src="${script}"></script>`;
  const typed = (type, body) => () => [200, body, { "content-type": type }];

  /** Where a page that nobody drives tells how its part went. */
  const tellers = new Map();
  const stats = () => ({ refreshRequests: authorizationServer.refreshRequests });
  const routes = {
    "GET /": typed("text/html", html("/bench.js")),
    "GET /bench.js": typed(types[".js"], page),
    // Where a sign-in begins and the page stays.
    "GET /authorize": () => [204, ""],
    "GET /api/orders": ({ headers }) =>
      headers.authorization === "Bearer always-valid" ? [200, '[{"id":7}]'] : [401, "{}"],
    // Only tokens that a refresh has brought.
    "GET /api/renewed": ({ headers }) =>
      /^Bearer s\d+\.[1-9]\d*$/.test(headers.authorization) ? [200, "[]"] : [401, "{}"],
    "POST /control/begin": () => {
      authorizationServer.hold();
      return [200, JSON.stringify({ tokens: authorizationServer.begin(0), ...stats() })];
    },
    "POST /control/release": () => {
      authorizationServer.release();
      return [200, "{}"];
    },
    "POST /control/stats": () => [200, JSON.stringify(stats())],
    // A vault whose API answers inside it.
    "GET /storm-vault.js": typed(types[".js"], 'import "/storm-api.js"; import "/pkg/vault.js";'),
    "GET /storm-api.js": typed(types[".js"], stormApi),
  };
  for (const [number, script] of Object.values(starts).entries()) {
    routes[`GET /start/${number}`] = typed("text/html", html(`/start/${number}.js`));
    routes[`GET /start/${number}.js`] = typed(types[".js"], script);
  }
  const site = await listen(async (request, response) => {
    const { pathname: path, searchParams } = new URL(request.url, "http://bench");
    if (path === "/api/download") return download(response, Number(searchParams.get("bytes")));
    if (path === "/control/outcome") {
      tellers.get(searchParams.get("job"))?.(JSON.parse(await text(request)));
      return send(response, 204, "");
    }
    const route = routes[`${request.method} ${path}`];
    if (route !== undefined) return send(response, ...route(request));
    const [, file] = /^\/pkg\/((?:full\/)?[\w-]+\.(?:js|wasm))$/.exec(path) ?? [];
    const bytes = file && (await readFile(join(pkg, file)).catch(() => undefined));
    if (bytes) send(response, 200, bytes, { "content-type": types[extname(file)] });
    else send(response, 404, "{}");
  });
  const control = async (what) => (await fetch(`${site.url}/control/${what}`, { method: "POST" })).json();
  const job = (part, args) => {
    const id = String(tellers.size);
    const outcome = new Promise((resolve) => tellers.set(id, resolve));
    return {
      url: `${site.url}/?${new URLSearchParams({ job: id, part, args: JSON.stringify(args) })}`,
      outcome,
    };
  };
  return { url: site.url, control, job, close: () => Promise.all([site.close(), tokens.close()]) };
}

async function listen(answer) {
  const server = createServer(answer);
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

function send(response, status, body, headers = {}) {
  const own = { "content-type": "application/json", "cache-control": "no-store", ...isolation };
  // As the usual frameworks answer a small JSON; by itself Node would send this in chunks.
  const length = status === 204 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...own, ...length, ...headers }).end(body);
}

/** As fast as it is taken, and no faster. */
function download(response, bytes) {
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": bytes,
    ...isolation,
  });
  const piece = Buffer.alloc(64 * 1024, 7);
  let left = bytes;
  const source = new Readable({
    read() {
      const size = Math.min(left, piece.length);
      left -= size;
      this.push(size === 0 ? null : piece.subarray(0, size));
    },
  });
  pipeline(source, response, () => {});
}

async function text(request) {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  return body;
}
