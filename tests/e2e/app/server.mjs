// A single-page application of one empty page, for the browser tests: it loads pkg/ as it is, without any bundler.
//
//   const app = await startApp();      → { url, options, close() }
//   app.options = { … }                what harness.js gives to createClient on every page load
//
// /pkg/… and /app/… are files; every other path is the page, so that "/callback" and "/orders" are pages too.
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { listen, sendJson } from "../../../www/server/loopback.mjs";
import { consoleRecorder } from "../browsers.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folders = { pkg: join(here, "../../../pkg"), app: here };
const types = { js: "text/javascript", wasm: "application/wasm", json: "application/json" };

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Strongroom's test page</title>
<link rel="icon" href="data:,">
<script>${consoleRecorder}</script>
<script type="module" src="/app/harness.js"></script>
<h1>Strongroom's test page</h1>
</html>`;

export async function startApp({ serve } = {}) {
  const app = { options: null };
  const { url, close } = await listen(async (request, response) => {
    const { pathname } = new URL(request.url, "http://app.invalid");
    if (await serve?.(request, response)) return;
    if (pathname === "/options.json") return sendJson(response, 200, app.options);
    const [, folder, ...rest] = normalize(pathname).split("/");
    if (!(folder in folders)) return send(response, "text/html; charset=utf-8", page);
    try {
      const content = readFileSync(join(folders[folder], ...rest));
      send(response, types[pathname.split(".").at(-1)] ?? "application/octet-stream", content);
    } catch {
      response.writeHead(404).end();
    }
  });
  return Object.assign(app, { url, close });
}

function send(response, type, content) {
  response.writeHead(200, { "content-type": type, "cache-control": "no-cache" }).end(content);
}
