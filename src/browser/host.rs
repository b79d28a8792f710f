use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The page around the engine (`js/engine/host.ts`): what the engine cannot do itself, and whom it tells of changes.
    pub type Host;

    /// The session's public snapshot changed.
    #[wasm_bindgen(method)]
    pub fn changed(this: &Host, snapshot: JsValue);

    /// Something happened, for the application's listeners; the host calls them in a later microtask.
    #[wasm_bindgen(method)]
    pub fn event(this: &Host, kind: &str, detail: JsValue);

    /// The header value that any call to a resource may carry until `until_ms` (by `Date.now()`); `undefined`: none.
    #[wasm_bindgen(method)]
    pub fn leased(this: &Host, authorization: &JsValue, until_ms: f64, generation: u32);

    /// Fulfilled with the digest of the access token, or with something else if the signature is not good (`js/engine/verify.ts`).
    #[wasm_bindgen(method)]
    pub fn verify(this: &Host, algorithm: &str, jwk: &str, token: &str, access_token: &str) -> Promise;

    /// Gives a failure its JavaScript class.
    #[wasm_bindgen(method)]
    pub fn failure(this: &Host, code: &str, message: &str, fields: JsValue) -> JsValue;
}
