//! Tests of the shell in real browsers: `node scripts/wasm-test.mjs` runs them in Chromium, Firefox and WebKit.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// The runner itself: Rust and the page's realm see each other.
#[wasm_bindgen_test]
fn runs_in_a_page() {
    let answer = js_sys::eval("document.readyState.length > 0 && 6 * 7").expect("the page evaluates");
    assert_eq!(answer.as_f64(), Some(42.0));
}
