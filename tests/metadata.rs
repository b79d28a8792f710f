//! Authorization server metadata, right and wrong (`vectors/metadata.json`), and where it is looked for.
//!
//! A row changes a good document: `set` and `remove` name members, `text` replaces all of it. `expect` is "usable",
//! "elsewhere" (this place has none, the other is asked) or the code of the error.

mod sim;

use serde_json::{Value, json};
use strongroom::engine::metadata::{self, Metadata};
use strongroom::engine::{
    Code, Config, Error, HttpAnswer, Options, Provider, SignInRequest, TransportFailure,
};
use zeroize::Zeroizing;

use self::sim::setup::normalize;
use self::sim::{DAY, Fate, Reply, SECOND, Setup, TAB, Target, World};

fn provider(row: &Value) -> Provider {
    let options = json!({
        "provider": {
            "type": "oidc",
            "issuer": row["issuer"].as_str().unwrap_or("https://id.example"),
            "endpointOrigins": row["origins"],
            "clientId": "spa",
        },
        "resources": [],
        "isolation": "page",
    });
    let options = Options::parse(&options.to_string()).expect("JSON");
    Config::new(options, &normalize).expect("good options").provider
}

fn answer(row: &Value) -> Result<HttpAnswer, TransportFailure> {
    match row["transport"].as_str() {
        Some("unreachable") => return Err(TransportFailure::Unreachable),
        Some("too-large") => return Err(TransportFailure::TooLarge),
        _ => {}
    }
    let mut document = json!({
        "issuer": "https://id.example",
        "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example/token",
        "revocation_endpoint": "https://id.example/revoke",
        "code_challenge_methods_supported": ["S256"],
    });
    let members = document.as_object_mut().expect("an object");
    members.extend(row["set"].as_object().cloned().unwrap_or_default());
    for name in row["remove"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        members.remove(name);
    }
    let text = row["text"].as_str().map_or_else(|| document.to_string(), Into::into);
    let [prefix, suffix] = ["prefix", "suffix"].map(|name| row[name].as_str().unwrap_or_default());
    Ok(HttpAnswer {
        status: row["status"].as_u64().unwrap_or(200) as u16,
        retry_after: None,
        dpop_nonce: None,
        body: Zeroizing::new([prefix, &text, suffix].concat().into_bytes()),
    })
}

fn check(row: &Value) -> Result<(), String> {
    let outcome: Result<Option<Metadata>, Error> = metadata::judge(&provider(row), answer(row));
    let saw = match &outcome {
        Ok(Some(_)) => "usable",
        Ok(None) => "elsewhere",
        Err(error) => error.code.as_str(),
    };
    let announces_iss =
        outcome.as_ref().is_ok_and(|read| read.as_ref().is_some_and(|it| it.iss_parameter_supported));
    if saw == row["expect"] && announces_iss == row["iss"].as_bool().unwrap_or(false) {
        Ok(())
    } else {
        Err(format!("{outcome:?}"))
    }
}

#[test]
fn documents_right_and_wrong() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("vectors/metadata.json")).expect("JSON");
    assert!(rows.len() >= 70, "the table has only {} rows", rows.len());
    let failures: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row["name"], check(row).err()?))).collect();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

#[test]
fn a_document_of_another_issuer_is_not_used_in_any_part() {
    let mut world = World::new(1, Setup::default());
    world.server.metadata =
        json!({ "issuer": "https://evil.example", "token_endpoint": "https://evil.example/token" });
    for _ in 0..3 {
        let waiter = world.begin_sign_in(TAB, SignInRequest::default());
        world.pass(SECOND);
        assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Metadata);
    }
    assert_eq!(world.server.metadata_requests, 3, "each who needs it asks again, and nobody else");
    world.server.metadata = json!({});
    world.sign_in(TAB);
}

#[test]
fn a_document_that_was_good_is_not_asked_for_again() {
    let mut world = World::signed_in(Setup::default());
    let asked = world.server.metadata_requests;
    world.pass(DAY);
    assert_eq!(world.server.metadata_requests, asked);
}

#[test]
fn a_server_that_has_the_document_at_neither_place_is_told_apart_from_one_that_is_down() {
    let mut world = World::new(1, Setup::default());
    world.server.down = Some(Reply::html(404));
    let nowhere = world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    assert_eq!(world.server.metadata_requests, 2);
    world.server.down = Some(Reply::html(503));
    let down = world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    world.server.down = None;
    world.network.script(Target::Metadata, &[Fate::ResponseLost]);
    let lost = world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    let codes =
        [nowhere, down, lost].map(|waiter| world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code);
    assert_eq!(codes, [Code::Metadata, Code::Unavailable, Code::Unreachable]);
}
