// An OAuth server of the old kind, with its API: user name and password go to the token endpoint (RFC 6749 §4.3).
//
//   const legacy = await startLegacyServer();   → { url, endpoints, forms, calls, control, close() }
//
//   POST /token   grant_type password (ada, strongroom) or refresh_token; each refresh token is good once
//   any  /api/…   200 with a token that is in force, else 401
//
// legacy.forms     what came to the token endpoint, as objects; legacy.calls: the statuses of the API
// legacy.control   refuse(status, body): the next token request gets that
import { randomUUID } from "node:crypto";
import { answerCors, listen, readText, sendJson } from "../../../www/server/loopback.mjs";

export async function startLegacyServer() {
  const forms = [];
  const calls = [];
  const accessTokens = new Set();
  const refreshTokens = new Set();
  let refusal;

  function issue() {
    const [access, refresh] = [randomUUID(), randomUUID()];
    accessTokens.add(access);
    refreshTokens.add(refresh);
    return { access_token: access, token_type: "Bearer", expires_in: 600, refresh_token: refresh };
  }

  async function answerToken(request, response) {
    const form = Object.fromEntries(new URLSearchParams(await readText(request)));
    forms.push(form);
    if (refusal !== undefined) {
      const [status, body] = refusal;
      refusal = undefined;
      return sendJson(response, status, body);
    }
    const isAda = form.username === "ada" && form.password === "strongroom";
    const isGood = form.grant_type === "password" ? isAda : refreshTokens.delete(form.refresh_token);
    if (!isGood) return sendJson(response, 400, { error: "invalid_grant", error_description: form.password });
    sendJson(response, 200, issue());
  }

  async function serve(request, response) {
    if (answerCors(request, response, () => true)) return;
    if (request.url === "/token") return answerToken(request, response);
    const [, token] = (request.headers.authorization ?? "").split(" ");
    const status = accessTokens.has(token) ? 200 : 401;
    calls.push(status);
    if (status === 401) response.setHeader("www-authenticate", "Bearer");
    sendJson(response, status, {});
  }

  const { url, close } = await listen(serve);
  const control = {
    refuse(status, body) {
      refusal = [status, body];
    },
  };
  return { url, endpoints: { token: `${url}/token` }, forms, calls, control, close };
}
