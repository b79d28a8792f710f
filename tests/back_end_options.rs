//! The options of a back end of the application's own (`vectors/back_end_options.json`): each wrong one is refused with its
//! path, before anything is sent.
//!
//! A row changes the options of its `type`: `set` names members by path, `remove` takes some away. `option` is the path that
//! the error must name, or null where the options are good.
#![cfg(feature = "full")]

mod sim;

use serde_json::{Value, json};
use strongroom::engine::backend::{Held, Prepared, Request, Way};
use strongroom::engine::{Code, Config, Error, Options, Secret};

use self::sim::setup::normalize;

fn base(kind: &str) -> Value {
    let provider = match kind {
        "json" => json!({
            "type": "json",
            "signIn": {
                "url": "https://app.example/sign-in",
                "json": { "user": "{user}", "password": "{password}" },
            },
            "refresh": { "url": "https://app.example/refresh", "json": { "token": "{refreshToken}" } },
        }),
        "bff" => json!({
            "type": "bff",
            "session": "https://app.example/bff/session",
            "signIn": { "navigate": "https://app.example/bff/sign-in" },
        }),
        other => panic!("a row of type {other:?}"),
    };
    json!({ "provider": provider, "resources": ["https://api.example/"], "isolation": "page" })
}

/// The parent of what is at the path, made where there is none, and the last name.
fn place<'a, 'b>(value: &'a mut Value, path: &'b str) -> (&'a mut Value, &'b str) {
    match path.split_once('.') {
        None => (value, path),
        Some((name, rest)) => place(&mut value[name], rest),
    }
}

fn options(row: &Value) -> Value {
    let mut options = base(row["type"].as_str().expect("a type"));
    for path in row["remove"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let (parent, name) = place(&mut options, path);
        parent.as_object_mut().expect("an object").remove(name).expect("something to remove");
    }
    for (path, value) in row["set"].as_object().into_iter().flatten() {
        let (parent, name) = place(&mut options, path);
        parent[name] = value.clone();
    }
    options
}

fn config(options: &Value) -> Result<Config, Error> {
    Config::new(Options::parse(&options.to_string())?, &normalize)
}

fn check(row: &Value) -> Result<(), String> {
    match (config(&options(row)), row["option"].as_str()) {
        (Ok(_), None) => Ok(()),
        (Err(error), Some(path))
            if error.code == Code::InvalidOption && error.option.as_deref() == Some(path) =>
        {
            let shown = error.to_string();
            if shown.contains(path) { Ok(()) } else { Err(format!("the message does not name it: {shown}")) }
        }
        (saw, wanted) => Err(format!("saw {:?}, wanted {wanted:?}", saw.map(|_| "good options"))),
    }
}

#[test]
fn back_end_options_right_and_wrong() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("vectors/back_end_options.json")).expect("JSON");
    assert!(rows.len() >= 80, "the table has only {} rows", rows.len());
    let failures: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row["name"], check(row).err()?))).collect();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

/// Two tabs of one application are of one mind; anything else is another policy.
#[test]
fn a_back_end_is_admitted_only_if_it_is_the_first() {
    let row = json!({ "type": "json", "set": { "provider.headers": { "X-App": "1" } } });
    let [first, same] = [&row, &row].map(|row| config(&options(row)).expect("good options"));
    assert!(first.admit(&same).is_ok());
    for (path, value) in [
        ("provider.headers", json!({ "X-App": "2" })),
        ("provider.signIn.url", json!("https://app.example/other")),
        ("provider.signIn.json.user", json!("{name}")),
        ("provider.signIn.timeoutSeconds", json!(9)),
        ("provider.response", json!({ "accessToken": "token" })),
        ("provider.readExpiryFromJwt", json!(true)),
        ("provider.success", json!({ "path": "code", "equals": 0 })),
        ("provider.errors", json!([{ "status": 403, "means": "refused" }])),
    ] {
        let row = json!({ "type": "json", "set": { "provider.headers": { "X-App": "1" }, path: value } });
        let other = config(&options(&row)).expect("good options");
        assert_eq!(first.admit(&other).map_err(|error| error.code), Err(Code::Configured), "{path}");
    }
}

fn filled(provider: &Value, name: &str, values: &[(&str, &str)]) -> Result<Prepared, Error> {
    let row = json!({ "isolation": "page", "resources": ["https://api.example/"], "provider": provider });
    let config = config(&row)?;
    let backend = config.provider.backend.get().expect("a back end");
    let secrets: Vec<Secret> = values.iter().map(|(_, value)| Secret::new(*value)).collect();
    let values: Vec<(&str, &Secret)> =
        values.iter().zip(&secrets).map(|((name, _), value)| (*name, value)).collect();
    let request: &Request = match (name, &backend.sign_in, &backend.sign_out) {
        ("signIn", Some(Way::Request(request)), _) | ("signOut", _, Some(Way::Request(request))) => request,
        ("refresh", ..) => backend.refresh.as_ref().expect("a request"),
        ("userInfo", ..) => backend.user_info.as_ref().expect("a request"),
        _ => panic!("no request {name}"),
    };
    backend.fill(request, &values)
}

/// What is filled in is escaped for where it goes, and stays inside of it.
#[test]
fn placeholders_are_filled_and_escaped() {
    let hostile = "p\"w\\d\u{1}\u{e9}{user}&a=b #%+";
    let request = |members: Value| {
        let mut request = json!({ "url": "https://app.example/sign-in?tenant=7" });
        for (name, value) in members.as_object().expect("members") {
            request[name] = value.clone();
        }
        json!({ "type": "json", "signIn": request })
    };
    let fill = |members: Value, value: &str| filled(&request(members), "signIn", &[("x", value)]);

    let json = fill(
        json!({ "json": { "a": ["{x}", "<{x}{x}> {{x}", 1.5, null, true], "b": {}, "c": [] } }),
        hostile,
    );
    let json = json.expect("filled");
    let body: Value = serde_json::from_str(json.body.as_ref().expect("a body").expose()).expect("JSON");
    let (twice, literal) = (format!("<{hostile}{hostile}> {{x}}"), &json.body.as_ref().expect("a body"));
    assert_eq!(body, json!({ "a": [hostile, twice, 1.5, null, true], "b": {}, "c": [] }));
    assert!(literal.expose().contains(",1.5,null,true]"), "numbers stay as they were written");
    assert_eq!((json.method, json.content_type, json.credentials), ("POST", "application/json", "omit"));
    assert_eq!(json.href.expose(), "https://app.example/sign-in?tenant=7");

    let form = fill(json!({ "form": { "a b": "{x}!", "c": "" }, "method": "PUT" }), hostile).expect("filled");
    let body = form.body.expect("a body");
    let wanted = "a+b=p%22w%5Cd%01%C3%A9%7Buser%7D%26a%3Db+%23%25%2B%21&c=";
    assert_eq!((body.expose(), form.method), (wanted, "PUT"));
    assert_eq!(form.content_type, "application/x-www-form-urlencoded");

    let query = json!({ "unsafeQuery": { "a b": "{x}!" }, "method": "GET", "credentials": "same-origin", "timeoutSeconds": 7 });
    let query = fill(query, hostile).expect("filled");
    let wanted =
        "https://app.example/sign-in?tenant=7&a%20b=p%22w%5Cd%01%C3%A9%7Buser%7D%26a%3Db%20%23%25%2B%21";
    assert_eq!((query.href.expose(), query.method, query.credentials), (wanted, "GET", "same-origin"));
    assert!(query.body.is_none() && query.timeout_ms == Some(7_000));

    let header = fill(json!({ "headers": { "X-Password": "Plain {x} {{" } }), "p w").expect("filled");
    assert_eq!(header.headers.len(), 1);
    assert_eq!((header.headers[0].0.as_str(), header.headers[0].1.expose()), ("X-Password", "Plain p w {"));
    for value in ["a\nb", "a\r", "\u{0}", "\u{7f}", "\u{e9}"] {
        let error = fill(json!({ "headers": { "X-Password": "{x}" } }), value).expect_err("refused");
        assert_eq!((error.code, error.option.as_deref()), (Code::InvalidOption, Some("credentials.x")));
    }
}

/// All that is given is used, and all that is used is given: a misspelt name is not silent.
#[test]
fn credentials_are_those_of_the_template() {
    let request = json!({ "url": "https://app.example/", "json": { "u": "{user}" }, "headers": { "X-Code": "{code}" } });
    let provider = json!({ "type": "json", "signIn": request });
    let fill = |values: &[(&str, &str)]| match filled(&provider, "signIn", values) {
        Ok(_) => Ok(()),
        Err(error) => Err((error.code, error.option.clone().unwrap_or_default())),
    };
    assert_eq!(fill(&[("user", "u"), ("code", "")]), Ok(()));
    let refused = |name: &str| Err((Code::InvalidOption, format!("credentials.{name}")));
    assert_eq!(fill(&[("user", "u")]), refused("code"));
    assert_eq!(fill(&[("code", "c")]), refused("user"));
    assert_eq!(fill(&[("user", "u"), ("code", "c"), ("Code", "c")]), refused("Code"));
    assert_eq!(fill(&[("user", "u"), ("code", "c"), ("refreshToken", "c")]), refused("refreshToken"));
}

#[test]
fn defaults_of_a_back_end() {
    let read = |row: Value| config(&options(&row)).expect("good options").provider;
    let provider = read(json!({ "type": "json" }));
    let json = provider.backend.get().expect("a back end");
    assert!(json.holds == Held::Body && !json.is_bff && json.call_header().is_none());
    assert!(provider.user_info.is_none() && provider.dpop.is_off() && provider.client_id.is_empty());
    let provider = read(json!({ "type": "json", "remove": ["provider.refresh"] }));
    assert_eq!(provider.backend.get().map(|one| one.holds), Some(Held::Nothing));

    let row = json!({ "type": "bff", "set": { "provider.userInfo": "https://app.example/bff/user" } });
    let provider = read(row);
    let bff = provider.backend.get().expect("a back end");
    assert!(bff.holds == Held::Cookie && bff.is_bff && provider.user_info.is_some());
    assert_eq!(bff.call_header(), Some(("x-csrf", "1")));
    let navigation = Way::Navigation {
        href: "https://app.example/bff/sign-in".into(),
        return_to_parameter: "returnTo".into(),
    };
    assert_eq!(bff.sign_in, Some(navigation));
    for request in [&bff.refresh, &bff.user_info].into_iter().flatten() {
        let prepared = bff.fill(request, &[]).expect("filled");
        assert_eq!((prepared.method, prepared.credentials), ("GET", "include"));
        assert_eq!((prepared.headers[0].0.as_str(), prepared.headers[0].1.expose()), ("x-csrf", "1"));
        assert!(prepared.body.is_none());
    }
    let row = json!({ "type": "json", "set": {
        "provider.refreshToken": "cookie", "provider.refresh": { "url": "https://app.example/refresh" },
    } });
    let provider = read(row);
    let cookie = provider.backend.get().expect("a back end");
    let prepared = cookie.fill(cookie.refresh.as_ref().expect("a request"), &[]).expect("filled");
    assert_eq!((cookie.holds, prepared.method, prepared.credentials), (Held::Cookie, "POST", "include"));
}

/// Promise 1: what is sent holds secrets, and shows none.
#[test]
fn debug_shows_nothing_that_was_filled_in() {
    let request = json!({
        "url": "https://app.example/", "json": { "p": "{p}" }, "headers": { "X-P": "{p}" }, "unsafeQuery": { "p": "{p}" },
    });
    let prepared = filled(&json!({ "type": "json", "signIn": request }), "signIn", &[("p", "s3cr3t-p4ss")]);
    let shown = format!("{prepared:?} {prepared:#?}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
}
