use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};

use super::global::{Blob, ReadableStream, URLSearchParams, member};

/// What a body allows if the call must be sent a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallBody {
    /// A form, or an object that becomes text: the platform's `Request` takes it as it is now.
    Changeable,
    /// A stream: once read it is gone.
    OneShot,
    /// None, a text, a blob, or a copy of ours: stays as it is.
    Unchanging,
}

/// The body as it is now, for later: the caller may change buffers and parameters once the call is made. (WebKit's
/// `Request` would keep those by reference.)
pub fn keep(body: JsValue) -> (CallBody, JsValue) {
    if let Some(buffer) = body.dyn_ref::<ArrayBuffer>() {
        (CallBody::Unchanging, buffer.slice(0).into())
    } else if let (true, Ok(buffer)) =
        (ArrayBuffer::is_view(&body), member(&body, "buffer").dyn_into::<ArrayBuffer>())
    {
        let number = |name: &str| member(&body, name).as_f64().unwrap_or(0.0) as u32;
        let bytes =
            Uint8Array::new_with_byte_offset_and_length(&buffer, number("byteOffset"), number("byteLength"));
        (CallBody::Unchanging, bytes.slice(0, bytes.length()).into())
    } else if let Some(parameters) = body.dyn_ref::<URLSearchParams>() {
        (CallBody::Unchanging, URLSearchParams::new(parameters).into())
    } else if body.is_instance_of::<ReadableStream>() {
        (CallBody::OneShot, body)
    } else if !body.is_object() || body.is_instance_of::<Blob>() {
        (CallBody::Unchanging, body)
    } else {
        (CallBody::Changeable, body)
    }
}
