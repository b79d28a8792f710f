use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::time::Time;
use crate::engine::{Event, Session, UnixMs};

/// What the application may know of the session: `Session` in `js/types.ts`. Never a token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot<'a> {
    status: &'static str,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    claims: JsValue,
    scope: Option<&'a str>,
    expires_at: Option<f64>,
    refresh_at: Option<f64>,
    session_ends_at: Option<f64>,
    isolation: &'static str,
    reason: Option<&'static str>,
}

pub fn snapshot(session: &Session, time: &Time) -> JsValue {
    let wall = |at: Option<UnixMs>| at.map(|at| time.to_wall(at));
    to_js(&Snapshot {
        status: session.status().as_str(),
        claims: session
            .claims_text()
            .and_then(|text| js_sys::JSON::parse(text).ok())
            .unwrap_or(JsValue::NULL),
        scope: session.scope(),
        expires_at: wall(session.expires_at()),
        refresh_at: wall(session.refresh_at()),
        session_ends_at: wall(session.session_ends_at()),
        isolation: "page",
        reason: session.reason(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotated: Option<bool>,
}

const EMPTY: Detail = Detail {
    attempt: None,
    cause: None,
    code: None,
    generation: None,
    reason: None,
    retry_at: None,
    rotated: None,
};

/// An event's type and its `detail`.
pub fn event(event: &Event, time: &Time) -> (&'static str, JsValue) {
    let (kind, detail) = match event {
        Event::RefreshFailed { attempt, error, retry_at } => (
            "refresh-failed",
            Detail {
                attempt: Some(*attempt),
                code: Some(error.code.as_str()),
                retry_at: retry_at.map(|at| time.to_wall(at)),
                ..EMPTY
            },
        ),
        Event::RefreshStarted { attempt, cause } => {
            ("refresh-started", Detail { attempt: Some(*attempt), cause: Some(cause.as_str()), ..EMPTY })
        }
        Event::Refreshed { generation, rotated } => {
            ("refreshed", Detail { generation: Some(*generation), rotated: Some(*rotated), ..EMPTY })
        }
        Event::SignedIn { generation } => ("signed-in", Detail { generation: Some(*generation), ..EMPTY }),
        Event::SignedOut { reason } => ("signed-out", Detail { reason: Some(reason), ..EMPTY }),
    };
    (kind, to_js(&detail))
}

/// A call was sent again after an API refused its token.
pub fn retried(generation: u32) -> JsValue {
    to_js(&Detail { generation: Some(generation), ..EMPTY })
}

/// Plain data as a plain object; nothing of ours fails to serialise.
pub fn to_js(value: &impl Serialize) -> JsValue {
    let serializer = Serializer::new().serialize_missing_as_null(true).serialize_maps_as_objects(true);
    value.serialize(&serializer).unwrap_or(JsValue::UNDEFINED)
}
