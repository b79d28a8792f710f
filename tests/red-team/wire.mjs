// What this process's servers are sent, byte for byte: every request with its headers and body, whoever serves it.
//
//   const wire = recordWire();
//   wire.requests     [{ port, method, path, headers, body }], bodies complete once they were answered
//   wire.to(url)      those that went to a server, by its URL
//   wire.stop()
import { subscribe, unsubscribe } from "node:diagnostics_channel";

const channel = "http.server.request.start";

export function recordWire() {
  const requests = [];
  const listener = ({ request, socket }) => {
    const entry = {
      port: socket.localPort,
      method: request.method,
      path: request.url,
      headers: { ...request.headers },
      body: "",
    };
    requests.push(entry);
    const { push } = request;
    request.push = function (chunk, ...rest) {
      if (chunk !== null) entry.body += chunk.toString("latin1");
      return push.call(this, chunk, ...rest);
    };
  };
  subscribe(channel, listener);
  return {
    requests,
    to: (url) => requests.filter(({ port }) => String(port) === new URL(url).port),
    stop: () => unsubscribe(channel, listener),
  };
}
