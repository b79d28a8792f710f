//! What is in an answer that is a success: tokens, lifetimes and who it is, each at a path.

use alloc::string::String;

use super::super::dpop::TokenType;
use super::super::json::Json;
use super::super::jwt;
use super::super::options::{OneOf, Reader};
use super::super::token_response::{self, TokenResponse, bad, is_refresh_token, is_token68, text_of};
use super::super::{Error, InFull, Secret, UnixMs};
use super::condition::{at, path};
use super::timestamp;

const UNITS: OneOf =
    (&["seconds", "milliseconds", "iso"], "must be \"seconds\", \"milliseconds\" or \"iso\"");
/// A shorter one may be part of other text by chance.
const TOKEN_MIN_BYTES: usize = 16;

/// Where in the answer is what.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields {
    /// None at a BFF, whose answers hold no token.
    access_token: Option<String>,
    refresh_token: Option<String>,
    scope: Option<String>,
    expires_in: Option<String>,
    expires_at: Option<String>,
    expires_at_unit: &'static str,
    refresh_expires_in: Option<String>,
    /// Empty for all of the answer.
    claims: Option<String>,
    subject: Option<String>,
    reads_jwt: bool,
}

/// What an answer said.
#[derive(Debug)]
pub struct BackendResponse {
    /// At a BFF, with an empty access token.
    pub tokens: TokenResponse,
    /// JSON text, without the tokens.
    pub claims_text: Option<String>,
    pub subject: Option<String>,
}

impl Fields {
    /// `keeps_refresh_token`: it is in answers, and not in a cookie.
    pub fn read(provider: &Reader, is_bff: bool, keeps_refresh_token: bool) -> Self {
        const KNOWN: &str = "accessToken refreshToken scope expiresIn expiresAt expiresAtUnit refreshExpiresIn claims subject";
        const KNOWN_BY_BFF: &str = "expiresIn expiresAt expiresAtUnit claims subject";
        let given = provider.object("response", if is_bff { KNOWN_BY_BFF } else { KNOWN });
        let given = given.as_ref();
        let read = |name: &str, otherwise: &str| {
            let given = given.and_then(|given| path(given, name));
            given.or_else(|| (!otherwise.is_empty()).then(|| otherwise.into()))
        };
        let token = |name: &str, otherwise: &str| read(name, otherwise).filter(|_| !is_bff);
        let expires_at = read("expiresAt", "");
        let unit = given.and_then(|given| given.one_of("expiresAtUnit", UNITS));
        if let Some(given) = given {
            if unit.is_some() && expires_at.is_none() {
                given.refuse("expiresAtUnit", "must be with `expiresAt`");
            }
            if !keeps_refresh_token && given.get("refreshToken").is_some() {
                given.refuse("refreshToken", "must be with `refreshToken: \"body\"` alone");
            }
        }
        let claims = match given.and_then(|given| given.get("claims")) {
            Some(Json::String(path)) if path.is_empty() => Some(String::new()),
            _ => read("claims", "").or(is_bff.then(String::new)),
        };
        Self {
            access_token: token("accessToken", "access_token"),
            refresh_token: token("refreshToken", "refresh_token"),
            scope: token("scope", "scope"),
            expires_in: read("expiresIn", if is_bff { "" } else { "expires_in" }),
            expires_at,
            expires_at_unit: unit.unwrap_or("seconds"),
            refresh_expires_in: token("refreshExpiresIn", "refresh_expires_in"),
            claims,
            subject: read("subject", if is_bff { "sub" } else { "" }),
            reads_jwt: provider.bool("readExpiryFromJwt").unwrap_or(false),
        }
    }

    /// # Errors
    /// [`super::super::Code::BadResponse`] with the option whose path leads to what is wrong.
    pub fn take(&self, body: &mut Json, now: UnixMs) -> Result<BackendResponse, Error> {
        let find = |path: &Option<String>| at(body, path.as_ref()?).filter(|value| !value.is_null());
        let mut access_token = Secret::new("");
        if self.access_token.is_some() {
            match text_of(find(&self.access_token), "response.accessToken leads to no string")? {
                None => return bad("response.accessToken leads to nothing"),
                Some(token) if !is_token68(token) => {
                    return bad("response.accessToken is not token68, or too long (RFC 6750 section 2.1)");
                }
                Some(token) => access_token = Secret::new(token),
            }
        }
        let refresh_token = text_of(find(&self.refresh_token), "response.refreshToken leads to no string")?;
        if refresh_token.is_some_and(|token| !is_refresh_token(token)) {
            return bad("response.refreshToken is not printable ASCII, or too long");
        }
        let refresh_token = refresh_token.map(Secret::new);
        let lifetime = self.lifetime(&find, &access_token, now)?;
        let session_seconds = seconds(
            find(&self.refresh_expires_in),
            "response.refreshExpiresIn leads to no number of seconds",
        )?;
        let subject = match find(&self.subject) {
            None => None,
            Some(Json::String(text)) => Some(text.as_str()).filter(|text| !text.is_empty()).map(String::from),
            Some(Json::Number(number)) => Some(number.as_str().into()),
            Some(_) => return bad("response.subject leads to neither a string nor a number"),
        };
        let scope = token_response::scope(find(&self.scope)).map(|scope| spaced(&scope));
        let mut claims_text = None;
        if self.claims.is_some() {
            for token in [Some(&access_token), refresh_token.as_ref()].into_iter().flatten() {
                hide(body, token.expose());
            }
            let claims = self.claims.as_ref().and_then(|path| at(body, path));
            match claims.filter(|claims| !claims.is_null()) {
                Some(claims) if claims.as_object().is_none() => {
                    return bad("response.claims leads to no object");
                }
                claims => claims_text = claims.map(Json::to_text),
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
            expires_in_seconds: lifetime,
            // A BFF has one session, and no token beside it.
            session_seconds: if self.access_token.is_some() { session_seconds } else { lifetime },
        };
        Ok(BackendResponse { tokens, claims_text, subject })
    }

    /// The first that the answer says.
    fn lifetime<'a>(
        &self,
        find: &dyn Fn(&Option<String>) -> Option<&'a Json>,
        access_token: &Secret,
        now: UnixMs,
    ) -> Result<Option<i64>, Error> {
        let given = seconds(find(&self.expires_in), "response.expiresIn leads to no number of seconds")?;
        if given.is_some() {
            return Ok(given);
        }
        const WRONG: &str = "response.expiresAt leads to no time in `expiresAtUnit`";
        if let Some(at) = find(&self.expires_at).filter(|value| value.as_str() != Some("")) {
            let at = match self.expires_at_unit {
                "iso" => at.as_str().and_then(timestamp::parse),
                "seconds" => token_response::seconds(Some(at)),
                _ => token_response::seconds(Some(at)).map(|ms| ms.div_euclid(1_000)),
            };
            let Some(at) = at else { return bad(WRONG) };
            let now_seconds = i64::try_from(now / 1_000).unwrap_or(i64::MAX);
            return Ok(Some(at.saturating_sub(now_seconds)));
        }
        if !self.reads_jwt {
            return Ok(None);
        }
        // Their difference, because no two clocks agree.
        let claims = jwt::decode(access_token.expose()).ok().map(|jwt| jwt.claims);
        let claim = |name: &str| jwt::numeric_date_seconds(claims.as_ref()?.get(name)?);
        Ok(claim("exp").zip(claim("iat")).map(|(exp, iat)| exp.saturating_sub(iat)))
    }
}

/// An empty string is as if it were not there.
fn seconds(value: Option<&Json>, wrong: &'static str) -> Result<Option<i64>, Error> {
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
