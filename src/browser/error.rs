use alloc::vec::Vec;

use wasm_bindgen::JsValue;

use super::host::Host;
use super::snapshot::object;
use crate::engine::{Code, Error};

/// The engine's error as a JavaScript one: `StrongroomError`, or a `TypeError` for a wrong option.
pub fn to_error(host: &Host, error: &Error) -> JsValue {
    let message = match (&error.option, error.detail) {
        (Some(option), detail) => ["Option `", option, "` ", detail.unwrap_or("is wrong")].concat(),
        (None, Some(detail)) => [error.code.message(), " (", detail, ")"].concat(),
        (None, None) => error.code.message().into(),
    };
    let fields = [
        ("error", error.error.as_deref().map(JsValue::from)),
        ("option", error.option.as_deref().map(JsValue::from)),
        ("retryAfterSeconds", error.retry_after_ms.map(|ms| JsValue::from(ms as f64 / 1_000.0))),
        ("status", error.status.map(JsValue::from)),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect::<Vec<_>>();
    host.failure(error.code.as_str(), &message, object(&fields))
}

/// The error for a client that is gone.
pub fn closed() -> Error {
    Error::new(Code::Closed)
}
