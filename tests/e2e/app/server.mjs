// A single-page application of one empty page, for the browser tests: it loads pkg/ as it is, without any bundler.
//
//   const app = await startApp();      → { url, options, recordsMessages, moveOn(), close() }
//   app.options = { … }                what harness.js gives to createClient on every page load
//   app.isFull = true                  from the next page load on, the package is strongroom/full
//   app.recordsMessages = true         from the next page load on, what the page posts to workers is kept, as text, in
//                                      `window.recordedMessages`
//   await app.moveOn()                 the same application at a fresh origin: `app.url` is another, the old one goes on
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

/** Runs before any other script, so that nobody has the platform's own functions already. */
const messageRecorder = `(() => {
  const kept = (window.recordedMessages = []);
  const text = (value, depth = 0) => {
    if (typeof value !== "object" || value === null || depth > 5) return String(value);
    if (value instanceof URL || value instanceof URLSearchParams) return String(value);
    const members = value instanceof Map || value instanceof Set ? [...value] : Object.entries(value);
    return members.map((member) => text(member, depth + 1)).join(" ");
  };
  for (const { prototype } of [MessagePort, Worker, BroadcastChannel]) {
    const { postMessage } = prototype;
    prototype.postMessage = function (...given) {
      kept.push(text(given[0]));
      return Reflect.apply(postMessage, this, given);
    };
  }
})();`;

const page = (scripts) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Strongroom's test page</title>
<link rel="icon" href="data:,">
${scripts.map((script) => `<script>${script}</script>`).join("\n")}
<script type="module" src="/app/harness.js"></script>
<h1>Strongroom's test page</h1>
</html>`;

export async function startApp({ serve } = {}) {
  const app = { options: null, isFull: false, recordsMessages: false };
  const closers = [];
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, "http://app.invalid");
    if (await serve?.(request, response)) return;
    if (pathname === "/options.json") return sendJson(response, 200, app.options);
    const [, folder, ...rest] = normalize(pathname).split("/");
    if (!(folder in folders)) {
      const scripts = app.recordsMessages ? [consoleRecorder, messageRecorder] : [consoleRecorder];
      return send(response, "text/html; charset=utf-8", page(scripts));
    }
    try {
      const part = folder === "pkg" && app.isFull ? "full" : "";
      const content = readFileSync(join(folders[folder], part, ...rest));
      send(response, types[pathname.split(".").at(-1)] ?? "application/octet-stream", content);
    } catch {
      response.writeHead(404).end();
    }
  };
  app.moveOn = async () => {
    const { url, close } = await listen(answer);
    closers.push(close);
    app.url = url;
  };
  app.close = () => Promise.all(closers.map((close) => close()));
  await app.moveOn();
  return app;
}

function send(response, type, content) {
  response.writeHead(200, { "content-type": type, "cache-control": "no-cache" }).end(content);
}
