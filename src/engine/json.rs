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

use core::fmt;
use std::collections::BinaryHeap;
use zeroize::Zeroizing;

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

impl From<i64> for Number {
    fn from(whole: i64) -> Self {
        Self(whole.to_string())
    }
}

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
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_white_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(JsonError::TrailingData),
    }
}

impl Json {
    /// The member `name` of an object; `None` when this is no object or has no such member.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.as_object()?.iter().find(|(member, _)| member == name).map(|(_, value)| value)
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
        let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = integer.bytes().chain(fraction.bytes());
        if digits.clone().all(|digit| digit == b'0') {
            return Some(0);
        }
        let mut places = (integer.len() as i64).saturating_add(saturating_exponent(exponent));
        let mut value: i64 = 0;
        // After the first digit that is not zero this overflows in at most 19 steps, whatever the exponent.
        let mut digits = digits.chain(core::iter::repeat(b'0'));
        while places > 0 {
            let digit = i64::from(digits.next()?.wrapping_sub(b'0'));
            // Counted downwards, because `i64::MIN` has no positive counterpart.
            value = value.checked_mul(10)?.checked_sub(digit)?;
            places -= 1;
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
            JsonError::ControlCharacter => "a string holds an unescaped control character",
            JsonError::DuplicateName => "an object names a member twice",
            JsonError::Escape => "a string holds an unknown escape",
            JsonError::LoneSurrogate => "a string holds half a surrogate pair",
            JsonError::Number => "a number is malformed",
            JsonError::TooDeep => "arrays and objects nest too deep",
            JsonError::TrailingData => "there is more text after the value",
            JsonError::UnexpectedCharacter => "a character stands where JSON allows none",
            JsonError::UnexpectedEnd => "the text ends too early",
            JsonError::Utf8 => "the text is not UTF-8",
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, JsonError> {
        let byte = self.peek().ok_or(JsonError::UnexpectedEnd)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The text from `start` to the reader's place.
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or("")
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.skip_white_space();
        match self.peek().ok_or(JsonError::UnexpectedEnd)? {
            b'"' => self.string().map(Json::String),
            b'{' => self.object(depth + 1),
            b'[' => self.array(depth + 1),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            _ => Err(JsonError::UnexpectedCharacter),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, JsonError> {
        for expected in word.bytes() {
            if self.next()? != expected {
                return Err(JsonError::UnexpectedCharacter);
            }
        }
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut items = Vec::new();
        if self.open(depth, b']')? {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.close(b']')? {
                return Ok(Json::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut members = Vec::new();
        if self.open(depth, b'}')? {
            return Ok(Json::Object(members));
        }
        loop {
            self.skip_white_space();
            if self.peek().ok_or(JsonError::UnexpectedEnd)? != b'"' {
                return Err(JsonError::UnexpectedCharacter);
            }
            let name = core::mem::take(&mut *self.string()?);
            self.skip_white_space();
            if self.next()? != b':' {
                return Err(JsonError::UnexpectedCharacter);
            }
            members.push((name, self.value(depth)?));
            if self.close(b'}')? {
                return match has_duplicate(&members) {
                    true => Err(JsonError::DuplicateName),
                    false => Ok(Json::Object(members)),
                };
            }
        }
    }

    /// Steps over an opening bracket; true when the closing one follows at once.
    fn open(&mut self, depth: usize, closing: u8) -> Result<bool, JsonError> {
        if depth > DEPTH_MAX {
            return Err(JsonError::TooDeep);
        }
        self.at += 1;
        self.skip_white_space();
        let empty = self.peek() == Some(closing);
        self.at += usize::from(empty);
        Ok(empty)
    }

    /// Steps over a comma (false) or the closing bracket (true).
    fn close(&mut self, closing: u8) -> Result<bool, JsonError> {
        self.skip_white_space();
        match self.next()? {
            b',' => Ok(false),
            byte if byte == closing => Ok(true),
            _ => Err(JsonError::UnexpectedCharacter),
        }
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        self.skip_if(b"-");
        if !self.skip_if(b"0") {
            self.digits()?;
        }
        if self.skip_if(b".") {
            self.digits()?;
        }
        if self.skip_if(b"eE") {
            self.skip_if(b"+-");
            self.digits()?;
        }
        Ok(Json::Number(Number(String::from(self.since(start)))))
    }

    fn skip_if(&mut self, any_of: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| any_of.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(JsonError::Number) }
    }

    fn string(&mut self) -> Result<Zeroizing<String>, JsonError> {
        self.at += 1;
        // No escape is shorter than what it stands for, so the raw length is room enough.
        let mut decoded = Zeroizing::new(String::with_capacity(self.raw_length()?));
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20) {
                self.at += 1;
            }
            decoded.push_str(self.since(start));
            match self.next()? {
                b'"' => return Ok(decoded),
                b'\\' => decoded.push(self.escape()?),
                _ => return Err(JsonError::ControlCharacter),
            }
        }
    }

    /// How many bytes stand before the closing quote.
    fn raw_length(&self) -> Result<usize, JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        let mut escaped = false;
        for (length, byte) in rest.iter().enumerate() {
            match byte {
                b'"' if !escaped => return Ok(length),
                byte => escaped = !escaped && *byte == b'\\',
            }
        }
        Err(JsonError::UnexpectedEnd)
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(),
            _ => return Err(JsonError::Escape),
        })
    }

    fn code_point(&mut self) -> Result<char, JsonError> {
        let high = self.hex4()?;
        if !(0xD800..0xDC00).contains(&high) {
            return char::from_u32(high).ok_or(JsonError::LoneSurrogate);
        }
        if !(self.skip_if(b"\\") && self.skip_if(b"u")) {
            return Err(JsonError::LoneSurrogate);
        }
        let low = self.hex4()?;
        if !(0xDC00..0xE000).contains(&low) {
            return Err(JsonError::LoneSurrogate);
        }
        char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).ok_or(JsonError::LoneSurrogate)
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(JsonError::Escape)?;
            value = value << 4 | digit;
        }
        Ok(value)
    }
}

/// A heap, not a comparison of every pair: an object may have very many members.
fn has_duplicate(members: &[(String, Json)]) -> bool {
    let mut names: BinaryHeap<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    let mut last = None;
    while let Some(name) = names.pop() {
        if last.replace(name) == Some(name) {
            return true;
        }
    }
    false
}
