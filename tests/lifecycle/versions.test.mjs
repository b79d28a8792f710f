// A vault that is not the one it was, or not the one the page was made for: seen by the boot id, the generation and the
// protocol's number in every reply.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startStage, timed } from "./stage.mjs";

const openMaxMs = 21_000;

/** The real vault, whose messages get what a test writes into `globalThis.oddity`, or says in the URL. */
const oddVault = `import "/odd.js${"?"}{QUERY}"; import "/pkg/vault.js";`;
const oddPort = `globalThis.oddity = Object.fromEntries(
  [...new URL(import.meta.url).searchParams].map(([name, value]) => [name, JSON.parse(value)]),
);
const odd = (message) => ({ ...message, ...globalThis.oddity });
const { postMessage } = MessagePort.prototype;
MessagePort.prototype.postMessage = function (message, transfer) {
  return postMessage.call(this, odd(message), transfer);
};
if ("postMessage" in globalThis) {
  const own = globalThis.postMessage;
  globalThis.postMessage = (message, transfer) => own.call(globalThis, odd(message), transfer);
}`;

/** What the next version of the package differs in, as the build writes it: each must be found. */
const nextVersion = {
  "/pkg/index.js": [
    [/(strongroom\/\$\{)1\}/g, "$12}"],
    [/\b(protocol:)1\b/g, "$12"],
    [/\b(protocol!==)1\b/g, "$12"],
  ],
  "/pkg/vault.js": [
    [/\b(protocol:)1\b/g, "$12"],
    [/!==1(\)throw new Error\("protocol"\))/g, "!==2$1"],
  ],
};

const send = (response, content) =>
  response.writeHead(200, { "content-type": "text/javascript" }).end(content);

/** Serves odd vaults; and the next version of the package once it is deployed. */
function odd() {
  const deployment = { isNext: false };
  const serve = (request, response) => {
    const { pathname, search } = new URL(request.url, "http://app.invalid");
    if (pathname === "/odd-vault.js") send(response, oddVault.replace("?{QUERY}", search));
    else if (pathname === "/odd.js") send(response, oddPort);
    else if (pathname === "/mute.js") send(response, "globalThis.onconnect = globalThis.onmessage = null;");
    else if (pathname === "/broken.js") send(response, "throw new Error('broken');");
    else if (pathname === "/missing.js") response.writeHead(404).end();
    else if (deployment.isNext && pathname in nextVersion) send(response, raised(pathname));
    else return false;
    return true;
  };
  return { deployment, serve };
}

function raised(pathname) {
  let text = readFileSync(new URL(`../..${pathname}`, import.meta.url), "utf8");
  for (const [pattern, replacement] of nextVersion[pathname]) {
    assert.match(text, pattern, `the build writes ${pathname} otherwise now`);
    text = text.replace(pattern, replacement);
  }
  return text;
}

let stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.close());

async function inScene(options, body) {
  const { deployment, serve } = odd();
  const scene = await stage.begin({ serve, ...options });
  try {
    await body(scene, deployment);
  } finally {
    await scene.close();
  }
}

/** What a reply says that it must not say, and what the error then tells. */
const oddities = [
  ["another boot id", { boot: "another" }, /anew/],
  ["an older generation", { generation: 0 }, /anew/],
  ["another protocol", { protocol: 2 }, /version/],
];

for (const isolation of ["shared", "worker"]) {
  describe(`a ${isolation} vault`, { timeout: 200_000 }, () => {
    for (const [name, oddity, says] of oddities) {
      test(`that answers with ${name} ends the session of its page`, () =>
        inScene({ isolation, workerUrl: "/odd-vault.js" }, async (scene) => {
          const tab = await scene.open();
          await scene.signIn(tab);
          await tab.run(() => {
            app.hanging = app.status("/hanging/hang");
          });
          const vault = await scene.vault();
          await vault.evaluate((oddity) => void Object.assign(globalThis.oddity, oddity), oddity);
          const outcomes = await tab.run(() => Promise.all([app.status("/odd/echo"), app.hanging]));
          for (const { code, message } of outcomes) {
            assert.equal(code, "ERR_VAULT");
            assert.match(message, says);
          }
          const { status, reason } = await tab.session();
          assert.deepEqual([status, reason], ["signed-out", "vault-lost"]);
          // The next call finds a vault that is consistent, and goes by what this one knows.
          if (isolation === "shared") await vault.evaluate("void (globalThis.oddity = { boot: 'another' })");
          const next = await tab.run(() => app.status("/next/echo"));
          assert.equal(next.code ?? next, isolation === "shared" ? 200 : "ERR_NOT_SIGNED_IN");
          await scene.signIn(tab);
          assert.equal(await tab.run(() => app.status("/next/echo")), 200);
        }));
    }

    for (const [name, workerUrl, says, maxMs] of [
      ["of another version", "/odd-vault.js?protocol=2", /version/, 10_000],
      ["that cannot be loaded", "/missing.js", /not start/, 10_000],
      ["that fails as it starts", "/broken.js", /not start/, 10_000],
      ["that says nothing", "/mute.js", /answer/, openMaxMs + 5_000],
    ]) {
      test(`${name} is refused in bounded time`, () =>
        inScene({ isolation, workerUrl }, async (scene) => {
          const { value: tab, ms } = await timed(() => scene.open());
          const { code, message } = await tab.run(() => app.failure);
          assert.equal(code, "ERR_VAULT");
          assert.match(message, says);
          assert.ok(ms < maxMs, `after ${ms} ms`);
        }));
    }
  });
}

test("a new version beside the old one has a vault of its own, and leaves the old one's alone", () =>
  inScene({ isolation: "shared" }, async (scene, deployment) => {
    const old = await scene.open();
    await scene.signIn(old);
    deployment.isNext = true;
    const next = await scene.open();
    assert.equal((await next.session()).status, "signed-out");
    const names = scene.vaults().map(({ info }) => info.title);
    assert.deepEqual(names.sort(), ["strongroom/1/spa", "strongroom/2/spa"]);
    assert.equal((await next.run(() => app.status("/next/echo"))).code, "ERR_NOT_SIGNED_IN");
    assert.equal(await old.run(() => app.status("/old/echo")), 200);
    await scene.signIn(next);
    assert.equal(await next.run(() => app.status("/next/echo")), 200);
    await old.reload();
    assert.equal((await old.session()).status, "signed-in");
    assert.equal(await old.run(() => app.status("/old/echo")), 200);
    const sent = scene.mirror.requests.map(({ path, headers }) => [path, headers.authorization]);
    assert.deepEqual(sent, [
      ["/old/echo", "Bearer access-1"],
      ["/next/echo", "Bearer access-2"],
      ["/old/echo", "Bearer access-2"],
    ]);
  }));
