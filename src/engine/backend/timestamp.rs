//! A time as in RFC 3339 §5.6, which is ISO 8601 with date, time and offset.

use super::super::cut::Cut as _;
use super::super::retry_after::{Date, digits, time};

/// Whole seconds since 1970, cut downwards. `None` for what is no such time: without an offset, it could be any.
pub fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.cut('T').or(text.cut('t'))?;
    let mut parts = date.parts('-');
    let (year, month) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?);
    let day = digits(parts.next()?, 2)?;
    if parts.next().is_some() || !(1..=12).contains(&month) {
        return None;
    }
    let (clock, rest) = rest.split_at_checked("hh:mm:ss".len())?;
    let second_of_day = time(clock)?;
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            fraction.get(length..).filter(|_| length > 0)?
        }
        None => rest,
    };
    let offset_seconds = match offset.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign @ ("+" | "-"), offset) => {
            let (hours, minutes) = offset.cut(':')?;
            let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
            let is_right = hours < 24 && minutes < 60;
            let seconds = hours * 3_600 + minutes * 60;
            is_right.then_some(if sign == "-" { -seconds } else { seconds })?
        }
        _ => return None,
    };
    let at = Date { year, month, day, second_of_day }.unix_seconds()? - offset_seconds;
    // Leap seconds are the last of a day in UTC.
    let is_right = !clock.ends_with("60") || at.rem_euclid(86_400) == 0;
    is_right.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_are_read_in_their_offset() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01t00:00:00z", 0),
            ("1969-12-31T23:59:59.9Z", -1),
            ("2026-11-23T14:01:02Z", 1_795_442_462),
            ("2026-11-23T14:01:02.1234567Z", 1_795_442_462),
            ("2026-11-23T22:01:02+08:00", 1_795_442_462),
            ("2026-11-23T04:31:02-09:30", 1_795_442_462),
            ("2026-11-24T00:00:00-00:00", 1_795_478_400),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
            ("2016-12-31T15:59:60-08:00", 1_483_228_800),
            ("0001-01-01T00:00:00Z", -62_135_596_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        let cases = [
            "",
            "Z",
            "T",
            "2026-11-23",
            "2026-11-23T14:01:02",
            "2026-11-23 14:01:02Z",
            "2026-11-23T14:01Z",
            "2026-11-23T14:01:02.Z",
            "2026-11-23T14:01:02,5Z",
            "2026-11-23T14:01:02+0800",
            "2026-11-23T14:01:02+08",
            "2026-11-23T14:01:02+8:00",
            "2026-11-23T14:01:02+24:00",
            "2026-11-23T14:01:02+08:60",
            "2026-11-23T14:01:02ZZ",
            "2026-11-23T14:01:02Z ",
            " 2026-11-23T14:01:02Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T14:60:00Z",
            "2026-11-23T14:01:61Z",
            "2026-11-23T14:01:60Z",
            "2026-11-31T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "26-11-23T14:01:02Z",
            "12026-11-23T14:01:02Z",
            "-2026-11-23T14:01:02Z",
            "2026-11-23-01T14:01:02Z",
            "2026-11-23T1\u{e9}:01:02Z",
            "2026-11-23T14:01:02\u{2212}08:00",
            "20261123T140102Z",
            "1795442462",
        ];
        for text in cases {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
