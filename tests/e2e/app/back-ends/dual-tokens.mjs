// A back end that answers with two tokens in JSON; the refresh token comes in the body, and each is good once.
//
//   POST /sign-in   { username, password }  → { data: { accessToken, refreshToken, expiresIn, user } }, or 401
//   POST /refresh   { refreshToken }        → the same, or 401
//   POST /sign-out  { refreshToken }        → 204
//   GET  /me        the user, with a good access token

import { Sessions, USER } from "../../../../www/server/back-end-sessions.mjs";
import { bearerOf, startBackEnd } from "./back-end.mjs";

export async function start(options) {
  const sessions = new Sessions(options);
  const answer = (id, reply) => {
    if (id === undefined) return reply(401, { message: "no" });
    const { id: userId, name } = USER;
    const tokens = { accessToken: sessions.accessToken(id), refreshToken: sessions.refreshToken(id) };
    const expiresIn = sessions.accessTokenTtlSeconds;
    reply(200, { data: { ...tokens, expiresIn, user: { id: userId, name } } });
  };
  return startBackEnd({
    sessions,
    renewals: ["/refresh"],
    routes: {
      "POST /sign-in": ({ body }, reply) => answer(sessions.begin(body), reply),
      "POST /refresh": ({ body }, reply) => answer(sessions.spend(body.refreshToken), reply),
      "POST /sign-out"({ body }, reply) {
        sessions.end(sessions.find(body.refreshToken));
        reply(200, {});
      },
      "GET /me"(arrival, reply) {
        const isGood = sessions.accepts(bearerOf(arrival));
        if (!isGood) return reply(401, {});
        reply(200, { sub: USER.id, name: USER.name, email: "ada@strongroom.example" });
      },
    },
  });
}
