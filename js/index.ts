export { decodeJwt } from "./decode-jwt.js";
export { StrongroomError } from "./error.js";
export { createClient } from "./page/client.js";
export type * from "./types.js";
