//! What is in an answer that is a success: tokens, lifetimes and who it is, each at a path.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;

use super::super::cut::Cut as _;
use super::super::dpop::TokenType;
use super::super::json::Json;
use super::super::jwt;
use super::super::options::{OneOf, Reader};
use super::super::token_response::{self, TokenResponse, bad, is_refresh_token};
use super::super::{Error, InFull, Secret, UnixMs};
use super::condition::{at, check_path};
use super::{Backend, Held, timestamp};

const UNITS: OneOf =
    (&["seconds", "milliseconds", "iso"], "must be \"seconds\", \"milliseconds\" or \"iso\"");
/// A shorter one may be part of other text by chance.
const TOKEN_MIN_BYTES: usize = 16;

/// What an answer said. `Debug` shows nothing of it.
pub struct BackendResponse {
    /// At a BFF, with an empty access token.
    pub tokens: TokenResponse,
    /// JSON text, without the tokens.
    pub claims_text: Option<String>,
    pub subject: Option<String>,
}

impl fmt::Debug for BackendResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackendResponse([redacted])")
    }
}

/// Checks where in an answer is what.
pub fn check(provider: &Reader, is_bff: bool, holds: Held) {
    const PATHS: &str =
        "accessToken refreshToken scope expiresIn expiresAt refreshExpiresIn claims subject expiresAtUnit";
    const PATHS_AT_BFF: &str = "expiresIn expiresAt claims subject expiresAtUnit";
    provider.bool("readExpiryFromJwt");
    let known = if is_bff { PATHS_AT_BFF } else { PATHS };
    let Some(given) = provider.object("response", known) else { return };
    for name in known.parts(' ') {
        // Of the answer, all can be the claims.
        if name != "claims" || given.text(name) != Some("") {
            check_path(&given, name);
        }
    }
    if given.one_of("expiresAtUnit", UNITS).is_some() && given.get("expiresAt").is_none() {
        given.refuse("expiresAtUnit", "must be with `expiresAt`");
    }
    if holds != Held::Body && given.get("refreshToken").is_some() {
        given.refuse("refreshToken", "must be with `refreshToken: \"body\"` alone");
    }
}

impl Backend {
    /// Takes what there is out of an answer that is a success.
    ///
    /// # Errors
    /// [`super::super::Code::BadResponse`] with the option whose path leads to what is wrong.
    pub fn take(&self, body: &mut Json, now: UnixMs) -> Result<BackendResponse, Error> {
        if self.is_bff {
            name_claims(body);
        }
        let response = self.options.get("response");
        let path = |name: &str| response.and_then(|response| response.text(name));
        // At a BFF there are no tokens, and of the rest only claims and subject have a place by default.
        let by_default = |path| Some(path).filter(|_| !self.is_bff);
        let look = |path: Option<&str>| at(body, path?).filter(|value| !is_absent(value));
        let find = |name: &str, otherwise| look(path(name).or(by_default(otherwise)));
        // Reading goes on behind what is wrong, which takes less code than an end at each.
        let wrong = Cell::new(None);
        let checked = |value: Option<&Json>, is_right: bool, detail: &'static str| {
            if value.is_some() && !is_right && wrong.get().is_none() {
                wrong.set(Some(detail));
            }
        };
        let token = |name, otherwise, is_right: fn(&str) -> bool, detail| {
            let value = find(name, otherwise);
            let text = value.and_then(Json::as_str);
            checked(value, text.is_some_and(is_right), detail);
            text
        };
        let number = |value: Option<&Json>, detail| {
            let number = token_response::seconds(value);
            checked(value, number.is_some(), detail);
            number
        };
        let access_token =
            token("accessToken", "access_token", is_visible, "accessToken is not visible ASCII, or too long");
        let refresh_token = token(
            "refreshToken",
            "refresh_token",
            is_refresh_token,
            "refreshToken is no printable ASCII, or too long",
        );
        let expires_in = number(find("expiresIn", "expires_in"), "expiresIn is no number of seconds");
        let session_seconds = number(
            find("refreshExpiresIn", "refresh_expires_in"),
            "refreshExpiresIn is no number of seconds",
        );
        let expires_at = look(path("expiresAt"));
        let expires_at = match path("expiresAtUnit") {
            Some("iso") => {
                let time = expires_at.and_then(Json::as_str).and_then(timestamp::parse);
                checked(expires_at, time.is_some(), "expiresAt is no RFC 3339 time with an offset");
                time
            }
            unit => {
                let divisor = if unit == Some("milliseconds") { 1_000 } else { 1 };
                number(expires_at, "expiresAt is no number").map(|time| time.div_euclid(divisor))
            }
        };
        let subject = look(path("subject").or(self.is_bff.then_some("sub")));
        let subject_text = match subject {
            Some(Json::Number(number)) => Some(number.as_str()),
            subject => subject.and_then(Json::as_str),
        };
        checked(subject, subject_text.is_some(), "subject is neither a string nor a number");
        let claims_path = path("claims").or(self.is_bff.then_some(""));
        let claims = look(claims_path);
        checked(claims, claims.is_some_and(|claims| claims.as_object().is_some()), "claims is no object");
        if access_token.is_none() && !self.is_bff {
            checked(Some(body), false, "accessToken is missing");
        }
        if let Some(detail) = wrong.get() {
            return bad(detail);
        }

        let access_token = Secret::new(access_token.unwrap_or_default());
        let refresh_token = refresh_token.map(Secret::new);
        let subject = subject_text.map(String::from);
        let scope = token_response::scope(find("scope", "scope")).map(|scope| spaced(&scope));
        let scope = scope.filter(|scope| !scope.is_empty());
        let now_seconds = i64::try_from(now / 1_000).unwrap_or(i64::MAX);
        let mut expires_in_seconds = expires_in.or(expires_at.map(|at| at.saturating_sub(now_seconds)));
        if expires_in_seconds.is_none() && self.options.get("readExpiryFromJwt").is_some_and(is_true) {
            expires_in_seconds = jwt::lifetime_seconds(access_token.expose());
        }
        // A BFF has one session, and no token beside it.
        let session_seconds = if self.is_bff { expires_in_seconds } else { session_seconds };
        let mut claims_text = None;
        if claims.is_some() {
            for token in [Some(&access_token), refresh_token.as_ref()].into_iter().flatten() {
                hide(body, token.expose());
            }
            claims_text = at(body, claims_path.unwrap_or_default()).map(Json::to_text);
        }
        let tokens = TokenResponse {
            access_token,
            token_type: TokenType::Bearer,
            is_exchanged: InFull::new(None),
            refresh_token,
            id_token: None,
            scope,
            authorization_details: None,
            expires_in_seconds,
            session_seconds,
        };
        Ok(BackendResponse { tokens, claims_text, subject })
    }
}

fn is_true(value: &Json) -> bool {
    value.as_bool() == Some(true)
}

/// `null` and the empty string are as if nothing were there (5.1.4).
fn is_absent(value: &Json) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// Some BFFs list what they know of the user as `{type, value}` (Duende's does): as members of those names, the first of each.
fn name_claims(body: &mut Json) {
    let Json::Array(items) = body else { return };
    if items.is_empty() {
        return;
    }
    let mut members = Vec::<(String, Json)>::new();
    for item in items.iter_mut() {
        let (Some(Json::String(name)), Some(value)) = (item.take("type"), item.take("value")) else { return };
        if !members.iter().any(|(known, _)| *known == *name) {
            members.push((name.as_str().into(), value));
        }
    }
    *body = Json::Object(members);
}

/// Wider than RFC 6750's token68, which not every back end's token is: what any header carries as one word.
fn is_visible(token: &str) -> bool {
    is_refresh_token(token) && !token.bytes().any(|byte| byte == b' ')
}

/// Words with one space between, from words with spaces or commas.
fn spaced(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for c in text.chars() {
        let is_gap = c == ',' || c == ' ';
        if !is_gap {
            words.push(c);
        } else if !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
    }
    while words.ends_with(' ') {
        words.pop();
    }
    words
}

/// Puts `null` in place of every string that shows the token.
fn hide(value: &mut Json, token: &str) {
    match value {
        Json::String(text) if shows(text, token) => *value = Json::Null,
        Json::Array(items) => items.iter_mut().for_each(|item| hide(item, token)),
        Json::Object(members) => {
            members.retain(|(name, _)| !shows(name, token));
            members.iter_mut().for_each(|(_, member)| hide(member, token));
        }
        _ => {}
    }
}

fn shows(text: &str, token: &str) -> bool {
    if token.len() < TOKEN_MIN_BYTES {
        return !token.is_empty() && text == token;
    }
    text.as_bytes().windows(token.len()).any(|part| part == token.as_bytes())
}
