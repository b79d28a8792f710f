//! What an answer must be: its status, and what is in its JSON.

use super::super::cut::Cut as _;
use super::super::decimal;
use super::super::json::{Json, Number};
use super::super::options::Reader;

pub const KNOWN: &str = "status path equals notEquals exists";

/// Whether it is a condition.
pub fn check(options: &Reader) {
    if let Some(given) = options.get("status") {
        let is_status = |one: &Json| {
            let status = one.as_number().and_then(|number| decimal::read(number.as_str()));
            status.is_some_and(|status| (200..600).contains(&status))
        };
        let statuses = list(given);
        if statuses.is_empty() || !statuses.iter().all(is_status) {
            options.refuse("status", "must be an HTTP status, 200 to 599, or a list of them");
        }
    }
    let mut has_test = options.bool("exists").is_some();
    for (name, value) in options.members() {
        // `null` is something to compare with.
        if matches!(name.as_str(), "equals" | "notEquals") {
            has_test = true;
            if matches!(value, Json::Array(_) | Json::Object(_)) {
                options.refuse(name, "must be a string, a number, true, false or null");
            }
        }
    }
    let has_path = check_path(options, "path");
    if has_path != has_test {
        options.refuse("path", "must be with `equals`, `notEquals` or `exists`");
    }
    if !has_path && options.get("status").is_none() {
        options.refuse("status", "is required, or `path`");
    }
}

/// Whether all parts of a checked condition hold. Where there is nothing at the path, no comparison does. `body`: none if
/// it is not JSON.
pub fn holds(condition: &Json, status: u16, body: Option<&Json>) -> bool {
    let found = condition.text("path").and_then(|path| at(body?, path));
    let is_there = found.is_some_and(|value| !value.is_null());
    let status = decimal::write(status.into());
    let is_status = |one: &Json| one.as_number().is_some_and(|number| number.as_str() == status);
    let given = |name: &str| condition.get(name);
    let equals = |value: &Json| found.is_some_and(|found| is_same(found, value));
    given("status").filter(|given| !given.is_null()).is_none_or(|given| list(given).iter().any(is_status))
        && given("equals").is_none_or(equals)
        && given("notEquals").is_none_or(|value| found.is_some() && !equals(value))
        && given("exists").and_then(Json::as_bool).is_none_or(|exists| exists == is_there)
}

/// The first status that a checked condition asks for.
pub fn first_status(condition: &Json) -> Option<u16> {
    let first = list(condition.get("status")?).first()?.as_number()?;
    u16::try_from(decimal::read(first.as_str())?).ok()
}

/// One stands for a list of one.
fn list(value: &Json) -> &[Json] {
    value.as_array().unwrap_or(core::slice::from_ref(value))
}

/// An option that is a path: member names and places in lists, with `.` between. Gives whether there is one.
pub fn check_path(options: &Reader, name: &str) -> bool {
    let path = options.text(name);
    if path.is_some_and(|path| path.parts('.').any(str::is_empty)) {
        options.refuse(name, "must be names with one dot between");
    }
    path.is_some()
}

/// What is there; all of it for the empty path.
pub fn at<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    let mut value = value;
    for name in path.parts('.').filter(|_| !path.is_empty()) {
        value = match value {
            Json::Array(items) => items.get(usize::try_from(decimal::read(name)?).ok()?)?,
            object => object.get(name)?,
        };
    }
    Some(value)
}

/// Some servers write all whole numbers as `0.0`.
fn is_same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => short(one) == short(other),
        _ => one == other,
    }
}

fn short(number: &Number) -> &str {
    let mut text = number.as_str();
    if text.has('.') && !text.has('e') && !text.has('E') {
        while let Some(rest) = text.strip_suffix('0') {
            text = rest;
        }
        text = text.strip_suffix('.').unwrap_or(text);
    }
    text
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::engine::{Options, json};

    fn holds(condition: &str, status: u16, body: &str) -> bool {
        let options = Options::parse(condition).expect("JSON");
        check(&options.reader(KNOWN));
        options.judged(Some(())).unwrap_or_else(|error| panic!("{condition}: {error}"));
        let condition = json::parse(condition.as_bytes()).expect("JSON");
        super::holds(&condition, status, json::parse(body.as_bytes()).ok().as_ref())
    }

    #[test]
    fn all_parts_of_a_condition_hold_or_it_does_not() {
        let cases = [
            (r#"{"status":401}"#, 401, "", true),
            (r#"{"status":401}"#, 400, "", false),
            (r#"{"status":[400,401]}"#, 400, "", true),
            (r#"{"status":[400,401]}"#, 402, "", false),
            (r#"{"path":"a","exists":true}"#, 200, r#"{"a":0}"#, true),
            (r#"{"path":"a","exists":true}"#, 200, r#"{"a":null}"#, false),
            (r#"{"path":"a","exists":true}"#, 200, "{}", false),
            (r#"{"path":"a","exists":true}"#, 200, "<html>", false),
            (r#"{"path":"a","exists":false}"#, 200, r#"{"a":null}"#, true),
            (r#"{"path":"a","exists":false}"#, 200, "<html>", true),
            (r#"{"path":"a","exists":false}"#, 200, r#"{"a":""}"#, false),
            (r#"{"path":"a.1.b","equals":"x"}"#, 200, r#"{"a":[{},{"b":"x"}]}"#, true),
            (r#"{"path":"a.2.b","equals":"x"}"#, 200, r#"{"a":[{},{"b":"x"}]}"#, false),
            (r#"{"path":"a.x","equals":"x"}"#, 200, r#"{"a":["x"]}"#, false),
            (r#"{"path":"a.-1","equals":"x"}"#, 200, r#"{"a":["x"]}"#, false),
            (r#"{"path":"0.a","equals":true}"#, 200, r#"[{"a":true}]"#, true),
            (r#"{"path":"1","equals":true}"#, 200, r#"{"1":true}"#, true),
            (r#"{"path":"a","equals":null}"#, 200, r#"{"a":null}"#, true),
            (r#"{"path":"a","equals":null}"#, 200, "{}", false),
            (r#"{"path":"a","equals":0}"#, 200, r#"{"a":0}"#, true),
            (r#"{"path":"a","equals":0}"#, 200, r#"{"a":0.0}"#, true),
            (r#"{"path":"a","equals":10}"#, 200, r#"{"a":10.00}"#, true),
            (r#"{"path":"a","equals":10}"#, 200, r#"{"a":1}"#, false),
            (r#"{"path":"a","equals":0}"#, 200, r#"{"a":"0"}"#, false),
            (r#"{"path":"a","equals":0}"#, 200, r#"{"a":false}"#, false),
            (r#"{"path":"a","equals":"A"}"#, 200, r#"{"a":"a"}"#, false),
            (r#"{"path":"a","equals":"A"}"#, 200, r#"{"a":"\u0041"}"#, true),
            (r#"{"path":"a","notEquals":0}"#, 200, r#"{"a":1}"#, true),
            (r#"{"path":"a","notEquals":0}"#, 200, r#"{"a":"0"}"#, true),
            (r#"{"path":"a","notEquals":0}"#, 200, r#"{"a":0}"#, false),
            (r#"{"path":"a","notEquals":0}"#, 200, "{}", false),
            (r#"{"path":"a","notEquals":0}"#, 200, "<html>", false),
            (r#"{"path":"a","notEquals":0}"#, 200, r#"{"a":null}"#, true),
            (r#"{"status":200,"path":"a","equals":1}"#, 200, r#"{"a":1}"#, true),
            (r#"{"status":200,"path":"a","equals":1}"#, 201, r#"{"a":1}"#, false),
            (r#"{"status":200,"path":"a","equals":1}"#, 200, r#"{"a":2}"#, false),
            (r#"{"path":"a","exists":true,"notEquals":1}"#, 200, r#"{"a":1}"#, false),
            (r#"{"path":"a","equals":1,"notEquals":1}"#, 200, r#"{"a":1}"#, false),
        ];
        for (condition, status, body, wanted) in cases {
            assert_eq!(holds(condition, status, body), wanted, "{condition} {status} {body}");
        }
    }
}
