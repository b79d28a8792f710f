use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::global;
use crate::engine::Input;

/// Events after which time may have passed without a timer: the page was hidden, frozen, asleep or offline. All
/// of them reach the global object. (`pageshow` also says whether the page came out of the back/forward cache.)
const KINDS: [&str; 5] = ["focus", "online", "pageshow", "resume", "visibilitychange"];

#[wasm_bindgen]
extern "C" {
    type PageEvent;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &PageEvent) -> String;
    #[wasm_bindgen(method, getter)]
    fn persisted(this: &PageEvent) -> Option<bool>;
}

/// Listens until it is dropped.
#[must_use]
pub struct Lifecycle(Closure<dyn FnMut(PageEvent)>);

impl Lifecycle {
    pub fn new(hear: impl Fn(Input) + 'static) -> Self {
        let listener = Closure::new(move |event: PageEvent| {
            hear(match event.kind().as_str() {
                "online" => Input::Online,
                "pageshow" if event.persisted() == Some(true) => Input::Restored,
                _ => Input::Wake,
            });
        });
        for kind in KINDS {
            global::listen(kind, listener.as_ref());
        }
        Self(listener)
    }
}

impl Drop for Lifecycle {
    fn drop(&mut self) {
        for kind in KINDS {
            global::unlisten(kind, self.0.as_ref());
        }
    }
}
