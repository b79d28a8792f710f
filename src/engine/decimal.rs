//! Whole numbers as decimal digits. The standard library's own reading and writing know signs, radices and formats, and
//! cost many times the code.

use alloc::string::String;

/// `None` for anything but digits, and for more than fits.
pub fn read(digits: &str) -> Option<u64> {
    let mut value: u64 = 0;
    for digit in digits.bytes() {
        let digit = char::from(digit).to_digit(10)?;
        value = value.checked_mul(10)?.checked_add(digit.into())?;
    }
    (!digits.is_empty()).then_some(value)
}

pub fn write(value: u64) -> String {
    let mut digits = if value < 10 { String::new() } else { write(value / 10) };
    digits.push(char::from(b'0' + (value % 10) as u8));
    digits
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for value in [0, 9, 10, 99, 100, 1_700_000_000_123, u64::MAX] {
            assert_eq!(write(value), value.to_string());
            assert_eq!(read(&value.to_string()), Some(value));
        }
        for text in ["", "+1", "-1", " 1", "1 ", "1.0", "1e3", "x", "18446744073709551616", "\u{661}"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read("007"), Some(7));
    }
}
