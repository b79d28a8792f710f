// The demo as `npm start` starts it: its servers, their ports, and what it tells its page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startDemo } from "../../scripts/start.mjs";
import { authorize } from "./app/servers.mjs";

test("the demo starts on free ports and tells the page where its servers are", async () => {
  const strongroom = fileURLToPath(import.meta.url);
  const demo = await startDemo({ strongroom });
  try {
    const servers = await (await fetch(`${demo.spa.url}/demo-servers.json`)).json();
    assert.deepEqual(servers, {
      issuer: demo.authorizationServer.issuer,
      apiUrl: demo.api.url,
      user: { login: "ada", password: "strongroom" },
    });
    const callback = await fetch(`${demo.spa.url}/callback?code=c&state=s`, {
      headers: { accept: "text/html" },
    });
    assert.match(await callback.text(), /<title>Strongroom demo<\/title>/);
    assert.match(callback.headers.get("content-security-policy"), /script-src 'self' 'wasm-unsafe-eval';/);
    const redirect_uri = `${demo.spa.url}/callback`;
    const { parameters } = await authorize(
      { redirect_uri },
      { authorizationServer: demo.authorizationServer },
    );
    assert.match(parameters.get("code"), /./);
    const port = Number(new URL(demo.api.url).port);
    await assert.rejects(startDemo({ strongroom, ports: { api: port } }), /api cannot start on port \d+/);
    const other = await startDemo({ strongroom, preferredPorts: { api: port } });
    assert.notEqual(other.api.url, demo.api.url);
    await other.close();
  } finally {
    await demo.close();
  }
  await assert.rejects(fetch(demo.spa.url), TypeError);
});
