use serde::Serialize;
use wasm_bindgen::JsValue;

use super::host::Host;
use super::snapshot::to_js;
use crate::engine::{Code, Error};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

/// The engine's error as a JavaScript one: `StrongroomError`, or a `TypeError` for a wrong option.
pub fn to_error(host: &Host, error: &Error) -> JsValue {
    let message = match (&error.option, error.detail) {
        (Some(option), detail) => ["Option `", option, "` ", detail.unwrap_or("is wrong")].concat(),
        (None, Some(detail)) => [error.code.message(), " (", detail, ")"].concat(),
        (None, None) => error.code.message().into(),
    };
    let fields = Fields {
        error: error.error.as_deref(),
        option: error.option.as_deref(),
        retry_after_seconds: error.retry_after_ms.map(|ms| ms as f64 / 1_000.0),
        status: error.status,
    };
    host.failure(error.code.as_str(), &message, to_js(&fields))
}

/// The error for a client that is gone.
pub fn closed() -> Error {
    Error::new(Code::Closed)
}
