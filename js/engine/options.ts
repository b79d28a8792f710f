import type { Failure } from "./host.js";

/**
 * Writes options as JSON for the engine, which judges them. What JSON would drop or change in silence becomes a
 * list, which no option of its kind accepts: functions, symbols, big integers, fractions, `NaN`.
 */
export function toJson(options: unknown, failure: Failure): string {
  try {
    return JSON.stringify(plain(options)) ?? "null";
  } catch {
    throw failure("ERR_INVALID_OPTION", "Option `options` must be plain data", { option: "options" });
  }
}

/** A copy that inherits nothing, so that only what the application wrote is written. */
function plain(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
    case "function":
    case "symbol":
      return plain([String(value)]);
    case "number":
      return Number.isSafeInteger(value) ? value : plain([String(value)]);
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (value instanceof URL) return value.href;
  if (Array.isArray(value)) return Object.setPrototypeOf(value.map(plain), null);
  const own = Object.create(null);
  for (const [name, member] of Object.entries(value)) own[name] = plain(member);
  return own;
}
