// The attacks in the order in which the panel has them.
import { accessToken } from "./access-token";
import type { Attack } from "./attack";
import { foreignOrigin } from "./foreign-origin";
import { messages } from "./messages";
import { patched } from "./patched";
import { reachable } from "./reachable";
import { secondConfiguration } from "./second-configuration";
import { secondPort } from "./second-port";
import { storage } from "./storage";

export const ATTACKS: readonly Attack[] = [
  accessToken,
  storage,
  reachable,
  patched,
  messages,
  secondPort,
  secondConfiguration,
  foreignOrigin,
];
