// The installed package in an application that Vite built, and in one that is being developed with Vite: each home of
// the engine, in Chromium, without any option that says where a file is.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { listen } from "../../www/server/loopback.mjs";
import { startMirror } from "../e2e/app/mirror.mjs";
import { launch } from "../e2e/browsers.mjs";
import { assertRuns, homes, main, page } from "./application.mjs";
import { pack, project, runTool, staticFiles } from "./installed.mjs";

const closers = [];
let application;
let browser;
let mirror;
const sites = {};

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-pack-"));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const { tarball } = await pack(folder);
  const begin = async (specifier) => {
    const begun = await project(tarball, { "index.html": page, "main.js": main(specifier) });
    closers.push(begun.remove);
    return begun;
  };
  application = await begin("strongroom");
  mirror = await startMirror();
  closers.push(mirror.close);

  const build = async ({ folder }) => {
    await runTool("vite/bin/vite.js", ["build", "--logLevel", "error"], { cwd: folder });
    const built = await listen(staticFiles(join(folder, "dist")));
    closers.push(built.close);
    return built.url;
  };
  sites.built = await build(application);
  sites["built from strongroom/full"] = await build(await begin("strongroom/full"));

  const { createServer } = await import("vite");
  const developed = await createServer({
    configFile: false,
    root: application.folder,
    logLevel: "error",
    optimizeDeps: { exclude: ["strongroom"] },
    server: { host: "127.0.0.1", port: 0, watch: null },
  });
  closers.push(() => developed.close());
  await developed.listen();
  sites.developed = `http://127.0.0.1:${developed.httpServer.address().port}`;

  browser = await launch("chromium");
  closers.push(browser.close);
});
after(async () => {
  for (const close of closers.reverse()) await close();
});

for (const site of ["built", "built from strongroom/full", "developed"]) {
  for (const [isolation, inForce] of homes) {
    test(`an application ${site} with Vite runs, isolation ${isolation ?? "by default"}`, () =>
      assertRuns(browser, mirror, sites[site], { isolation }, inForce));
  }
}

test("Vite ships the vault and the wasm once each", () => {
  const assets = readdirSync(join(application.folder, "dist/assets"));
  assert.equal(assets.filter((name) => name.endsWith(".wasm")).length, 1, assets.join());
  assert.equal(assets.filter((name) => name.startsWith("vault-")).length, 1, assets.join());
});
