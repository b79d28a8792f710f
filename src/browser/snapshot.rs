use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::JsValue;

use super::time::Time;
use crate::engine::{Event, Session, StepUp, UnixMs};

/// What the application may know of the session: `Session` in `js/types.ts`. Never a token.
pub fn snapshot(session: &Session, time: &Time) -> JsValue {
    let wall = |at: Option<UnixMs>| or_null(at.map(|at| time.to_wall(at)));
    let parsed = |text: Option<&str>| or_null(text.and_then(|text| JSON::parse(text).ok()));
    object(&[
        ("status", session.status().as_str().into()),
        ("claims", parsed(session.claims_text())),
        ("scope", or_null(session.scope())),
        ("authorizationDetails", parsed(session.authorization_details())),
        ("expiresAt", wall(session.expires_at())),
        ("refreshAt", wall(session.refresh_at())),
        ("sessionEndsAt", wall(session.session_ends_at())),
        ("isolation", session.config().isolation.as_str().into()),
        ("reason", or_null(session.reason())),
    ])
}

/// An event's type and its `detail`: `ClientEvents` in `js/types.ts`.
pub fn event(event: &Event, time: &Time) -> (&'static str, JsValue) {
    match event {
        Event::RefreshFailed { attempt, error, retry_at } => {
            let retry_at = or_null(retry_at.map(|at| time.to_wall(at)));
            let code = error.code.as_str().into();
            (
                "refresh-failed",
                object(&[("attempt", (*attempt).into()), ("code", code), ("retryAt", retry_at)]),
            )
        }
        Event::RefreshStarted { attempt, cause } => {
            ("refresh-started", object(&[("attempt", (*attempt).into()), ("cause", cause.as_str().into())]))
        }
        Event::Refreshed { generation, rotated } => {
            ("refreshed", object(&[("generation", (*generation).into()), ("rotated", (*rotated).into())]))
        }
        Event::SignedIn { generation } => ("signed-in", object(&[("generation", (*generation).into())])),
        Event::SignedOut { reason } => ("signed-out", object(&[("reason", (*reason).into())])),
    }
}

/// A call was sent again after an API refused its token.
pub fn retried(generation: u32) -> JsValue {
    object(&[("generation", generation.into())])
}

/// An API demands another sign-in.
pub fn step_up(url: &str, demand: &StepUp, is_repeated: bool) -> JsValue {
    object(&[
        ("url", url.into()),
        ("acrValues", or_null(demand.acr_values.as_deref())),
        ("maxAgeSeconds", or_null(demand.max_age.map(|seconds| seconds as f64))),
        ("scope", or_null(demand.scope.as_deref())),
        ("isRepeated", is_repeated.into()),
    ])
}

/// A plain object with these members.
pub fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // Setting a member of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

fn or_null(value: Option<impl Into<JsValue>>) -> JsValue {
    value.map_or(JsValue::NULL, Into::into)
}
