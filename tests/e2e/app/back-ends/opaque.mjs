// A back end with reference tokens: text that says nothing, of which nobody tells how long it is good, and which it can
// revoke at any time. A refresh token brings the next, and stays the same.
//
//   POST /sign-in   username=&password=   → { token, refresh }, or 401
//   POST /refresh   refresh=              → { token }
//   POST /sign-out  Authorization: Bearer → 204

import { Sessions } from "../../../../www/server/back-end-sessions.mjs";
import { bearerOf, startBackEnd } from "./back-end.mjs";

export async function start(options) {
  const sessions = new Sessions(options);
  return startBackEnd({
    sessions,
    renewals: ["/refresh"],
    routes: {
      "POST /sign-in"({ body }, reply) {
        const id = sessions.begin(body);
        if (id === undefined) return reply(401, {});
        reply(200, { token: sessions.accessToken(id), refresh: sessions.refreshToken(id) });
      },
      "POST /refresh"({ body }, reply) {
        const id = sessions.find(body.refresh);
        if (!sessions.isAlive(id)) return reply(401, {});
        reply(200, { token: sessions.accessToken(id) });
      },
      "POST /sign-out"(arrival, reply) {
        const isGood = sessions.accepts(bearerOf(arrival));
        if (isGood) sessions.endAll();
        reply(isGood ? 200 : 401, {});
      },
    },
  });
}
