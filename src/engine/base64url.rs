//! Base64url without padding (RFC 4648 §5), read strictly: every text has one meaning, every meaning one text.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// In one buffer of the final size, so that growing leaves no copy behind.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            text.push(digit(bits >> count));
        }
    }
    if count > 0 {
        text.push(digit(bits << (6 - count)));
    }
    text
}

/// `None` for padding, white space, another alphabet, a length that nothing encodes to, and bits left over (JWT-1).
pub fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 3 / 4));
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes() {
        bits = bits << 6 | value(digit)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    // A single digit over is no byte; the bits behind the last byte must be zero.
    (count < 6 && bits & ((1 << count) - 1) == 0).then_some(bytes)
}

fn digit(bits: u32) -> char {
    char::from(ALPHABET[bits as usize % 64])
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_base64_crate(bytes: Vec<u8>, text in "[A-Za-z0-9_+/= -]{0,9}") {
            let read = |text: &str| decode(text).map(|bytes| bytes.to_vec());
            prop_assert_eq!(encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert_eq!(read(&encode(&bytes)), Some(bytes));
            prop_assert_eq!(read(&text), URL_SAFE_NO_PAD.decode(&text).ok());
        }
    }

    #[test]
    fn takes_no_more_room_than_it_needs() {
        for length in 0..20 {
            let text = encode(&std::vec![7; length]);
            let bytes = decode(&text).expect("it was encoded here");
            assert!(bytes.capacity() == length && text.capacity() <= length.div_ceil(3) * 4);
        }
    }
}
