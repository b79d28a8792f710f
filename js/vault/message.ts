import { LIFECYCLE, QUESTIONS, type Question, type ToVault } from "../protocol.js";

/** Whether this is a message in every member that is relied on. */
export function isMessage(data: unknown): data is ToVault {
  if (typeof data !== "object" || data === null) return false;
  const message = data as Record<string, unknown>;
  const { given, id, init, kind, question, tab, type, url, wasm } = message;
  switch (type) {
    case "hello":
      return (
        "options" in message &&
        typeof wasm === "string" &&
        (tab === undefined || (typeof tab === "string" && tab.startsWith("strongroom.tab.")))
      );
    case "ask":
      return (
        isId(id) &&
        QUESTIONS.includes(question as Question) &&
        Array.isArray(given) &&
        areGiven(question as Question, given)
      );
    case "fetch":
      return (
        isId(id) && typeof url === "string" && typeof init === "object" && init !== null && "body" in message
      );
    case "piece":
      return isId(id) && (message.bytes === null || message.bytes instanceof Uint8Array);
    case "abort":
    case "pull":
      return isId(id);
    case "heard":
      return LIFECYCLE.includes(kind as (typeof LIFECYCLE)[number]);
    case "ping":
    case "bye":
      return true;
    default:
      return false;
  }
}

function isId(id: unknown): id is number {
  return Number.isSafeInteger(id);
}

/** The engine takes texts, and objects: the tokens of `setTokens`, the options of `signIn` and `signOut`. */
function areGiven(question: Question, given: unknown[]): boolean {
  if (question === "signOut") return given.length <= 1;
  if (question === "setTokens") return given.length === 1;
  // Beside its options: whether the page stays, so that it needs not keep the sign-in.
  if (question === "signIn") return given.length === 2 && typeof given[1] === "boolean";
  const least = ["cleanedCallback", "completeSignIn", "isStale"].includes(question) ? 1 : 0;
  const isText = (value: unknown, at: number) =>
    typeof value === "string" || (value === undefined && at >= least);
  return given.length >= least && given.length <= 2 && given.every(isText);
}
