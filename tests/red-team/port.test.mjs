// Promises 2 and 3, the vault's port: any script of the origin may open one and say anything.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Finder } from "./secrets.mjs";
import { script, startStage, vaultHomes } from "./stage.mjs";

const seed = Number(process.env.STRONGROOM_SEED ?? 20261122);
const malformedCount = 1000;
const eavesdrop = script("eavesdrop.js");

describe("the vault's port", { timeout: 300_000 }, () => {
  let stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage?.close());

  /** A signed-in page whose attacker has an intruder at the vault. */
  const begin = async (isolation, options) => {
    const visit = await stage.visit({ isolation, hostile: eavesdrop, options });
    await visit.signIn();
    /** Runs one of page/assaults.js in the page. */
    visit.assault = (name, ...given) =>
      visit.page.evaluate(
        (name, given) => import("/red-team/assaults.js").then((assaults) => assaults[name](...given)),
        name,
        given,
      );
    await visit.assault("begin", stage.api.url);
    return visit;
  };
  const tokenRequests = (visit) => visit.requests().filter(({ path }) => path.startsWith("/token")).length;
  const session = (visit) => visit.page.evaluate("client.session");
  /** All replies that the intruder has heard, as texts; what they hold of secrets. */
  const inReplies = async (visit, kinds) => {
    const texts = await visit.page.evaluate(
      "import('/red-team/reach.js').then(({ reachableTexts }) => reachableTexts([intrusion.replies]))",
    );
    const found = new Finder(visit.secrets()).findIn(texts);
    return Object.keys(found).filter((kind) => kinds.includes(kind));
  };

  for (const isolation of vaultHomes) {
    test(`${isolation}: ${malformedCount} malformed messages change nothing`, async () => {
      const visit = await begin(isolation);
      const before = [await session(visit), tokenRequests(visit)];
      const boot = await visit.assault("askForBoot");
      await visit.assault("fuzz", seed, malformedCount);
      const message = `seed ${seed}`;
      assert.deepEqual([await session(visit), tokenRequests(visit)], before, message);
      assert.deepEqual(await visit.assault("askForBoot"), boot, message);
      assert.deepEqual(visit.vault().exceptions, [], message);
      assert.deepEqual(visit.page.exceptions, [], message);
      assert.deepEqual(await inReplies(visit, tokenKinds), [], message);
      assert.deepEqual(await visit.call("/orders", 3), [200, 200, 200], message);
      await visit.refresh();
      assert.equal(tokenRequests(visit), before[1] + 1);
      // The control: an exception in the vault is noticed.
      await visit.vault().evaluate("void setTimeout(() => { throw new Error('control'); })");
      await visit.page.evaluate("intrusion.settled()");
      assert.equal(visit.vault().exceptions.length, 1);
      await visit.close();
    });

    test(`promise 2: ${isolation}: no message that is right is answered with a token`, async () => {
      const visit = await begin(isolation);
      await visit.assault("sayEverything", stage.api.url);
      const replies = await visit.page.evaluate("intrusion.replies.map(({ type }) => type)");
      for (const type of ["settled", "failed", "response", "pong", "event", "session"]) {
        assert.ok(replies.includes(type), `a reply of type ${type}`);
      }
      // The documented exception: a dedicated worker gives its page the pending sign-in, with the verifier.
      assert.deepEqual(await inReplies(visit, [...tokenKinds, "code_verifier"]), []);
      assert.deepEqual(visit.vault().exceptions, []);
      await visit.close();
    });

    test(`promise 3: ${isolation}: a fetch that the intruder words itself takes no token elsewhere`, async () => {
      const visit = await begin(isolation, { resources: [`${stage.api.url}/orders`] });
      const { wire, foreign, api } = stage;
      const [first, firstForeign] = [wire.requests.length, wire.to(foreign.url).length];
      await visit.assault("fetchElsewhere", api.url, foreign.url);
      const withToken = (requests) =>
        requests.filter(({ headers }) => headers.authorization?.startsWith("Bearer e"));
      assert.deepEqual(withToken(wire.to(foreign.url).slice(firstForeign)), []);
      const paths = withToken(wire.requests.slice(first)).map(({ path }) => path);
      assert.ok(paths.length >= 1, "the control: what the resource covers is sent with the token");
      assert.deepEqual(
        paths.filter((path) => !/^\/orders($|[/?])/.test(path)),
        [],
      );
      // The control: Authorization would be seen at the foreign server.
      await visit.page.evaluate(
        (url) => fetch(url, { headers: { authorization: "Bearer extra" } }).then(() => {}),
        foreign.url,
      );
      assert.equal(withToken(wire.to(foreign.url).slice(firstForeign)).length, 1);
      await visit.close();
    });
  }

  test("promise 3: a redirect of the resource takes no token to another origin", async () => {
    const { wire, foreign } = stage;
    for (const isolation of vaultHomes) {
      const visit = await begin(isolation);
      const first = wire.to(foreign.url).length;
      await visit.call("/redirect-cross", 1);
      await visit.assault("fetchRedirects", stage.api.url);
      const landed = wire.to(foreign.url).slice(first);
      assert.ok(landed.length >= 3, "redirects were followed");
      assert.deepEqual(
        landed.map(({ headers }) => headers.authorization),
        landed.map(() => undefined),
      );
      await visit.close();
    }
  });

  test("promise 3: shared: a second configuration is refused, and says so", async () => {
    const visit = await begin("shared");
    const { others, wrong } = await visit.assault("configureAgain", stage.foreign.url);
    assert.deepEqual(others, Array(8).fill("ERR_CONFIGURED"));
    assert.deepEqual(wrong, Array(24).fill("ERR_INVALID_OPTION"));
    assert.deepEqual(visit.vault().exceptions, []);
    const byClient = await visit.page.evaluate(
      (url) =>
        window
          .createClient({ ...window.clientOptions, resources: [...window.clientOptions.resources, url] })
          .then(
            () => "created",
            ({ code }) => code,
          ),
      `${stage.foreign.url}/`,
    );
    assert.equal(byClient, "ERR_CONFIGURED");
    assert.deepEqual(await visit.call("/orders"), [200]);
    // The control: the same configuration is welcome.
    assert.equal(await visit.assault("configureAlike"), "welcome");
    await visit.close();
  });
});

const tokenKinds = ["access_token", "refresh_token", "id_token"];
