//! What a window and a worker both have under these names. Looked up at each use, so that the application's own
//! instrumentation of `fetch` sees our calls too.

use alloc::string::String;

use js_sys::{JsString, Object, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    pub fn get_random_values(array: &mut [u8]);

    /// Of a text that is JSON for sure.
    #[wasm_bindgen(js_namespace = JSON)]
    pub fn parse(text: &str) -> JsValue;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub fn monotonic_ms() -> f64;

    #[wasm_bindgen(extends = Object)]
    #[derive(Clone)]
    pub type Headers;
    #[wasm_bindgen(method)]
    pub fn get(this: &Headers, name: &str) -> Option<String>;

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

#[wasm_bindgen(module = "/src/browser/shell.js")]
extern "C" {
    /// One request of the engine, under way.
    #[derive(Clone)]
    pub type Exchange;
    #[wasm_bindgen(constructor)]
    pub fn new() -> Exchange;
    #[wasm_bindgen(method)]
    pub fn send(this: &Exchange, href: &str, form: Option<&str>) -> Promise;
    #[wasm_bindgen(method, getter)]
    pub fn status(this: &Exchange) -> u16;
    /// The answer's.
    #[wasm_bindgen(method, getter)]
    pub fn headers(this: &Exchange) -> Headers;
    /// For the header `DPoP`.
    #[wasm_bindgen(method, setter)]
    pub fn set_proof(this: &Exchange, proof: &str);
    /// For the header `Authorization`.
    #[wasm_bindgen(method, setter)]
    pub fn set_authorization(this: &Exchange, authorization: &JsString);
    #[wasm_bindgen(method)]
    pub fn abort(this: &Exchange);

    /// A call, with what it takes to send it.
    pub type Call;
    /// `href`: of a resource, else undefined.
    #[wasm_bindgen(static_method_of = Call, catch)]
    pub fn of(href: &JsValue, input: &JsValue, init: &JsValue) -> Result<Call, JsValue>;
    /// The serialised form of a call's URL, against the document's base (F-2); undefined where the platform throws.
    #[wasm_bindgen(static_method_of = Call)]
    pub fn resolve(input: &JsValue) -> JsValue;
    /// Whether it is ours to authorise.
    #[wasm_bindgen(method, getter, js_name = isOurs)]
    pub fn is_ours(this: &Call) -> bool;
    /// Throws the reason if its signal is aborted.
    #[wasm_bindgen(method, catch)]
    pub fn check(this: &Call) -> Result<(), JsValue>;
    /// Calls back when its signal aborts.
    #[wasm_bindgen(method)]
    pub fn listen(this: &Call, listener: &JsValue);
    #[wasm_bindgen(method)]
    pub fn unlisten(this: &Call, listener: &JsValue);
    /// The same call once more, taken before it is sent; none if its body is a stream.
    #[wasm_bindgen(method, catch)]
    pub fn spare(this: &Call) -> Result<Option<Call>, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub fn send(this: &Call, authorization: &JsValue) -> Result<Promise, JsValue>;
    /// An answer is not wanted any more.
    #[wasm_bindgen(static_method_of = Call)]
    pub fn drop(answer: &Response);

    /// A promise, and its end.
    pub type Settle;
    #[wasm_bindgen(constructor)]
    pub fn new() -> Settle;
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Settle) -> Promise;
    #[wasm_bindgen(method)]
    pub fn resolve(this: &Settle, value: &JsValue);
    #[wasm_bindgen(method)]
    pub fn reject(this: &Settle, error: &JsValue);

    /// An object of these members.
    pub fn leaving(href: &str, state: &str, transaction: &str, form: Option<&str>) -> JsValue;

    /// The serialised form of an absolute URL; `None` where the platform throws.
    pub fn normalize(url: &str) -> Option<String>;
    /// Rejects where WebCrypto is missing.
    pub fn sha256(data: &[u8]) -> Promise;
}
