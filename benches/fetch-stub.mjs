// What a library adds to a call: `fetch` is a stub that has its answer already, the token is valid, nothing leaves the page.
import {
  auth0,
  badgateway,
  handWritten,
  handWrittenLeanest,
  oidcClientTs,
  strongroom,
} from "./contestants.mjs";
import { interleave, pairwise, summary } from "./measure.mjs";

const resource = "https://api.example/";
const url = `${resource}orders?page=2`;
const callsPerSample = 20_000;
/** These take fifty times as long, so that fewer calls are as good a sample. */
const callsPerSampleOf = { "@badgateway/oauth2-client": 2_000, "@auth0/auth0-spa-js": 2_000 };
/** A second yardstick, shown to people only. */
export const leanest = "hand-written, not async";

/** The two calls that applications make most. */
const shapes = {
  plain: () => undefined,
  withHeaders: () => ({ headers: { accept: "application/json" } }),
};

/** { shape: { usPerCall: { library: summary over raw, raw: summary }, ratio: { library: summary of the ratio to hand-written } } } */
export async function benchFetchStub() {
  const nativeFetch = globalThis.fetch;
  const tokens = {
    access_token: "a".repeat(800),
    token_type: "Bearer",
    expires_in: 3600,
    refresh_token: "r",
  };
  const ours = await strongroom({ resource, tokens });
  const auth0Client = await auth0({ expiresIn: 3600 });
  const oidc = await oidcClientTs({ tokens });

  const response = Promise.resolve(new Response("[]"));
  let authorization;
  globalThis.fetch = (input, init) => {
    authorization = init?.headers ?? input.headers;
    return response;
  };
  const valid = {
    accessToken: tokens.access_token,
    expiresAt: Date.now() + 3600_000,
    refresh: () => Promise.reject(new Error("the token is valid")),
  };
  try {
    const fetchers = {
      raw: (input, init) => fetch(input, init),
      "hand-written": handWritten(valid),
      [leanest]: handWrittenLeanest(valid),
      strongroom: ours.fetch,
      "@badgateway/oauth2-client": badgateway({ tokens }).fetch,
      "@auth0/auth0-spa-js": bindFetcher(auth0Client.fetcher()),
      "oidc-client-ts": oidc.fetch,
    };
    const results = {};
    for (const [shape, makeInit] of Object.entries(shapes)) {
      for (const [name, send] of Object.entries(fetchers)) {
        authorization = undefined;
        await send(url, makeInit());
        const sent = new Headers(authorization).get("authorization");
        if (name !== "raw" && !sent?.startsWith("Bearer ")) throw new Error(`${name} sends no token`);
      }
      const contestants = Object.fromEntries(
        Object.entries(fetchers).map(([name, send]) => [
          name,
          () => usPerCall(send, makeInit, callsPerSampleOf[name] ?? callsPerSample),
        ]),
      );
      results[shape] = compare(await interleave(contestants, { rounds: 30, warmUp: 5 }));
    }
    return results;
  } finally {
    globalThis.fetch = nativeFetch;
    ours.close();
  }
}

const bindFetcher = (fetcher) => (input, init) => fetcher.fetchWithAuth(input, init);

async function usPerCall(send, makeInit, calls) {
  const startedAt = performance.now();
  for (let call = 0; call < calls; call++) await send(url, makeInit());
  return ((performance.now() - startedAt) * 1000) / calls;
}

function compare({ raw, ...libraries }) {
  const over = Object.fromEntries(
    Object.entries(libraries).map(([name, values]) => [
      name,
      pairwise(values, raw, (value, base) => value - base),
    ]),
  );
  const usPerCall = { raw: summary(raw) };
  const ratio = {};
  for (const [name, values] of Object.entries(over)) {
    usPerCall[name] = summary(values);
    ratio[name] = summary(pairwise(values, over["hand-written"], (value, base) => value / base));
  }
  return { usPerCall, ratio };
}
