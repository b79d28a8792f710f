// Every place where a page could leave a secret, beside its memory: how it is read as text, and how the control
// plants one there and takes it away again.

/** All that was handed to another realm: recorded from the moment this module is loaded. */
const messages = [];
for (const { prototype } of [BroadcastChannel, MessagePort, Worker]) {
  const { postMessage } = prototype;
  prototype.postMessage = function (message, ...rest) {
    messages.push(message);
    return postMessage.call(this, message, ...rest);
  };
}
const { postMessage } = window;
window.postMessage = (message, ...rest) => {
  messages.push(message);
  return postMessage.call(window, message, ...rest);
};

const request = (made) =>
  new Promise((resolve, reject) => {
    made.onsuccess = () => resolve(made.result);
    made.onerror = () => reject(made.error);
  });

const storage = (area) => ({
  read: () => JSON.stringify(Object.entries(area)),
  plant: (text) => area.setItem("planted", text),
  remove: () => area.removeItem("planted"),
});

export const places = {
  localStorage: storage(localStorage),
  sessionStorage: storage(sessionStorage),
  IndexedDB: {
    async read() {
      const contents = [];
      for (const { name } of await indexedDB.databases()) {
        const database = await request(indexedDB.open(name));
        for (const store of database.objectStoreNames) {
          const objects = database.transaction(store).objectStore(store);
          contents.push(name, store, await request(objects.getAllKeys()), await request(objects.getAll()));
        }
        database.close();
      }
      return JSON.stringify(contents);
    },
    async plant(text) {
      const opening = indexedDB.open("planted");
      opening.onupgradeneeded = () => opening.result.createObjectStore("things");
      const database = await request(opening);
      const transaction = database.transaction("things", "readwrite");
      await request(transaction.objectStore("things").put({ deep: [text] }, "key"));
      database.close();
    },
    remove: () => request(indexedDB.deleteDatabase("planted")),
  },
  "Cache Storage": {
    async read() {
      const contents = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const kept of await cache.keys()) {
          const response = await cache.match(kept);
          contents.push(name, kept.url, ...kept.headers, ...response.headers, await response.text());
        }
      }
      return contents.join(" ");
    },
    plant: async (text) => (await caches.open("planted")).put("/planted", new Response(text)),
    remove: () => caches.delete("planted"),
  },
  cookies: {
    read: () => document.cookie,
    plant(text) {
      // biome-ignore lint/suspicious/noDocumentCookie: the control of this very place
      document.cookie = `planted=${text.slice(0, 3000)}`;
    },
    remove() {
      // biome-ignore lint/suspicious/noDocumentCookie: the control of this very place
      document.cookie = "planted=; max-age=0";
    },
  },
  URL: {
    read: () => `${location.href} ${document.URL} ${document.referrer}`,
    plant: (text) => history.replaceState(history.state, "", `#${text}`),
    remove: () => history.replaceState(history.state, "", location.pathname),
  },
  "history.state": {
    read: () => JSON.stringify(history.state),
    plant: (text) => history.replaceState({ text }, ""),
    remove: () => history.replaceState(null, ""),
  },
  "window.name": {
    read: () => window.name,
    plant(text) {
      window.name = text;
    },
    remove() {
      window.name = "";
    },
  },
  "performance entries": {
    read: () => JSON.stringify(performance.getEntries()),
    plant: (text) => performance.mark(text),
    remove: () => performance.clearMarks(),
  },
  DOM: {
    read: () =>
      document.documentElement.outerHTML +
      Array.from(document.querySelectorAll("input, textarea"), ({ value }) => value).join(" "),
    plant: (text) => document.body.append(document.createComment(text)),
    remove: () => document.body.lastChild.remove(),
  },
  console: {
    read: () => window.recordedConsole.join("\n"),
    plant: (text) => console.log(`planted: ${text}`),
    remove: () => window.recordedConsole.pop(),
  },
  messages: {
    read: () => JSON.stringify(messages),
    plant(text) {
      const channel = new BroadcastChannel("planted");
      channel.postMessage({ text });
      channel.close();
    },
    remove: () => messages.pop(),
  },
  "errors, events and snapshots": {
    read: () =>
      app.errors.map((error) => `${error} ${error.stack} ${JSON.stringify(app.describe(error))}`).join("\n") +
      JSON.stringify([app.events, app.client.session, Object.keys(app.client), String(app.client)]),
    plant: (text) => app.errors.push(new Error(text)),
    remove: () => app.errors.pop(),
  },
};

/** How often each of the secrets occurs in each place that has one: `{}` is what everybody hopes for. */
export async function search(secrets) {
  const found = {};
  for (const [name, place] of Object.entries(places)) {
    const text = await place.read();
    const kinds = secrets.filter(([, secret]) => text.includes(secret)).map(([kind]) => kind);
    if (kinds.length > 0) found[name] = [...new Set(kinds)];
  }
  return found;
}
