// The demo's single-page application, served by Vite on loopback.
//
//   const spa = await startSpa({ port: 0, servers, strongroom, watch?, contentSecurityPolicy? });   → { url, close() }
//
// `servers` ({ issuer, apiUrl, user }) is announced to the page as /demo-servers.json. `strongroom` is the file that the bare
// import "strongroom" means. `watch`: reload on edits. `contentSecurityPolicy` (true): the strict policy that the page is
// served with; it shows that Strongroom needs no more than 'wasm-unsafe-eval'.
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { sendJson } from "./loopback.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export async function startSpa({
  port = 0,
  servers,
  strongroom,
  watch = false,
  contentSecurityPolicy = true,
}) {
  const { createServer } = await import("vite");
  const vite = await createServer({
    configFile: false,
    root,
    appType: "spa",
    logLevel: "error",
    clearScreen: false,
    resolve: { alias: { strongroom } },
    optimizeDeps: { noDiscovery: true },
    server: {
      host: "127.0.0.1",
      port,
      strictPort: true,
      headers: contentSecurityPolicy ? { "content-security-policy": policy(servers) } : {},
      fs: { allow: [root, dirname(resolve(strongroom))] },
      ...(watch ? {} : { watch: null, hmr: false, ws: false }),
    },
    plugins: [
      ...(watch ? [] : [withoutViteClient]),
      {
        name: "strongroom-demo-servers",
        configureServer({ middlewares }) {
          middlewares.use("/demo-servers.json", (_request, response) => sendJson(response, 200, servers));
        },
      },
    ],
  });
  try {
    await vite.listen();
  } catch (error) {
    await vite.close();
    throw error;
  }
  const { port: actualPort } = vite.httpServer.address();
  return { url: `http://127.0.0.1:${actualPort}`, close: () => vite.close() };
}

/** Without reloading on edits, Vite's client in the page would look for a web socket that is not there. */
const withoutViteClient = {
  name: "strongroom-without-vite-client",
  transformIndexHtml: {
    order: "post",
    handler: (html) => html.replace(/<script type="module" src="\/@vite\/client"><\/script>/, ""),
  },
};

// Vite's development client needs its own web socket and puts styles into the page.
function policy({ issuer, apiUrl }) {
  return [
    "default-src 'none'",
    "base-uri 'none'",
    `connect-src 'self' ws://127.0.0.1:* ${issuer} ${apiUrl}`,
    "form-action 'none'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
  ].join("; ");
}
