// A back end for the front end (RFC 10017 §6.1): the browser has one cookie and no token at all. Every request but the
// pages of sign-in-pages.mjs needs the header that no other site can send, GET too.
//
//   GET  /bff/session  { sub, name, sessionSeconds }, or 401
//   GET  /bff/user     { sub, name, email }
//   POST /bff/logout
//   any  /api/…        with the cookie

import { Sessions, USER } from "../../../../www/server/back-end-sessions.mjs";
import { Cookie } from "../../../../www/server/cookie.mjs";
import { startBackEnd } from "./back-end.mjs";
import { signInPages } from "./sign-in-pages.mjs";

const SESSION_SECONDS = 8 * 3600;

/** Only with the header and for a session; 403 and 401 otherwise. */
export function guarded({ sessions, session }, serve) {
  return (arrival, reply) => {
    if (arrival.headers["x-csrf"] !== "1") return reply(403, { message: "X-CSRF is missing" });
    const id = session.of(arrival);
    if (!sessions.isAlive(id)) return reply(401, { message: "not signed in" });
    return serve(arrival, reply, id);
  };
}

export async function start(options) {
  const sessions = new Sessions(options);
  const session = new Cookie("session", options);
  const guard = (serve) => guarded({ sessions, session }, serve);
  const { id: sub, name } = USER;
  let refusalsLeft = 0;
  const backEnd = await startBackEnd({
    sessions,
    renewals: ["/bff/session"],
    authorize(arrival) {
      if (refusalsLeft > 0) {
        refusalsLeft -= 1;
        return false;
      }
      return arrival.headers["x-csrf"] === "1" && sessions.isAlive(session.of(arrival));
    },
    routes: {
      ...signInPages({ ...options, sessions, session, application: () => backEnd.allowed() }),
      "GET /bff/session": guard((_arrival, reply) =>
        reply(200, { sub, name, sessionSeconds: SESSION_SECONDS }),
      ),
      "GET /bff/user": guard((_arrival, reply) => reply(200, { sub, name, email: "ada@strongroom.example" })),
      "POST /bff/logout": guard((_arrival, reply, id) => {
        sessions.end(id);
        reply(200, {}, { "set-cookie": session.clear() });
      }),
    },
  });
  /** The next calls get 401, whoever is signed in. */
  backEnd.refuseNextCalls = (count) => {
    refusalsLeft = count;
  };
  return backEnd;
}
