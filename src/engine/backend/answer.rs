//! What is in an answer that is a success: tokens, lifetimes and who it is, each at a path.

use alloc::string::String;
use core::fmt;

use super::super::cut::Cut as _;
use super::super::dpop::TokenType;
use super::super::json::Json;
use super::super::jwt;
use super::super::options::{OneOf, Reader};
use super::super::token_response::{self, TokenResponse, bad, is_refresh_token, is_token68, text_of};
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
        let response = self.options.get("response");
        let path = |name: &str| response.and_then(|response| response.text(name));
        // At a BFF only what a path leads to that is given, but for claims and subject.
        let by_default = |path| Some(path).filter(|_| !self.is_bff);
        let find = |path: Option<&str>| at(body, path?).filter(|value| !value.is_null());
        let token = |name: &str, otherwise| find(path(name).or(by_default(otherwise)));

        let access_token = text_of(token("accessToken", "access_token"), "accessToken must be a string")?;
        if access_token.is_none() && !self.is_bff {
            return bad("accessToken is missing");
        }
        if access_token.is_some_and(|token| !is_token68(token)) {
            return bad("accessToken is not token68, or too long (RFC 6750 section 2.1)");
        }
        let access_token = Secret::new(access_token.unwrap_or_default());
        let refresh_token = text_of(token("refreshToken", "refresh_token"), "refreshToken must be a string")?;
        if refresh_token.is_some_and(|token| !is_refresh_token(token)) {
            return bad("refreshToken is not printable ASCII, or too long");
        }
        let refresh_token = refresh_token.map(Secret::new);
        let scope = token_response::scope(token("scope", "scope"));
        let scope = scope.map(|scope| spaced(&scope)).filter(|scope| !scope.is_empty());
        let expires_in = number(token("expiresIn", "expires_in"), "expiresIn is no number of seconds")?;
        let mut session_seconds = number(
            token("refreshExpiresIn", "refresh_expires_in"),
            "refreshExpiresIn is no number of seconds",
        )?;
        let subject = match find(path("subject").or(self.is_bff.then_some("sub"))) {
            Some(Json::Number(number)) => Some(number.as_str()),
            value => text_of(value, "subject is neither a string nor a number")?,
        };
        let subject = subject.map(String::from);
        let unit = path("expiresAtUnit").unwrap_or("seconds");
        let expires_at = match find(path("expiresAt")).filter(|at| unit == "iso" && at.as_str() != Some("")) {
            Some(at) => match at.as_str().and_then(timestamp::parse) {
                None => return bad("expiresAt is no RFC 3339 time with an offset"),
                at => at,
            },
            None => number(find(path("expiresAt")), "expiresAt is no number")?,
        };
        let expires_at = expires_at.map(|at| if unit == "milliseconds" { at.div_euclid(1_000) } else { at });
        let now_seconds = i64::try_from(now / 1_000).unwrap_or(i64::MAX);
        let mut expires_in_seconds = expires_in.or(expires_at.map(|at| at.saturating_sub(now_seconds)));
        if expires_in_seconds.is_none() && self.options.get("readExpiryFromJwt").is_some_and(is_true) {
            expires_in_seconds = jwt::lifetime_seconds(access_token.expose());
        }
        if self.is_bff {
            // It has one session, and no token beside it.
            session_seconds = expires_in_seconds;
        }
        let mut claims_text = None;
        if let Some(path) = path("claims").or(self.is_bff.then_some("")) {
            for token in [Some(&access_token), refresh_token.as_ref()].into_iter().flatten() {
                hide(body, token.expose());
            }
            match at(body, path) {
                None | Some(Json::Null) => {}
                Some(claims) if claims.as_object().is_none() => return bad("claims is no object"),
                Some(claims) => claims_text = Some(claims.to_text()),
            }
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

/// An empty string is as if it were not there.
fn number(value: Option<&Json>, wrong: &'static str) -> Result<Option<i64>, Error> {
    match value.filter(|value| value.as_str() != Some("")) {
        None => Ok(None),
        value => match token_response::seconds(value) {
            None => bad(wrong),
            seconds => Ok(seconds),
        },
    }
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
