import type { WireFailure } from "../protocol.js";

/** An error as it crosses the port: ours in its parts, for the class that the page has; the platform's as it is. */
export function toFailure(error: unknown): WireFailure {
  const { code, message, ...fields } = Object.assign({}, error) as { code?: unknown; message?: string };
  if (error instanceof Error && typeof code === "string") return { code, message: error.message, fields };
  return { error };
}
