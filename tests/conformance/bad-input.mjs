// What a broken or hostile server answers, in tables.
import { keyOf } from "./id-tokens.mjs";
import { nowSeconds } from "./modules/proofs.mjs";

const document = (body, how) => ({ answers: { metadata: { body, ...how } } });
const metadata = (change) => ({ metadata: change });

/** [what, script, code, what the message says] */
export const brokenMetadata = [
  [
    "a page",
    document("<!doctype html><title>Sign in</title>", { type: "text/html" }),
    "ERR_METADATA",
    "JSON",
  ],
  ["nothing", document(""), "ERR_METADATA", ""],
  ["half of it", document('{"issuer":"'), "ERR_METADATA", ""],
  ["a list", document("[]"), "ERR_METADATA", ""],
  ["null", document("null"), "ERR_METADATA", ""],
  ["an empty object", document("{}"), "ERR_METADATA", "issuer"],
  ["a member twice", document('{"issuer":"a","issuer":"b"}'), "ERR_METADATA", ""],
  ["not there", document("", { status: 404 }), "ERR_METADATA", ""],
  ["forbidden", document("", { status: 403 }), "ERR_METADATA", ""],
  ["an outage", document("", { status: 503 }), "ERR_UNAVAILABLE", ""],
  ["a redirect", document("", { status: 302, headers: { location: "/marker" } }), "ERR_UNREACHABLE", ""],
  ["no issuer", metadata({ issuer: undefined }), "ERR_METADATA", "issuer"],
  ["another issuer", metadata({ issuer: "https://stranger.example" }), "ERR_METADATA", "issuer"],
  [
    "an issuer in capitals",
    metadata((all) => ({ ...all, issuer: all.issuer.toUpperCase() })),
    "ERR_METADATA",
    "issuer",
  ],
  ["no token endpoint", metadata({ token_endpoint: undefined }), "ERR_METADATA", "token_endpoint"],
  [
    "no authorization endpoint",
    metadata({ authorization_endpoint: undefined }),
    "ERR_METADATA",
    "authorization_endpoint",
  ],
  ...[
    "token_endpoint",
    "authorization_endpoint",
    "revocation_endpoint",
    "pushed_authorization_request_endpoint",
    "end_session_endpoint",
    "jwks_uri",
  ].flatMap((name) =>
    [
      ["plain http", "http://stranger.example/x"],
      ["a foreign origin", "https://stranger.example/x"],
      ["a script", "javascript:hostile()"],
      ["a relative one", "/x"],
      ["a number", 7],
    ].map(([what, value]) => [`${name}: ${what}`, metadata({ [name]: value }), "ERR_METADATA", name]),
  ),
];

const claims = (change) => ({ idToken: { claims: change } });
const header = (change) => ({ idToken: { header: change } });
const token = (mutate) => ({ idToken: { mutate } });
const part = (at, change) =>
  token((text) => {
    const parts = text.split(".");
    parts[at] = change(parts[at]);
    return parts.join(".");
  });
const encoded = (text) => Buffer.from(text).toString("base64url");

/** [what, script, what the message says, the code if it is not ERR_ID_TOKEN] */
export const brokenIdTokens = [
  ["none", { idToken: null }, ""],
  ["not a text", { token: { id_token: 7 } }, "id_token", "ERR_BAD_RESPONSE"],
  ["an empty text", { token: { id_token: "" } }, ""],
  ["a word", token(() => "neither-header-nor-claims"), ""],
  ["two parts", token((text) => text.split(".").slice(0, 2).join(".")), ""],
  ["four parts", token((text) => `${text}.AAAA`), ""],
  ["encrypted", token((text) => `${text}.AAAA.AAAA`), ""],
  ["padding", part(1, (text) => `${text}==`), ""],
  ["a space", part(1, (text) => `${text} `), ""],
  ["characters of the other alphabet", part(1, (text) => `+/${text.slice(2)}`), ""],
  ["a header that is no JSON", part(0, () => encoded("{")), ""],
  ["a header that is a list", part(0, () => encoded("[]")), ""],
  ["claims that are no JSON", claims(() => "claims"), ""],
  ["claims that are a list", claims(() => "[]"), ""],
  ["claims that are not UTF-8", claims(() => Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)), ""],
  ["a claim twice", claims((all) => JSON.stringify(all).replace("{", '{"sub":"mallory",')), ""],
  ["no alg", part(0, () => encoded("{}")), "alg"],
  ["an alg that nobody knows", part(0, () => encoded('{"alg":"XS256"}')), "alg"],
  ["an alg that is no text", part(0, () => encoded('{"alg":["RS256"]}')), "alg"],
  ["a critical header", header({ crit: ["x"], x: 1 }), ""],
  ["an access token", header({ typ: "at+jwt" }), "typ"],
  ["another issuer", claims({ iss: "https://stranger.example" }), "iss"],
  ["an issuer with one more slash", claims((all) => ({ ...all, iss: `${all.iss}/` })), "iss"],
  ["an issuer that is no text", claims({ iss: ["x"] }), "iss"],
  ["no sub", claims({ sub: undefined }), "sub"],
  ["an empty sub", claims({ sub: "" }), "sub"],
  ["a sub of 256 characters", claims({ sub: "a".repeat(256) }), "sub"],
  ["a sub that is not ASCII", claims({ sub: "ädä" }), "sub"],
  ["a sub that is a number", claims({ sub: 7 }), "sub"],
  ["no audience", claims({ aud: [] }), "aud"],
  ["an audience in capitals", claims({ aud: "SPA" }), "aud"],
  ["another audience beside", claims({ aud: ["spa", "stranger"], azp: "spa" }), "aud"],
  ["another authorized party", claims({ azp: "stranger" }), "azp"],
  ["no exp", claims({ exp: undefined }), "exp"],
  ["an exp that is a text", claims((all) => ({ ...all, exp: String(all.exp) })), "exp"],
  ["an exp before iat", claims((all) => ({ ...all, exp: all.iat - 1 })), "exp"],
  ["expired", claims((all) => ({ ...all, iat: nowSeconds() - 960, exp: nowSeconds() - 360 })), "exp"],
  ["no iat", claims({ iat: undefined }), "iat"],
  ["issued in the future", claims((all) => ({ ...all, iat: all.iat + 900, exp: all.exp + 900 })), "iat"],
  ["not valid before", claims((all) => ({ ...all, nbf: all.iat + 900 })), "nbf"],
  ["another nonce", claims({ nonce: "another" }), "nonce"],
  ["no nonce", claims({ nonce: undefined }), "nonce"],
  ["a nonce that is a list", claims((all) => ({ ...all, nonce: [all.nonce] })), "nonce"],
];

/** [what, parameters of the callback, what `error` is then] */
export function hostileErrors(issuer) {
  const address = `${issuer}/hostile`;
  const script = "<script>window.hostile = true</script>";
  const image = `<img src="${address}" onerror="window.hostile = true">`;
  return [
    ["a script to show", { error: "access_denied", error_description: script }, "access_denied"],
    ["an image to show", { error: "access_denied", error_description: image }, "access_denied"],
    ["an address to follow", { error: "server_error", error_uri: address }, "server_error"],
    [
      "a script to follow",
      { error: "server_error", error_uri: "javascript:window.hostile = true" },
      "server_error",
    ],
    ["a script for a code", { error: script }, "unknown_error"],
    ["an address for a code", { error: address }, "unknown_error"],
    ["a long code", { error: "hostile_".repeat(200) }, "unknown_error"],
    ["line breaks", { error: "access_denied\r\nhostile: 1" }, "unknown_error"],
    ["a direction mark", { error: "access\u202Edenied" }, "unknown_error"],
    ["lone bytes", { error: "%00%ff" }, "unknown_error"],
  ];
}

const goodKey = async () => (await keyOf("RS256")).jwk;
const published = (change) => ({ jwks: async () => ({ keys: await change(await goodKey()) }) });
const keys = (body, how) => ({ answers: { jwks: { body, ...how } } });

/** [what, script, code]: what is at `jwks_uri`, and how a sign-in ends then */
export const brokenKeys = [
  ["a page", keys("<!doctype html>", { type: "text/html" }), "ERR_BAD_RESPONSE"],
  ["nothing", keys(""), "ERR_BAD_RESPONSE"],
  ["a list", keys("[]"), "ERR_METADATA"],
  ["no keys", keys("{}"), "ERR_METADATA"],
  ["keys that are no list", keys('{"keys":{}}'), "ERR_METADATA"],
  ["an empty list", keys('{"keys":[]}'), "ERR_ID_TOKEN"],
  ["not there", keys("", { status: 404 }), "ERR_BAD_RESPONSE"],
  ["an outage", keys("", { status: 503 }), "ERR_UNAVAILABLE"],
  ["a redirect", keys("", { status: 302, headers: { location: "/marker" } }), "ERR_UNREACHABLE"],
  ["no word", { answers: { jwks: "hang" } }, "ERR_TIMEOUT"],
  ["a key for encryption", published((key) => [{ ...key, use: "enc" }]), "ERR_ID_TOKEN"],
  ["a key for another algorithm", published((key) => [{ ...key, alg: "PS256" }]), "ERR_ID_TOKEN"],
  ["a key for signing alone", published((key) => [{ ...key, key_ops: ["sign"] }]), "ERR_ID_TOKEN"],
  ["a key of another type", published((key) => [{ ...key, kty: "EC" }]), "ERR_ID_TOKEN"],
  ["half a key", published(({ n, ...key }) => [key]), "ERR_ID_TOKEN"],
];

/** What may lie among good keys. */
export const garbageAmongKeys = published((key) => [
  ...[null, 7, "key", [], {}, { kty: "RSA" }, { kty: "oct", k: "c3Bh", kid: key.kid, alg: "HS256" }],
  { kty: "XYZ", kid: key.kid },
  { kty: "EC", crv: "P-0", x: "AA", y: "AA", kid: key.kid },
  { ...key, n: "***", kid: "broken" },
  { ...key, use: "enc", e: "AAAA" },
  key,
]);
