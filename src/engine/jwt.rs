//! Reading a compact JWT without verifying it (JWT-12): RFC 7519 §7.2 up to, not including, the signature.
//!
//! [`decode`] proves nothing about who made the token or whether it was changed. Claims that are not
//! understood are kept and left alone (JWT-6); no claim's type is checked here (JWT-7 is the reader's).

use alloc::string::String;

use super::base64url;
use super::cut::Cut as _;
use super::json::{self, Json, JsonError};

/// What a compact JWS with JSON claims says. Nothing of it is verified.
///
/// `Debug` shows neither header nor claims.
pub struct Jwt {
    /// An object with a string `alg`.
    pub header: Json,
    /// An object.
    pub claims: Json,
    /// The claims as the token's author wrote them, without a byte order mark.
    pub claims_text: String,
}

impl core::fmt::Debug for Jwt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Jwt([redacted])")
    }
}

/// The part of a token that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Header,
    Claims,
}

/// At which step a token could not be read. It carries nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtError {
    /// Not three parts, nor five.
    Segments,
    /// Five parts: a JWE, which only its recipient can read (JWT-4).
    Encrypted,
    /// Not strict base64url (JWT-1).
    Encoding(Part),
    /// Not UTF-8 (JWT-2).
    Utf8(Part),
    /// Not one complete JSON value (JWT-2, JWT-11).
    Json(Part),
    /// A member name occurs twice (JWT-3).
    DuplicateName(Part),
    /// JSON, but no object (JWT-2).
    NotObject(Part),
    /// `alg` is missing, empty or no string (JWT-10).
    Algorithm,
    /// `crit` is there (JWT-5).
    Critical,
    /// Not base64url, or empty although `alg` is not `none`, or not empty although it is.
    Signature,
}

/// Reads the header and the claims of `token`.
///
/// - Base64url is strict: no padding, no white space, no other alphabet, no bits left over (JWT-1).
/// - Five parts are [`JwtError::Encrypted`], and no part of them is decoded (JWT-4).
/// - Duplicate member names are refused, in the header and the claims alike (JWT-3).
/// - `crit` is refused whatever it lists: this client understands no extension, so each list breaks JWT-5 by
///   naming one, and an empty or ill-typed one breaks it as well.
/// - `alg` must be a non-empty string (JWT-10) but may be `none`, then with an empty signature (RFC 7518 §3.6):
///   reading needs no verification. Whoever verifies must refuse it.
///
/// # Errors
/// The first step that fails, in the order number of parts, header, `alg`, `crit`, signature, claims.
pub fn decode(token: &str) -> Result<Jwt, JwtError> {
    let mut segments = token.parts('.');
    let (Some(header), Some(claims), Some(signature)) = (segments.next(), segments.next(), segments.next())
    else {
        return Err(JwtError::Segments);
    };
    match segments.count() {
        0 => {}
        2 => return Err(JwtError::Encrypted),
        _ => return Err(JwtError::Segments),
    }
    let (header, _) = object(header, Part::Header)?;
    let algorithm = header.text("alg").filter(|algorithm| !algorithm.is_empty());
    let algorithm = algorithm.ok_or(JwtError::Algorithm)?;
    if header.get("crit").is_some() {
        return Err(JwtError::Critical);
    }
    let signature = base64url::decode(signature).ok_or(JwtError::Signature)?;
    if signature.is_empty() != (algorithm == "none") {
        return Err(JwtError::Signature);
    }
    let (claims, claims_text) = object(claims, Part::Claims)?;
    Ok(Jwt { header, claims, claims_text })
}

/// From a JWT's `iat` to its `exp`: their difference, because no two clocks agree.
pub fn lifetime_seconds(token: &str) -> Option<i64> {
    let claims = decode(token).ok()?.claims;
    let claim = |name: &str| numeric_date_seconds(claims.get(name)?);
    claim("exp").zip(claim("iat")).map(|(exp, iat)| exp.saturating_sub(iat))
}

/// A NumericDate (JWT-8) in whole seconds since 1970, cut towards zero; `None` when it is no number or too large.
pub fn numeric_date_seconds(value: &Json) -> Option<i64> {
    value.as_number()?.trunc_i64()
}

/// Compares a `typ` or `cty` with a media type: case does not matter, and `application/` may be left out where
/// no other `/` appears (JWT-10).
pub fn media_type_matches(typ: &str, expected: &str) -> bool {
    short(typ).eq_ignore_ascii_case(short(expected))
}

fn short(media_type: &str) -> &str {
    match media_type.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") && !rest.has('/') => rest,
        _ => media_type,
    }
}

fn object(segment: &str, part: Part) -> Result<(Json, String), JwtError> {
    let bytes = base64url::decode(segment).ok_or(JwtError::Encoding(part))?;
    let value = json::parse(&bytes).map_err(|error| match error {
        JsonError::Utf8 => JwtError::Utf8(part),
        JsonError::DuplicateName => JwtError::DuplicateName(part),
        _ => JwtError::Json(part),
    })?;
    if value.as_object().is_none() {
        return Err(JwtError::NotObject(part));
    }
    let text = core::str::from_utf8(&bytes).map_err(|_| JwtError::Utf8(part))?;
    Ok((value, String::from(text.strip_prefix('\u{FEFF}').unwrap_or(text))))
}

impl JwtError {
    /// A stable name of the failed step.
    pub fn code(self) -> &'static str {
        match self {
            JwtError::Segments => "segments",
            JwtError::Encrypted => "encrypted",
            JwtError::Encoding(Part::Header) => "header-base64url",
            JwtError::Encoding(Part::Claims) => "claims-base64url",
            JwtError::Utf8(Part::Header) => "header-utf8",
            JwtError::Utf8(Part::Claims) => "claims-utf8",
            JwtError::Json(Part::Header) => "header-json",
            JwtError::Json(Part::Claims) => "claims-json",
            JwtError::DuplicateName(Part::Header) => "header-duplicate-name",
            JwtError::DuplicateName(Part::Claims) => "claims-duplicate-name",
            JwtError::NotObject(Part::Header) => "header-not-object",
            JwtError::NotObject(Part::Claims) => "claims-not-object",
            JwtError::Algorithm => "alg",
            JwtError::Critical => "crit",
            JwtError::Signature => "signature",
        }
    }

    /// A fixed sentence for messages.
    pub fn message(self) -> &'static str {
        match self {
            JwtError::Segments => "it does not have three parts",
            JwtError::Encrypted => "it is encrypted",
            JwtError::Encoding(_) => "it is not base64url",
            JwtError::Utf8(_) => JsonError::Utf8.message(),
            JwtError::Json(_) => "it is not valid JSON",
            JwtError::DuplicateName(_) => JsonError::DuplicateName.message(),
            JwtError::NotObject(_) => "it is not a JSON object",
            JwtError::Algorithm => "alg is missing",
            JwtError::Critical => "crit is not understood",
            JwtError::Signature => "its signature is empty or not base64url, or there for alg none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_compare_without_case_and_with_an_implied_prefix() {
        let cases = [
            ("at+jwt", "at+jwt", true),
            ("AT+JWT", "at+jwt", true),
            ("application/at+jwt", "at+jwt", true),
            ("Application/At+Jwt", "at+jwt", true),
            ("at+jwt", "application/at+jwt", true),
            ("JWT", "at+jwt", false),
            ("", "at+jwt", false),
            ("application/", "at+jwt", false),
            ("text/at+jwt", "at+jwt", false),
            ("application/a/b", "a/b", false),
            ("applicationX", "X", false),
            ("\u{e9}pplication/jwt", "jwt", false),
        ];
        for (typ, expected, matches) in cases {
            assert_eq!(media_type_matches(typ, expected), matches, "{typ} {expected}");
        }
    }

    #[test]
    fn numeric_dates_may_have_a_fraction_and_must_be_numbers() {
        let cases = [
            ("1700000000", Some(1_700_000_000)),
            ("1700000000.9", Some(1_700_000_000)),
            ("\"1\"", None),
            ("null", None),
            ("1e30", None),
        ];
        for (text, seconds) in cases {
            let value = json::parse(text.as_bytes()).unwrap_or(Json::Null);
            assert_eq!(numeric_date_seconds(&value), seconds, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_claim() {
        let jwt = decode("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.");
        assert_eq!(std::format!("{jwt:?}"), "Ok(Jwt([redacted]))");
    }
}
