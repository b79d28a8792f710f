//! The recursive descent over a text that is already known to be UTF-8.

use alloc::collections::BinaryHeap;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{DEPTH_MAX, Json, JsonError, Number};

/// One value that fills all of `text`.
pub(super) fn read(text: &str) -> Result<Json, JsonError> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.skip_white_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(JsonError::TrailingData),
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
