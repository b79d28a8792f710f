// A token-mediating back end (RFC 10017 §6.2): the session is in a cookie, and the access token is fetched with it; the API
// takes the token and knows no cookie.
//
//   POST /bff/token    { accessToken, expiresIn }, or 401
//   POST /bff/logout
//   any  /api/…        with the access token

import { Sessions } from "../../../../www/server/back-end-sessions.mjs";
import { Cookie } from "../../../../www/server/cookie.mjs";
import { startBackEnd } from "./back-end.mjs";
import { guarded } from "./bff.mjs";
import { signInPages } from "./sign-in-pages.mjs";

export async function start(options) {
  const sessions = new Sessions(options);
  const session = new Cookie("session", options);
  const guard = (serve) => guarded({ sessions, session }, serve);
  const backEnd = await startBackEnd({
    sessions,
    renewals: ["/bff/token"],
    routes: {
      ...signInPages({ ...options, sessions, session, application: () => backEnd.allowed() }),
      "POST /bff/token": guard((_arrival, reply, id) =>
        reply(200, { accessToken: sessions.accessToken(id), expiresIn: sessions.accessTokenTtlSeconds }),
      ),
      "POST /bff/logout": guard((_arrival, reply, id) => {
        sessions.end(id);
        reply(200, {}, { "set-cookie": session.clear() });
      }),
    },
  });
  return backEnd;
}
