// A back end of the application's own, in four shapes, with the API that they guard. State in memory, on loopback.
//
//   const backEnd = await startBackEnd({ accessTokenTtlSeconds?, isSecure? });   → { url, requests, control, close() }
//
//   POST /json/sign-in      { username, password }  → { data: { accessToken, refreshToken, expiresIn }, user }
//   POST /json/refresh      { refreshToken }        → the same; each refresh token is good once
//   POST /json/sign-out     { refreshToken }
//   POST /cookie/…          the same, but that the refresh token is in an HttpOnly cookie and in no body
//   GET  /bff/sign-in       a page with a form, which leads back to ?returnTo=/path of the application
//   GET  /bff/session       { sub, name }, or 401
//   GET  /bff/user          { sub, name, email }
//   POST /bff/sign-out
//   POST /mediating/token   { access_token, expires_in, user } for the session of the same cookie, or 401
//   any  /api/…             the orders, with a good access token
//   any  /bff/api/…         the orders, with the session's cookie; every request of the BFF but its pages needs X-CSRF: 1
//
// `isSecure` (true): the cookies are `Secure`. Not every browser takes such from http on loopback.
// backEnd.requests  [{ at, method, path, status, cookie, authorization, csrf }]: whether those were there, never what they were
// backEnd.control, and POST /control/<name>:
//   revokeAccessTokens()   the API refuses all of them            POST /control/revoke-access-tokens
//   revokeSession()        every session is over                  POST /control/revoke-session
//   outage(fault)          see outage.mjs; "token": what renews   POST /control/outage
//   endOutage()                                                   POST /control/end-outage
//   state()                { outage, reuses, tokenRequests }      GET  /control/state, and the last as GET /control/stats
//   allowApp(url)          where the BFF's pages lead back to
import { Sessions, USER } from "./back-end-sessions.mjs";
import { Cookie } from "./cookie.mjs";
import { answerCors, listen, readJson, readText, sendJson } from "./loopback.mjs";
import { Outage } from "./outage.mjs";
import { backEndLoginPage } from "./pages.mjs";

const ORDERS = [
  { id: 1843, item: "Analytical engine, brass", quantity: 1, status: "engraving" },
  { id: 1844, item: "Punched cards, box of 500", quantity: 12, status: "packed" },
];
/** What a session is renewed by, or asked for. */
const TOKEN_PATHS = new Set(["/json/refresh", "/cookie/refresh", "/bff/session", "/mediating/token"]);

export async function startBackEnd({
  port = 0,
  host = "127.0.0.1",
  accessTokenTtlSeconds = 30,
  isSecure = true,
} = {}) {
  const sessions = new Sessions({ accessTokenTtlSeconds });
  const outage = new Outage();
  const requests = [];
  let appUrl = "";

  const control = {
    revokeAccessTokens: () => sessions.revokeAccessTokens(),
    revokeSession: () => sessions.endAll(),
    outage: (fault) => outage.begin(fault),
    endOutage: () => outage.end(),
    state: () => ({
      outage: outage.state(),
      reuses: sessions.reuses,
      tokenRequests: requests.filter(({ method, path }) => method !== "OPTIONS" && TOKEN_PATHS.has(path))
        .length,
    }),
    allowApp(url) {
      appUrl = url;
    },
  };
  const controls = {
    "POST /control/revoke-access-tokens": control.revokeAccessTokens,
    "POST /control/revoke-session": control.revokeSession,
    "POST /control/outage": control.outage,
    "POST /control/end-outage": control.endOutage,
    "GET /control/state": control.state,
    "GET /control/stats": () => ({ tokenRequests: { refresh: control.state().tokenRequests } }),
  };

  const refresh = new Cookie("refresh", { isSecure });
  const session = new Cookie("session", { isSecure });
  const withCookie = (cookie, value) => ({ "set-cookie": cookie.set(value) });
  const withoutCookie = (cookie) => ({ "set-cookie": cookie.clear() });

  /** How the two shapes with tokens keep the refresh token. */
  const keepers = {
    json: {
      given: (_request, body) => body.refreshToken,
      answer: (id) => [
        { data: { ...accessTokenOf(id), refreshToken: sessions.refreshToken(id) }, user: userOf() },
        {},
      ],
      gone: {},
    },
    cookie: {
      given: (request) => refresh.of(request),
      answer: (id) => [
        { data: accessTokenOf(id), user: userOf() },
        withCookie(refresh, sessions.refreshToken(id)),
      ],
      gone: withoutCookie(refresh),
    },
  };
  const accessTokenOf = (id) => ({ accessToken: sessions.accessToken(id), expiresIn: accessTokenTtlSeconds });
  const user = { login: USER.username, password: USER.password };
  const userOf = () => ({ id: USER.id, name: USER.name });
  const routes = {};
  for (const [shape, { given, answer, gone }] of Object.entries(keepers)) {
    const respond = (response, id) => {
      if (id === undefined) return sendJson(response, 401, { message: "no such session" }, gone);
      const [body, headers] = answer(id);
      sendJson(response, 200, body, headers);
    };
    routes[`POST /${shape}/sign-in`] = async (request, response) => {
      const id = sessions.begin(await readJson(request));
      if (id === undefined) return sendJson(response, 401, { message: "name and password do not match" });
      respond(response, id);
    };
    routes[`POST /${shape}/refresh`] = async (request, response) => {
      respond(response, sessions.spend(given(request, await readJson(request))));
    };
    routes[`POST /${shape}/sign-out`] = async (request, response) => {
      sessions.end(sessions.find(given(request, await readJson(request))));
      response.writeHead(204, gone).end();
    };
  }
  const bffSession = (request) => {
    const id = session.of(request);
    return sessions.isAlive(id) ? id : undefined;
  };
  Object.assign(routes, {
    "GET /bff/sign-in": (_request, response, url) =>
      sendPage(response, backEndLoginPage({ user, returnTo: url.searchParams.get("returnTo") ?? "/" })),
    async "POST /bff/sign-in"(request, response) {
      const form = new URLSearchParams(await readText(request));
      const returnTo = form.get("returnTo") ?? "/";
      const id = sessions.begin({ username: form.get("login"), password: form.get("password") });
      if (id === undefined) return sendPage(response, backEndLoginPage({ user, returnTo, failed: true }));
      // A path of the application and nothing else, or this would lead anywhere.
      const path = /^\/(?![/\\])/.test(returnTo) ? returnTo : "/";
      response.writeHead(303, { ...withCookie(session, id), location: appUrl + path }).end();
    },
    "GET /bff/session": guarded((_request, response) =>
      sendJson(response, 200, { sub: USER.id, name: USER.name }),
    ),
    "GET /bff/user": guarded((_request, response) =>
      sendJson(response, 200, { sub: USER.id, name: USER.name, email: "ada@strongroom.example" }),
    ),
    "POST /bff/sign-out": guarded((request, response) => {
      sessions.end(bffSession(request));
      response.writeHead(204, withoutCookie(session)).end();
    }),
    "POST /mediating/token": guarded((request, response) => {
      const { accessToken, expiresIn } = accessTokenOf(bffSession(request));
      sendJson(response, 200, { access_token: accessToken, expires_in: expiresIn, user: userOf() });
    }),
  });

  /** Only for the session of the cookie, and only with the header that no other site can set. */
  function guarded(serve) {
    return (request, response) => {
      if (request.headers["x-csrf"] !== "1") return sendJson(response, 403, { message: "X-CSRF is missing" });
      if (bffSession(request) === undefined)
        return sendJson(response, 401, { message: "nobody is signed in" });
      return serve(request, response);
    };
  }

  async function serveApi(request, response) {
    const [, token] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (!sessions.accepts(token))
      return sendJson(response, 401, { message: "the access token is not accepted" });
    await sendOrders(request, response);
  }

  async function serve(request, response) {
    const url = new URL(request.url, "http://back-end.invalid");
    const { pathname: path } = url;
    if (path.startsWith("/control/")) {
      if (answerCors(request, response, () => true, { withCredentials: true })) return;
      const act = controls[`${request.method} ${path}`];
      if (act === undefined) return sendJson(response, 404, {});
      return sendJson(response, 200, act(request.method === "POST" ? await readJson(request) : {}) ?? {});
    }
    const isTokenRequest = TOKEN_PATHS.has(path);
    if (answerCors(request, response, () => true, { withCredentials: true })) return;
    if (!(await outage.admit(request, response, { isTokenRequest, isAllowedOrigin: () => true }))) return;
    record(request, response, path);
    const route = routes[`${request.method} ${path}`];
    if (route !== undefined) return route(request, response, url);
    if (path.startsWith("/bff/api/")) return guarded(sendOrders)(request, response);
    if (path.startsWith("/api/")) return serveApi(request, response);
    sendJson(response, 404, { message: "not found" });
  }

  function record(request, response, path) {
    const { authorization, cookie, "x-csrf": csrf } = request.headers;
    const entry = {
      at: Date.now(),
      method: request.method,
      path,
      cookie: cookie !== undefined,
      authorization: authorization !== undefined,
      csrf: csrf !== undefined,
    };
    requests.push(entry);
    response.setHeader("x-request-number", String(requests.length));
    response.once("finish", () => {
      entry.status = response.statusCode;
    });
  }

  const { url, close } = await listen(serve, { port, host });
  return {
    url,
    requests,
    control,
    close() {
      outage.end();
      return close();
    },
  };
}

async function sendOrders(request, response) {
  if (request.method !== "POST") return sendJson(response, 200, { orders: ORDERS });
  sendJson(response, 201, { created: await readJson(request) });
}

function sendPage(response, html) {
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "cache-control": "no-store",
  });
  response.end(html);
}
