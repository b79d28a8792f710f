// What a call with a DPoP proof costs in page isolation, `fetch` stubbed, beside the signature that it cannot do without.
import { createClient } from "strongroom/full";
import { interleave, pairwise, summary } from "./measure.mjs";

const resource = "https://api.example/";
const url = `${resource}orders?page=2`;
const callsPerSample = 500;
const signing = { name: "ECDSA", hash: "SHA-256" };

/** { ratio: summary, ratioToHandWritten: summary, usPerCall: { strongroom, hand-written, sign: summary } } */
export async function benchDpop() {
  const nativeFetch = globalThis.fetch;
  const client = await signedIn(nativeFetch);
  const response = Promise.resolve(new Response("[]"));
  let headers;
  globalThis.fetch = (_, init) => {
    headers = init.headers;
    return response;
  };
  try {
    await client.fetch(url);
    if (!headers.get("authorization").startsWith("DPoP ")) throw new Error("no DPoP token");
    const { privateKey } = await crypto.subtle.generateKey({ ...signing, namedCurve: "P-256" }, false, [
      "sign",
    ]);
    // As many bytes as a proof's signature goes over.
    const [header, claims] = headers.get("dpop").split(".");
    const data = new TextEncoder().encode(`${header}.${claims}`);
    const samples = await interleave(
      {
        strongroom: () => usPerCall(() => client.fetch(url)),
        "hand-written": () => usPerCall(handWritten(privateKey, header)),
        sign: () => usPerCall(() => crypto.subtle.sign(signing, privateKey, data)),
      },
      { rounds: 30, warmUp: 5 },
    );
    const { strongroom, sign } = samples;
    const ratio = (others) => summary(pairwise(strongroom, others, (ours, other) => ours / other));
    return {
      ratio: ratio(sign),
      ratioToHandWritten: ratio(samples["hand-written"]),
      usPerCall: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, summary(values)])),
    };
  } finally {
    globalThis.fetch = nativeFetch;
    client.close();
  }
}

/** The least that a call can do: this one knows its method, its URL and its token's digest. */
function handWritten(privateKey, header) {
  const encoder = new TextEncoder();
  const base64Url = (bytes) =>
    btoa(String.fromCharCode(...bytes))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const authorization = `DPoP ${"a".repeat(800)}`;
  const fixed = { htm: "GET", htu: `${resource}orders`, ath: "a".repeat(43) };
  return async () => {
    const jti = base64Url(crypto.getRandomValues(new Uint8Array(16)));
    const claims = JSON.stringify({ jti, ...fixed, iat: Math.floor(Date.now() / 1000) });
    const signed = `${header}.${base64Url(encoder.encode(claims))}`;
    const signature = await crypto.subtle.sign(signing, privateKey, encoder.encode(signed));
    const dpop = `${signed}.${base64Url(new Uint8Array(signature))}`;
    return fetch(url, { headers: { authorization, dpop }, redirect: "error" });
  };
}

async function usPerCall(call) {
  const startedAt = performance.now();
  for (let count = 0; count < callsPerSample; count++) await call();
  return ((performance.now() - startedAt) * 1000) / callsPerSample;
}

/** A bound token is only to be had by a sign-in. The way to the server ends at once: it answers "204 No Content". */
async function signedIn(nativeFetch) {
  const client = await createClient({
    provider: {
      type: "oauth",
      clientId: "spa",
      redirectUri: `${location.origin}/callback`,
      endpoints: { authorization: `${location.origin}/authorize`, token: `${location.origin}/token` },
      dpop: "require",
    },
    resources: [resource],
    isolation: "page",
    wasmUrl: "/pkg/full/strongroom_bg.wasm",
  });
  client.signIn().catch(() => {});
  const prefix = "strongroom.sign-in.";
  const state = () =>
    Object.keys(sessionStorage).find((key) => key.startsWith(prefix) && key.length > prefix.length);
  while (state() === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  history.replaceState(null, "", `/callback?code=c&state=${state().slice(prefix.length)}`);
  const tokens = { access_token: "a".repeat(800), token_type: "DPoP", expires_in: 3600, refresh_token: "r" };
  globalThis.fetch = () => Promise.resolve(new Response(JSON.stringify(tokens)));
  await client.completeSignIn();
  globalThis.fetch = nativeFetch;
  return client;
}
