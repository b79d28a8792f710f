//! The authorization response (RFC 6749 §4.1.2, RFC 9207): what the page's URL says, before a transaction is
//! looked up for it.

use alloc::string::String;
use alloc::vec::Vec;

use super::cut::Cut as _;
use super::transaction::refused;
use super::{Error, Full, Provider, Secret, form};

/// An authorization response whose parameters are each there once at most.
#[derive(Debug)]
pub struct Callback {
    pub state: String,
    pub iss: Option<String>,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub enum Outcome {
    Code(Secret),
    /// There was no callback: the form that a password goes in.
    Credentials(Full, Secret),
    /// The server's error code; its texts are hostile input and are not kept (WA-7).
    Error(String),
}

const NAMES: [&str; 6] = ["state", "code", "iss", "error", "error_description", "error_uri"];

/// Reads the page's URL. `Ok(None)`: it is no authorization response, so there is nothing to do.
///
/// It is one if it is at the redirect URI, with that URI's own query kept, and carries `code` or `error`.
///
/// # Errors
/// [`super::Code::Callback`] where it is one and must be refused: a repeated parameter (6749-3), no `state`
/// (6749-8), `code` beside `error`.
pub fn read(href: &Secret, redirect_href: &str) -> Result<Option<Callback>, Error> {
    let Some(mut pairs) = parameters(href, redirect_href) else { return Ok(None) };
    if !pairs.iter().any(|(name, _)| name == "code" || name == "error") {
        return Ok(None);
    }
    for name in NAMES {
        if pairs.iter().filter(|(key, _)| key == name).count() > 1 {
            return Err(refused("a parameter is repeated"));
        }
    }
    let mut take = |name: &str| {
        let at = pairs.iter().position(|(key, _)| key == name)?;
        Some(pairs.swap_remove(at).1).filter(|value| !value.is_empty())
    };
    let Some(state) = take("state") else {
        return Err(refused("`state` is missing"));
    };
    let outcome = match (take("code"), take("error")) {
        (Some(code), None) => Outcome::Code(Secret::new(code)),
        (None, Some(error)) => Outcome::Error(error),
        (None, None) => return Err(refused("`code` is missing")),
        (Some(_), Some(_)) => {
            return Err(refused("`code` and `error` are both there"));
        }
    };
    Ok(Some(Callback { state, iss: take("iss"), outcome }))
}

/// Where the page's URL is to point at once if it is an authorization response, valid or not, or the way back of a
/// sign-out: at the redirect URI alone, so that neither `code` nor `state` stays in the address bar or the history
/// (6749-4, RPI-2).
pub fn cleaned<'a>(href: &Secret, provider: &'a Provider) -> Option<&'a str> {
    let is_response = |place: &&str| !matches!(read(href, place), Ok(None));
    let is_return = |place: &&str| sign_out_state(href, place).is_some();
    let response = provider.redirect_href.as_deref().filter(is_response);
    response.or_else(|| provider.post_logout_redirect_href.as_deref().filter(is_return))
}

/// What the `state` of a sign-out begins with.
pub const SIGN_OUT: &str = "out-";

/// The `state` of a URL that looks like the way back of a sign-out. Another `state` there may be the application's own.
pub fn sign_out_state(href: &Secret, post_logout_redirect_href: &str) -> Option<String> {
    let pairs = parameters(href, post_logout_redirect_href)?;
    let (_, state) = pairs.into_iter().find(|(name, _)| name == "state")?;
    Some(state).filter(|state| state.len() == SIGN_OUT.len() + 43 && state.starts_with(SIGN_OUT))
}

/// The parameters of a URL at this place, but for the place's own; `None` elsewhere.
fn parameters(href: &Secret, place_href: &str) -> Option<Vec<(String, String)>> {
    let (place, query) = split(href.expose());
    let (own_place, own_query) = split(place_href);
    if place != own_place {
        return None;
    }
    let mut pairs = form::parse_query(query);
    for own in form::parse_query(own_query) {
        let at = pairs.iter().position(|pair| *pair == own)?;
        pairs.remove(at);
    }
    Some(pairs)
}

/// RFC 9207 §2.4: an `iss` must be the issuer that the request went to, in errors too; a server that says it
/// always sends one must have sent one.
///
/// # Errors
/// [`super::Code::Callback`].
pub fn check_issuer(
    iss: Option<&str>,
    expected: Option<&str>,
    iss_parameter_supported: bool,
) -> Result<(), Error> {
    match (iss, expected) {
        (Some(iss), Some(expected)) if iss != expected => Err(refused("`iss` is another issuer (RFC 9207)")),
        (None, _) if iss_parameter_supported => Err(refused("`iss` is missing (RFC 9207)")),
        _ => Ok(()),
    }
}

/// The URL without query and fragment, and the query.
pub(super) fn split(href: &str) -> (&str, &str) {
    let href = href.cut('#').map_or(href, |(before, _)| before);
    href.cut('?').unwrap_or((href, ""))
}
