// An API that answers with the next access token. It knows the tokens that it gave, and takes each for so long.
//
//   const api = await startSlidingApi();   → { url, issue(), newest(), heldCount(), mark, calls, control, close() }
//
//   any  /slide     200, with the next token in X-Next-Token behind "Bearer", which CORS lets script read
//   any  /silent    200, without it; /down: 503
//   any  /same      200, with the token that came
//   any  /two       200, with two tokens, joined by a comma
//   any  /hidden    200, with a token that CORS hides
//   any  /refuse    401, with the next token, to a token that was not given with a 401
//   any  /leave     307 to ?to=
//   any  /open      200, as /slide, with no token or any, from whoever asks
//   any  /bodiless  204, as /slide
//
// api.issue()    a token that the API takes; api.newest(): the number of the last one; api.mark: what all of them contain
// api.calls      [{ search, status, token, next }], in the order in which they arrived; token: its number, next: the one given. Without preflights.
// api.control    lifetimeMs; holdNext(count): the next answers wait; release(order): they go, in this order of arrival
import { answerCors, listen, sendJson } from "../../../www/server/loopback.mjs";

const mark = "s1iding-secret";

export async function startSlidingApi() {
  const calls = [];
  const given = [];
  const cures = new Set();
  const control = { lifetimeMs: 600_000, holdNext, release };
  let holds = 0;
  let held = [];

  function issue() {
    given.push({ expiresAt: Date.now() + control.lifetimeMs });
    return tokenOf(given.length - 1);
  }
  const tokenOf = (number) => `${mark}.${number}`;

  function holdNext(count) {
    holds = count;
    held = [];
  }
  async function release(order) {
    for (const at of order) {
      held[at]();
      // The page is to see them in this order.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function serve(request, response) {
    if (answerCors(request, response, () => true)) return;
    const { pathname, search, searchParams } = new URL(request.url, "http://api.invalid");
    response.setHeader(
      "access-control-expose-headers",
      pathname === "/hidden" ? "X-Other" : "X-Next-Token, X-Other",
    );
    response.setHeader("x-other", "seen");
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const number = Number(token.split(".")[1] ?? -1);
    const isGood = token.startsWith(mark) && given[number]?.expiresAt > Date.now();
    const call = { search, status: isGood || pathname === "/open" ? 200 : 401, token: number };
    calls.push(call);
    const slide = (value) => response.setHeader("x-next-token", value);
    if (pathname === "/refuse" && isGood && !cures.has(token)) {
      const next = issue();
      cures.add(next);
      slide(`Bearer ${next}`);
      call.status = 401;
    }
    if (call.status === 401) {
      response.setHeader("www-authenticate", 'Bearer error="invalid_token"');
      return sendJson(response, 401, {});
    }
    if (pathname === "/down") return sendJson(response, 503, {});
    if (pathname === "/leave") return response.writeHead(307, { location: searchParams.get("to") }).end();
    if (["/slide", "/bodiless", "/hidden", "/open"].includes(pathname)) {
      slide(`Bearer ${issue()}`);
      call.next = given.length - 1;
    }
    if (pathname === "/same") {
      given[number].expiresAt = Date.now() + control.lifetimeMs;
      slide(`Bearer ${token}`);
    }
    if (pathname === "/two") slide(`Bearer ${issue()}, Bearer ${issue()}`);
    if (holds > 0) {
      holds -= 1;
      await new Promise((resolve) => held.push(resolve));
    }
    if (pathname === "/bodiless") return response.writeHead(204).end();
    sendJson(response, 200, { token: number });
  }

  const { url, close } = await listen(serve);
  return {
    url,
    issue,
    newest: () => given.length - 1,
    heldCount: () => held.length,
    mark,
    calls,
    control,
    close,
  };
}
