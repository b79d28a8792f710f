/** A pending sign-in waits here during a full-page redirect: single use, deleted before its code is redeemed. */
const prefix = "strongroom.sign-in.";

export function remember(state: string, transaction: string): void {
  storage()?.setItem(prefix + state, transaction);
}

/** Whether the browser lets this page keep a sign-in over a redirect. */
export function canRemember(): boolean {
  try {
    sessionStorage.setItem(prefix, "");
    sessionStorage.removeItem(prefix);
    return true;
  } catch {
    return false;
  }
}

/** Takes out what was kept for the sign-in with this `state`. */
export function recall(state: string | null): string | undefined {
  const transaction = storage()?.getItem(prefix + state) ?? undefined;
  storage()?.removeItem(prefix + state);
  return transaction;
}

/** Drops what was kept for sign-ins that never came back. */
export async function sweep(isStale: (transaction: string) => Promise<unknown>): Promise<void> {
  for (const key of keys()) {
    if (await isStale(storage()?.getItem(key) ?? "")) storage()?.removeItem(key);
  }
}

function keys(): string[] {
  return Object.keys(storage() ?? {}).filter((key) => key.startsWith(prefix));
}

/** `undefined` where the browser denies it. */
function storage(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}
