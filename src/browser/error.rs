use wasm_bindgen::JsValue;

use super::host::Host;
use super::snapshot::Plain;
use crate::engine::{Code, Error, decimal};

/// The engine's error as a JavaScript one: `StrongroomError`, or a `TypeError` for a wrong option.
pub fn to_error(host: &Host, error: &Error) -> JsValue {
    let message = match (&error.option, error.detail) {
        (Some(option), detail) => ["Option `", option, "` ", detail.unwrap_or("is wrong")].concat(),
        (None, Some(detail)) => [error.code.message(), " (", detail, ")"].concat(),
        (None, None) => error.code.message().into(),
    };
    let mut fields = Plain::default();
    if let Some(code) = &error.error {
        fields.text("error", Some(code));
    }
    if let Some(option) = &error.option {
        fields.text("option", Some(option));
    }
    if let Some(url) = error.resource.get() {
        fields.text("resource", Some(url));
    }
    if let Some(ms) = error.retry_after_ms {
        fields.json("retryAfterSeconds", Some(&[decimal::write(ms).as_str(), "e-3"].concat()));
    }
    if let Some(status) = error.status {
        fields.number("status", Some(status.into()));
    }
    host.failure(error.code.as_str(), &message, fields.value())
}

/// The error for a client that is gone.
pub fn closed() -> Error {
    Error::new(Code::Closed)
}
