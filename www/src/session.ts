// The types of the client that the page's parts share.
import type { createClient } from "strongroom";

export type Client = Awaited<ReturnType<typeof createClient>>;
export type Session = Client["session"];
