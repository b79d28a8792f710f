//! The case tables of `tests/vectors/`, one test for each table.
//!
//! A row that fails is reported with its name; all rows run before the test fails.

use serde_json::{Value, json};
use strongroom::engine::challenge::{self, Verdict};
use strongroom::engine::href::Href;
use strongroom::engine::json::{self, Json};
use strongroom::engine::resource::{Resource, Resources};
use strongroom::engine::{StepUp, form, jwt, retry_after};

/// Runs `check` on each row; `check` answers what it saw when that is not what the row expects.
fn run(table: &str, rows_at_least: usize, check: impl Fn(&Value) -> Result<(), String>) {
    let rows: Vec<Value> = serde_json::from_str(table).expect("the table is JSON");
    assert!(rows.len() >= rows_at_least, "the table has only {} rows", rows.len());
    let failures: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row["name"], check(row).err()?))).collect();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

fn expect<T: PartialEq + std::fmt::Debug>(saw: T, wanted: T) -> Result<(), String> {
    if saw == wanted { Ok(()) } else { Err(format!("saw {saw:?}, wanted {wanted:?}")) }
}

fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_else(|| panic!("{row} has no text in {column}"))
}

#[test]
fn hrefs() {
    run(include_str!("vectors/href.json"), 60, |row| match Href::parse(text(row, "url")) {
        Err(error) => expect(Some(format!("{error:?}").as_str()), row["error"].as_str()),
        Ok(href) => {
            expect(None, row["error"].as_str())?;
            expect(href.as_str(), row["href"].as_str().unwrap_or(text(row, "url")))?;
            expect(href.origin(), text(row, "origin"))?;
            expect(href.path(), text(row, "path"))?;
            expect(href.query(), row["query"].as_str())?;
            expect(href.has_fragment(), row["fragment"].as_bool().unwrap_or(false))?;
            expect(href.is_secure(), row["secure"].as_bool().unwrap_or(true))
        }
    });
}

#[test]
fn promise_3_resources() {
    run(include_str!("vectors/resource.json"), 90, |row| match Resource::parse(text(row, "resource")) {
        Err(error) => expect(Some(format!("{error:?}").as_str()), row["error"].as_str()),
        Ok(resource) => {
            expect(None, row["error"].as_str())?;
            // As the page's quick way tells whole origins (`js/engine/fetch.ts`).
            let is_origin =
                |beginning: &String| beginning.ends_with('/') && beginning.matches('/').count() == 3;
            let prefix = resource.beginnings().find(is_origin);
            let Some(href) = row["href"].as_str() else {
                return expect(prefix.as_deref(), row["prefix"].as_str());
            };
            let wanted = row["matches"].as_bool();
            if let Some(prefix) = &prefix {
                expect(Some(href.starts_with(prefix) && Href::parse(href).is_ok()), wanted)?;
            }
            // A page that knows only the beginnings comes to the same judgement.
            let without_fragment = href.split('#').next().unwrap_or_default();
            let marked = format!("{without_fragment}#");
            let begins = resource.beginnings().any(|beginning| marked.starts_with(&beginning));
            expect(Some(begins && Href::parse(href).is_ok()), wanted)?;
            let other = Resource::parse("https://other.example/").expect("a good resource");
            expect(Some(Resources(vec![other, resource]).matches(href)), wanted)
        }
    });
}

/// A row's document, which a table gives as text or, where it is no text, as hexadecimal bytes.
fn bytes(row: &Value) -> Vec<u8> {
    match row["hex"].as_str() {
        None => text(row, "text").as_bytes().to_vec(),
        Some(hex) => (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits"))
            .collect(),
    }
}

#[test]
fn json_documents() {
    run(include_str!("vectors/json.json"), 100, |row| {
        let read = json::parse(&bytes(row));
        if let Ok(json) = &read {
            let written = json.to_text();
            expect(json::parse(written.as_bytes()).as_ref(), Ok(json))?;
            // Which has no numbers beyond its types.
            if let Ok(written) = serde_json::from_str(&written) {
                expect::<Value>(written, to_value(json))?;
            }
        }
        let saw = read.map_or_else(|error| format!("{error:?}"), |_| String::from("ok"));
        expect(saw.as_str(), text(row, "expect"))
    });
}

#[test]
fn json_numbers_are_cut_to_integers() {
    run(include_str!("vectors/number.json"), 40, |row| {
        let json = json::parse(text(row, "number").as_bytes()).map_err(|error| format!("{error:?}"))?;
        let number = json.as_number().ok_or("no number")?;
        expect(number.as_str(), text(row, "number"))?;
        expect(number.trunc_i64().map(|value| value.to_string()).as_deref(), row["seconds"].as_str())
    });
}

fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => serde_json::from_str(number.as_str()).expect("a number"),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(to_value).collect(),
        Json::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), to_value(value))).collect()
        }
    }
}

/// The browsers read the same table with `decodeJwt`; its column `decodeJwt` differs from `expect` where
/// `JSON.parse` is more lenient, which takes the last of duplicate names and has no limit of depth.
#[test]
fn jwts() {
    let decoded = std::cell::Cell::new(0);
    run(include_str!("vectors/jwt.json"), 150, |row| {
        let lenient = text(row, "expect").ends_with("-duplicate-name") || row["name"] == "nested 65 deep";
        let in_browser = if lenient || row["expect"] == "ok" { "ok" } else { "error" };
        expect(text(row, "decodeJwt"), in_browser)?;
        match jwt::decode(text(row, "token")) {
            Err(error) => expect(error.code(), text(row, "expect")),
            Ok(jwt) => {
                decoded.set(decoded.get() + 1);
                expect("ok", text(row, "expect"))?;
                expect(&to_value(&jwt.claims), &row["claims"])?;
                let from_text: Value =
                    serde_json::from_str(&jwt.claims_text).map_err(|error| error.to_string())?;
                expect(&from_text, &row["claims"])
            }
        }
    });
    assert!(decoded.get() >= 40, "only {} tokens were decoded", decoded.get());
}

#[test]
fn challenges() {
    run(include_str!("vectors/challenge.json"), 110, |row| {
        if row["verdict"].is_null() {
            let saw = challenge::parse(text(row, "field")).into_iter().map(|challenge| {
                let mut object = json!({ "scheme": challenge.scheme });
                if let Some(token68) = challenge.token68 {
                    object["token68"] = Value::from(token68);
                }
                if !challenge.params.is_empty() {
                    object["params"] = json!(challenge.params);
                }
                object
            });
            return expect(&saw.collect::<Value>(), &row["challenges"]);
        }
        let status =
            row["status"].as_u64().and_then(|status| u16::try_from(status).ok()).ok_or("no status")?;
        let column = |name: &str| row[name].as_str().map(String::from);
        let wanted = match text(row, "verdict") {
            "Accept" => Verdict::Accept,
            "NonceDemanded" => Verdict::NonceDemanded,
            "StepUp" => Verdict::StepUp(StepUp {
                acr_values: column("acr_values"),
                max_age: column("max_age").map(|text| text.parse().expect("a number")),
                scope: column("scope"),
            }),
            "TokenRefused" => Verdict::TokenRefused,
            other => return Err(format!("no such verdict: {other}")),
        };
        expect(challenge::judge(status, row["field"].as_str()), wanted)
    });
}

#[test]
fn retry_after_fields() {
    run(include_str!("vectors/retry_after.json"), 80, |row| {
        let now_unix_ms = row["nowUnixMs"].as_u64().ok_or("no clock")?;
        expect(retry_after::parse(text(row, "field"), now_unix_ms), row["waitMs"].as_u64())
    });
}

fn pairs(row: &Value) -> Vec<(String, String)> {
    serde_json::from_value(row["pairs"].clone()).expect("a list of pairs")
}

#[test]
fn form_bodies() {
    run(include_str!("vectors/form.json"), 15, |row| {
        let mut body = String::new();
        for (name, value) in pairs(row) {
            form::append(&mut body, &name, &value);
        }
        expect(body.as_str(), text(row, "body"))?;
        expect(form::parse_query(&body), pairs(row))
    });
}

#[test]
fn queries() {
    run(include_str!("vectors/query.json"), 25, |row| {
        expect(form::parse_query(text(row, "query")), pairs(row))
    });
}
