//! Tokens that slide: an API answers any call with the next access token in a header.

use alloc::string::String;

use super::header::{is_forbidden, is_token};
use super::options::Reader;
use super::resource::{Resource, Resources};
use super::token_response::is_token68;
use super::{Full, Generation, Secret, UnixMs};

/// So many answers of another origin in a row without the header, and it was never seen: CORS hides it, or the API has none.
const UNSEEN_MAX: u32 = 5;

/// Where an API puts its next token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sliding {
    /// In lower case.
    pub header: String,
    /// What is before the token; empty for nothing.
    scheme: String,
    /// The token is a JWT, whose lifetime is in it.
    pub reads_jwt: bool,
}

/// What an answer said of the next token, to the call that was sent as the `order`-th, at `sent_at`, with the token of
/// `generation`.
#[derive(Debug)]
pub struct Slid {
    pub generation: Generation,
    pub order: u64,
    pub sent_at: UnixMs,
    /// The resource's URL, as configured.
    pub resource: String,
    pub field: Field,
}

/// The header's value.
#[derive(Debug)]
pub enum Field {
    Token {
        token: Secret,
        reads_jwt: bool,
    },
    /// Not what was configured.
    Malformed,
    /// There was none. `is_foreign`: the answer came from another origin, so that it may have been hidden.
    None {
        is_foreign: bool,
    },
}

/// Why the application is told of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    Malformed,
    Unseen,
}

impl Missed {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unseen => "unseen",
        }
    }
}

/// What is known of the tokens that came so far.
#[derive(Debug, Default)]
pub struct Slides {
    /// Since the last sign-in or renewal; what a call of before brings is older.
    pub since: Generation,
    /// Of the call that brought the newest.
    order: u64,
    /// What the last token response said.
    pub lifetime_seconds: Option<i64>,
    was_seen: bool,
    unseen: u32,
    told: [bool; 2],
}

impl Slides {
    /// Whether this is newer than what is held. Asked once for each.
    pub fn is_newest(&mut self, slid: &Slid) -> bool {
        let is_newest = slid.generation >= self.since && slid.order > self.order;
        if is_newest {
            self.order = slid.order;
        }
        is_newest
    }

    /// What the application is to be told of this answer, each once.
    pub fn missed(&mut self, field: &Field) -> Option<Missed> {
        let missed = match field {
            Field::Token { .. } => {
                self.was_seen = true;
                return None;
            }
            Field::Malformed => Missed::Malformed,
            Field::None { is_foreign: false } => return None,
            Field::None { is_foreign: true } => {
                self.unseen += 1;
                if self.was_seen || self.unseen < UNSEEN_MAX {
                    return None;
                }
                Missed::Unseen
            }
        };
        let told = self.told.get_mut(missed as usize)?;
        (!core::mem::replace(told, true)).then_some(missed)
    }
}

impl Resources {
    /// The resource whose answer to a call may bring a token, and where. A redirect may have `landed` at somebody who has no say
    /// in what our token is.
    pub fn find_sliding(&self, href: &str, landed: Option<&str>) -> Option<(&Resource, &Sliding)> {
        let find = |href| self.find(href).and_then(|resource| Some((resource, resource.sliding.get()?)));
        let found = find(href)?;
        let is_its_own = |landed| find(landed).is_some_and(|(_, sliding)| sliding == found.1);
        landed.is_none_or(is_its_own).then_some(found)
    }
}

impl Sliding {
    /// The option `slidingTokens` of a resource. `refusal`: why there can be none.
    pub fn read(resource: &Reader, refusal: Option<&'static str>) -> Option<Self> {
        Full::PROOF?;
        let given = resource.object("slidingTokens", "header scheme readExpiryFromJwt")?;
        if let Some(detail) = refusal {
            resource.refuse("slidingTokens", detail);
        }
        let Some(name) = given.text("header") else {
            given.refuse("header", "is required");
            return None;
        };
        let header = name.to_ascii_lowercase();
        if !is_token(&header) {
            given.refuse("header", "must be a token as in RFC 9110");
        }
        if is_forbidden(&header) {
            given.refuse("header", "is not for tokens");
        }
        let scheme = given.text("scheme").unwrap_or_default();
        if !scheme.is_empty() && !is_token(scheme) {
            given.refuse("scheme", "must be a token as in RFC 9110");
        }
        let reads_jwt = given.bool("readExpiryFromJwt").unwrap_or(false);
        Some(Self { header, scheme: scheme.into(), reads_jwt })
    }

    /// What an answer says. `is_foreign`: it came from another origin.
    pub fn read_answer(&self, value: Option<&str>, status: u16, is_foreign: bool) -> Field {
        match value {
            // How some say that none is due.
            Some("") => Field::None { is_foreign: false },
            Some(value) => self.take(value),
            // An error may well be somebody else's answer, such as a gateway's.
            None => Field::None { is_foreign: is_foreign && (200..300).contains(&status) },
        }
    }

    fn take(&self, value: &str) -> Field {
        let token = match value.split_at_checked(self.scheme.len()) {
            Some((scheme, token)) if !self.scheme.is_empty() => {
                token.strip_prefix(' ').filter(|_| scheme.eq_ignore_ascii_case(&self.scheme))
            }
            _ => Some(value).filter(|_| self.scheme.is_empty()),
        };
        // Two fields of one name come with a comma between, which no token has.
        match token.filter(|token| is_token68(token)) {
            Some(token) => Field::Token { token: Secret::new(token), reads_jwt: self.reads_jwt },
            None => Field::Malformed,
        }
    }
}
