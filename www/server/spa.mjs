// The demo's single-page application, served by Vite on loopback.
//
//   const spa = await startSpa({ port: 0, servers, strongroom, watch?, contentSecurityPolicy? });
//   → { url, redirectPaths (of this origin, to be registered at the authorization server), close() }
//
// `servers` ({ issuer, apiUrl, backEndUrl, foreignUrl, user }) is announced to the page as /demo-servers.json. `strongroom` is the file that
// the bare import "strongroom" means; the vault's script and the engine beside it are served under /vault/, as a deployer would
// put them there. `watch`: reload on edits. `contentSecurityPolicy` (true): the strict policies that the page and the vault are
// served with; they show that Strongroom needs no more than 'wasm-unsafe-eval' and the Trusted Types policy "strongroom".
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { sendJson } from "./loopback.mjs";

/** One for each place that cannot share a vault, and the naive client's. */
const REDIRECT_PATHS = ["/callback", "/callback/worker", "/callback/page", "/naive/callback"];
const VAULT_FILES = {
  "/vault.js": "text/javascript",
  "/strongroom_bg.wasm": "application/wasm",
  "/full/vault.js": "text/javascript",
  "/full/strongroom_bg.wasm": "application/wasm",
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export async function startSpa({
  port = 0,
  servers,
  strongroom,
  watch = false,
  contentSecurityPolicy = true,
}) {
  const { createServer } = await import("vite");
  const policies = contentSecurityPolicy
    ? { page: pagePolicy(servers, watch), vault: vaultPolicy(servers) }
    : {};
  const vite = await createServer({
    configFile: false,
    root,
    appType: "spa",
    logLevel: "error",
    clearScreen: false,
    resolve: {
      alias: [
        { find: "strongroom/full", replacement: join(dirname(resolve(strongroom)), "full/index.js") },
        { find: "strongroom", replacement: strongroom },
      ],
    },
    optimizeDeps: { noDiscovery: true },
    server: {
      host: "127.0.0.1",
      port,
      strictPort: true,
      headers: withPolicy(policies.page),
      fs: { allow: [root, dirname(resolve(strongroom))] },
      ...(watch ? {} : { watch: null, hmr: false, ws: false }),
    },
    plugins: [
      ...(watch ? [] : [withoutViteClient]),
      {
        name: "strongroom-demo-servers",
        configureServer({ middlewares }) {
          middlewares.use("/demo-servers.json", (_request, response) => sendJson(response, 200, servers));
          middlewares.use("/vault", serveVault(dirname(resolve(strongroom)), policies.vault));
          middlewares.use("/naive/callback", serveNaiveCallback);
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
  return { url: `http://127.0.0.1:${actualPort}`, redirectPaths: REDIRECT_PATHS, close: () => vite.close() };
}

/** Without reloading on edits, Vite's client in the page would look for a web socket that is not there. */
const withoutViteClient = {
  name: "strongroom-without-vite-client",
  transformIndexHtml: {
    order: "post",
    handler: (html) => html.replace(/<script type="module" src="\/@vite\/client"><\/script>/, ""),
  },
};

const withPolicy = (policy) => (policy === undefined ? {} : { "content-security-policy": policy });

/** A worker does not inherit the page's policy when its script comes from the network: it is served with one of its own. */
function serveVault(directory, policy) {
  return async ({ url }, response) => {
    const path = url.split("?", 1)[0];
    const type = VAULT_FILES[path];
    const content = type && (await readFile(join(directory, path)).catch(() => undefined));
    if (content === undefined) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": type, "cache-control": "no-cache", ...withPolicy(policy) });
    response.end(content);
  };
}

/** Where the naive client's sign-in ends, in a hidden frame. There is nothing in it; the page reads its address. */
function serveNaiveCallback(_request, response) {
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    ...withPolicy("default-src 'none'; frame-ancestors 'self'"),
  });
  response.end("<!doctype html><title>Signed in</title>");
}

// The foreign server is for the attack panel: an application would leave it out, and the panel's request there would fail. A
// sign-in without a question is a frame of the authorization server's that ends at this origin; the form is the sign-out there.
// Vite's development client needs its own web socket and puts styles into the page.
function pagePolicy({ issuer, apiUrl, backEndUrl, foreignUrl }, watch) {
  return [
    "default-src 'none'",
    "base-uri 'none'",
    `connect-src 'self' ${issuer} ${apiUrl} ${backEndUrl} ${foreignUrl}${watch ? " ws://127.0.0.1:*" : ""}`,
    `form-action ${issuer}`,
    "frame-ancestors 'self'",
    `frame-src 'self' ${issuer}`,
    "img-src 'self' data:",
    "require-trusted-types-for 'script'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `style-src 'self'${watch ? " 'unsafe-inline'" : ""}`,
    "trusted-types strongroom",
  ].join("; ");
}

function vaultPolicy({ issuer, apiUrl, backEndUrl }) {
  return `default-src 'none'; connect-src 'self' ${issuer} ${apiUrl} ${backEndUrl}; script-src 'self' 'wasm-unsafe-eval'`;
}
