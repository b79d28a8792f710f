// One application at one misbehaving server, each at a fresh origin, in a browser that many scenes share.
//
//   const stage = await startStage("chromium");
//   const scene = await stage.begin({ idToken: { alg: "none" } });
//   scene.server, scene.page, scene.app
//   await scene.signIn()             goes out, comes back and completes; rejects as completeSignIn() does
//   await scene.refused(…)           what that rejects with, described; and that no token and no code is in it
//   await scene.isSilent(since)      no request has followed, and none follows what the page then tries
//   await stage.close()
import assert from "node:assert/strict";
import { Page, PageError, until } from "../e2e/app/page.mjs";
import { startApp } from "../e2e/app/server.mjs";
import { launch } from "../e2e/browsers.mjs";
import { clientId, startAuthorizationServer } from "./authorization-server.mjs";

export async function startStage(browserName) {
  const browser = await launch(browserName);
  const scenes = [];
  const stage = {
    scenes,
    async begin(script, options) {
      const scene = await beginScene(browser, script, options);
      scenes.push(scene);
      return scene;
    },
    async close() {
      await browser.close();
      await Promise.all(scenes.map((scene) => scene.close()));
    },
  };
  return stage;
}

async function beginScene(
  browser,
  script,
  { isolation = "shared", provider = {}, postLogout, isFull = false } = {},
) {
  const server = await startAuthorizationServer({ script });
  const app = await startApp();
  app.isFull = isFull;
  app.options = {
    provider: {
      type: "oidc",
      issuer: server.issuer,
      clientId,
      redirectUri: `${app.url}/callback`,
      scope: "openid profile email offline_access",
      ...(postLogout && { postLogoutRedirectUri: `${app.url}${postLogout}` }),
      ...provider,
    },
    resources: [`${server.resourceUrl}/api`, `${server.issuer}/userinfo`],
    isolation,
    refresh: { timeoutSeconds: 5 },
  };
  const page = new Page(browser.driver, app);
  return new Scene(server, app, page);
}

class Scene {
  constructor(server, app, page) {
    this.server = server;
    this.app = app;
    this.page = page;
  }

  /** Leaves to the authorization server, which sends the page back at once; gives the callback's URL. */
  async callback(options) {
    await this.page.open("/");
    await this.page.leaveToSignIn(options);
    return this.page.comeBack();
  }

  async signIn(options) {
    await this.callback(options);
    return this.page.run(() => app.client.completeSignIn());
  }

  /** Signs in, wherever that leads: "signed in", "no callback", or the code of the error. */
  async outcome() {
    await this.page.open("/");
    await this.page.run(() => {
      app.client.signIn().catch((error) => {
        app.signInFailure = error.code;
      });
    });
    // It comes back, by whichever redirect URI, or it never leaves.
    return until(
      () =>
        this.page.run(async () => {
          if (location.search === "") return app.signInFailure;
          return app.client.completeSignIn().then(
            (result) => (result === null ? "no callback" : "signed in"),
            ({ code }) => code,
          );
        }),
      "an outcome",
    );
  }

  /** Signs out by redirect, which comes back at once; what the client makes of the way back. */
  async signOut() {
    await this.page.run(() => {
      delete window.app.isReady;
      app.client.signOut({ redirect: true }).catch((error) => {
        app.signOutFailure = app.describe(error);
      });
    });
    await until(
      async () => (await this.page.url()).startsWith(this.app.options.provider.postLogoutRedirectUri),
      "the way back",
    );
    await this.page.ready();
    return this.page.run(() => app.client.completeSignIn());
  }

  session() {
    return this.page.run(() => app.client.session);
  }

  /** A call to a resource: its status, or the code of the error. */
  call(url = `${this.server.resourceUrl}/api`) {
    return this.page.run(
      (url) =>
        app.client.fetch(url).then(
          ({ status }) => status,
          ({ code, name }) => code ?? name,
        ),
      url,
    );
  }

  /** What an action rejects with; fails if it does not, or if a secret of the server's is in the rejection. */
  async refusal(action) {
    let description;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
      description = error.description;
    }
    assert.ok(description, "it was not refused");
    const text = JSON.stringify(description);
    for (const secret of this.server.secrets) assert.ok(!text.includes(secret), "a secret is in the error");
    return description;
  }

  /**
   * "Reject" means that no request follows. The calls that need a token reject without one; the marker is then the next
   * thing that the server sees. `at` is remembered: {@link Scene.late} tells what came after all.
   */
  async isSilent() {
    const { requests, issuer } = this.server;
    const before = requests.length;
    assert.equal(await this.call(), "ERR_NOT_SIGNED_IN");
    assert.equal(await this.call(`${issuer}/userinfo`), "ERR_NOT_SIGNED_IN");
    assert.equal(
      await this.page.run(() => app.client.refresh().catch(({ code }) => code)),
      "ERR_NOT_SIGNED_IN",
    );
    await this.page.run((url) => fetch(url).then((response) => response.text()), `${issuer}/marker`);
    const followed = requests.slice(before).map(({ endpoint }) => endpoint);
    assert.deepEqual(followed, ["marker"], "a request followed the refusal");
    this.silentFrom = requests.length;
  }

  /** What was requested although it had become silent. */
  late() {
    return this.silentFrom === undefined
      ? []
      : this.server.requests.slice(this.silentFrom).map(({ endpoint }) => endpoint);
  }

  close() {
    return Promise.all([this.app.close(), this.server.close()]);
  }
}
