// Why something did not work.

/** See each code's meaning and remedy in the package's `docs/errors.md`. */
export type StrongroomErrorCode =
  | "ERR_AUTHORIZATION"
  | "ERR_BAD_RESPONSE"
  | "ERR_CALLBACK"
  | "ERR_CLOSED"
  | "ERR_CONFIGURED"
  | "ERR_CREDENTIALS"
  | "ERR_ENGINE"
  | "ERR_ID_TOKEN"
  | "ERR_INSECURE_CONTEXT"
  | "ERR_JWT"
  | "ERR_METADATA"
  | "ERR_NOT_EXPOSED"
  | "ERR_NOT_RENEWABLE"
  | "ERR_NOT_SIGNED_IN"
  | "ERR_POPUP"
  | "ERR_REFUSED"
  | "ERR_SESSION_ENDED"
  | "ERR_STORAGE"
  | "ERR_TIMEOUT"
  | "ERR_UNAVAILABLE"
  | "ERR_UNREACHABLE"
  | "ERR_USER_INFO"
  | "ERR_VAULT";
