// A server of another origin, for tests of what crosses origins. It answers everything with 200 and CORS for all.
//
//   const foreign = await startForeign();   → { url, requests, close() }
//   foreign.requests   [{ method, path, headers }] as they arrived, preflights included
import { answerCors, listen, sendJson } from "./loopback.mjs";

export async function startForeign({ port = 0, host } = {}) {
  const requests = [];
  const { url, close } = await listen(
    (request, response) => {
      requests.push({ method: request.method, path: request.url, headers: { ...request.headers } });
      if (answerCors(request, response, () => true)) return;
      request.resume();
      sendJson(response, 200, {
        origin: "foreign",
        sawAuthorization: request.headers.authorization !== undefined,
      });
    },
    { port, host },
  );
  return { url, requests, close };
}
