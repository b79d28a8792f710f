// A back end without a refresh token: each good call is answered with the next access token in a header, so that a session
// lives as long as somebody calls.
//
//   POST /sign-in   { username, password }  → { token, expiresIn }, or 401
//   any  /api/…     X-Next-Token: the next token, which pages of other origins are shown

import { Sessions } from "../../../../www/server/back-end-sessions.mjs";
import { bearerOf, startBackEnd } from "./back-end.mjs";

export async function start(options) {
  const sessions = new Sessions(options);
  return startBackEnd({
    sessions,
    renewals: [],
    more: (arrival) => ({
      "x-next-token": sessions.accessToken(sessions.holder(bearerOf(arrival))),
      "access-control-expose-headers": "X-Next-Token",
    }),
    routes: {
      "POST /sign-in"({ body }, reply) {
        const id = sessions.begin(body);
        if (id === undefined) return reply(401, {});
        reply(200, { token: sessions.accessToken(id), expiresIn: sessions.accessTokenTtlSeconds });
      },
    },
  });
}
