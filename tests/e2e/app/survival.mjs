// What a session in each home survives, in each browser: the tests check it, and docs/isolation.md has it as a table.

/** The table's columns, by the isolation and, where browsers differ, by the browser. */
export const columns = ["shared: chromium", "shared: firefox", "shared: webkit", "worker", "page"];

/** Whether the session is still there afterwards, by column. */
export const survival = {
  "a reload of the only tab": [true, false, false, false, false],
  "a link followed in the only tab": [true, false, true, false, false],
  "a reload of the only tab after a sign-in by redirect": [true, false, true, false, false],
  "a reload while another tab is open": [true, true, true, false, false],
  "the end of the only tab, and a new one": [true, false, false, false, false],
  "a step to another site and back": [true, false, true, true, true],
  "a sign-out in another tab": [false, false, false, true, true],
};

/** How often the server is asked whether the session is still good; not at all where nothing is said. */
export const renewals = {
  "a step to another site and back": [0, 0, 0, 1, 1],
  "a sign-out in another tab": [0, 0, 0, 1, 0],
};

/** Whether a page that was left is in the back/forward cache. Firefox keeps none with a Web Lock, which a shared vault needs. */
export const keptInCache = [true, false, true, true, true];

/** Where a sign-in by redirect waits for its callback. */
export const pendingSignIn = [
  "vault",
  "sessionStorage",
  "sessionStorage",
  "sessionStorage",
  "sessionStorage",
];

/** @param {{isolation: string, browserName: string}} place */
export function columnOf({ isolation, browserName }) {
  return columns.indexOf(isolation === "shared" ? `shared: ${browserName}` : isolation);
}
