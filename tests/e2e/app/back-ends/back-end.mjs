// What all back ends have in common: an HTTP server on loopback with routes, an API behind them, a record of all that
// arrived, and faults that a test turns on.
//
//   const backEnd = await startBackEnd({ sessions, routes, renewals: ["/refresh"], authorize });
//
//   routes     { "POST /refresh": (arrival, reply) => reply(200, { … }, headers) }, by method and path
//   authorize  (arrival) => whether a call to /api is good. Default: its Bearer token is
//   more       (arrival) => what headers the answer to a good call has besides. Default: none
//
//   any /api/…             { method, path, body } for a good call, else 401
//   any /api/redirect?to=  307 to there, for a good call
//
//   backEnd.allow(origin)      this origin alone may call from a page; navigations lead back to it
//   backEnd.arrivals           [{ method, path, query, headers, cookies, body, status }], without preflights
//   backEnd.requests(path)     those of a path; `backEnd.atOnceMax(path)`: how many of them there were at once at most
//   backEnd.outage(fault)      see www/server/outage.mjs; "token": the paths of `renewals`. backEnd.endOutage()
//   backEnd.holdAnswers(path)  what is asked there is done at once, and answered when the function that this gives is called
//   backEnd.sessions           see www/server/back-end-sessions.mjs
import { cookiesOf } from "../../../../www/server/cookie.mjs";
import { answerCors, listen, readText, sendJson } from "../../../../www/server/loopback.mjs";
import { Outage } from "../../../../www/server/outage.mjs";

export async function startBackEnd({
  sessions,
  routes,
  renewals,
  authorize = (arrival) => sessions.accepts(bearerOf(arrival)),
  more = () => ({}),
}) {
  const outage = new Outage();
  const arrivals = [];
  const atOnce = new Map();
  const atOnceMax = new Map();
  let allowedOrigin;
  let held = {};

  async function serveApi(arrival, reply) {
    if (!(await authorize(arrival)))
      return reply(401, { message: "not signed in" }, { "www-authenticate": "Bearer" });
    const { method, path, query, body } = arrival;
    if (path === "/api/redirect") return reply(307, {}, { location: query.get("to") });
    reply(200, { method, path, body }, more(arrival));
  }

  async function serve(request, response) {
    if (answerCors(request, response, (origin) => origin === allowedOrigin, { withCredentials: true }))
      return;
    const { pathname: path, searchParams: query } = new URL(request.url, "http://back-end.invalid");
    const { method, headers } = request;
    const arrival = { method, path, query, headers, cookies: cookiesOf(headers.cookie), body: undefined };
    arrivals.push(arrival);
    count(path, 1);
    response.once("close", () => count(path, -1));
    arrival.body = bodyOf(headers["content-type"], await readText(request));
    const isTokenRequest = renewals.includes(path);
    if (!(await outage.admit(request, response, { isTokenRequest, isAllowedOrigin: () => true }))) return;
    const reply = async (status, body, headers) => {
      arrival.status = status;
      if (held.path === path) await held.released;
      sendJson(response, status, body, headers);
    };
    const route = routes[`${method} ${path}`];
    if (route !== undefined) return route(arrival, reply, response);
    if (path === "/api" || path.startsWith("/api/")) return serveApi(arrival, reply);
    reply(404, { message: "not found" });
  }

  function count(path, change) {
    const now = (atOnce.get(path) ?? 0) + change;
    atOnce.set(path, now);
    atOnceMax.set(path, Math.max(now, atOnceMax.get(path) ?? 0));
  }

  const { url, close } = await listen(serve);
  return {
    url,
    sessions,
    arrivals,
    requests: (path) => arrivals.filter((arrival) => arrival.path === path),
    atOnceMax: (path) => atOnceMax.get(path) ?? 0,
    forget() {
      arrivals.length = 0;
      atOnceMax.clear();
    },
    allow(origin) {
      allowedOrigin = origin;
    },
    allowed: () => allowedOrigin,
    holdAnswers(path) {
      let release;
      const released = new Promise((resolve) => {
        release = resolve;
      });
      held = { path, released };
      return () => {
        held = {};
        release();
      };
    },
    outage: (fault) => outage.begin(fault),
    endOutage: () => outage.end(),
    close() {
      outage.end();
      return close();
    },
  };
}

/** The token of `Authorization: Bearer` (RFC 6750 §2.1). */
export const bearerOf = ({ headers }) => /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];

function bodyOf(type = "", text) {
  if (type.startsWith("application/json")) return JSON.parse(text);
  if (type.startsWith("application/x-www-form-urlencoded"))
    return Object.fromEntries(new URLSearchParams(text));
  return text;
}
