//! A strict JSON reader (RFC 8259) for token responses, metadata and JWTs.
//!
//! Stricter than the grammar where security asks for it: duplicate member names (JWT-3, JWK-1), lone
//! surrogates (JWT-11), bytes that are not UTF-8 (JWT-2) and nesting beyond [`DEPTH_MAX`] are refused.
//! Looser in one point: a single leading byte order mark is skipped (RFC 8259 §8.1 allows it).
//!
//! Tokens pass through here. Every string is decoded into a buffer that is allocated once at its final
//! size, so that growing leaves no stray copy behind, and is zeroed when dropped. Member names are not.
//!
//! Numbers keep their source text; nothing here knows floating point.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::cut::Cut as _;

mod reader;
mod writer;

pub use writer::{write, write_escaped, write_string};

/// Arrays and objects may nest this deep, which bounds the parser's (and the destructor's) recursion.
pub const DEPTH_MAX: usize = 64;

/// A JSON value.
///
/// `Debug` prints the kind of value and nothing of its content, because that may be a token.
#[derive(PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(Zeroizing<String>),
    Array(Vec<Json>),
    /// Members in the order of the text; names are unique.
    Object(Vec<(String, Json)>),
}

/// A number as it was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Number(String);

/// Why a text is not acceptable JSON. It never carries any of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonError {
    ControlCharacter,
    DuplicateName,
    Escape,
    LoneSurrogate,
    Number,
    TooDeep,
    TrailingData,
    UnexpectedCharacter,
    UnexpectedEnd,
    Utf8,
}

/// Reads one JSON value that fills all of `bytes`, white space around it allowed.
///
/// # Errors
/// The first thing that is wrong, as a [`JsonError`]. Duplicate names are seen at the end of their object.
pub fn parse(bytes: &[u8]) -> Result<Json, JsonError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = core::str::from_utf8(bytes).map_err(|_| JsonError::Utf8)?;
    reader::read(text)
}

impl Json {
    /// The member `name` of an object; `None` when this is no object or has no such member.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.as_object()?.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// The member of this name, if it is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// As JSON text again.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        write(self, &write_string, &mut text);
        text
    }

    /// Whether this is a list of objects that each have a `type` (9396-1).
    pub fn is_authorization_details(&self) -> bool {
        let has_type = |item: &Json| item.get("type").and_then(Json::as_str).is_some();
        self.as_array().is_some_and(|items| items.iter().all(has_type))
    }

    /// Takes the member `name` out of an object, so that a token moves instead of being copied.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let Json::Object(members) = self else { return None };
        let index = members.iter().position(|(member, _)| member == name)?;
        Some(members.swap_remove(index).1)
    }

    /// The string itself, moved out without a copy.
    pub fn into_string(self) -> Option<Zeroizing<String>> {
        if let Json::String(text) = self { Some(text) } else { None }
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Json::String(text) = self { Some(text.as_str()) } else { None }
    }

    pub fn as_object(&self) -> Option<&[(String, Json)]> {
        if let Json::Object(members) = self { Some(members) } else { None }
    }

    pub fn as_array(&self) -> Option<&[Json]> {
        if let Json::Array(items) = self { Some(items) } else { None }
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Json::Bool(value) = self { Some(*value) } else { None }
    }

    pub fn as_number(&self) -> Option<&Number> {
        if let Json::Number(number) = self { Some(number) } else { None }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Json::Null => "Null",
            Json::Bool(_) => "Bool(redacted)",
            Json::Number(_) => "Number(redacted)",
            Json::String(_) => "String(redacted)",
            Json::Array(_) => "Array(redacted)",
            Json::Object(_) => "Object(redacted)",
        })
    }
}

impl Number {
    /// The text of the number, exactly as it stood in the document.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The integer part, cut towards zero; `None` when it does not fit an `i64`.
    ///
    /// Fractions and exponents are handled in integers: `1.9e1` is 19, `19e-1` is 1, `1e400` is `None`.
    pub fn trunc_i64(&self) -> Option<i64> {
        let (negative, magnitude) = match self.0.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, self.0.as_str()),
        };
        let (mantissa, exponent) = magnitude.cut('e').or(magnitude.cut('E')).unwrap_or((magnitude, "0"));
        let (integer, fraction) = mantissa.cut('.').unwrap_or((mantissa, ""));
        let digits = [integer, fraction].concat();
        if digits.bytes().all(|digit| digit == b'0') {
            return Some(0);
        }
        let places = (integer.len() as i64).saturating_add(saturating_exponent(exponent));
        let mut value: i64 = 0;
        // After the first digit that is not zero this overflows in at most 19 steps, whatever the exponent.
        let mut digits = digits.bytes();
        for _ in 0..places {
            let digit = digits.next().map_or(0, |digit| i64::from(digit - b'0'));
            // Counted downwards, because `i64::MIN` has no positive counterpart.
            value = value.checked_mul(10)?.checked_sub(digit)?;
        }
        if negative { Some(value) } else { value.checked_neg() }
    }
}

fn saturating_exponent(text: &str) -> i64 {
    let mut value: i64 = 0;
    for digit in text.bytes().filter(u8::is_ascii_digit) {
        value = value.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    }
    if text.starts_with('-') { -value } else { value }
}

impl JsonError {
    /// A fixed sentence for messages.
    pub fn message(self) -> &'static str {
        match self {
            JsonError::DuplicateName => "a member is named twice",
            JsonError::TooDeep => "it nests too deep",
            JsonError::Utf8 => "it is not UTF-8",
            _ => "it is not valid JSON",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buffer that had to grow would be larger than the text between the quotes.
    #[test]
    fn strings_are_decoded_into_one_buffer_of_the_final_size() {
        for text in ["\"\"", "\"abc\"", r#""a\n\"\\\u00e9\ud83d\ude00z""#, "\"\u{1F600}\""] {
            let string = parse(text.as_bytes()).ok().and_then(Json::into_string).unwrap_or_default();
            assert_eq!(string.capacity(), text.len() - 2, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_value() {
        for text in ["\"at-0123\"", "[\"at-0123\"]", "{\"access_token\":\"at-0123\"}", "90123", "true"] {
            let shown = std::format!("{:?}", parse(text.as_bytes()));
            assert!(!shown.contains("0123") && !shown.contains("true"), "{shown}");
        }
    }

    #[test]
    fn a_member_can_be_taken_out_once() {
        let mut value = parse(br#"{"a":"x","b":"y","c":"z"}"#).unwrap_or(Json::Null);
        assert_eq!(value.take("a").and_then(Json::into_string).as_deref().map(String::as_str), Some("x"));
        assert!(value.take("a").is_none() && value.get("a").is_none());
        assert_eq!(value.get("b").and_then(Json::as_str), Some("y"));
        assert_eq!(value.get("c").and_then(Json::as_str), Some("z"));
        assert!(Json::Null.take("a").is_none());
    }
}
