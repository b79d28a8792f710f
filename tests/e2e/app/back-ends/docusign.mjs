// An own back end that exchanges a provider's code, DocuSign-style: the code is good once and for two minutes, a refresh
// token for 30 days from its issue, and each renewal brings another: it slides.
//
//   GET  /authorize?redirect_uri=&state=   what the user's consent leads to: back, with a code
//   POST /exchange   { code }              → { access_token, refresh_token, expires_in, refresh_expires_in }, or 400 invalid_grant
//   POST /refresh    { refresh_token }     → the same
import { randomUUID } from "node:crypto";
import { Sessions, THIRTY_DAYS_SECONDS } from "../../../../www/server/back-end-sessions.mjs";
import { startBackEnd } from "./back-end.mjs";

const CODE_TTL_SECONDS = 120;

export async function start(options) {
  const sessions = new Sessions(options);
  const codes = new Map();
  const answer = (id, reply) => {
    if (id === undefined) return reply(400, { error: "invalid_grant" });
    reply(200, {
      access_token: sessions.accessToken(id),
      refresh_token: sessions.refreshToken(id),
      expires_in: sessions.accessTokenTtlSeconds,
      refresh_expires_in: THIRTY_DAYS_SECONDS,
    });
  };
  /** A new session for a code, which is gone by that. */
  const redeem = (code) => {
    const endsAtMs = codes.get(code) ?? 0;
    codes.delete(code);
    return sessions.nowMs() < endsAtMs ? sessions.open() : undefined;
  };
  return startBackEnd({
    sessions,
    renewals: ["/refresh"],
    routes: {
      "GET /authorize"({ query }, reply) {
        const to = new URL(query.get("redirect_uri"));
        const code = randomUUID();
        codes.set(code, sessions.nowMs() + CODE_TTL_SECONDS * 1000);
        to.search = new URLSearchParams({ code, state: query.get("state") ?? "" });
        reply(302, {}, { location: to.href });
      },
      "POST /exchange": ({ body }, reply) => answer(redeem(body.code), reply),
      "POST /refresh": ({ body }, reply) => answer(sessions.spend(body.refresh_token), reply),
    },
  });
}
