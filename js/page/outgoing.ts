import type { WireBody, WireInit } from "../protocol.js";
import type { Connection } from "./connection.js";

/** A call to a resource as it crosses the port. Read when the call is made: what the caller changes later is not in it. */
export interface Outgoing {
  url: string;
  init: WireInit;
  body: WireBody;
  signal: AbortSignal | null;
  upload: Upload | null;
}

/** A body that is a stream of the caller's, sent as the vault wants it. */
export interface Upload {
  send(connection: Connection, id: number): Promise<void>;
  cancel(reason: unknown): void;
}

/** What was read of the caller's arguments. */
export interface Read {
  own: Init;
  headers: Headers;
  body: WireBody;
  signal: AbortSignal | null;
  upload: Upload | null;
}

export type Init = RequestInit & { duplex?: string; priority?: string };
