import { toResponse } from "../../src/browser/response.js";
import type { Connection, Reply } from "./connection.js";
import type { Outgoing } from "./outgoing.js";
import { uncommon } from "./request.js";

/** Sends a call to the vault. Settles as `fetch` does, with the signal's own reason on abort. */
export function call(connection: Connection, outgoing: Outgoing): Promise<Response> {
  const { body, init, signal, upload, url } = outgoing;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abandon = () => {
      connection.forget(id);
      connection.post({ type: "abort", id });
      upload?.cancel(signal?.reason);
    };
    const onAbort = () => {
      abandon();
      reject(signal?.reason);
    };
    const id = connection.expect((reply: Reply) => {
      switch (reply.type) {
        case "want":
          void upload?.send(connection, id);
          return;
        case "failed":
          reject(reply.error);
          break;
        case "response":
          resolve(answer(connection, id, reply, signal));
          break;
        default:
          return;
      }
      connection.forget(id);
      signal?.removeEventListener("abort", onAbort);
    });
    signal?.addEventListener("abort", onAbort);
    connection.post({ type: "fetch", id, url, init, body });
  });
}

async function answer(
  connection: Connection,
  id: number,
  { bytes, head, isWhole }: Extract<Reply, { type: "response" }>,
  signal: AbortSignal | null,
): Promise<Response> {
  if (isWhole) return toResponse(head, bytes as Uint8Array<ArrayBuffer> | null);
  const { download } = await uncommon();
  return download(connection, id, bytes, signal, (body) => toResponse(head, body));
}
