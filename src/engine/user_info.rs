//! What the UserInfo endpoint says of the user (OpenID Connect Core 1.0 §5.3), as plain JSON or as a signed JWT.

use alloc::string::String;

use super::id_token::{Claimed, Identity, LEEWAY_SECONDS};
use super::json::{self, Json};
use super::jwt::{self, Jwt};
use super::{Code, Error, HttpAnswer, Secret, TransportFailure, UnixMs, jwks, retry_after};

/// What the answer must agree with.
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// The ID token's.
    pub subject: &'a str,
}

#[derive(Debug)]
pub enum UserInfo {
    /// JSON text.
    Plain(String),
    /// Its claims are good; whether they are the provider's is to be seen.
    Signed(Secret, Claimed),
}

/// Judges an answer by what it is, whatever its content type (OIDC-15).
pub fn judge(
    answer: Result<HttpAnswer, TransportFailure>,
    expected: &Expected<'_>,
    now: UnixMs,
) -> Result<UserInfo, Error> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(TransportFailure::TooLarge) => return Err(invalid("it is too large")),
        Err(_) => return Err(Error::new(Code::Unreachable)),
    };
    match answer.status {
        200 => {}
        status @ (408 | 425 | 429 | 500..) => {
            let retry_after_ms =
                answer.retry_after.as_deref().and_then(|field| retry_after::parse(field, now));
            return Err(Error::new(Code::Unavailable).at_status(status).to_retry_after(retry_after_ms));
        }
        status => return Err(invalid("the endpoint refuses").at_status(status)),
    }
    let text = core::str::from_utf8(&answer.body).map_err(|_| invalid("it is not UTF-8"))?;
    let text = text.trim_ascii();
    if text.starts_with('{') {
        let claims = json::parse(text.as_bytes()).map_err(|error| invalid(error.message()))?;
        check_subject(&claims, expected)?;
        return Ok(UserInfo::Plain(text.into()));
    }
    let Jwt { header, claims, claims_text } =
        jwt::decode(text).map_err(|_| invalid("it is neither a JSON object nor a signed JWT"))?;
    let algorithm = header.get("alg").and_then(Json::as_str).unwrap_or_default();
    if !jwks::is_allowed(algorithm) {
        return Err(invalid("alg is not an allowed public-key algorithm"));
    }
    check_subject(&claims, expected)?;
    // The issuer and the audience need not be there (§5.3.2).
    if claims.get("iss").is_some_and(|issuer| issuer.as_str() != Some(expected.issuer)) {
        return Err(invalid("iss is another issuer"));
    }
    if let Some(audience) = claims.get("aud") {
        let audiences = audience.as_array().unwrap_or(core::slice::from_ref(audience));
        if !audiences.iter().any(|one| one.as_str() == Some(expected.client_id)) {
            return Err(invalid("aud is another client"));
        }
    }
    let now_seconds = i64::try_from(now / 1_000).unwrap_or(i64::MAX);
    if claims.get("exp").is_some_and(|exp| {
        jwt::numeric_date_seconds(exp).is_none_or(|exp| now_seconds >= exp.saturating_add(LEEWAY_SECONDS))
    }) {
        return Err(invalid("exp is past; is this device's clock right?"));
    }
    let mut identity = Identity::default();
    identity.claims_text = claims_text.into();
    let kid = header.get("kid").and_then(Json::as_str).map(Into::into);
    let claimed = Claimed { identity, algorithm: algorithm.into(), kid, at_hash: None };
    Ok(UserInfo::Signed(Secret::new(text), claimed))
}

/// Without it the answer may be about anybody: nothing of it is used (OIDC-15).
fn check_subject(claims: &Json, expected: &Expected<'_>) -> Result<(), Error> {
    if claims.get("sub").and_then(Json::as_str) == Some(expected.subject) {
        Ok(())
    } else {
        Err(invalid("sub is not the ID token's"))
    }
}

pub fn invalid(detail: &'static str) -> Error {
    Error::with_detail(Code::UserInfo, detail)
}
