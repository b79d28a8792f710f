//! `WWW-Authenticate` (RFC 9110 §11): what an API means when it does not accept our token.
//!
//! The field's text comes from whoever answers: it is read for a decision and never shown or followed (WA-7).

use alloc::string::String;
use alloc::vec::Vec;

use super::decimal;
use super::step_up::{MAX_AGE_MAX_SECONDS, StepUp, are_words};

/// One challenge of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// In lower case (WA-1).
    pub scheme: String,
    /// A challenge has either this or parameters (WA-3).
    pub token68: Option<String>,
    /// Names in lower case, each once (WA-4); values as meant, without quotes and escapes.
    pub params: Vec<(String, String)>,
}

impl Challenge {
    /// The value of the parameter `name`, which must be given in lower case.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(param, _)| param == name).map(|(_, value)| value.as_str())
    }
}

/// A longer field is not read at all. Browsers limit all of a response's headers to about 256 KiB; a real
/// challenge has some hundred bytes.
pub const FIELD_MAX_BYTES: usize = 16_384;
/// Longer `acr_values` or `scope` are not heeded.
pub const WORDS_MAX_BYTES: usize = 1_024;

/// Reads a field value; several field lines come joined with `, `, as `Headers.get` joins them (WA-2).
///
/// What does not follow the grammar is skipped up to the next comma outside quotes. Tolerated because servers
/// send it: parameters and challenges separated by white space alone. A challenge that repeats a parameter is
/// left out (WA-4).
pub fn parse(field: &str) -> Vec<Challenge> {
    if field.len() > FIELD_MAX_BYTES {
        return Vec::new();
    }
    let mut reader = Reader { rest: field };
    let mut challenges: Vec<Challenge> = Vec::new();
    loop {
        reader.skip(&|byte| matches!(byte, b' ' | b'\t' | b','));
        if reader.rest.is_empty() {
            while let Some(at) = challenges.iter().position(|challenge| challenge.scheme.is_empty()) {
                challenges.remove(at);
            }
            return challenges;
        }
        let name = reader.token();
        if name.is_empty() {
            reader.skip_element();
        } else if reader.skip_equals() {
            let Some(value) = reader.value() else { continue };
            if let Some(challenge) = challenges.last_mut().filter(|challenge| challenge.token68.is_none()) {
                let name = name.to_ascii_lowercase();
                if challenge.param(&name).is_some() {
                    // None without a name is given back.
                    challenge.scheme.clear();
                }
                challenge.params.push((name, value));
            }
        } else if reader.at_boundary() {
            let token68 = reader.token68().map(String::from);
            challenges.push(Challenge { scheme: name.to_ascii_lowercase(), token68, params: Vec::new() });
        } else {
            reader.skip_element();
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Cuts off and returns the bytes that are `wanted`, all of them ASCII.
    fn skip(&mut self, wanted: &dyn Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(|byte| !wanted(byte)).unwrap_or(self.rest.len());
        let (found, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        self.rest = rest;
        found
    }

    fn skip_white_space(&mut self) {
        self.skip(&|byte| matches!(byte, b' ' | b'\t'));
    }

    fn token(&mut self) -> &'a str {
        self.skip(&|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
        })
    }

    /// Steps over `=` with white space around it; stays in place when there is none.
    fn skip_equals(&mut self) -> bool {
        let before = self.rest;
        self.skip_white_space();
        if let Some(rest) = self.rest.strip_prefix('=') {
            self.rest = rest;
            self.skip_white_space();
            return true;
        }
        self.rest = before;
        false
    }

    /// True where a token may end: before white space, a comma or the end.
    fn at_boundary(&self) -> bool {
        matches!(self.rest.bytes().next(), None | Some(b' ' | b'\t' | b','))
    }

    /// The `token68` after a scheme; stays in place when what follows is something else.
    ///
    /// It is one only if a comma or the end follows: `realm=` before a quote is a parameter. A word alone
    /// (`Basic Bearer`, a comma forgotten) is read as one, as the grammar has it.
    fn token68(&mut self) -> Option<&'a str> {
        let before = self.rest;
        self.skip_white_space();
        let start = self.rest;
        let body = self
            .skip(&|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-'..=b'/' | b'_' | b'~'));
        let padding = self.skip(&|byte| byte == b'=');
        let found = start.get(..body.len() + padding.len());
        self.skip_white_space();
        if !body.is_empty() && (self.rest.is_empty() || self.rest.starts_with(',')) {
            return found;
        }
        self.rest = before;
        None
    }

    /// A parameter's value, token or quoted string (WA-1). Anything else is skipped with its element.
    fn value(&mut self) -> Option<String> {
        let value = if self.rest.starts_with('"') {
            self.quoted()
        } else {
            Some(self.token()).filter(|token| !token.is_empty()).map(String::from)
        };
        if self.at_boundary() {
            return value;
        }
        self.skip_element();
        None
    }

    /// A quoted string without its quotes and escapes (WA-3); `None`, and nothing left, when it never ends.
    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut characters = self.rest.chars();
        characters.next();
        loop {
            match characters.next() {
                Some('"') => break,
                Some('\\') => {
                    if let Some(escaped) = characters.next() {
                        value.push(escaped);
                    }
                }
                Some(character) => value.push(character),
                None => {
                    self.rest = "";
                    return None;
                }
            }
        }
        self.rest = characters.as_str();
        Some(value)
    }

    /// Goes to the next comma that is not inside quotes.
    fn skip_element(&mut self) {
        loop {
            self.skip(&|byte| byte.is_ascii() && byte != b'"' && byte != b',');
            match self.rest.chars().next() {
                None | Some(',') => return,
                Some('"') => drop(self.quoted()),
                Some(other) => self.rest = self.rest.get(other.len_utf8()..).unwrap_or(""),
            }
        }
    }
}

/// What a response to a request that carried our token asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing that this client can cure: the caller gets the response.
    Accept,
    /// The DPoP proof must be sent again with the nonce of this response (DPoP-13).
    NonceDemanded,
    /// The user must sign in again: more strongly, more recently (9470-1) or with more scope (RFC 6750 §3.1). A refresh
    /// cannot help (9470-2).
    StepUp(StepUp),
    /// The access token is not accepted: use a newer one.
    TokenRefused,
}

/// Whether an answer of this status says anything of the token.
pub const fn may_challenge(status: u16) -> bool {
    matches!(status, 401 | 403)
}

/// Judges a response by its status and `WWW-Authenticate` field. Only for a request that carried our token.
///
/// Every `Bearer` and `DPoP` challenge is looked at, wherever it stands (WA-5). The first of these decides:
///
/// 1. `insufficient_user_authentication`, with 401 or 403: [`Verdict::StepUp`];
/// 2. `use_dpop_nonce` with 401: [`Verdict::NonceDemanded`];
/// 3. `insufficient_scope` with 403: [`Verdict::StepUp`] with the scope alone;
/// 4. 401 with `invalid_token`, or with no error in any of these challenges: [`Verdict::TokenRefused`].
///
/// A 401 without the field (or with one that CORS hides, WA-6), and one with challenges of other schemes only,
/// is `TokenRefused` as well: RFC 9110 §15.5.2 says that a 401 to a request with credentials refuses these
/// credentials, and gateways and frameworks often name only their first scheme (`Basic`) for an expired bearer
/// token. An API that never accepts the token costs one refresh for each generation, never a loop: the caller
/// retries once and hands on the second 401.
pub fn judge(status: u16, www_authenticate: Option<&str>) -> Verdict {
    if !may_challenge(status) {
        return Verdict::Accept;
    }
    let challenges = parse(www_authenticate.unwrap_or(""));
    let ours =
        || challenges.iter().filter(|challenge| matches!(challenge.scheme.as_str(), "bearer" | "dpop"));
    let with_error = |error: &str| ours().find(|challenge| challenge.param("error") == Some(error));
    if let Some(challenge) = with_error("insufficient_user_authentication") {
        return Verdict::StepUp(StepUp {
            acr_values: words(challenge, "acr_values"),
            max_age: challenge.param("max_age").and_then(age),
            scope: words(challenge, "scope"),
        });
    }
    if status == 403 {
        return with_error("insufficient_scope").map_or(Verdict::Accept, |challenge| {
            Verdict::StepUp(StepUp { scope: words(challenge, "scope"), ..StepUp::default() })
        });
    }
    if with_error("use_dpop_nonce").is_some() {
        return Verdict::NonceDemanded;
    }
    let has_error = ours().any(|challenge| challenge.param("error").is_some_and(|error| !error.is_empty()));
    if with_error("invalid_token").is_some() || !has_error { Verdict::TokenRefused } else { Verdict::Accept }
}

/// What is not words, or too long to be meant, is not there: it would go into an authorization request.
fn words(challenge: &Challenge, name: &str) -> Option<String> {
    challenge.param(name).filter(|text| text.len() <= WORDS_MAX_BYTES && are_words(text)).map(String::from)
}

fn age(text: &str) -> Option<u64> {
    decimal::read(text).filter(|seconds| *seconds <= MAX_AGE_MAX_SECONDS)
}
