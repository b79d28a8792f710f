use alloc::string::String;

use super::dpop::{TokenType, TokenTypes};
use super::json::{self, Json};
use super::{Code, Error, Full, HttpAnswer, InFull, Secret, TransportFailure, retry_after, target};

/// Tens of KiB are real (standards 5.1.16); more is not a token.
const TOKEN_MAX_BYTES: usize = 128 * 1024;

/// A valid token response (RFC 6749 §5.1): what it holds and nothing that an earlier one held.
#[derive(Debug)]
pub struct TokenResponse {
    pub access_token: Secret,
    pub token_type: TokenType,
    /// It says that an access token was issued in exchange (RFC 8693 §2.2.1).
    pub is_exchanged: InFull<()>,
    pub refresh_token: Option<Secret>,
    pub id_token: Option<Secret>,
    pub scope: Option<String>,
    /// What was granted (RFC 9396 §7), as JSON text.
    pub authorization_details: Option<String>,
    /// As received, whole seconds; whether it makes sense is the schedule's judgement.
    pub expires_in_seconds: Option<i64>,
    /// Until the refresh token ends, where the server says so (Keycloak, Azure, Google); 0 there means never.
    pub session_seconds: Option<i64>,
}

/// What a failed token request means for the session (promise 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// `invalid_grant`: the grant is gone.
    Ended,
    /// The answer was lost, and with it perhaps a rotation: one more try with the same token, at once (5.1.9).
    Lost,
    /// Another try later may do.
    Paused,
    /// Another try will hardly do: a fault of configuration.
    Stuck,
}

#[derive(Clone, Debug)]
pub struct Failure {
    pub consequence: Consequence,
    pub error: Error,
}

/// Judges the answer to a token request, whatever its content type.
pub fn judge(
    answer: Result<HttpAnswer, TransportFailure>,
    now: super::UnixMs,
    types: TokenTypes,
) -> Result<TokenResponse, Failure> {
    let body = accept(answer, now, 200, Code::Refused)?;
    read(&body, types)
        .map_err(|error| Failure { consequence: Consequence::Paused, error: error.at_status(200) })
}

/// The JSON of an answer with the status of success, or what its failure means. `refused` is what an OAuth error is
/// told as: a pushed authorization request fails by the same rules as a token request (RFC 9126 §2.3).
pub fn accept(
    answer: Result<HttpAnswer, TransportFailure>,
    now: super::UnixMs,
    success: u16,
    refused: Code,
) -> Result<Json, Failure> {
    let failed = |consequence, error| Err(Failure { consequence, error });
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return Err(undelivered(failure)),
    };
    let status = answer.status;
    if is_unavailable(status) {
        return Err(unavailable(&answer, now));
    }
    let body = json::parse(&answer.body);
    let error = body.as_ref().ok().and_then(|body| body.text("error"));
    if let Some(error) = error.filter(|error| !error.is_empty()) {
        let consequence = if error == "invalid_grant" { Consequence::Ended } else { Consequence::Stuck };
        return failed(consequence, Error::new(refused).at_status(status).from_server(error));
    }
    if status != success {
        let consequence = if (400..500).contains(&status) { Consequence::Stuck } else { Consequence::Paused };
        let error = Error::with_detail(Code::BadResponse, "it is no OAuth error either");
        return failed(consequence, error.at_status(status));
    }
    body.map_err(|error| Error::with_detail(Code::BadResponse, error.message()))
        .or_else(|error| failed(Consequence::Paused, error.at_status(status)))
}

/// What it means that no answer came, or none that was read.
pub fn undelivered(failure: TransportFailure) -> Failure {
    let (consequence, error) = match failure {
        TransportFailure::Unreachable => (Consequence::Lost, Error::new(Code::Unreachable)),
        TransportFailure::Unprovable => {
            (Consequence::Stuck, Error::with_detail(Code::InsecureContext, "no DPoP proof can be made"))
        }
        TransportFailure::TooLarge => {
            (Consequence::Paused, Error::with_detail(Code::BadResponse, "it is too large"))
        }
    };
    Failure { consequence, error }
}

pub const fn is_unavailable(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

/// The server said that it cannot answer now, and perhaps for how long.
pub fn unavailable(answer: &HttpAnswer, now: super::UnixMs) -> Failure {
    let retry_after_ms = answer.retry_after.as_deref().and_then(|field| retry_after::parse(field, now));
    let error = Error::new(Code::Unavailable).at_status(answer.status).to_retry_after(retry_after_ms);
    Failure { consequence: Consequence::Paused, error }
}

/// Reads a token response from its JSON text, as `setTokens` is given it.
pub fn parse(body: &[u8], types: TokenTypes) -> Result<TokenResponse, Error> {
    json::parse(body)
        .map_err(|error| Error::with_detail(Code::BadResponse, error.message()))
        .and_then(|body| read(&body, types))
}

/// Whether the server wants the request again, with a nonce in its proof (DPoP-13).
pub fn demands_nonce(answer: &HttpAnswer) -> bool {
    let body = json::parse(&answer.body);
    answer.status != 200
        && body.is_ok_and(|body| body.get("error").and_then(Json::as_str) == Some("use_dpop_nonce"))
}

fn read(body: &Json, types: TokenTypes) -> Result<TokenResponse, Error> {
    if body.as_object().is_none() {
        return bad("it is not a JSON object");
    }
    let Some(access_token) = text(body, "access_token", "access_token must be a string")? else {
        return bad("access_token is missing");
    };
    if !is_token68(access_token) {
        return bad("access_token is not token68, or too long (RFC 6750 section 2.1)");
    }
    let token_type = match text(body, "token_type", "token_type must be a string")? {
        Some(given) => types.find(given),
        None => return bad("token_type is missing"),
    };
    let Some(token_type) = token_type else { return bad("token_type is not understood") };
    let refresh_token = text(body, "refresh_token", "refresh_token must be a string")?;
    if refresh_token.is_some_and(|token| !is_refresh_token(token)) {
        return bad("refresh_token is not printable ASCII, or too long");
    }
    let id_token = text(body, "id_token", "id_token must be a string")?;
    if id_token.is_some_and(|token| token.len() > TOKEN_MAX_BYTES) {
        return bad("id_token is too long");
    }
    let details = body.get("authorization_details").filter(|details| !details.is_null());
    if details.is_some_and(|details| !details.is_authorization_details()) {
        return bad("authorization_details must be an array of objects with a type (RFC 9396 section 2)");
    }
    Ok(TokenResponse {
        authorization_details: details.map(Json::to_text),
        access_token: Secret::new(access_token),
        token_type,
        is_exchanged: InFull::new(Full::PROOF.and_then(|_| {
            body.text("issued_token_type").filter(|issued| target::is_access_token(issued)).map(|_| ())
        })),
        refresh_token: refresh_token.map(Secret::new),
        id_token: id_token.map(Secret::new),
        scope: scope(body.get("scope")),
        expires_in_seconds: seconds(body.get("expires_in")),
        session_seconds: seconds(
            body.get("refresh_expires_in").or_else(|| body.get("refresh_token_expires_in")),
        ),
    })
}

/// Scope tokens with spaces between, from a string or a list of strings (5.1.5). It is there to be shown, so an
/// ill-typed one is as good as none.
pub fn scope(value: Option<&Json>) -> Option<String> {
    let value = value?;
    let mut scope = String::new();
    for token in value.as_array().unwrap_or(core::slice::from_ref(value)) {
        if !scope.is_empty() {
            scope.push(' ');
        }
        scope.push_str(token.as_str()?);
    }
    Some(scope).filter(|scope| !scope.is_empty())
}

/// A string member; absent, `null` and empty are the same (5.1.4).
fn text<'a>(body: &'a Json, name: &str, ill_typed: &'static str) -> Result<Option<&'a str>, Error> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => match value.as_str() {
            Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            None => bad(ill_typed),
        },
    }
}

pub fn bad<T>(detail: &'static str) -> Result<T, Error> {
    Err(Error::with_detail(Code::BadResponse, detail))
}

/// Whole seconds out of a number, or a string that holds one (5.1.1).
pub fn seconds(value: Option<&Json>) -> Option<i64> {
    match value? {
        Json::Number(number) => number.trunc_i64(),
        Json::String(text) => match json::parse(text.trim_ascii().as_bytes()) {
            Ok(Json::Number(number)) => number.trunc_i64(),
            _ => None,
        },
        _ => None,
    }
}

/// Printable ASCII (RFC 6749 Appendix A.17).
pub fn is_refresh_token(token: &str) -> bool {
    token.len() <= TOKEN_MAX_BYTES && token.bytes().all(|b| (0x20..=0x7E).contains(&b))
}

/// 6750-8: what may stand behind `Bearer ` in a header.
pub fn is_token68(token: &str) -> bool {
    let mut body = token;
    while let Some(rest) = body.strip_suffix('=') {
        body = rest;
    }
    token.len() <= TOKEN_MAX_BYTES
        && !body.is_empty()
        && body
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}
