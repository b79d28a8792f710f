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
    let mut fields = Vec::new();
    if let Some(code) = &error.error {
        fields.push(("error", code.into()));
    }
    if let Some(option) = &error.option {
        fields.push(("option", option.into()));
    }
    if let Some(ms) = error.retry_after_ms {
        fields.push(("retryAfterSeconds", (ms as f64 / 1_000.0).into()));
    }
    if let Some(status) = error.status {
        fields.push(("status", status.into()));
    }
    host.failure(error.code.as_str(), &message, object(&fields))
}

/// The error for a client that is gone.
pub fn closed() -> Error {
    Error::new(Code::Closed)
}
