//! ID token claims (OpenID Connect Core 1.0 §3.1.3.7, §12.2). The signature is `session/verification.rs`'s.

use alloc::string::String;

use zeroize::Zeroizing;

use super::json::Json;
use super::jwks;
use super::jwt::{self, Jwt};
use super::{Code, Error, Secret, UnixMs};

/// Leeway for the server's clock against ours, and for ours against the truth (standards 5.1.11).
pub const LEEWAY_SECONDS: i64 = 300;
/// A token for a sign-in of ten minutes is not older than this, whatever the clocks say (OIDC-10).
const AGE_MAX_SECONDS: i64 = 86_400;
const SUBJECT_MAX_BYTES: usize = 255;

/// Who is signed in, from a valid ID token.
#[derive(Debug, Default)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    /// The nonce of the sign-in; a refreshed ID token may repeat it or leave it out (OIDC-16).
    nonce: Option<String>,
    auth_time: Option<i64>,
    pub issued_at_seconds: i64,
    /// The claims as JSON text, for the application.
    pub claims_text: Zeroizing<String>,
}

impl Identity {
    /// By the word of the application's own back end.
    pub fn told(subject: Option<String>, claims_text: Option<String>) -> Self {
        let claims_text = Zeroizing::new(claims_text.unwrap_or_default());
        Self { subject: subject.unwrap_or_default(), claims_text, ..Self::default() }
    }
}

/// Who is signed in according to a token whose signature is still to be verified, and what that takes.
#[derive(Debug)]
pub struct Claimed {
    pub identity: Identity,
    pub algorithm: String,
    pub kid: Option<String>,
    pub at_hash: Option<String>,
}

/// What the ID token must agree with.
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// The nonce of this sign-in; `None` where nobody sent one.
    pub nonce: Option<&'a str>,
    /// The `max_age` of this sign-in, in seconds.
    pub max_age_seconds: Option<u64>,
    /// The identity before, if this is a renewal.
    pub before: Option<&'a Identity>,
}

#[derive(Debug)]
pub enum Refusal {
    /// Another user, or another issuer: the session ends (OIDC-17).
    AccountSwitch,
    Invalid(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Invalid(error)
    }
}

pub fn read(token: &Secret, expected: &Expected<'_>, now: UnixMs) -> Result<Claimed, Refusal> {
    let Jwt { header, claims, claims_text } =
        jwt::decode(token.expose()).map_err(|error| Error::with_detail(Code::IdToken, error.message()))?;
    let mut claimed = check(&header, &claims, expected, now)?;
    claimed.identity.claims_text = Zeroizing::new(claims_text);
    Ok(claimed)
}

/// All but the claims' text.
fn check(header: &Json, claims: &Json, expected: &Expected<'_>, now: UnixMs) -> Result<Claimed, Refusal> {
    let algorithm = header.text("alg").unwrap_or_default();
    if !jwks::is_allowed(algorithm) {
        return Err(invalid("alg is not an allowed public-key algorithm"));
    }
    if header.text("typ").is_some_and(|typ| jwt::media_type_matches(typ, "at+jwt")) {
        return Err(invalid("typ says that it is an access token"));
    }
    let text = |name: &str| claims.text(name);
    let date = |name: &str| claims.get(name).and_then(jwt::numeric_date_seconds);
    let (Some(issuer), Some(subject)) = (text("iss"), text("sub")) else {
        return Err(invalid("iss or sub is missing"));
    };
    if subject.is_empty() || subject.len() > SUBJECT_MAX_BYTES || !subject.is_ascii() {
        return Err(invalid("sub is not 1 to 255 ASCII characters"));
    }
    if let Some(before) = expected.before
        && (before.issuer != issuer || before.subject != subject)
    {
        return Err(Refusal::AccountSwitch);
    }
    if issuer != expected.issuer {
        return Err(invalid("iss is another issuer"));
    }
    check_audience(claims, expected.client_id)?;
    let (Some(exp), Some(iat)) = (date("exp"), date("iat")) else {
        return Err(invalid("exp or iat is missing"));
    };
    if exp <= iat {
        return Err(invalid("exp is not after iat"));
    }
    let nonce = match (text("nonce"), expected.before) {
        (None, Some(before)) => before.nonce.clone(),
        (nonce, Some(before)) if nonce == before.nonce.as_deref() => before.nonce.clone(),
        (nonce, None) if nonce == expected.nonce => nonce.map(Into::into),
        _ => return Err(invalid("nonce is not the one that was sent")),
    };
    // It is to stay (OIDC-16), but Keycloak moves it on in every session of a user who signed in again in one.
    if let (Some(now_auth_time), Some(auth_time)) =
        (date("auth_time"), expected.before.and_then(|before| before.auth_time))
        && now_auth_time < auth_time
    {
        return Err(invalid("auth_time went back in a renewal"));
    }
    // By the server's own clock (OIDC-11).
    if let Some(max_age_seconds) = expected.max_age_seconds.and_then(|seconds| i64::try_from(seconds).ok())
        && date("auth_time")
            .is_none_or(|at| iat.saturating_sub(at) > max_age_seconds.saturating_add(LEEWAY_SECONDS))
    {
        return Err(invalid("auth_time is missing or older than max_age"));
    }
    // A renewal is fresh because it was just asked for: a wrong clock must not end the session (promise 5).
    if expected.before.is_none() {
        check_clock(exp, iat, date("nbf"), now)?;
    }
    Ok(Claimed {
        algorithm: algorithm.into(),
        kid: header.text("kid").map(Into::into),
        at_hash: claims.get("at_hash").map(|at_hash| at_hash.as_str().unwrap_or_default().into()),
        identity: Identity {
            issuer: issuer.into(),
            subject: subject.into(),
            nonce,
            auth_time: date("auth_time"),
            issued_at_seconds: iat,
            claims_text: Zeroizing::default(),
        },
    })
}

/// `aud` holds the client and nobody else; `azp`, where there, is the client (OIDC-4, OIDC-5).
fn check_audience(claims: &Json, client_id: &str) -> Result<(), Refusal> {
    let is_ours = match claims.get("aud") {
        Some(Json::String(audience)) => audience.as_str() == client_id,
        Some(Json::Array(audiences)) => {
            !audiences.is_empty() && audiences.iter().all(|audience| audience.as_str() == Some(client_id))
        }
        _ => return Err(invalid("aud is missing")),
    };
    if !is_ours {
        return Err(invalid("aud is not this client alone"));
    }
    match claims.get("azp") {
        Some(azp) if azp.as_str() != Some(client_id) => Err(invalid("azp is another client")),
        _ => Ok(()),
    }
}

fn check_clock(exp: i64, iat: i64, nbf: Option<i64>, now: UnixMs) -> Result<(), Refusal> {
    let now_seconds = i64::try_from(now / 1_000).unwrap_or(i64::MAX);
    if now_seconds >= exp.saturating_add(LEEWAY_SECONDS) {
        return Err(invalid("exp is past; is this device's clock right?"));
    }
    if now_seconds.saturating_sub(iat) > AGE_MAX_SECONDS {
        return Err(invalid("iat is long past; is this device's clock right?"));
    }
    if iat > now_seconds.saturating_add(LEEWAY_SECONDS) {
        return Err(invalid("iat is in the future; is this device's clock right?"));
    }
    if nbf.is_some_and(|nbf| nbf > now_seconds.saturating_add(LEEWAY_SECONDS)) {
        return Err(invalid("nbf is in the future; is this device's clock right?"));
    }
    Ok(())
}

fn invalid(detail: &'static str) -> Refusal {
    Refusal::Invalid(Error::with_detail(Code::IdToken, detail))
}
