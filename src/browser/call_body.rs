use wasm_bindgen::{JsCast as _, JsValue};

use super::global::{Blob, ReadableStream};

/// What a body allows if the call must be sent a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallBody {
    /// The caller may change it after the call: a buffer, a form. The platform's `Request` takes a copy.
    Changeable,
    /// A stream: once read it is gone.
    OneShot,
    /// None, a text, a blob: stays as it is.
    Unchanging,
}

pub fn call_body(body: &JsValue) -> CallBody {
    if body.is_instance_of::<ReadableStream>() {
        CallBody::OneShot
    } else if !body.is_object() || body.is_instance_of::<Blob>() {
        CallBody::Unchanging
    } else {
        CallBody::Changeable
    }
}
