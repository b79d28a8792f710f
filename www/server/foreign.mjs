// A server of another origin, for tests of what crosses origins. It answers everything with 200 and CORS for all.
//
//   const foreign = await startForeign();   → { url, requests, close() }
//   foreign.requests   [{ method, path, headers }] as they arrived, preflights included
//
//   GET /received?after=N   what came after the first N requests: { total, requests, tokenHashes }, `total` being the next N,
//                           `requests` without preflights, and the SHA-256 (base64url) of the token in each Authorization
import { tokenHash } from "./ledger.mjs";
import { answerCors, listen, sendJson } from "./loopback.mjs";

export async function startForeign({ port = 0, host } = {}) {
  const requests = [];
  const { url, close } = await listen(
    (request, response) => {
      const isQuestion = request.url.startsWith("/received");
      if (!isQuestion)
        requests.push({ method: request.method, path: request.url, headers: { ...request.headers } });
      if (answerCors(request, response, () => true)) return;
      request.resume();
      if (isQuestion) return sendJson(response, 200, received(requests, request.url));
      sendJson(response, 200, {
        origin: "foreign",
        sawAuthorization: request.headers.authorization !== undefined,
      });
    },
    { port, host },
  );
  return { url, requests, close };
}

function received(all, path) {
  const after = Number(new URL(path, "http://foreign.invalid").searchParams.get("after") ?? 0);
  const requests = all.slice(after).filter(({ method }) => method !== "OPTIONS");
  const tokens = requests.flatMap(({ headers: { authorization } }) => authorization?.split(" ")[1] ?? []);
  return { total: all.length, requests: requests.length, tokenHashes: tokens.map(tokenHash) };
}
