// What attackers try, in numbers.

/** 200 values of `returnTo` that some parser takes for an address at the host: 40 beginnings with 5 ends each. */
export function hostileReturns(host) {
  const beginnings = [
    ...["//", "///", "////", "/\\", "\\\\", "\\/", "/\\/", "//\\"],
    ...[
      "/\t/",
      "/\n/",
      "/\r/",
      "/\t\\",
      "\t//",
      "\n//",
      " //",
      "\u0000//",
      "\uFEFF//",
      "\u00A0//",
      "\u2028//",
    ],
    ...[
      "http://",
      "HTTP://",
      "http:/",
      "http:",
      "http:\\\\",
      "ht\ntp://",
      " http://",
      "\u0001http://",
      "https://",
    ],
    ...["javascript:location='http://", "data:text/html,<script>location='http://"],
    ...["/.//", "/..//", "/%2F", "/%2f%2f", "/%5C", "/%09/", "/;//", "/@", "/to?url=//", "%2F%2F"],
  ];
  const ends = [host, `${host}/`, `user@${host}/path`, `${host}?next=/`, `${host}#/`];
  return beginnings.flatMap((beginning) => ends.map((end) => beginning + end));
}

/** 50 callbacks that answer no pending sign-in: made of a genuine one that is awaited, and of one that was used. */
export function forgedCallbacks(genuine, used) {
  const { state, code, iss } = Object.fromEntries(genuine.searchParams);
  const usedState = used.searchParams.get("state");
  const swapped = [...state].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join("");
  const states = [
    ...["", "A".repeat(43), "a", "0", "null", "undefined", "true", "{}", "[object Object]"],
    ...["__proto__", "constructor", "toString", "hasOwnProperty", "*", "%", "..", "' OR 1=1 --", "<script>"],
    ...[
      state.slice(1),
      state.slice(0, -1),
      `${state}A`,
      `A${state}`,
      `${state} `,
      ` ${state}`,
      `${state}\u0000`,
    ],
    ...[`${state}\n`, `${state}=`, `${state}.`, `${state},${state}`, swapped, [...state].reverse().join("")],
    ...[usedState, encodeURIComponent(`${state}%`), Buffer.from(state).toString("base64url")],
  ].map((forged) => [
    ["code", code],
    ["state", forged],
    ["iss", iss],
  ]);
  const pairs = [
    [
      ["code", code],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["State", state],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["state", state],
      ["state", state],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["state", "A"],
      ["state", state],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["state", state],
      ["state", "A"],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["code", "another"],
      ["state", state],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["code", code],
      ["state", state],
      ["iss", iss],
    ],
    [
      ["code", ""],
      ["state", state],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["error", "access_denied"],
      ["state", state],
      ["iss", iss],
    ],
    [
      ["error", "access_denied"],
      ["iss", iss],
    ],
    [
      ["error", "access_denied"],
      ["state", "A".repeat(43)],
      ["iss", iss],
    ],
    [
      ["error", "login_required"],
      ["error", "server_error"],
      ["state", state],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["state", state],
      ["iss", iss],
      ["iss", iss],
    ],
    [
      ["code", code],
      ["state", state],
      ["iss", iss],
      ["iss", "https://issuer.invalid"],
    ],
    [
      ["code", "attackers"],
      ["state", usedState],
      ["iss", iss],
    ],
    [
      ["code", used.searchParams.get("code")],
      ["state", usedState],
      ["iss", iss],
    ],
  ];
  return [...states, ...pairs].map((one) => {
    const url = new URL(genuine);
    url.search = new URLSearchParams(one);
    return url.href;
  });
}
