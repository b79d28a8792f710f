// A way to a server that can be cut, as networks are.
//
//   const relay = await startRelay(mirror.url);     → { url, cut(), restore(), close() }
import { connect, createServer } from "node:net";

export async function startRelay(target) {
  const { hostname, port } = new URL(target);
  const sockets = new Set();
  let isCut = false;
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const keep = (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((incoming) => {
    keep(incoming);
    if (isCut) {
      incoming.destroy();
      return;
    }
    const outgoing = keep(connect(Number(port), hostname));
    incoming.pipe(outgoing).pipe(incoming);
    incoming.once("close", () => outgoing.destroy());
    outgoing.once("close", () => incoming.destroy());
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Ends what goes on, and refuses what comes. */
    cut() {
      isCut = true;
      drop();
    },
    restore() {
      isCut = false;
    },
    close() {
      drop();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
