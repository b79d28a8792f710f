// A back end that keeps the refresh token in a cookie, and gives the access token as JSON. Each refresh token is good once.
//
//   POST /sign-in   { username, password }  → { accessToken, expiresIn, user }, or 401
//   POST /refresh   the cookie              → the same, or 401
//   POST /sign-out  the cookie              → 200, and no cookie any more
//
// 403 for a request of another origin: with a cookie of this host it could spend the refresh token, if not read the next.

import { Sessions, USER } from "../../../../www/server/back-end-sessions.mjs";
import { Cookie } from "../../../../www/server/cookie.mjs";
import { startBackEnd } from "./back-end.mjs";

export async function start(options) {
  const sessions = new Sessions(options);
  const cookie = new Cookie("refresh", options);
  const answer = (id, reply) => {
    if (id === undefined) return reply(401, { message: "no" }, { "set-cookie": cookie.clear() });
    const body = { accessToken: sessions.accessToken(id), expiresIn: sessions.accessTokenTtlSeconds };
    const headers = { "set-cookie": cookie.set(sessions.refreshToken(id)) };
    reply(200, { ...body, user: { id: USER.id, name: USER.name } }, headers);
  };
  const ours = (serve) => (arrival, reply) =>
    arrival.headers.origin === backEnd.allowed() ? serve(arrival, reply) : reply(403, {});
  const backEnd = await startBackEnd({
    sessions,
    renewals: ["/refresh"],
    routes: {
      "POST /sign-in": ours(({ body }, reply) => {
        const id = sessions.begin(body);
        if (id === undefined) reply(401, { message: "no" });
        else answer(id, reply);
      }),
      "POST /refresh": ours((arrival, reply) => answer(sessions.spend(cookie.of(arrival)), reply)),
      "POST /sign-out": ours((arrival, reply) => {
        sessions.end(sessions.find(cookie.of(arrival)));
        reply(200, {}, { "set-cookie": cookie.clear() });
      }),
    },
  });
  return backEnd;
}
