use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::global;
use crate::engine::Input;

/// What the engine hears of an event of the page.
pub fn input(kind: &str) -> Input {
    match kind {
        "notice" => Input::Noticed,
        "online" => Input::Online,
        "restored" => Input::Restored,
        _ => Input::Wake,
    }
}

/// Events after which time may have passed without a timer: the page was hidden, frozen, asleep or offline. All
/// of them reach the global object; a worker's has `online` alone, and its pages tell it of the others. (`pageshow`
/// also says whether the page came out of the back/forward cache.)
const KINDS: [&str; 4] = ["focus", "online", "pageshow", "visibilitychange"];

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
            let kind = event.kind();
            let is_restored = kind == "pageshow" && event.persisted() == Some(true);
            hear(input(if is_restored { "restored" } else { &kind }));
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
