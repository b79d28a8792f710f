// A back end that keeps the refresh token in a cookie, and gives the access token as JSON. Each refresh token is good once.
//
//   POST /sign-in   { username, password }  → { accessToken, expiresIn, user }, or 401
//   POST /refresh   the cookie              → the same, or 401
//   POST /sign-out  the cookie              → 200, and no cookie any more
import { Cookie, startBackEnd } from "./back-end.mjs";
import { Sessions, USER } from "./sessions.mjs";

export async function start(options) {
  const sessions = new Sessions(options);
  const cookie = new Cookie("refresh", options);
  const answer = (id, reply) => {
    if (id === undefined) return reply(401, { message: "no" }, { "set-cookie": cookie.clear() });
    const body = { accessToken: sessions.accessToken(id), expiresIn: sessions.accessTokenTtlSeconds };
    const headers = { "set-cookie": cookie.set(sessions.refreshToken(id)) };
    reply(200, { ...body, user: { id: USER.id, name: USER.name } }, headers);
  };
  return startBackEnd({
    sessions,
    renewals: ["/refresh"],
    routes: {
      "POST /sign-in"({ body }, reply) {
        const id = sessions.begin(body);
        if (id === undefined) reply(401, { message: "no" });
        else answer(id, reply);
      },
      "POST /refresh": (arrival, reply) => answer(sessions.spend(cookie.of(arrival)), reply),
      "POST /sign-out"(arrival, reply) {
        sessions.end(sessions.find(cookie.of(arrival)));
        reply(200, {}, { "set-cookie": cookie.clear() });
      },
    },
  });
}
