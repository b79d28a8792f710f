// An API that takes the access token in one place for each path, and in no other.
//
//   const api = await startPlacedApi({ authorizationServer, foreignUrl });   → { url, resources, expected, calls, control, close() }
//
//   any  /scheme/…  /header/…  /bare/…  /query/…   { method, query, body }, 401 unless a good token is there, and there alone
//   any  /…/leave   307 to the foreign server; with ?stay to the path without it
//
// api.resources  for the option `resources`; api.expected: the place of each
// api.calls      [{ path, status, places }]: every place where something was that looks like a token. Without preflights.
// api.control    refuseNext(count): the next good calls get 401
import { createRemoteJWKSet, jwtVerify } from "jose";
import { answerCors, listen, readText, sendJson } from "../../../www/server/loopback.mjs";

const placements = {
  scheme: { scheme: "JWT" },
  header: { header: "X-Token", scheme: "Bearer" },
  bare: { header: "jwt" },
  query: { unsafeQueryParameter: "access_token" },
};
const expected = {
  scheme: "authorization: JWT",
  header: "x-token: Bearer",
  bare: "jwt:",
  query: "?access_token",
};
const tokenPattern = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

export async function startPlacedApi({ authorizationServer, foreignUrl }) {
  const keys = createRemoteJWKSet(new URL(authorizationServer.jwksUri));
  const calls = [];
  let refusalsLeft = 0;

  async function isGood(token) {
    const { issuer, audience } = authorizationServer;
    return jwtVerify(token, keys, { issuer, audience, typ: "at+jwt" }).then(
      () => true,
      () => false,
    );
  }

  async function serve(request, response) {
    if (answerCors(request, response, () => true)) return;
    const body = await readText(request);
    const { pathname, searchParams } = new URL(request.url, "http://api.invalid");
    const tokens = [];
    const places = [];
    const look = (text, place) => {
      const [token] = tokenPattern.exec(text) ?? [];
      if (token === undefined) return;
      tokens.push(token);
      places.push(`${place}${text.replace(token, "").trim()}`);
    };
    for (const [name, value] of Object.entries(request.headers))
      look(value, name.endsWith("token") || name === "authorization" ? `${name}: ` : `${name}:`);
    for (const [name, value] of searchParams) look(value, `?${name}`);
    look(body, "body");
    const [, kind] = pathname.split("/");
    const call = { path: pathname, status: 200, places };
    calls.push(call);
    const isPlaced = places.length === 1 && places[0] === expected[kind] && (await isGood(tokens[0]));
    if (!isPlaced || refusalsLeft > 0) {
      if (isPlaced) refusalsLeft -= 1;
      call.status = 401;
      response.setHeader("www-authenticate", 'Bearer error="invalid_token"');
      return sendJson(response, 401, { places: places.length });
    }
    if (pathname.endsWith("/leave")) {
      call.status = 307;
      const location = searchParams.has("stay") ? pathname.replace("/leave", "") : `${foreignUrl}/left`;
      return response.writeHead(307, { location }).end();
    }
    const query = (request.url.split("?")[1] ?? "").replace(/&?access_token=[^&]*/, "");
    sendJson(response, 200, { method: request.method, query, body });
  }

  const { url, close } = await listen(serve);
  const resources = Object.entries(placements).map(([kind, placement]) => ({
    url: `${url}/${kind}`,
    placement,
  }));
  const control = {
    refuseNext(count) {
      refusalsLeft = count;
    },
  };
  return { url, resources, expected, calls, control, close };
}
