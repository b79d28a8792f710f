//! `application/x-www-form-urlencoded` (RFC 6749 Appendix B, 6749-24; WHATWG URL §5).

use alloc::string::String;
use alloc::vec::Vec;

use super::Secret;
use super::cut::Cut as _;

/// Appends `name=value` to `out`, with `&` before it where something is there already.
///
/// UTF-8, a space as `+`, everything else outside `A-Z a-z 0-9 * - . _` as `%XX`. A pair takes at most
/// `2 + 3 * (name.len() + value.len())` bytes: give `out` that room first, so that growing it leaves no copy of a secret
/// behind.
pub fn append(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    encode(out, name);
    out.push('=');
    encode(out, value);
}

/// These pairs, but for those without a value.
pub fn secret(pairs: &[(&str, &str)]) -> Secret {
    // Percent-encoding at most triples; with room from the start no copy of a secret is left behind.
    let mut room = 0;
    for (name, value) in pairs {
        room += name.len() + 3 * value.len() + 2;
    }
    let mut text = String::with_capacity(room);
    for (name, value) in pairs {
        if !value.is_empty() {
            append(&mut text, name, value);
        }
    }
    Secret::new(text)
}

/// A name or a value alone.
pub fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                out.push(hex_digit(byte >> 4));
                out.push(hex_digit(byte & 15));
            }
        }
    }
}

pub fn hex_digit(value: u8) -> char {
    char::from(if value < 10 { b'0' + value } else { b'A' - 10 + value })
}

/// The pairs of a query (without its `?`) or a form body, in order, repeats included.
///
/// Empty pieces are no pairs; a piece without `=` is a name with an empty value. A `%` without two hexadecimal
/// digits behind it stands for itself, and bytes that are not UTF-8 become U+FFFD, as `URLSearchParams` has it.
pub fn parse_query(query: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for piece in query.parts('&') {
        if !piece.is_empty() {
            let (name, value) = piece.cut('=').unwrap_or((piece, ""));
            pairs.push((decode(name), decode(value)));
        }
    }
    pairs
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        bytes.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex_value(*high), hex_value(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => *byte,
        });
    }
    // Valid text, which a code or a state is, moves without a copy.
    String::from_utf8(bytes).unwrap_or_else(|error| lossy(error.as_bytes()))
}

/// What is not UTF-8 as U+FFFD, one for each that the standard library counts.
fn lossy(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(3 * bytes.len());
    while let Err(error) = core::str::from_utf8(bytes) {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        text.push_str(core::str::from_utf8(valid).unwrap_or_default());
        text.push(char::REPLACEMENT_CHARACTER);
        bytes = error.error_len().and_then(|length| rest.get(length..)).unwrap_or_default();
    }
    text.push_str(core::str::from_utf8(bytes).unwrap_or_default());
    text
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
