import { Door, type Port } from "./door.js";
import { Vault } from "./vault.js";

/** The worker's global scope, of either kind. */
interface Scope extends Port {
  onconnect?: ((event: { ports: readonly [Port] }) => void) | null;
}

const scope = globalThis as unknown as Scope;
const isShared = "onconnect" in scope;
const vault = new Vault(isShared);
if (isShared) scope.onconnect = ({ ports: [port] }) => new Door(vault, port);
else new Door(vault, scope);
