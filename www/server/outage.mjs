// A fault that a server can be put into, for as long as the demo or a test wishes.
//
//   outage.begin({ mode, seconds?, times?, scope?, status?, headers?, body?, retryAfterSeconds?, cors? })
//   outage.end()
//   outage.state()  → { mode, scope, endsAt } or null
//
// Modes:
//   "503"            answers 503 (with Retry-After when retryAfterSeconds is given)
//   "html"           answers 200 with an HTML page, as captive portals and proxies do
//   "answer"         answers with the given status, headers and body
//   "hang"           takes the request and says nothing until the outage ends, then drops the connection
//   "hold"           takes the request, waits until the outage ends, then serves it as usual
//   "reset"          drops the connection before the request is processed
//   "lose-response"  processes the request, then drops the connection before the first byte of the answer
//
// `seconds`: ends by itself (default and greatest: 120). `times`: ends after so many requests were hit.
// `scope`: "token" (default) hits the token endpoint only, "all" every route but /control.
// `cors`: false leaves the CORS headers off a fault's own answer, so that a page sees only a network error.
import { answerCors } from "./loopback.mjs";

export const OUTAGE_MODES = ["503", "html", "answer", "hang", "hold", "reset", "lose-response"];
const LONGEST_SECONDS = 120;

export class Outage {
  #fault = null;
  #timer = null;
  #held = new Set();

  begin({ mode = "503", seconds = LONGEST_SECONDS, times = Infinity, scope = "token", ...answer } = {}) {
    if (!OUTAGE_MODES.includes(mode))
      throw new RangeError(`outage mode must be one of: ${OUTAGE_MODES.join(", ")}`);
    if (scope !== "token" && scope !== "all") throw new RangeError('outage scope must be "token" or "all"');
    if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) {
      throw new RangeError(`outage seconds must be above 0 and at most ${LONGEST_SECONDS}`);
    }
    this.end();
    this.#fault = { mode, scope, timesLeft: times, endsAt: Date.now() + seconds * 1000, answer };
    this.#timer = setTimeout(() => this.end(), seconds * 1000);
    this.#timer.unref();
    return this.state();
  }

  end() {
    clearTimeout(this.#timer);
    this.#fault = null;
    for (const release of this.#held) release();
    this.#held.clear();
  }

  state() {
    if (this.#fault === null) return null;
    const { mode, scope, endsAt } = this.#fault;
    return { mode, scope, endsAt };
  }

  /** Hits one request. Resolves to true when the request is to be served as usual. */
  async admit(request, response, { isTokenRequest, isAllowedOrigin }) {
    const fault = this.#fault;
    if (fault === null || (fault.scope === "token" && !isTokenRequest)) return true;
    fault.timesLeft -= 1;
    if (fault.timesLeft <= 0 && fault.mode !== "hang" && fault.mode !== "hold") this.end();
    const { status = 200, headers = {}, body = "", retryAfterSeconds, cors = true } = fault.answer;
    const answersItself = fault.mode === "503" || fault.mode === "html" || fault.mode === "answer";
    if (answersItself && cors && answerCors(request, response, isAllowedOrigin)) return false;
    switch (fault.mode) {
      case "503": {
        if (retryAfterSeconds !== undefined) response.setHeader("retry-after", String(retryAfterSeconds));
        response.writeHead(503, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: "temporarily_unavailable" }));
        return false;
      }
      case "html":
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        response.end("<!doctype html><title>Maintenance</title><p>We will be back soon.</p>");
        return false;
      case "answer":
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(body);
        return false;
      case "hang":
        await this.#released(request);
        request.socket.destroy();
        return false;
      case "hold":
        await this.#released(request);
        return !request.socket.destroyed;
      case "reset":
        request.socket.destroy();
        return false;
      default:
        dropResponse(request, response);
        return true;
    }
  }

  #released(request) {
    return new Promise((resolve) => {
      this.#held.add(resolve);
      request.socket.once("close", () => {
        this.#held.delete(resolve);
        resolve();
      });
    });
  }
}

function dropResponse(request, response) {
  response.writeHead = () => response;
  response.flushHeaders = () => {};
  response.write = () => true;
  response.end = () => {
    request.socket.destroy();
    return response;
  };
}
