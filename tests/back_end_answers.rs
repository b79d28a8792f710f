//! What a back end of the application's own may answer (`vectors/back_end_answers.json`), and what that means; and answers that
//! were spoiled by chance.
//!
//! A row's `provider` holds the options beside its `type`'s; `asked` is "refresh" (the default), "sign-in" or "user-info". In its
//! text `$AT` and `$RT` are tokens, `$A4096` is so many letters, and `$JWT` is an access token with the claims of `jwt`. Wanted is
//! either `ok`, with all that the answer gives, or `means` (what becomes of the session) with `code` and the like.
#![cfg(feature = "full")]

mod sim;

#[path = "back_end_answers/spoiled.rs"]
mod spoiled;

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use strongroom::engine::backend::{Asked, Backend, BackendResponse};
use strongroom::engine::token_response::{Consequence, Failure};
use strongroom::engine::{
    Code, Config, Error, HttpAnswer, Input, Options, Output, Secret, Session, Settled, TransportFailure,
    UnixMs,
};
use zeroize::Zeroizing;

use self::sim::{MARK, Random, setup};
use self::spoiled::{SHAPES, Spoiled, spoil};

const ACCESS_TOKEN: &str = "at-s3cr3t-0123456789.~+/==";
const REFRESH_TOKEN: &str = "rt-s3cr3t-0123456789 \"\\{}";
/// 2026-11-23T14:01:02.003Z.
const NOW: UnixMs = 1_795_442_462_003;

/// A policy with this back end.
fn config(kind: &str, members: &Value) -> Config {
    let mut provider = match kind {
        "json" => json!({
            "type": "json",
            "signIn": { "url": "https://app.example/in", "json": { "p": "{p}" } },
            "refresh": { "url": "https://app.example/refresh", "json": { "t": "{refreshToken}" } },
        }),
        "bff" => json!({
            "type": "bff",
            "session": "https://app.example/session",
            "signIn": { "navigate": "https://app.example/in" },
        }),
        other => panic!("a row of type {other:?}"),
    };
    for (name, value) in members.as_object().into_iter().flatten() {
        provider[name] = value.clone();
    }
    let options = json!({ "provider": provider, "resources": [setup::API], "isolation": "page" });
    let options = Options::parse(&options.to_string()).expect("JSON");
    Config::new(options, &setup::normalize).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn an_answer_that_the_application_hands_over_has_the_status_of_a_success() {
    for success in [
        json!(null),
        json!({ "status": 201 }),
        json!({ "status": [202, 200] }),
        json!({ "path": "ok", "equals": true }),
    ] {
        let mut session = Session::new(config("json", &json!({ "success": success })), 1);
        let response = Secret::new(json!({ "access_token": ACCESS_TOKEN, "ok": true }).to_string());
        session.handle_input(NOW, Input::Install { waiter: 1, response });
        let settled = iter::from_fn(|| session.poll_output())
            .any(|output| matches!(output, Output::Settle(1, Ok(Settled::Done))));
        assert!(settled, "{success}");
    }
}

fn answer(status: u16, retry_after: Option<&str>, body: Vec<u8>) -> HttpAnswer {
    let retry_after = retry_after.map(Into::into);
    HttpAnswer { status, retry_after, dpop_nonce: None, body: Zeroizing::new(body) }
}

fn jwt(claims: &Value) -> String {
    let [header, claims] =
        [&json!({ "alg": "RS256" }), claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}.c2ln")
}

fn body(row: &Value) -> String {
    let as_json = |text: &str| Value::from(text).to_string().trim_matches('"').to_owned();
    let text = row["text"].as_str().unwrap_or_default();
    let text = text.replace("$AT", &as_json(ACCESS_TOKEN)).replace("$RT", &as_json(REFRESH_TOKEN));
    let text = text.replace("$JWT", &jwt(&row["jwt"]));
    match text.split_once("$A") {
        None => text,
        Some((before, rest)) => {
            let digits = rest.chars().take_while(char::is_ascii_digit).count();
            let letters = "a".repeat(rest[..digits].parse().expect("a number"));
            [before, &letters, &rest[digits..]].concat()
        }
    }
}

fn means(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::Ended => "ended",
        Consequence::Lost => "lost",
        Consequence::Paused => "paused",
        Consequence::Stuck => "stuck",
    }
}

fn facts(error: &Error) -> Value {
    json!({
        "code": error.code.as_str(), "detail": error.detail, "error": error.error, "status": error.status,
        "retryAfterMs": error.retry_after_ms,
    })
}

/// What is said of an answer, as the table says it.
fn verdict(backend: &Backend, row: &Value) -> Value {
    let answer = match row["transport"].as_str() {
        Some("unreachable") => Err(TransportFailure::Unreachable),
        Some("too-large") => Err(TransportFailure::TooLarge),
        _ => {
            let status = row["status"].as_u64().unwrap_or(200) as u16;
            Ok(answer(status, row["retryAfter"].as_str(), body(row).into_bytes()))
        }
    };
    let asked = match row["asked"].as_str() {
        Some("user-info") => {
            return match backend.judge_user_info(answer, NOW) {
                Ok(text) => json!({ "ok": serde_json::from_str::<Value>(&text).expect("JSON") }),
                Err(error) => facts(&error),
            };
        }
        Some("sign-in") => Asked::SignIn,
        _ => Asked::Refresh,
    };
    match backend.judge(asked, answer, NOW) {
        Ok(BackendResponse { tokens, claims_text, subject }) => {
            let claims = claims_text.map(|text| serde_json::from_str::<Value>(&text).expect("JSON"));
            let name = |token: &str| match token {
                ACCESS_TOKEN => "$AT",
                REFRESH_TOKEN => "$RT",
                "" => "",
                _ => "another",
            };
            let refresh_token = tokens.refresh_token.as_ref().map(|token| name(token.expose()));
            json!({ "ok": {
                "accessToken": name(tokens.access_token.expose()), "refreshToken": refresh_token, "scope": tokens.scope,
                "lifetime": tokens.expires_in_seconds, "session": tokens.session_seconds, "claims": claims, "subject": subject,
            } })
        }
        Err(Failure { consequence, error }) => {
            let mut said = facts(&error);
            said["means"] = means(consequence).into();
            said
        }
    }
}

/// All that the row says is so; what it does not say is null, but for the status.
fn check(row: &Value) -> Result<(), String> {
    let config = config(row["type"].as_str().unwrap_or("json"), &row["provider"]);
    let backend = config.provider.backend.get().expect("a back end");
    let said = verdict(backend, row);
    let wanted = match row["ok"].as_object() {
        Some(wanted) if row["asked"] == "user-info" => json!({ "ok": wanted }),
        Some(wanted) => {
            let is_bff = row["type"] == "bff";
            let mut all = json!({
                "accessToken": if is_bff { "" } else { "$AT" }, "refreshToken": null, "scope": null, "lifetime": null,
                "session": null, "claims": null, "subject": null,
            });
            for (name, value) in wanted {
                all[name] = value.clone();
            }
            json!({ "ok": all })
        }
        None => {
            let status = row["transport"].is_null().then(|| row["status"].as_u64().unwrap_or(200));
            let mut all = json!({ "code": row["code"], "status": status });
            for name in ["detail", "error", "retryAfterMs"] {
                all[name] = row[name].clone();
            }
            if row["asked"] != "user-info" {
                all["means"] = row["means"].clone();
            }
            all
        }
    };
    if said == wanted { Ok(()) } else { Err(format!("saw {said}, wanted {wanted}")) }
}

#[test]
fn answers_of_a_back_end() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("vectors/back_end_answers.json")).expect("JSON");
    assert!(rows.len() >= 100, "the table has only {} rows", rows.len());
    let failures: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row["name"], check(row).err()?))).collect();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

fn shows_a_secret(text: &str) -> bool {
    text.contains(MARK) || text.contains("aaaaaaaa")
}

#[derive(Debug, Default, PartialEq)]
struct Tally {
    valid: u32,
    invalid: u32,
    accepted_invalid: u32,
    refused_valid: u32,
    panics: u32,
    tokens_shown: u32,
}

/// 300 answers for a type, each judged as a refresh and as a sign-in. `accepts`: what is asked.
fn tally(
    kind: &str,
    seed: u64,
    accepts: &dyn Fn(&Backend, Asked, &Spoiled) -> (bool, String),
) -> (Tally, String) {
    let mut random = Random::new(seed);
    let shapes: Vec<_> = SHAPES.iter().filter(|(of, ..)| *of == kind).collect();
    let mut tally = Tally::default();
    let mut wrong = String::new();
    for number in 0..300 {
        let (_, members, shape) = shapes[number % shapes.len()];
        let config = config(kind, &serde_json::from_str(members).expect("JSON"));
        let backend = config.provider.backend.get().expect("a back end");
        let one = spoil(&mut random, shape);
        let count = if one.is_valid { &mut tally.valid } else { &mut tally.invalid };
        *count += 1;
        for asked in [Asked::Refresh, Asked::SignIn] {
            let judged = catch_unwind(AssertUnwindSafe(|| accepts(backend, asked, &one)));
            let Ok((is_accepted, shown)) = judged else {
                tally.panics += 1;
                continue;
            };
            tally.accepted_invalid += u32::from(is_accepted && !one.is_valid);
            tally.refused_valid += u32::from(!is_accepted && one.is_valid);
            tally.tokens_shown += u32::from(shows_a_secret(&shown));
            if is_accepted != one.is_valid {
                wrong.push_str(&format!(
                    "\n{number} {asked:?} {}: {}",
                    one.how,
                    String::from_utf8_lossy(&one.body)
                ));
            }
        }
    }
    (tally, wrong)
}

fn judged(backend: &Backend, asked: Asked, one: &Spoiled) -> (bool, String) {
    let outcome = backend.judge(asked, Ok(answer(one.status, None, one.body.clone())), NOW);
    // The claims are the application's to see, so there must be no token in them either.
    let claims = outcome.as_ref().ok().and_then(|response| response.claims_text.clone());
    let error = outcome.as_ref().err().map(|failure| failure.error.to_string());
    (outcome.is_ok(), format!("{outcome:?} {outcome:#?} {error:?}{}", claims.unwrap_or_default()))
}

/// Issue 5: 300 spoiled bodies for each type; none that is invalid is taken, none makes a panic, none shows a token.
#[test]
fn spoiled_answers_are_refused_and_show_nothing() {
    for (kind, seed) in [("json", 5), ("bff", 6)] {
        let (tally, wrong) = tally(kind, seed, &judged);
        println!("{kind}, seed {seed}: {tally:?}");
        let Tally { valid, invalid, .. } = tally;
        assert!(valid + invalid == 300 && invalid >= 200 && valid >= 20, "the mix of {kind}: {tally:?}");
        let none = Tally { valid, invalid, ..Tally::default() };
        assert_eq!(tally, none, "{kind}, seed {seed}:{wrong}");
    }
}

/// What the test above would see of judges that are wrong.
#[test]
fn spoiled_answers_show_a_judge_that_is_wrong() {
    let credulous = |_: &Backend, _: Asked, _: &Spoiled| (true, String::new());
    let (seen, wrong) = tally("json", 5, &credulous);
    assert!(seen.accepted_invalid == 2 * seen.invalid && wrong.contains("place 1"), "{seen:?}");
    let shut = |_: &Backend, _: Asked, _: &Spoiled| (false, String::new());
    assert_eq!(tally("bff", 6, &shut).0.refused_valid, 2 * tally("bff", 6, &shut).0.valid);
    let talkative =
        |_: &Backend, _: Asked, one: &Spoiled| (one.is_valid, String::from_utf8_lossy(&one.body).into());
    assert!(tally("json", 5, &talkative).0.tokens_shown > 300);
    let fragile = |_: &Backend, _: Asked, one: &Spoiled| {
        if one.is_valid {
            return (true, String::new());
        }
        // Not by `panic!`, which would print each.
        std::panic::resume_unwind(Box::new("the body was trusted"))
    };
    let seen = tally("json", 5, &fragile).0;
    assert_eq!((seen.panics, seen.accepted_invalid), (2 * seen.invalid, 0));
}

/// The tokens of a valid answer are its own, and not one is in what the application sees.
#[test]
fn an_error_of_a_back_end_never_repeats_the_body() {
    let config = config("json", &json!({ "response": { "claims": "" } }));
    let backend = config.provider.backend.get().expect("a back end");
    for (status, body) in [
        (400, r#"{"error":"at-s3cr3t","error_description":"at-s3cr3t"}"#),
        (400, r#"{"error":"s3cr3t_at"}"#),
        (200, r#"{"access_token":"at-s3cr3t\n"}"#),
        (200, r#"{"at-s3cr3t":"#),
    ] {
        let outcome = backend.judge(Asked::Refresh, Ok(answer(status, None, body.into())), NOW);
        let Err(Failure { error, .. }) = outcome else { panic!("it was taken: {body}") };
        assert!(!shows_a_secret(&format!("{error} {error:?}")), "{error}");
        assert!(matches!(error.code, Code::Refused | Code::BadResponse));
    }
}
