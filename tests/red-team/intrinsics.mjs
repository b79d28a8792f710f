// What the recorders are put over: everything of standards §3.2, and what else the SDK's own code could touch.

export const intrinsics = {
  prototypes: [
    ..."Object Function Array String RegExp Promise Map Set WeakMap Error Symbol Number Date".split(" "),
    ..."ArrayBuffer DataView TextDecoder TextEncoder".split(" "),
    ..."Request Response Headers URL URLSearchParams FormData Blob FileReader XMLHttpRequest".split(" "),
    ..."ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader".split(" "),
    ..."ReadableStreamDefaultController ReadableByteStreamController TransformStream WritableStream".split(
      " ",
    ),
    ..."EventTarget Event MessageEvent CustomEvent MessageChannel MessagePort Worker SharedWorker".split(" "),
    ..."BroadcastChannel Storage History Navigation LockManager AbortSignal AbortController".split(" "),
    ..."SubtleCrypto Crypto IDBObjectStore IDBFactory Cache CacheStorage CookieStore".split(" "),
    ..."WeakRef FinalizationRegistry TrustedTypePolicyFactory TrustedTypePolicy ServiceWorkerContainer".split(
      " ",
    ),
  ],
  namespaces: [
    "JSON",
    "Reflect",
    "WebAssembly",
    "Math",
    "console",
    "Object",
    "Array",
    "String",
    "Promise",
    "URL",
  ],
  globals: [
    ..."fetch postMessage structuredClone queueMicrotask setTimeout reportError atob btoa".split(" "),
    ..."encodeURIComponent decodeURIComponent encodeURI decodeURI eval".split(" "),
    ..."Request Response Headers URL URLSearchParams FormData Blob XMLHttpRequest Proxy Promise Map Set".split(
      " ",
    ),
    ..."Worker SharedWorker MessageChannel BroadcastChannel Function Error TypeError Array String".split(" "),
    ..."ReadableStream TextDecoder TextEncoder CustomEvent MessageEvent WebSocket EventSource".split(" "),
    ..."Uint8Array ArrayBuffer FinalizationRegistry WeakRef".split(" "),
  ],
};
