import { failure } from "./error.js";

/**
 * Writes options as JSON for the engine, which judges them. What JSON would drop or change in silence becomes a
 * list, which no option of its kind accepts: functions, symbols, big integers, fractions, `NaN`.
 */
export function toJson(options: unknown): string {
  try {
    return (
      JSON.stringify(options, (_name, value: unknown) => (isPlain(value) ? value : [String(value)])) ?? "null"
    );
  } catch {
    throw failure("ERR_INVALID_OPTION", "Option `options` must be plain data", { option: "options" });
  }
}

function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case "bigint":
    case "function":
    case "symbol":
      return false;
    case "number":
      return Number.isSafeInteger(value);
    default:
      return true;
  }
}
