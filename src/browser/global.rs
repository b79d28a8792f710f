//! What a window and a worker both have under these names. Looked up at each use, so that the application's own
//! instrumentation of `fetch` sees our calls too.

use alloc::string::String;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    pub fn fetch(input: &JsValue, init: &JsValue) -> Result<Promise, JsValue>;

    /// `String(value)`.
    #[wasm_bindgen(js_name = String, catch)]
    pub fn string(value: &JsValue) -> Result<String, JsValue>;

    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    pub static CRYPTO: Crypto;

    #[wasm_bindgen(thread_local_v2, js_name = performance)]
    pub static PERFORMANCE: Performance;

    #[wasm_bindgen(thread_local_v2, js_name = document)]
    pub static DOCUMENT: Option<Document>;

    pub type Crypto;
    #[wasm_bindgen(method, js_name = getRandomValues)]
    pub fn get_random_values(this: &Crypto, array: &mut [u8]);
    #[wasm_bindgen(method, getter)]
    pub fn subtle(this: &Crypto) -> Option<Subtle>;

    pub type Subtle;
    #[wasm_bindgen(method)]
    pub fn digest(this: &Subtle, algorithm: &str, data: &js_sys::Uint8Array) -> Promise;

    pub type Performance;
    #[wasm_bindgen(method)]
    pub fn now(this: &Performance) -> f64;

    pub type Document;
    #[wasm_bindgen(method, getter, js_name = baseURI)]
    pub fn base_uri(this: &Document) -> String;

    pub type URL;
    #[wasm_bindgen(constructor, catch)]
    pub fn new(url: &str, base: Option<&str>) -> Result<URL, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub fn href(this: &URL) -> String;

    #[wasm_bindgen(extends = Object)]
    #[derive(Clone)]
    pub type AbortSignal;
    #[wasm_bindgen(method, getter)]
    pub fn aborted(this: &AbortSignal) -> bool;
    #[wasm_bindgen(method, getter)]
    pub fn reason(this: &AbortSignal) -> JsValue;
    #[wasm_bindgen(method, js_name = addEventListener)]
    pub fn add_event_listener(this: &AbortSignal, kind: &str, listener: &JsValue);
    #[wasm_bindgen(method, js_name = removeEventListener)]
    pub fn remove_event_listener(this: &AbortSignal, kind: &str, listener: &JsValue);

    pub type AbortController;
    #[wasm_bindgen(constructor)]
    pub fn new() -> AbortController;
    #[wasm_bindgen(method, getter)]
    pub fn signal(this: &AbortController) -> AbortSignal;
    #[wasm_bindgen(method)]
    pub fn abort(this: &AbortController);

    #[wasm_bindgen(extends = Object)]
    #[derive(Clone)]
    pub type Headers;
    #[wasm_bindgen(constructor, catch)]
    pub fn new(init: &JsValue) -> Result<Headers, JsValue>;
    #[wasm_bindgen(method)]
    pub fn get(this: &Headers, name: &str) -> Option<String>;
    #[wasm_bindgen(method)]
    pub fn has(this: &Headers, name: &str) -> bool;
    #[wasm_bindgen(method)]
    pub fn set(this: &Headers, name: &str, value: &JsValue);

    #[wasm_bindgen(extends = Object)]
    pub type Request;
    #[wasm_bindgen(constructor, catch)]
    pub fn new(input: &JsValue, init: &JsValue) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub fn body(this: &Request) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &Request) -> Headers;
    #[wasm_bindgen(method, getter)]
    pub fn mode(this: &Request) -> String;
    #[wasm_bindgen(method, getter)]
    pub fn signal(this: &Request) -> AbortSignal;
    #[wasm_bindgen(method, getter)]
    pub fn url(this: &Request) -> String;
    #[wasm_bindgen(method, js_name = clone)]
    pub fn duplicate(this: &Request) -> Request;

    #[wasm_bindgen(extends = Object)]
    pub type Response;
    #[wasm_bindgen(method, getter)]
    pub fn redirected(this: &Response) -> bool;
    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Response) -> u16;
    #[wasm_bindgen(method, getter)]
    pub fn url(this: &Response) -> String;
    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &Response) -> Headers;
    #[wasm_bindgen(method, getter)]
    pub fn body(this: &Response) -> Option<ReadableStream>;

    #[wasm_bindgen(extends = Object)]
    pub type ReadableStream;
    #[wasm_bindgen(method)]
    pub fn cancel(this: &ReadableStream) -> Promise;
    #[wasm_bindgen(method, js_name = getReader)]
    pub fn get_reader(this: &ReadableStream) -> Reader;

    pub type Reader;
    #[wasm_bindgen(method)]
    pub fn read(this: &Reader) -> Promise;
    #[wasm_bindgen(method, js_name = cancel)]
    pub fn cancel_reader(this: &Reader) -> Promise;

    #[wasm_bindgen(extends = Object)]
    pub type Blob;

    #[wasm_bindgen(extends = Object)]
    pub type URLSearchParams;
    #[wasm_bindgen(constructor)]
    pub fn new(init: &URLSearchParams) -> URLSearchParams;

    #[wasm_bindgen(js_name = addEventListener)]
    pub fn listen(kind: &str, listener: &JsValue);
    #[wasm_bindgen(js_name = removeEventListener)]
    pub fn unlisten(kind: &str, listener: &JsValue);

    /// Gives the timer's handle.
    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(listener: &JsValue, delay_ms: u32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    pub fn clear_timeout(timer: &JsValue);
}

/// A member of whatever the caller gave; `undefined` where there is none. The platform is not asked where it would throw:
/// what is thrown costs time, and wasm-bindgen a slot of its table for ever.
pub fn member(object: &JsValue, name: &str) -> JsValue {
    if !object.is_object() {
        return JsValue::UNDEFINED;
    }
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The absolute, serialised form of a URL against the document's base (F-2); `None` where the platform throws. A worker
/// has no document: what comes to it is absolute already.
pub fn resolve(url: &str) -> Option<String> {
    let base = DOCUMENT.with(|document| document.as_ref().map(Document::base_uri));
    URL::new(url, base.as_deref()).ok().map(|url| url.href())
}

/// The serialised form of an absolute URL; `None` where the platform throws.
pub fn normalize(url: &str) -> Option<String> {
    URL::new(url, None).ok().map(|url| url.href())
}
