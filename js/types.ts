// The public types, each with its shape, units, default and errors.
export type * from "./types/client.js";
export type * from "./types/error.js";
export type * from "./types/options.js";
export type * from "./types/provider.js";
export type * from "./types/session.js";
export type * from "./types/sign-in.js";
