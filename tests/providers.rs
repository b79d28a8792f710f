//! The options of `docs/providers.md`, with what each provider is recorded to say (`vectors/providers/`), and what no option
//! of theirs may let pass (`vectors/provider_attacks.json`; standards 5.2).

mod sim;

#[path = "providers/document.rs"]
mod document;
#[path = "providers/recording.rs"]
mod recording;

use serde_json::{Value, json};
use strongroom::engine::challenge::{self, Verdict};
use strongroom::engine::{Code, Error, Event, Settled, Status, StepUp};

use self::recording::{Client, REDIRECT_URI};

const RECORDINGS: [&str; 6] = [
    include_str!("vectors/providers/keycloak.json"),
    include_str!("vectors/providers/auth0.json"),
    include_str!("vectors/providers/okta.json"),
    include_str!("vectors/providers/entra-id.json"),
    include_str!("vectors/providers/cognito.json"),
    include_str!("vectors/providers/google.json"),
];

fn recordings() -> impl Iterator<Item = (String, Value)> {
    RECORDINGS.iter().map(|text| {
        let recording: Value = serde_json::from_str(text).expect("JSON");
        (recording["provider"].as_str().expect("a name").into(), recording)
    })
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn signed_in(recording: &Value) -> Client {
    let mut client = Client::new(recording, &Value::Null).expect("the document's options are good");
    client.sign_in().expect("a sign-in");
    client
}

/// The word for how it went: the session's status, or the code of the error.
fn word(outcome: Result<(), Error>, client: &Client) -> &'static str {
    match outcome {
        Ok(()) => client.session.status().as_str(),
        Err(error) if error.code == Code::SessionEnded => client.session.status().as_str(),
        Err(error) => error.code.as_str(),
    }
}

#[test]
fn the_authorization_request_is_as_documented() {
    for (name, recording) in recordings() {
        let mut client = Client::new(&recording, &Value::Null).expect("the document's options are good");
        let href = client.begin_sign_in().expect("the page leaves");
        let at = recording["authorization"]["at"].as_str().expect("a place");
        assert_eq!(href.split('?').next(), Some(at), "{name}");
        let mut expected = json!({
            "response_type": "code",
            "client_id": client.options["provider"]["clientId"],
            "redirect_uri": REDIRECT_URI,
            "code_challenge_method": "S256",
        });
        recording::merge(&mut expected, &recording["authorization"]["parameters"]);
        let mut asked = client.asked.clone();
        for own in ["state", "nonce", "code_challenge"] {
            assert_eq!(asked.remove(own).map(|text| text.len()), Some(43), "{name}: {own}");
        }
        assert_eq!(json!(asked), expected, "{name}");
        let is_pushed = sim::form::query(&href).contains_key("request_uri");
        assert_eq!(is_pushed, recording["push"].is_object(), "{name}: 9126-1");
    }
}

#[test]
fn a_sign_in_brings_a_session() {
    for (name, recording) in recordings() {
        let client = signed_in(&recording);
        assert_eq!(client.session.status(), Status::SignedIn, "{name}");
        let expected = &recording["session"];
        assert_eq!(client.session.scope(), expected["scope"].as_str(), "{name}");
        let after = |seconds: &Value| seconds.as_u64().map(|seconds| client.now + seconds * 1_000);
        assert_eq!(client.session.expires_at(), after(&expected["lifetime_seconds"]), "{name}");
        assert_eq!(client.session.session_ends_at(), after(&expected["ends_in_seconds"]), "{name}");
        assert_eq!(client.claims()["iss"], client.options["provider"]["issuer"], "{name}");
        let (_, form) =
            client.sent.iter().find(|(href, _)| recording["token"]["at"] == href.as_str()).unwrap();
        let names: Vec<&str> = form.as_ref().unwrap().keys().map(String::as_str).collect();
        let expected = ["client_id", "code", "code_verifier", "grant_type", "redirect_uri"];
        assert_eq!(names, expected, "{name}: 6749-11, and no secret");
    }
}

#[test]
fn renewals_keep_what_the_provider_leaves_out() {
    for (name, recording) in recordings() {
        let mut client = signed_in(&recording);
        let before = client.claims();
        let mut ends_at = client.session.session_ends_at();
        for renewal in rows(&recording["renewals"]) {
            client.events.clear();
            client.renew(renewal, &Value::Null).unwrap_or_else(|error| panic!("{name}: {error}"));
            let spent = client.sent.iter().rev().find_map(|(_, form)| form.as_ref()?.get("refresh_token"));
            assert_eq!(spent.map(String::as_str), renewal["spends"].as_str(), "{name}");
            let rotated = client.events.iter().find_map(|event| match event {
                Event::Refreshed { rotated, .. } => Some(*rotated),
                _ => None,
            });
            assert_eq!(rotated, renewal["rotated"].as_bool(), "{name}");
            assert_eq!(client.session.scope(), recording["session"]["scope"].as_str(), "{name}");
            assert_eq!(client.claims()["sub"], before["sub"], "{name}");
            let lifetime_ms =
                recording["session"]["lifetime_seconds"].as_u64().map(|seconds| seconds * 1_000);
            assert_eq!(client.session.expires_at().map(|at| at - client.now), lifetime_ms, "{name}");
            if renewal["ends_in_seconds"] != "as before" {
                ends_at = renewal["ends_in_seconds"].as_u64().map(|seconds| client.now + seconds * 1_000);
            }
            assert_eq!(client.session.session_ends_at(), ends_at, "{name}");
        }
    }
}

#[test]
fn errors_mean_what_they_mean_at_this_provider() {
    let mut tried = 0;
    for (name, recording) in recordings() {
        for row in rows(&recording["errors"]) {
            let mut client = signed_in(&recording);
            let outcome = client.renew_with(row["status"].as_u64().unwrap() as u16, &row["document"]);
            assert_eq!(word(outcome, &client), row["means"], "{name}: {}", row["name"]);
            let expected =
                if row["means"] == "signed-out" { Status::SignedOut } else { Status::RenewalDelayed };
            assert_eq!(client.session.status(), expected, "{name}: {} (5.2.9)", row["name"]);
            tried += 1;
        }
        for row in rows(&recording["callback_errors"]) {
            let mut client = Client::new(&recording, &Value::Null).unwrap();
            client.begin_sign_in().unwrap();
            let error = client.come_back(row["query"].as_str()).expect_err("no session");
            assert_eq!(
                (error.code, error.error.as_deref()),
                (Code::Authorization, row["error"].as_str()),
                "{name}"
            );
            assert_eq!(client.token_requests(), 0, "{name}");
            tried += 1;
        }
    }
    assert!(tried >= 36, "only {tried}");
}

#[test]
fn challenges_mean_what_they_mean_at_this_provider() {
    for (name, recording) in recordings() {
        assert!(!rows(&recording["challenges"]).is_empty(), "{name}");
        for row in rows(&recording["challenges"]) {
            let expected = match row["verdict"].as_str() {
                Some("Accept") => Verdict::Accept,
                Some("TokenRefused") => Verdict::TokenRefused,
                Some("StepUp") => {
                    let scope = row["scope"].as_str().map(String::from);
                    Verdict::StepUp(StepUp { scope, ..StepUp::default() })
                }
                other => panic!("no such verdict: {other:?}"),
            };
            let saw = challenge::judge(row["status"].as_u64().unwrap() as u16, row["field"].as_str());
            assert_eq!(saw, expected, "{name}: {}", row["field"]);
        }
    }
}

#[test]
fn signing_out_takes_what_the_provider_has() {
    for (name, recording) in recordings() {
        let mut client = signed_in(&recording);
        let before = client.sent.len();
        client.sign_out(false).expect("a sign-out never fails because of the server");
        assert_eq!(client.session.status(), Status::SignedOut, "{name}");
        let revoked: Vec<_> = client.sent[before..].iter().map(|(href, _)| json!(href)).collect();
        let revocation = &recording["sign_out"]["revocation"];
        assert_eq!(revoked, Vec::from_iter((!revocation.is_null()).then(|| revocation.clone())), "{name}");

        let mut client = signed_in(&recording);
        match client.sign_out(true) {
            Ok(Settled::Leaving { href, state, form: Some(form), .. }) => {
                assert_eq!(recording["sign_out"]["end_session"], href.as_str(), "{name}");
                let form = sim::form::read(form.expose());
                assert_eq!(
                    json!(form.keys().collect::<Vec<_>>()),
                    recording["sign_out"]["form"],
                    "{name}: RPI-1"
                );
                let back = format!("{}?state={state}", form["post_logout_redirect_uri"]);
                assert!(matches!(client.complete(back), Settled::SignedOut), "{name}: RPI-2");
            }
            Ok(other) => panic!("{name}: {other:?}"),
            Err(error) => assert_eq!(recording["sign_out"]["redirect"], error.code.as_str(), "{name}"),
        }
    }
}

#[test]
fn what_deviates_further_works_or_is_a_documented_limit() {
    let mut tried = 0;
    for (name, recording) in recordings() {
        for row in rows(&recording["variations"]) {
            let what = format!("{name}: {}", row["name"]);
            let mut client = Client::new(&recording, row).unwrap_or_else(|error| panic!("{what}: {error}"));
            let outcome = client.sign_in();
            assert_eq!(word(outcome, &client), row["expect"], "{what}");
            if let Some(seconds) = row["lifetime_seconds"].as_u64() {
                assert_eq!(client.session.expires_at(), Some(client.now + seconds * 1_000), "{what}");
            }
            if row["renewal"].is_string() {
                let outcome = client.renew(&Value::Null, &Value::Null);
                assert_eq!(word(outcome, &client), row["renewal"], "{what}");
            }
            tried += 1;
        }
    }
    assert!(tried >= 28, "only {tried}");
}

/// Each of these, at each provider, with the options of the document: no session, and no more requests than it takes.
#[test]
fn no_preset_weakens_what_stays_strict() {
    let attacks: Vec<Value> =
        serde_json::from_str(include_str!("vectors/provider_attacks.json")).expect("JSON");
    assert!(attacks.len() >= 60, "the table has only {} rows", attacks.len());
    let (mut tried, mut failures) = (0, Vec::new());
    for (name, recording) in recordings() {
        // Where endpoints are given by hand nobody asks for metadata.
        for row in attacks.iter().filter(|row| row["metadata"].is_null() || recording["metadata"].is_object())
        {
            tried += 1;
            if let Err(saw) = attack(&recording, row) {
                failures.push(format!("{name}: {} ({}): {saw}", row["name"], row["rule"]));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {tried}:\n{}", failures.len(), failures.join("\n"));
    assert!(tried >= 360, "only {tried}");
}

fn attack(recording: &Value, row: &Value) -> Result<(), String> {
    let expected = row["expect"].as_str().expect("what is expected");
    let mut client = match Client::new(recording, row) {
        Ok(client) => client,
        Err(error) if error.code.as_str() == expected => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    let mut outcome = client.sign_in();
    if row["at"] == "renewal" {
        outcome.map_err(|error| error.to_string())?;
        outcome = client.renew(&json!({ "document": { "refresh_token": "newer" } }), row);
        let keeps_session = expected != "signed-out";
        if keeps_session != (client.session.status() == Status::RenewalDelayed) {
            return Err(format!("the session is {}", client.session.status().as_str()));
        }
    } else if matches!(client.session.status(), Status::SignedIn | Status::RenewalDelayed) {
        return Err(format!("the session is {}", client.session.status().as_str()));
    }
    let saw = word(outcome, &client);
    if saw != expected {
        return Err(saw.into());
    }
    let requests = match expected {
        "ERR_INVALID_OPTION" | "ERR_METADATA" | "ERR_CALLBACK" => 0,
        _ if row["at"] == "renewal" => 2,
        _ => 1,
    };
    if client.token_requests() != requests {
        return Err(format!("{} token requests", client.token_requests()));
    }
    // What an invalid ID token came with is given back.
    let revocation = recording["sign_out"]["revocation"].as_str();
    let is_revoked = client.sent.iter().any(|(href, _)| Some(href.as_str()) == revocation);
    let brought_tokens = expected == "signed-out" || (expected == "ERR_ID_TOKEN" && row["at"] != "renewal");
    if revocation.is_some() && is_revoked != brought_tokens {
        return Err(format!("revoked: {is_revoked}"));
    }
    Ok(())
}
