//! The case tables of `tests/vectors/`, one test for each table.
//!
//! A row that fails is reported with its name; all rows run before the test fails.

use serde_json::Value;
use strongroom::engine::href::Href;
use strongroom::engine::json;
use strongroom::engine::resource::{Resource, Resources};

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
            let Some(href) = row["href"].as_str() else {
                return expect(resource.prefix(), row["prefix"].as_str());
            };
            let wanted = row["matches"].as_bool();
            if let Some(prefix) = resource.prefix() {
                expect(Some(href.starts_with(prefix) && Href::parse(href).is_ok()), wanted)?;
            }
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
        let saw = json::parse(&bytes(row)).map_or_else(|error| format!("{error:?}"), |_| String::from("ok"));
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
