// What a real authorization server says of the user (OpenID Connect Core 1.0 §5.3), as JSON and as a JWT.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { inEachHome } from "./app/matrix.mjs";
import { startVisitor } from "./app/visitor.mjs";

inEachHome((place) => {
  let visitor;
  let page;
  let provider;

  before(async () => {
    visitor = await startVisitor(place.browser, { isolation: place.isolation });
    page = visitor.page;
    provider = visitor.world.app.options.provider;
    visitor.world.app.isFull = true;
    visitor.control.setForUserInfo(true);
  });
  after(() => visitor?.close());
  beforeEach(async () => {
    await visitor.reset();
    visitor.control.revokeSession();
    Object.assign(provider, { clientId: "spa", userInfo: true });
  });

  const ask = () => page.run(() => app.client.userInfo());

  for (const [form, clientId] of [
    ["JSON", "spa"],
    ["a signed JWT", "signed"],
  ]) {
    test(`it is told as ${form}, for this user and without a token (OIDC-15)`, async () => {
      provider.clientId = clientId;
      await page.signIn();
      const { claims } = await visitor.session();
      const { sub, name, email, ...rest } = await ask();
      assert.deepEqual([sub, name, email], ["ada", "Ada Lovelace", "ada@strongroom.example"]);
      const signed = clientId === "signed";
      const { issuer } = visitor.world.authorizationServer;
      const { email_verified, iss, aud, ...others } = rest;
      assert.deepEqual(
        [email_verified, iss, aud],
        [true, ...(signed ? [issuer, "signed"] : [undefined, undefined])],
      );
      const told = JSON.stringify(others);
      for (const { value } of visitor.control.issuedTokens()) assert.ok(!told.includes(value));
      assert.deepEqual((await visitor.session()).claims, claims, "they stay the ID token's");
    });
  }

  test("a refused token is renewed once", async () => {
    await page.signIn();
    const cost = await visitor.tokenRequestsOf(async () => {
      await visitor.control.forgetAccessTokens();
      assert.equal((await ask()).sub, "ada");
    });
    assert.deepEqual(cost, { authorization_code: 0, refresh_token: 1 });
  });

  test("without the option it says so, and nobody is asked", async () => {
    delete provider.userInfo;
    await page.signIn();
    const { code, option, isTypeError } = await page.rejection(() => app.client.userInfo());
    assert.deepEqual([code, option, isTypeError], ["ERR_INVALID_OPTION", "provider.userInfo", true]);
    assert.equal((await visitor.session()).status, "signed-in");
  });

  test("nobody is signed in, then nobody is asked about", async () => {
    await page.open("/");
    const { code } = await page.rejection(() => app.client.userInfo());
    assert.equal(code, "ERR_NOT_SIGNED_IN");
  });
});
