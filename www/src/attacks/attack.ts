// What an attack is: it tries to get tokens of both clients, and brings home whatever it could read.
import type { createClient } from "strongroom";
import type { NaiveClient } from "../naive-client";
import type { DemoServers } from "../servers";
import type { Client } from "../session";
import type { Loot } from "./loot";

export interface Targets {
  client: Client;
  /** What the client was made with; every application's script is public. */
  options: Parameters<typeof createClient>[0];
  naive: NaiveClient;
  servers: DemoServers;
}

/** What there is to say of each attempt, beside what it found. */
export interface Notes {
  strongroom: string;
  naive: string;
}

export interface Attack {
  id: string;
  /** What the button says. */
  name: string;
  /** How it is tried, in a sentence. */
  method: string;
  run(targets: Targets, loot: Loot): Promise<Notes>;
}

/** An outcome as words: what was thrown, by its code. */
export function refusal(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  // The code of a DOMException is a number that nobody knows.
  return typeof code === "string" ? code : String(name ?? error);
}
