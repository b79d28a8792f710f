use alloc::string::String;
use core::cell::RefCell;

use wasm_bindgen::JsValue;

use super::global;
use super::time::Time;
use crate::engine::json::write_string;
use crate::engine::{Event, Session, StepUp, UnixMs, decimal};

/// What the application may know of the session: `Session` in `js/types/session.ts`. Never a token.
pub fn snapshot(session: &Session, time: &Time) -> JsValue {
    let wall = |at: Option<UnixMs>| at.map(|at| time.to_wall(at));
    let mut object = Plain::default();
    object.text("status", Some(session.status().as_str()));
    object.json("claims", session.claims_text());
    object.text("scope", session.scope());
    object.json("authorizationDetails", session.authorization_details());
    object.number("expiresAt", wall(session.expires_at()));
    object.number("refreshAt", wall(session.refresh_at()));
    object.number("sessionEndsAt", wall(session.session_ends_at()));
    object.text("isolation", Some(session.config().isolation.as_str()));
    object.text("reason", session.reason());
    object.value()
}

/// An event's type and its `detail`: `ClientEvents` in `js/types/client.ts`.
pub fn event(event: &Event, session: &RefCell<Session>, time: &Time) -> (&'static str, JsValue) {
    let mut detail = Plain::default();
    if let Event::RefreshFailed { aim, .. } | Event::RefreshStarted { aim, .. } | Event::Refreshed { aim, .. } =
        event
        && aim.get().is_some()
    {
        detail.text("resource", session.borrow().resource_of(*aim));
    }
    let kind = match event {
        Event::RefreshFailed { attempt, error, retry_at, .. } => {
            detail.number("attempt", Some((*attempt).into()));
            detail.text("code", Some(error.code.as_str()));
            detail.number("retryAt", retry_at.map(|at| time.to_wall(at)));
            "refresh-failed"
        }
        Event::RefreshStarted { attempt, cause, .. } => {
            detail.number("attempt", Some((*attempt).into()));
            detail.text("cause", Some(cause.as_str()));
            "refresh-started"
        }
        Event::Refreshed { generation, rotated, .. } => {
            detail.number("generation", Some((*generation).into()));
            detail.bool("rotated", *rotated);
            "refreshed"
        }
        Event::SessionContinues { limit } => {
            detail.text("reason", Some(limit.as_str()));
            "session-continues"
        }
        Event::SessionEnding { limit, in_ms } => {
            detail.text("reason", Some(limit.as_str()));
            detail.number("inSeconds", Some(in_ms.div_ceil(1_000)));
            "session-ending"
        }
        #[cfg(feature = "full")]
        Event::SlidingTokenMissed { resource, missed } => {
            detail.text("resource", Some(resource));
            detail.text("reason", Some(missed.as_str()));
            "sliding-token-missed"
        }
        Event::SignedIn { generation } => {
            detail.number("generation", Some((*generation).into()));
            "signed-in"
        }
        Event::SignedOut { reason } => {
            detail.text("reason", Some(reason));
            "signed-out"
        }
    };
    (kind, detail.value())
}

/// A call was sent again after an API refused its token.
pub fn retried(generation: u32) -> JsValue {
    let mut detail = Plain::default();
    detail.number("generation", Some(generation.into()));
    detail.value()
}

/// An API demands another sign-in.
pub fn step_up(url: &str, demand: &StepUp, is_repeated: bool) -> JsValue {
    let mut detail = Plain::default();
    detail.text("url", Some(url));
    detail.text("acrValues", demand.acr_values.as_deref());
    detail.number("maxAgeSeconds", demand.max_age);
    detail.text("scope", demand.scope.as_deref());
    detail.bool("isRepeated", is_repeated);
    detail.value()
}

/// A plain object, member by member; `None` is `null`. It is written as JSON, which takes one call of JavaScript in all.
#[derive(Default)]
pub struct Plain(String);

impl Plain {
    pub fn text(&mut self, name: &str, text: Option<&str>) {
        self.name(name);
        match text {
            Some(text) => write_string(text, &mut self.0),
            None => self.0.push_str("null"),
        }
    }

    pub fn number(&mut self, name: &str, number: Option<u64>) {
        self.json(name, number.map(decimal::write).as_deref());
    }

    pub fn bool(&mut self, name: &str, value: bool) {
        self.json(name, Some(if value { "true" } else { "false" }));
    }

    /// A value that is JSON already.
    pub fn json(&mut self, name: &str, text: Option<&str>) {
        self.name(name);
        self.0.push_str(text.unwrap_or("null"));
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        write_string(name, &mut self.0);
        self.0.push(':');
    }

    pub fn value(mut self) -> JsValue {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        global::parse(&self.0)
    }
}
