export { createClient } from "./client.js";
export { decodeJwt } from "./decode-jwt.js";
export { StrongroomError } from "./error.js";
export type * from "./types.js";
