//! What an answer must be: its status, and what is in its JSON.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::cut::Cut as _;
use super::super::decimal;
use super::super::json::{Json, Number};
use super::super::options::Reader;

pub const KNOWN: &str = "status path equals notEquals exists";

/// All that is given must hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    /// None of them: whatever status.
    statuses: Vec<u16>,
    path: String,
    equals: Option<Json>,
    not_equals: Option<Json>,
    exists: Option<bool>,
}

impl Condition {
    pub fn read(options: &Reader) -> Self {
        let statuses = statuses(options);
        let path = path(options, "path");
        let scalar = |name: &str| {
            // `null` is something to compare with.
            let (_, value) = options.members().iter().find(|(given, _)| given == name)?;
            if value.as_object().is_some() || value.as_array().is_some() {
                options.refuse(name, "must be a string, a number, true, false or null");
            }
            Some(value.clone())
        };
        let (equals, not_equals, exists) = (scalar("equals"), scalar("notEquals"), options.bool("exists"));
        let has_test = equals.is_some() || not_equals.is_some() || exists.is_some();
        if path.is_some() != has_test {
            options.refuse("path", "must be with `equals`, `notEquals` or `exists`");
        }
        if path.is_none() && statuses.is_empty() {
            options.refuse("status", "is required, or `path`");
        }
        Self { statuses, path: path.unwrap_or_default(), equals, not_equals, exists }
    }

    pub fn names_status(&self) -> bool {
        !self.statuses.is_empty()
    }

    /// Where there is nothing at the path, no comparison holds. `body`: none if it is not JSON.
    pub fn holds(&self, status: u16, body: Option<&Json>) -> bool {
        let found = body.and_then(|body| at(body, &self.path));
        let is_there = found.is_some_and(|value| !value.is_null());
        let equals = |value: &Json| found.is_some_and(|found| is_same(found, value));
        (self.statuses.is_empty() || self.statuses.contains(&status))
            && self.equals.as_ref().is_none_or(&equals)
            && self.not_equals.as_ref().is_none_or(|value| found.is_some() && !equals(value))
            && self.exists.is_none_or(|exists| exists == is_there)
    }
}

fn statuses(options: &Reader) -> Vec<u16> {
    let mut statuses = Vec::new();
    let Some(given) = options.get("status") else { return statuses };
    for one in given.as_array().unwrap_or(core::slice::from_ref(given)) {
        let status = one.as_number().and_then(|number| decimal::read(number.as_str()));
        match status.and_then(|status| u16::try_from(status).ok()).filter(|one| (200..600).contains(one)) {
            Some(status) => statuses.push(status),
            None => options.refuse("status", "must be an HTTP status, 200 to 599, or a list of them"),
        }
    }
    if statuses.is_empty() {
        options.refuse("status", "must name one at least");
    }
    statuses
}

/// An option that is a path: member names and places in lists, with `.` between.
pub fn path(options: &Reader, name: &str) -> Option<String> {
    let path = options.text(name)?;
    if path.parts('.').any(str::is_empty) {
        options.refuse(name, "must be names with one dot between");
    }
    Some(path.into())
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
    use std::format;

    use super::*;
    use crate::engine::{Options, json};

    fn holds(condition: &str, status: u16, body: &str) -> bool {
        let options = Options::parse(condition).expect("JSON");
        let read = Condition::read(&options.reader(KNOWN));
        let condition = options.judged(Some(read)).unwrap_or_else(|error| panic!("{condition}: {error}"));
        condition.holds(status, json::parse(body.as_bytes()).ok().as_ref())
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
            assert_eq!(holds(condition, status, body), wanted, "{}", format!("{condition} {status} {body}"));
        }
    }
}
