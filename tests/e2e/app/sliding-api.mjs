// An API that answers every call with the next access token, and lets each be used for a while.
//
//   const api = await startSlidingApi();   → { url, first(), calls, control, close() }
//
//   any  /orders?n=…   { n } with a good token, else 401; X-Next-Token holds the next
//
// api.first()    a token to begin with, as a token response
// api.calls      [{ n, token, next, status }] in the order in which they came
// api.control    hides (CORS does not show the header), spoils (it holds no token), holds (answers wait for release())
import { randomUUID } from "node:crypto";
import { answerCors, listen, sendJson } from "../../../www/server/loopback.mjs";

export async function startSlidingApi() {
  const tokens = new Set();
  const calls = [];
  const control = { hides: false, spoils: false, holds: false, release() {} };
  let held = [];
  control.release = () => {
    control.holds = false;
    for (const answer of held.splice(0).reverse()) answer();
  };

  function issue() {
    const token = `slid-${randomUUID()}`;
    tokens.add(token);
    return token;
  }

  function serve(request, response) {
    if (answerCors(request, response, () => true)) return;
    if (!control.hides) response.setHeader("access-control-expose-headers", "X-Next-Token, X-Other");
    const [, token] = (request.headers.authorization ?? "").split(" ");
    const n = Number(new URL(request.url, "http://api.invalid").searchParams.get("n"));
    const status = tokens.has(token) ? 200 : 401;
    const next = status === 200 && !control.spoils ? issue() : "no token";
    calls.push({ n, token, next, status });
    const answer = () => sendJson(response, status, { n }, { "x-next-token": next, "x-other": "stays" });
    if (control.holds) held = [...held, answer];
    else answer();
  }

  const { url, close } = await listen(serve);
  const first = () => ({ access_token: issue(), token_type: "Bearer", expires_in: 600 });
  return { url, first, calls, control, close };
}
