//! Options, right and wrong (`vectors/options.json`): each wrong one is refused with its path.
//!
//! A row changes the base options: `set` and `remove` name members by path, `whole` replaces everything. `option` is
//! the path that the error must name, or null where the options are good; `full` is that path in an engine without the
//! feature `full`.

mod sim;

use serde_json::{Value, json};
use strongroom::engine::{Code, Config, Error, Options};

use self::sim::setup::normalize;

fn base() -> Value {
    json!({
        "provider": { "type": "oidc", "issuer": "https://id.example", "clientId": "spa" },
        "resources": ["https://api.example/"],
        "isolation": "page",
    })
}

fn options(row: &Value) -> Value {
    if let Some(whole) = row.get("whole") {
        return whole.clone();
    }
    let mut options = base();
    for (path, value) in row["set"].as_object().into_iter().flatten() {
        match path.split_once('.') {
            None => options[path] = value.clone(),
            Some((object, member)) => options[object][member] = value.clone(),
        }
    }
    for path in row["remove"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let (object, member) = match path.split_once('.') {
            None => (&mut options, path),
            Some((object, member)) => (&mut options[object], member),
        };
        object.as_object_mut().expect("an object").remove(member);
    }
    options
}

fn config(options: &Value) -> Result<Config, Error> {
    Config::new(Options::parse(&options.to_string())?, &normalize)
}

fn check(row: &Value) -> Result<(), String> {
    let needs_full = row["full"].as_str().filter(|_| !cfg!(feature = "full"));
    match (config(&options(row)), needs_full.or(row["option"].as_str())) {
        (Ok(_), None) => Ok(()),
        (Err(error), Some(path))
            if error.code == Code::InvalidOption && error.option.as_deref() == Some(path) =>
        {
            let shown = error.to_string();
            let says = |part: &str| shown.contains(part);
            let is_said = says(path) && (needs_full.is_none() || says("strongroom/full"));
            if is_said { Ok(()) } else { Err(format!("the message does not name it: {shown}")) }
        }
        (saw, wanted) => Err(format!("saw {:?}, wanted {wanted:?}", saw.map(|_| "good options"))),
    }
}

#[test]
fn options_right_and_wrong() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("vectors/options.json")).expect("JSON");
    assert!(rows.len() >= 150, "the table has only {} rows", rows.len());
    let failures: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row["name"], check(row).err()?))).collect();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

/// Each row of `vectors/admission.json` is a second tab's options, changed from the base as above; `admitted` says
/// whether they are the same policy as the base with the row's `first` changes.
#[test]
#[cfg(feature = "full")]
fn a_second_configuration_is_admitted_only_if_it_is_the_first() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("vectors/admission.json")).expect("JSON");
    assert!(rows.len() >= 40, "the table has only {} rows", rows.len());
    for row in &rows {
        let first = config(&options(&row["first"])).expect("good first options");
        let second = config(&options(row)).unwrap_or_else(|error| panic!("{}: {error}", row["name"]));
        for (one, other) in [(&first, &second), (&second, &first)] {
            let refusal = one.admit(other).err().map(|error| error.code);
            let wanted = (row["admitted"] != true).then_some(Code::Configured);
            assert_eq!(refusal, wanted, "{}", row["name"]);
        }
    }
}

#[test]
fn options_that_are_no_json_are_refused() {
    for text in ["", "{", "undefined", "{\"isolation\":\"page\",\"isolation\":\"page\"}"] {
        let error = Options::parse(text).expect_err(text);
        assert_eq!((error.code, error.option.as_deref()), (Code::InvalidOption, Some("options")));
    }
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let config = config(&base()).expect("good options");
    assert_eq!(config.provider.scope.as_deref(), Some("openid"));
    assert_eq!((config.lead_ms, config.timeout_ms, config.wait_ms), (None, 20_000, 30_000));
    assert!(!config.expose_access_token);
    assert_eq!(
        config.provider.issuer.as_deref(),
        Some("https://id.example"),
        "not one code point is changed"
    );
}
