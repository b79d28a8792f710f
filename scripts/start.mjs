// `npm start`: sets everything up, builds the package, and runs the demo on loopback until Ctrl-C.
//
//   node scripts/start.mjs [--json]     --json: the addresses as one line of JSON on standard output, everything else on
//                                       standard error: { spa, issuer, api, user: { login, password } }
//
// PORT, AS_PORT, API_PORT and BACK_END_PORT choose the ports (5173, 4000, 4001, 4002); 0 is any. A taken default gives way to a free port, a taken
// port that was asked for is an error.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./command.mjs";

const DEFAULT_PORTS = { spa: 5173, authorizationServer: 4000, api: 4001, backEnd: 4002 };

/**
 * Starts the three servers of the demo. The package has to be built (see `strongroom`).
 * `ports`: { spa, authorizationServer, api }, 0 (the default) being any free one; `preferredPorts`: the same, but a taken one
 * gives way to a free one. `strongroom`: the module that the SPA imports by that name, by default pkg/index.js.
 * `authorizationServer`, `api`: more options for those servers, see their files. `spa`: more options for startSpa.
 * Resolves to { spa, authorizationServer, api, foreign, close() }.
 */
export async function startDemo({
  ports = {},
  preferredPorts = {},
  strongroom = join(root, "pkg/index.js"),
  authorizationServer: authorizationServerOptions = {},
  api: apiOptions = {},
  backEnd: backEndOptions = {},
  spa: spaOptions = {},
} = {}) {
  const [{ startAuthorizationServer }, { startApi }, { startBackEnd }, { startForeign }, { startSpa }] =
    await Promise.all([
      import("../www/server/authorization-server.mjs"),
      import("../www/server/api.mjs"),
      import("../www/server/back-end.mjs"),
      import("../www/server/foreign.mjs"),
      import("../www/server/spa.mjs"),
    ]);
  const started = [];
  const close = async () => {
    await Promise.all(started.map((server) => server.close()));
  };
  /** Starts one server on the port asked for, on the preferred one if it is free, or on any. */
  async function begin(name, start) {
    const tries = ports[name] !== undefined ? [ports[name]] : [preferredPorts[name] ?? 0, 0];
    for (const port of tries) {
      try {
        const server = await start(port);
        started.push(server);
        return server;
      } catch (error) {
        const isTaken = error.code === "EADDRINUSE" || /port \d+ is (already )?in use/i.test(error.message);
        if (!isTaken || port === tries.at(-1)) {
          throw new Error(`the demo's ${name} cannot start on port ${port}: ${error.message}`, {
            cause: error,
          });
        }
      }
    }
  }

  try {
    const authorizationServer = await begin("authorizationServer", (port) =>
      startAuthorizationServer({ ...authorizationServerOptions, port }),
    );
    const foreign = await begin("foreign", (port) => startForeign({ port }));
    const api = await begin("api", (port) =>
      startApi({ foreignUrl: foreign.url, ...apiOptions, authorizationServer, port }),
    );
    const backEnd = await begin("backEnd", (port) => startBackEnd({ ...backEndOptions, port }));
    const { issuer, user } = authorizationServer;
    const servers = {
      issuer,
      apiUrl: api.url,
      backEndUrl: backEnd.url,
      foreignUrl: foreign.url,
      user: { login: user.login, password: user.password },
    };
    const spa = await begin("spa", (port) => startSpa({ ...spaOptions, servers, strongroom, port }));
    authorizationServer.control.allowOrigin(
      spa.url,
      spa.redirectPaths.map((path) => spa.url + path),
    );
    backEnd.control.allowApp(spa.url);
    return { spa, authorizationServer, api, backEnd, foreign, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function main() {
  const ports = portsFromEnvironment();
  const isJson = process.argv.includes("--json");
  // Set-up and build report on standard output, which --json keeps for the one line.
  if (isJson) console.log = console.error;
  const [{ setUp }, { build }] = await Promise.all([import("./setup.mjs"), import("./build.mjs")]);
  await setUp({ browsers: false });
  await build();

  const demo = await startDemo({ ...ports, spa: { watch: true } });
  // From here on Ctrl-C is the ordinary end, no longer the interruption that command.mjs takes it for.
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.removeAllListeners(signal);
    process.once(signal, async () => {
      setTimeout(() => process.exit(0), 3000).unref();
      await demo.close();
      process.exit(0);
    });
  }

  const { user, issuer } = demo.authorizationServer;
  const account = { login: user.login, password: user.password };
  if (isJson) {
    process.stdout.write(
      `${JSON.stringify({ spa: demo.spa.url, issuer, api: demo.api.url, user: account })}\n`,
    );
  } else {
    console.log(`
  Strongroom's demo is running:  ${demo.spa.url}

  Sign in as                     ${account.login}
  with the password              ${account.password}

  Authorization server           ${issuer}
  API                            ${demo.api.url}
  Back end of its own            ${demo.backEnd.url}

  Ctrl-C stops everything.
`);
  }
}

function portsFromEnvironment() {
  const names = { spa: "PORT", authorizationServer: "AS_PORT", api: "API_PORT", backEnd: "BACK_END_PORT" };
  const ports = {};
  for (const [server, name] of Object.entries(names)) {
    const value = process.env[name];
    if (value === undefined) continue;
    if (!/^\d{1,5}$/.test(value) || Number(value) > 65535)
      throw new Error(`${name} must be a port number, not "${value}"`);
    ports[server] = Number(value);
  }
  return { ports, preferredPorts: DEFAULT_PORTS };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(`\nThe demo did not start: ${error.message}`);
    process.exit(1);
  });
}
