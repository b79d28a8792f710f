//! Step-up (RFC 9470), and the scope that a token lacks (RFC 6750 §3.1): what an API demands of the next sign-in, and
//! what a sign-in asked for.

use alloc::string::String;

use super::cut::Cut as _;

/// How long after a sign-in that asked for an age the same demand says that it brought nothing. Later it is a new one.
const AGAIN_MS: u64 = 30_000;
/// About 31 years. More is no age, and would not survive as a number of JavaScript.
pub const MAX_AGE_MAX_SECONDS: u64 = 1_000_000_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// Authentication context classes, the first preferred, with spaces between.
    pub acr_values: Option<String>,
    /// How long ago the user may have signed in, in seconds.
    pub max_age: Option<u64>,
    pub scope: Option<String>,
}

impl StepUp {
    /// Whether a sign-in, complete for `age_ms`, asked for just this, so that another would bring nothing new (9470-3).
    pub fn is_repeated(&self, asked: &Self, age_ms: u64) -> bool {
        self == asked && (self.max_age.is_none() || age_ms < AGAIN_MS)
    }
}

/// Whether these are words as in a scope (RFC 6749 §3.3): printable ASCII without quotes and backslashes, with one
/// space between.
pub fn are_words(text: &str) -> bool {
    let is_of_word = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    text.parts(' ').all(|word| !word.is_empty() && word.bytes().all(is_of_word))
}
