//! `Retry-After` (RFC 9110 §10.2.3, RA-1).

use super::cut::Cut as _;
use super::decimal;

/// The longest wait that is believed: one day.
pub const WAIT_MAX_MS: u64 = 86_400_000;

// Texts, because a table of texts needs a pointer and a length for each.
const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
const WEEKDAYS: &str = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday";

/// How many milliseconds to wait from `now_unix_ms` on, from 0 to [`WAIT_MAX_MS`].
///
/// Understands delay-seconds and the three forms of an HTTP date (RFC 9110 §5.6.7), read by the local clock; a
/// date in the past is 0. The day of the week must be a name but is not checked against the date. `None` for
/// anything else: then the caller's own backoff counts.
pub fn parse(field: &str, now_unix_ms: u64) -> Option<u64> {
    let field = field.trim_ascii();
    if !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit()) {
        let wait_seconds = decimal::read(field).unwrap_or(u64::MAX);
        return Some(wait_seconds.saturating_mul(1_000).min(WAIT_MAX_MS));
    }
    let now_seconds = i64::try_from(now_unix_ms / 1_000).unwrap_or(i64::MAX);
    let date = Date::parse(field, now_seconds)?;
    let at_unix_ms = u64::try_from(date.unix_seconds()?).unwrap_or(0).saturating_mul(1_000);
    Some(at_unix_ms.saturating_sub(now_unix_ms).min(WAIT_MAX_MS))
}

pub struct Date {
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    pub day: i64,
    pub second_of_day: i64,
}

impl Date {
    fn parse(text: &str, now_seconds: i64) -> Option<Date> {
        let mut words = text.parts(' ');
        let weekday = words.next()?;
        let date = match weekday.strip_suffix(',') {
            Some(weekday) if is_short_weekday(weekday) => Date::imf_fixdate(&mut words)?,
            Some(weekday) if WEEKDAYS.parts(' ').any(|name| name == weekday) => {
                Date::rfc850(&mut words, now_seconds)?
            }
            None if is_short_weekday(weekday) => Date::asctime(&mut words)?,
            _ => return None,
        };
        words.next().is_none().then_some(date)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    fn imf_fixdate<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Date> {
        let day = digits(words.next()?, 2)?;
        let month = month(words.next()?)?;
        let year = digits(words.next()?, 4)?;
        let second_of_day = time(words.next()?)?;
        (words.next()? == "GMT").then_some(Date { year, month, day, second_of_day })
    }

    /// `Sunday, 06-Nov-94 08:49:37 GMT`
    fn rfc850<'a>(words: &mut impl Iterator<Item = &'a str>, now_seconds: i64) -> Option<Date> {
        let mut parts = words.next()?.parts('-');
        let day = digits(parts.next()?, 2)?;
        let month = month(parts.next()?)?;
        let two_digits = digits(parts.next()?, 2)?;
        let second_of_day = time(words.next()?)?;
        if parts.next().is_some() || words.next()? != "GMT" {
            return None;
        }
        // At most 50 years ahead, else the last year with these digits (RFC 9110 §5.6.7). The mean length of a
        // Gregorian year is exact enough for that.
        let earliest = 1970 + now_seconds / 31_556_952 - 49;
        let year = earliest + (two_digits - earliest).rem_euclid(100);
        Some(Date { year, month, day, second_of_day })
    }

    /// `Sun Nov  6 08:49:37 1994`
    fn asctime<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Date> {
        let month = month(words.next()?)?;
        let day = match words.next()? {
            "" => digits(words.next()?, 1)?,
            day => digits(day, 2)?,
        };
        let second_of_day = time(words.next()?)?;
        let year = digits(words.next()?, 4)?;
        Some(Date { year, month, day, second_of_day })
    }

    /// Seconds since 1970; `None` when the month has no such day.
    pub fn unix_seconds(&self) -> Option<i64> {
        let &Date { year, month, day, second_of_day } = self;
        let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let month_days = match month {
            2 => 28 + i64::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if day < 1 || day > month_days {
            return None;
        }
        // Counted in years that begin in March, so that a leap day is the last day of its year.
        let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
        let day_of_year = (153 * month + 2) / 5 + day - 1;
        let days =
            365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year;
        const DAYS_TO_1970: i64 = 719_468;
        (days - DAYS_TO_1970).checked_mul(86_400)?.checked_add(second_of_day)
    }
}

fn is_short_weekday(text: &str) -> bool {
    WEEKDAYS.parts(' ').any(|weekday| weekday.get(..3) == Some(text))
}

fn month(text: &str) -> Option<i64> {
    MONTHS.parts(' ').zip(1..).find(|(month, _)| *month == text).map(|(_, number)| number)
}

/// `08:49:37`, in seconds since midnight. A leap second (`:60`) is allowed.
pub fn time(text: &str) -> Option<i64> {
    let mut parts = text.parts(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let second = digits(parts.next()?, 2)?;
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    valid.then_some(hour * 3_600 + minute * 60 + second)
}

/// Exactly `length` decimal digits.
pub fn digits(text: &str, length: usize) -> Option<i64> {
    let number = decimal::read(text).filter(|_| text.len() == length)?;
    i64::try_from(number).ok()
}
