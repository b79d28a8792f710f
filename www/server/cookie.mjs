// The cookies that hold a session at a back end of one's own.

/** By their names. */
export function cookiesOf(header = "") {
  const pairs = header.split("; ").filter((pair) => pair.includes("="));
  return Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
}

/**
 * A cookie that no script sees and no other site sends. With `isSecure` it is bound to this host by its name; WebKit takes
 * no `Secure` cookie from http, not even on loopback, so there it is neither.
 */
export class Cookie {
  #isSecure;

  constructor(name, { isSecure = true, sameSite = "Strict" } = {}) {
    this.#isSecure = isSecure;
    this.name = isSecure ? `__Host-${name}` : name;
    this.sameSite = sameSite;
  }

  of({ headers }) {
    return cookiesOf(headers.cookie)[this.name];
  }

  set(value, ageSeconds = 30 * 24 * 3600) {
    const secure = this.#isSecure ? "; Secure" : "";
    return `${this.name}=${value}; Path=/; Max-Age=${ageSeconds}; HttpOnly; SameSite=${this.sameSite}${secure}`;
  }

  clear() {
    return this.set("", 0);
  }
}
