import type { StrongroomErrorCode } from "./types.js";

/** What the server or the circumstances add to a failure. */
export interface ErrorFields {
  /** The OAuth error code that the server sent, such as `"invalid_grant"`. */
  error?: string;
  option?: string;
  resource?: string;
  retryAfterSeconds?: number;
  /** The HTTP status. */
  status?: number;
}

/**
 * A failure with a stable `code`. Tell failures apart by `code`, never by the message: it survives minifiers,
 * realms and workers. Neither message nor fields ever hold a token, code, verifier or key.
 */
export class StrongroomError extends Error {
  static {
    // On the prototype, as with the platform's own errors, and safe from minifiers.
    StrongroomError.prototype.name = "StrongroomError";
  }

  readonly code: StrongroomErrorCode;
  /** The OAuth error code that the server sent; with `ERR_REFUSED` and `ERR_AUTHORIZATION`. */
  declare readonly error?: string;
  /** The URL of the resource that the server gives no token for; with `ERR_REFUSED` and `ERR_BAD_RESPONSE`. */
  declare readonly resource?: string;
  /** When the server says it may be asked again; with `ERR_UNAVAILABLE`. */
  declare readonly retryAfterSeconds?: number;
  /** The HTTP status of the answer, if there was one. */
  declare readonly status?: number;

  constructor(code: StrongroomErrorCode, message: string, fields?: ErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.assign(this, fields);
  }
}

/** An `ERR_INVALID_OPTION` is a mistake of the program: a `TypeError`. */
export function failure(code: string, message: string, fields?: ErrorFields, options?: ErrorOptions): Error {
  return code === "ERR_INVALID_OPTION"
    ? Object.assign(new TypeError(message), { code }, fields)
    : new StrongroomError(code as StrongroomErrorCode, message, fields, options);
}
