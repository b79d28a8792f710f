// The attacks on the protocol, each with its number, and each with a control: the same attack on something weaker, which
// has to succeed, or the number proves nothing.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { until } from "../e2e/app/page.mjs";
import { forgedCallbacks, hostileReturns } from "./attacks.mjs";
import { startAuthorizationServer } from "./authorization-server.mjs";
import { startStage } from "./stage.mjs";

let stage;
before(async () => {
  stage = await startStage("chromium");
});
after(() => stage?.close());

/** Runs with one more server, which is not the application's. */
async function withServer(script, body) {
  const server = await startAuthorizationServer({ script });
  try {
    return await body(server);
  } finally {
    await server.close();
  }
}

/** No page opened this one: there is no use in waiting a second for its word, each time. */
const isNoPopup = (scene) =>
  scene.page.run(() => {
    const { setTimeout } = window;
    window.setTimeout = (callback, ms, ...rest) => setTimeout(callback, ms === 1_000 ? 0 : ms, ...rest);
  });

const announcesIss = { authorization_response_iss_parameter_supported: true };

test("open redirects: 0 of 200 values of returnTo lead to another origin", { timeout: 300_000 }, () =>
  withServer({}, async (foreign) => {
    const returns = hostileReturns(new URL(foreign.issuer).host);
    assert.equal(new Set(returns).size, 200);
    // Where no metadata is, what is accepted fails only after it was accepted: one page judges them all.
    const judge = await stage.begin({ answers: { metadata: { status: 404 } } });
    await judge.page.open("/");
    const verdicts = await judge.page.run(async (returns) => {
      const codes = [];
      for (const returnTo of returns) {
        codes.push(await app.client.signIn({ returnTo }).catch(({ code, option }) => option ?? code));
      }
      return codes;
    }, returns);
    const accepted = returns.filter((_, at) => verdicts[at] !== "returnTo");
    assert.ok(verdicts.every((verdict) => ["returnTo", "ERR_METADATA"].includes(verdict)));
    assert.ok(accepted.length > 20 && accepted.length < 60, `${accepted.length} are accepted`);

    // An accepted one goes all the way; then the application follows it, as a router without a base would.
    const scene = await stage.begin();
    for (const returnTo of accepted) {
      const result = await scene.signIn({ returnTo });
      assert.equal(result.returnTo, returnTo);
      assert.equal(new URL(await scene.page.url()).origin, scene.app.url, returnTo);
      await scene.page.run((path) => {
        history.pushState(null, "", "/elsewhere");
        delete window.app.isReady;
        location.assign(path);
      }, returnTo);
      await scene.page.ready();
      assert.equal(new URL(await scene.page.url()).origin, scene.app.url, returnTo);
    }
    assert.equal(foreign.requests.length, 0, "cross-origin navigations");

    // The control: an application that follows a parameter of its URL.
    const leaves = await scene.page.run(
      (returns) =>
        returns.filter(
          (path) => URL.canParse(path, location) && new URL(path, location).origin !== location.origin,
        ),
      returns,
    );
    assert.ok(leaves.length >= 100, `${leaves.length} would leave`);
    for (const path of leaves.filter((path) => path.startsWith("/")).slice(0, 10)) {
      const before = foreign.requests.length;
      await scene.page.open("/");
      await scene.page.run((path) => location.assign(path), path);
      await until(() => foreign.requests.length > before, `a navigation by ${JSON.stringify(path)}`);
    }
  }),
);

test("a page whose own address looks like one of those can sign in, and comes back", async () => {
  const scene = await stage.begin();
  for (const [at, back] of [
    ["//orders", "/orders"],
    ["/orders?page=a\\b#c\\d", "/orders?page=a\\b#c\\d"],
  ]) {
    await scene.page.open(scene.app.url + at);
    await scene.page.leaveToSignIn();
    await scene.page.comeBack();
    assert.deepEqual(await scene.page.run(() => app.client.completeSignIn()), { returnTo: back });
    assert.equal(await scene.page.url(), scene.app.url + back);
  }
});

test("forged callbacks: 0 token requests of 50", async () => {
  const scene = await stage.begin({ metadata: announcesIss });
  // One sign-in is over, so that its `state` is one that was used; the next one waits for its answer all the while.
  const used = new URL(await scene.callback());
  await scene.page.run(() => app.client.completeSignIn());
  await scene.page.run(() => app.client.signOut());
  const genuine = new URL(await scene.callback());
  await scene.page.open("/");
  const before = scene.server.count("token");
  const forged = forgedCallbacks(genuine, used);
  assert.equal(new Set(forged).size, 50);
  await isNoPopup(scene);
  const results = await scene.page.run(async (forged) => {
    const results = [];
    for (const href of forged) {
      history.replaceState(null, "", href);
      results.push([await app.client.completeSignIn().catch(app.describe), location.search]);
    }
    return results;
  }, forged);
  for (const [at, [outcome, search]] of results.entries()) {
    assert.deepEqual([outcome?.code, search], ["ERR_CALLBACK", ""], `${forged[at]}: ${outcome?.message}`);
  }
  assert.equal(scene.server.count("token"), before, "token requests");

  // The control: the genuine one, which none of them spoiled, costs one.
  await scene.page.open(genuine.href);
  await scene.page.run(() => app.client.completeSignIn());
  assert.equal(scene.server.count("token"), before + 1);
  assert.equal((await scene.session()).status, "signed-in");
});

test("replayed callbacks: 0 more token requests in 20 reloads and a second tab", async () => {
  const scene = await stage.begin();
  const callback = await scene.callback();
  await scene.page.run(() => app.client.completeSignIn());
  const replay = async () => {
    await scene.page.open(callback);
    await isNoPopup(scene);
    return scene.page.run(() => app.client.completeSignIn().catch(({ code }) => code));
  };
  for (let number = 1; number <= 20; number += 1) assert.equal(await replay(), "ERR_CALLBACK");
  const { driver } = scene.page;
  const first = await driver.getWindowHandle();
  await driver.switchTo().newWindow("tab");
  assert.equal(await replay(), "ERR_CALLBACK");
  await driver.close();
  await driver.switchTo().window(first);
  assert.equal(scene.server.count("token"), 1);
  assert.equal((await scene.session()).status, "signed-in");
  // The control: another sign-in is another request.
  await scene.signIn();
  assert.equal(scene.server.count("token"), 2);
});

/** The attacker's server sends the user on to the honest one, in the name of the client. */
const sendsOnTo = (honest, change = {}) => ({
  authorization: ({ searchParams }) => {
    const location = new URL(`${honest.issuer}/authorize`);
    location.search = new URLSearchParams({ ...Object.fromEntries(searchParams), ...change });
    return { status: 302, headers: { location: location.href } };
  },
});

/** Each: what the honest server announces, the attacker's script, and where the client notices. */
const mixUps = [
  [
    "the honest server names itself",
    announcesIss,
    (honest) => ({ answers: sendsOnTo(honest) }),
    "ERR_CALLBACK",
  ],
  [
    "both name themselves",
    announcesIss,
    (honest) => ({ metadata: announcesIss, answers: sendsOnTo(honest) }),
    "ERR_CALLBACK",
  ],
  [
    "the attacker alone says that it would",
    {},
    (honest) => ({ metadata: announcesIss, answers: sendsOnTo(honest) }),
    "ERR_CALLBACK",
  ],
  [
    "neither does, but each has a redirect URI of its own",
    {},
    (honest, app) => ({ answers: sendsOnTo(honest, { redirect_uri: `${app.url}/honest` }) }),
    "no callback",
  ],
  [
    "the attacker's metadata sends the user to the honest server at once",
    {},
    (honest) => ({ metadata: { authorization_endpoint: `${honest.issuer}/authorize` } }),
    "ERR_METADATA",
  ],
  [
    "the attacker's metadata is in the honest server's name",
    {},
    (honest) => ({ metadata: { issuer: honest.issuer }, answers: sendsOnTo(honest) }),
    "ERR_METADATA",
  ],
];

/** The user wants to sign in at the attacker's server. How that ends, and how many codes of the honest one it gets. */
function mixUp(honestMetadata, attackersScript) {
  return withServer({ metadata: honestMetadata }, async (honest) => {
    const scene = await stage.begin();
    scene.server.script = attackersScript(honest, scene.app);
    const outcome = await scene.outcome();
    const codes = scene.server.requests.filter(({ form }) => honest.secrets.has(form.code));
    return { outcome, codes: codes.length };
  });
}

test("mix-up: 0 codes of 6 reach the wrong token endpoint", async () => {
  let delivered = 0;
  for (const [name, honestMetadata, attackersScript, expected] of mixUps) {
    const { outcome, codes } = await mixUp(honestMetadata, attackersScript);
    assert.equal(outcome, expected, name);
    delivered += codes;
  }
  assert.equal(mixUps.length, 6);
  assert.equal(delivered, 0);

  // The control, and what no client can notice: neither names itself, and both share one redirect URI.
  const { codes } = await mixUp({}, (honest) => ({ answers: sendsOnTo(honest) }));
  assert.equal(codes, 1);
});

/** A code that the attacker got for itself, in a browser of its own. */
async function attackersCode(server, parameters) {
  const url = new URL(`${server.issuer}/authorize`);
  const challenge = createHash("sha256").update("the attacker's verifier").digest("base64url");
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: "spa",
    state: "the-attackers-state",
    scope: "openid",
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...parameters,
  });
  const { headers } = await fetch(url, { redirect: "manual" });
  return new URL(headers.get("location")).searchParams.get("code");
}

/** The user's own sign-in comes back with the attacker's code. */
async function injected({ script = {}, parameters = {}, provider }) {
  const scene = await stage.begin(script, { provider });
  const code = await attackersCode(scene.server, {
    redirect_uri: `${scene.app.url}/callback`,
    ...parameters,
  });
  scene.server.script = { ...script, callback: { code } };
  await scene.callback();
  const outcome = await scene.page.run(() =>
    app.client.completeSignIn().then(
      () => "signed in",
      ({ code }) => code,
    ),
  );
  return { outcome, status: (await scene.session()).status, calls: await scene.call() };
}

test("code injection: 0 sessions of 3", async () => {
  const forgets = { checksPkce: false };
  const cases = [
    ["the server checks the verifier", { parameters: { nonce: "N".repeat(43) } }, "ERR_REFUSED"],
    [
      "it does not, and the nonce is the attacker's",
      { script: forgets, parameters: { nonce: "N".repeat(43) } },
      "ERR_ID_TOKEN",
    ],
    ["it does not, and there is no nonce", { script: forgets }, "ERR_ID_TOKEN"],
  ];
  for (const [name, given, expected] of cases) {
    const wanted = { outcome: expected, status: "signed-out", calls: "ERR_NOT_SIGNED_IN" };
    assert.deepEqual(await injected(given), wanted, name);
  }
  // The control, and what no client can notice: a server that checks no verifier, and no ID token.
  const weak = { script: forgets, provider: { type: "oauth", scope: "api" }, parameters: { scope: "api" } };
  assert.equal((await injected(weak)).status, "signed-in");
});

test("PKCE downgrade: 0 authorization requests without S256", async () => {
  const refuses = { error: "invalid_request", error_description: "code_challenge_method S256 not supported" };
  const cases = [
    ["plain alone", { metadata: { code_challenge_methods_supported: ["plain"] } }, "ERR_METADATA"],
    ["nothing", { metadata: { code_challenge_methods_supported: [] } }, "ERR_METADATA"],
    ["another case", { metadata: { code_challenge_methods_supported: ["s256"] } }, "ERR_METADATA"],
    ["no list", { metadata: { code_challenge_methods_supported: "S256" } }, "ERR_METADATA"],
    ["not a word about it", { metadata: { code_challenge_methods_supported: undefined } }, "signed in"],
    ["plain first", { metadata: { code_challenge_methods_supported: ["plain", "S256"] } }, "signed in"],
    ["an error about S256", { callback: { code: undefined, ...refuses } }, "ERR_AUTHORIZATION"],
    [
      "a refusal of the verifier",
      { answers: { token: { status: 400, body: '{"error":"invalid_grant"}' } } },
      "ERR_REFUSED",
    ],
  ];
  let requests = 0;
  for (const [name, script, expected] of cases) {
    const scene = await stage.begin(script);
    assert.equal(await scene.outcome(), expected, name);
    requests += scene.server.count("authorization");
    assert.ok(scene.server.count("authorization") <= 1 && scene.server.count("token") <= 1, `${name}: once`);
    assert.deepEqual(scene.server.faults, [], name);
  }
  assert.equal(requests, 4);
  const own = await stage.begin();
  await own.page.open("/");
  const { option } = await own.page.rejection(() =>
    app.client.signIn({ parameters: { code_challenge_method: "plain" } }),
  );
  assert.equal(option, "parameters.code_challenge_method");

  // The control: the server notices one that asks for less.
  await withServer({}, async (server) => {
    await attackersCode(server, { redirect_uri: own.app.url, code_challenge_method: "plain" });
    assert.deepEqual(server.faults, ["code_challenge_method"]);
  });
});
