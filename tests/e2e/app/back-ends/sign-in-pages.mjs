// How a back end that keeps the tokens signs the user in: its own address sends the page to a provider's, that one back
// to the callback, and the callback to the application, with a session in a cookie.
//
//   GET  /bff/login?returnTo=/path     remembers where to return to, and goes to the provider
//   GET  /provider?state=              a form; POST the same: back to the callback, with a code
//   GET  /bff/callback?code=&state=    needs the login's own cookie; each code is good once
import { randomUUID } from "node:crypto";
import { Cookie } from "../../../../www/server/cookie.mjs";

const form = `<!doctype html><meta charset="utf-8"><title>The provider</title><link rel="icon" href="data:,">
<form method="post"><input name="username" value="ada"><input name="password" type="password" value="strongroom">
<button id="sign-in">Sign in</button></form>`;

/** @param {{sessions: object, session: Cookie, isSecure?: boolean, application: () => string}} given */
export function signInPages({ sessions, session, isSecure, application }) {
  // The provider is another site: a Strict cookie would not come back from there.
  const login = new Cookie("login", { isSecure, sameSite: "Lax" });
  const logins = new Map();
  const codes = new Map();
  return {
    "GET /bff/login"({ query }, reply) {
      const returnTo = query.get("returnTo") ?? "/";
      // A path of the application and nothing else, or this would lead anywhere.
      if (!/^\/(?![/\\])/.test(returnTo)) return reply(400, { message: "returnTo is no path" });
      const state = randomUUID();
      logins.set(state, returnTo);
      reply(302, {}, { location: `/provider?state=${state}`, "set-cookie": login.set(state, 600) });
    },
    "GET /provider"(_arrival, _reply, response) {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
      response.end(form);
    },
    "POST /provider"({ query, body }, reply) {
      const id = sessions.begin(body);
      if (id === undefined) return reply(401, { message: "no" });
      const code = randomUUID();
      codes.set(code, id);
      reply(303, {}, { location: `/bff/callback?code=${code}&state=${query.get("state")}` });
    },
    "GET /bff/callback"(arrival, reply) {
      const [code, state] = [arrival.query.get("code"), arrival.query.get("state")];
      const [id, returnTo] = [codes.get(code), logins.get(state)];
      codes.delete(code);
      if (id === undefined || returnTo === undefined || login.of(arrival) !== state)
        return reply(400, { message: "not this browser's sign-in" });
      logins.delete(state);
      const headers = { "set-cookie": [session.set(id), login.clear()] };
      reply(303, {}, { ...headers, location: application() + returnTo });
    },
  };
}
