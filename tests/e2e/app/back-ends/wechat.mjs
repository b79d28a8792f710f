// An own back end in front of WeChat-style endpoints, which hides the application's secret and passes the rest on: GET,
// `errcode` under HTTP 200, no `token_type`, a scope with commas, a refresh token that lives for 30 days.
//
//   GET /authorize?redirect_uri=&state=   what the user's consent leads to: back, with a code
//   GET /access_token?code=               each code is good once
//   GET /refresh_token?refresh_token=     the same refresh token goes on
import { randomUUID } from "node:crypto";
import { Sessions, THIRTY_DAYS_SECONDS, USER } from "../../../../www/server/back-end-sessions.mjs";
import { startBackEnd } from "./back-end.mjs";

const INVALID_CODE = { errcode: 40029, errmsg: "invalid code" };
const INVALID_REFRESH_TOKEN = { errcode: 40030, errmsg: "invalid refresh_token" };

export async function start(options) {
  const sessions = new Sessions(options);
  const codes = new Set();
  let failing = 0;
  const answer = (id, refreshToken) => ({
    access_token: sessions.accessToken(id),
    expires_in: sessions.accessTokenTtlSeconds,
    refresh_token: refreshToken,
    refresh_expires_in: THIRTY_DAYS_SECONDS,
    openid: USER.id,
    scope: "snsapi_base,snsapi_userinfo",
  });
  const backEnd = await startBackEnd({
    sessions,
    renewals: ["/refresh_token"],
    routes: {
      "GET /authorize"({ query }, reply) {
        const to = new URL(query.get("redirect_uri"));
        const code = randomUUID();
        codes.add(code);
        to.search = new URLSearchParams({ code, state: query.get("state") ?? "" });
        reply(302, {}, { location: to.href });
      },
      "GET /access_token"({ query }, reply) {
        if (!codes.delete(query.get("code"))) return reply(200, INVALID_CODE);
        const id = sessions.open();
        reply(200, answer(id, sessions.refreshToken(id)));
      },
      "GET /refresh_token"({ query }, reply) {
        if (failing !== 0) return reply(200, { errcode: failing, errmsg: "no" });
        const refreshToken = query.get("refresh_token");
        const id = sessions.find(refreshToken);
        if (!sessions.isAlive(id)) return reply(200, INVALID_REFRESH_TOKEN);
        reply(200, answer(id, refreshToken));
      },
    },
  });
  /** Renewals fail with this `errcode` from now on, or not any more: 0. */
  backEnd.failWith = (errcode) => {
    failing = errcode;
  };
  return backEnd;
}
