//! Tests of the shell in real browsers: `node scripts/wasm-test.mjs` runs them in Chromium, Firefox and WebKit.
//!
//! They see the engine as the page does, by the class that this very module exports, on a stage where `fetch` and the
//! host are played.
#![cfg(target_arch = "wasm32")]

mod browser {
    mod calls;
    mod departure;
    #[cfg(feature = "full")]
    mod dpop;
    mod endpoint;
    mod options;
    mod stage;
    mod told;
}

use strongroom as _;
use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);
