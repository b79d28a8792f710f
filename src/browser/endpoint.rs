//! The engine's own requests.

use alloc::vec::Vec;

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use zeroize::Zeroizing;

use super::global::{self, AbortSignal, ReadableStream, Response};
use super::task::Task;
use crate::engine::{HttpAnswer, HttpRequest, TransportFailure};

/// No token response is larger.
const BODY_MAX_BYTES: usize = 1024 * 1024;

pub async fn send(
    task: &Task,
    request: &HttpRequest,
    signal: &AbortSignal,
) -> Result<HttpAnswer, TransportFailure> {
    let unreachable = |_| TransportFailure::Unreachable;
    let init = init(request, signal);
    let response = global::fetch(&JsValue::from_str(&request.href), &init).map_err(unreachable)?;
    let response: Response = task.wait(&response).await.map_err(unreachable)?.unchecked_into();
    let body = match response.body() {
        Some(body) => read(task, &body).await?,
        None => Zeroizing::new(Vec::new()),
    };
    Ok(HttpAnswer { status: response.status(), retry_after: response.headers().get("retry-after"), body })
}

/// Every member is set, so that nothing inherited fills a gap: no cookies, no redirects; a POST of a form is not
/// kept by any cache.
fn init(request: &HttpRequest, signal: &AbortSignal) -> JsValue {
    let headers = null_object();
    set(&headers, "accept", &"application/json".into());
    let init = null_object();
    let (method, body) = match &request.form {
        Some(form) => {
            set(&headers, "content-type", &"application/x-www-form-urlencoded".into());
            ("POST", JsValue::from_str(form.expose()))
        }
        None => ("GET", JsValue::UNDEFINED),
    };
    set(&init, "method", &method.into());
    set(&init, "body", &body);
    set(&init, "headers", &headers);
    set(&init, "cache", &if request.form.is_some() { "no-store" } else { "default" }.into());
    for (name, value) in
        [("credentials", "omit"), ("mode", "cors"), ("redirect", "error"), ("referrerPolicy", "no-referrer")]
    {
        set(&init, name, &value.into());
    }
    set(&init, "signal", signal);
    init.into()
}

/// Reads the body chunk by chunk into memory of ours and zeroes each chunk: `text()` would leave a string behind.
async fn read(task: &Task, body: &ReadableStream) -> Result<Zeroizing<Vec<u8>>, TransportFailure> {
    let reader = body.get_reader();
    let mut bytes = Zeroizing::new(Vec::new());
    loop {
        let step = task.wait(&reader.read()).await.map_err(|_| TransportFailure::Unreachable)?;
        let Ok(value) = Reflect::get(&step, &"value".into()) else { break };
        let Some(chunk) = value.dyn_ref::<Uint8Array>() else { break };
        if bytes.len() + chunk.length() as usize > BODY_MAX_BYTES {
            drop(reader.cancel_reader());
            return Err(TransportFailure::TooLarge);
        }
        append(&mut bytes, chunk);
        chunk.fill(0, 0, chunk.length());
    }
    Ok(bytes)
}

/// Grows by hand, so that the smaller buffer is zeroed when the larger one takes its place.
fn append(bytes: &mut Zeroizing<Vec<u8>>, chunk: &Uint8Array) {
    let length = bytes.len();
    let needed = length + chunk.length() as usize;
    if needed > bytes.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(needed.max(2 * bytes.capacity())));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.resize(needed, 0);
    if let Some(room) = bytes.get_mut(length..) {
        chunk.copy_to(room);
    }
}

fn null_object() -> Object {
    Object::create(JsValue::NULL.unchecked_ref())
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a member of a fresh null-prototype object cannot fail.
    let _ = Reflect::set(object, &name.into(), value);
}
