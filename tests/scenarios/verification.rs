//! ID tokens' signatures: which key, when keys are asked for, and what becomes of tokens that nobody signed.

use serde_json::{Value, json};
use strongroom::engine::{Code, Error, SignInRequest, Status};

use crate::sim::*;

/// A sign-in of a new page; the error's code and detail.
fn sign_in(world: &mut World) -> Result<(), (Code, &'static str)> {
    world.begin_sign_in(TAB, Default::default());
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    let waiter = world.follow_redirect(TAB);
    world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
    world.pass(SECOND);
    let told = |error: &Error| (error.code, error.detail.unwrap_or_default());
    world.tabs[TAB].outcome(waiter).as_ref().map(|_| ()).map_err(told)
}

fn key(name: &str, changes: Value) -> Value {
    let mut key = keys::key(name);
    let members = key.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    members.retain(|_, value| !value.is_null());
    key
}

#[test]
fn the_key_is_the_one_that_the_header_means_jwk_2_3_oidc_7() {
    let a = || key("a", json!({}));
    let no_kid = json!({ "kid": null });
    let fits = "no key of the provider fits its alg and kid";
    let several = "several keys of the provider fit the token";
    let alg = "alg is not an allowed public-key algorithm";
    let table: &[(&str, Vec<Value>, Value, &str)] = &[
        ("one key, named", vec![a()], json!({}), ""),
        ("one key, no kid", vec![a()], no_kid.clone(), ""),
        ("one of two, named", vec![a(), key("b", json!({}))], json!({}), ""),
        ("several keys, no kid", vec![a(), key("b", json!({}))], no_kid.clone(), several),
        ("the same kid twice", vec![a(), key("b", json!({ "kid": "a" }))], json!({}), several),
        ("the same kid for another kty", vec![a(), json!({ "kty": "EC", "kid": "a" })], json!({}), ""),
        ("another kid", vec![a()], json!({ "kid": "z" }), fits),
        (
            "garbage beside it",
            vec![a(), json!(7), json!({}), json!({ "kty": 1 }), Value::Null],
            json!({}),
            "",
        ),
        ("members of the wrong type", vec![key("a", json!({ "n": 1 }))], json!({}), fits),
        ("a modulus that is no base64url", vec![key("a", json!({ "n": "=".repeat(400) }))], json!({}), fits),
        ("a modulus of 1,024 bits", vec![key("a", json!({ "n": "a".repeat(172) }))], json!({}), fits),
        ("no exponent", vec![key("a", json!({ "e": null }))], json!({}), fits),
        ("for encryption", vec![key("a", json!({ "use": "enc" }))], json!({}), fits),
        ("without a use", vec![key("a", json!({ "use": null, "alg": null }))], json!({}), ""),
        ("of another algorithm", vec![key("a", json!({ "alg": "PS256" }))], json!({}), fits),
        ("that may only encrypt", vec![key("a", json!({ "key_ops": ["encrypt"] }))], json!({}), fits),
        ("that may verify", vec![key("a", json!({ "key_ops": ["verify"] }))], json!({}), ""),
        ("no keys", vec![], json!({}), fits),
        ("none", vec![a()], json!({ "alg": "none" }), "its signature is empty"),
        ("HS256", vec![a()], json!({ "alg": "HS256" }), alg),
        ("an unknown algorithm", vec![a()], json!({ "alg": "RS257" }), alg),
        (
            "the token's own key",
            vec![key("b", json!({}))],
            json!({ "jwk": a(), "jku": "https://evil.example" }),
            fits,
        ),
    ];
    for (name, keys, header, detail) in table {
        let mut world = World::new(1, Setup::default());
        // It is signed with a, whatever the set has.
        world.server.signing_key = a();
        world.server.keys = json!({ "keys": keys });
        world.server.id_token_header = json!({ "kid": "a" });
        world.server.id_token_header.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
        match sign_in(&mut world) {
            Ok(()) => assert_eq!(*detail, "", "{name}: accepted"),
            Err((code, told)) => {
                assert_eq!(code, Code::IdToken, "{name}: {told}");
                assert!(!detail.is_empty() && told.contains(detail), "{name}: {told}");
                assert_eq!(world.server.revoked.len(), 1, "{name}: what came is revoked");
                assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut, "{name}");
            }
        }
    }
}

#[test]
fn a_signature_or_an_at_hash_that_is_wrong_is_refused_and_what_came_revoked_oidc_12() {
    type Spoil = fn(&mut AuthorizationServer);
    let table: [(&str, Spoil, &str); 4] = [
        ("signature", |server| server.spoils_signature = true, "its signature is not the provider's"),
        ("claims signed by another key", |server| server.signing_key = keys::key("z"), "its signature"),
        (
            "at_hash",
            |server| server.id_token_claims = json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }),
            "at_hash is of another access token",
        ),
        (
            "at_hash that is no text",
            |server| server.id_token_claims = json!({ "at_hash": 7 }),
            "at_hash is of",
        ),
    ];
    for (name, spoil, detail) in table {
        let mut world = World::new(1, Setup::default());
        world.server.id_token_header = json!({ "kid": "a" });
        spoil(&mut world.server);
        let (code, told) = sign_in(&mut world).unwrap_err();
        assert!(code == Code::IdToken && told.contains(detail), "{name}: {told}");
        assert_eq!(world.server.revoked.len(), 1, "{name}");
    }
}

#[test]
fn keys_are_asked_for_once_and_again_when_one_is_unknown_but_not_within_a_minute_oidc_19() {
    let mut world = World::signed_in(Setup::default());
    for _ in 0..5 {
        world.refresh(TAB);
        world.pass(SECOND);
    }
    assert_eq!(world.server.key_requests, 1);

    world.server.rotate_keys("b");
    world.refresh(TAB);
    world.pass(SECOND);
    assert_eq!(world.server.key_requests, 2, "an unknown kid is looked up");
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);

    world.server.rotate_keys("c");
    let waiter = world.refresh(TAB);
    world.run_until("it ends", |world| world.tabs[TAB].is_settled(waiter));
    let error = world.tabs[TAB].outcome(waiter).as_ref().unwrap_err();
    assert_eq!(error.code, Code::IdToken, "not so soon");
    assert_eq!(world.server.key_requests, 2);
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);

    world.pass(2 * MINUTE);
    assert_eq!(world.server.key_requests, 3);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn, "the renewal that follows finds it");
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn keys_are_good_for_ten_minutes_and_longer_only_if_no_newer_can_be_had() {
    let mut world = World::signed_in(Setup::default());
    world.server.id_token_header = json!({ "kid": null });
    world.server.rotate_keys("b");
    let refreshed = |world: &mut World| {
        let waiter = world.refresh(TAB);
        world.run_until("it ends", |world| world.tabs[TAB].is_settled(waiter));
        world.tabs[TAB].outcome(waiter).is_ok()
    };
    assert!(!refreshed(&mut world), "the key that is known does not verify it");
    world.pass(11 * MINUTE);
    assert!(refreshed(&mut world), "a new key without another kid is found in time");
    let requests = world.server.key_requests;
    world.pass(11 * MINUTE);
    world.server.scripted_keys = Some(Reply::html(503));
    assert!(refreshed(&mut world), "the old keys are better than none");
    assert_eq!(world.server.key_requests, requests + 1);
}

#[test]
fn a_renewal_whose_signature_is_wrong_changes_nothing_but_the_refresh_token() {
    let mut world = World::signed_in(Setup::default());
    let generation = world.tabs[TAB].session.generation();
    world.server.spoils_signature = true;
    let waiter = world.refresh(TAB);
    world.run_until("it ends", |world| world.tabs[TAB].is_settled(waiter));
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::IdToken);
    let session = &world.tabs[TAB].session;
    assert_eq!((session.generation(), session.status()), (generation, Status::RenewalDelayed));
    assert!(world.server.revoked.is_empty(), "they belong to the session's own grant");
    world.server.spoils_signature = false;
    world.pass(2 * MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn, "the rotated token was kept");
}

#[test]
fn keys_that_cannot_be_had_are_a_typed_error_and_the_next_sign_in_asks_again() {
    let no_keys = Reply::json(200, &json!({ "keys": 7 }));
    let table: [(Reply, Code); 5] = [
        (Reply::html(404), Code::BadResponse),
        (Reply::html(503), Code::Unavailable),
        (Reply::html(200), Code::BadResponse),
        (no_keys, Code::Metadata),
        (Reply::json(200, &json!([])), Code::Metadata),
    ];
    for (reply, wanted) in table {
        let mut world = World::new(1, Setup::default());
        world.server.scripted_keys = Some(reply);
        let (code, detail) = sign_in(&mut world).unwrap_err();
        assert_eq!(code, wanted, "{detail}");
        assert_eq!(world.server.revoked.len(), 1);
        sign_in(&mut world).expect("the keys are there again");
    }
    for (fate, wanted) in [(Fate::ResponseHangs, Code::Timeout), (Fate::ResponseLost, Code::Unreachable)] {
        let mut world = World::new(1, Setup::default());
        world.network.script(Target::Keys, &[fate]);
        assert_eq!(sign_in(&mut world).unwrap_err().0, wanted);
        sign_in(&mut world).expect("the keys are there again");
    }
}

#[test]
fn a_provider_without_keys_is_a_fault_of_its_metadata() {
    let mut world = World::new(1, Setup::default());
    world.server.metadata = json!({ "jwks_uri": null });
    assert_eq!(sign_in(&mut world).unwrap_err(), (Code::Metadata, "jwks_uri is missing"));
}

#[test]
fn a_sign_out_overtakes_a_verification_and_revokes_what_came() {
    for is_renewal in [false, true] {
        let mut world =
            if is_renewal { World::signed_in(Setup::default()) } else { World::new(1, Setup::default()) };
        if is_renewal {
            world.pass(2 * MINUTE);
            world.server.rotate_keys("b");
        }
        world.network.script(Target::Keys, &[Fate::Late(5 * SECOND)]);
        let requests = world.server.key_requests;
        if is_renewal {
            world.refresh(TAB);
        } else {
            world.begin_sign_in(TAB, Default::default());
            world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
            world.follow_redirect(TAB);
        }
        world.run_until("the tokens are there", |world| !world.server.token_requests.is_empty());
        world.pass(SECOND);
        world.sign_out(TAB);
        world.pass(MINUTE);
        assert_eq!(world.server.key_requests, requests + 1, "the keys were under way");
        assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
        assert_eq!(world.server.revoked.len(), 1 + usize::from(is_renewal));
        world.check_nobody_waits();
    }
}

#[test]
fn an_authentication_older_than_was_asked_for_is_refused_oidc_11() {
    let old = "auth_time is missing or older than max_age";
    let table = [
        ("max_age", "60", json!({}), old),
        ("max_age", "60", json!({ "auth_time": "now" }), old),
        ("max_age", "60", json!({ "auth_time": 1 }), old),
        ("max_age", "60", json!({ "auth_time": 4_000_000_000_u64 }), ""),
        ("prompt", "login", json!({}), ""),
    ];
    for (name, value, claims, detail) in table {
        for is_redirect in [false, true] {
            let mut world = World::new(1, Setup::default());
            world.server.id_token_claims = claims.clone();
            let parameters = vec![(name.into(), value.into())];
            world.begin_sign_in(TAB, SignInRequest { parameters, ..Default::default() });
            world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
            let waiter = if is_redirect {
                world.follow_redirect(TAB)
            } else {
                let address = world.tabs[TAB].address.take().unwrap();
                let callback = world.server.authorize(&address, &mut world.random, world.clock.truth());
                world.complete_sign_in(TAB, &callback)
            };
            world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
            let told = world.tabs[TAB].outcome(waiter).as_ref().err();
            let told = told.map(|error| error.detail.unwrap_or_default()).unwrap_or_default();
            assert_eq!(told, detail, "{name}={value} {claims} redirect: {is_redirect}");
        }
    }
}

#[test]
fn a_renewal_may_tell_of_a_later_sign_in_of_this_user_but_of_no_earlier_one_oidc_16() {
    for (auth_times, detail) in [
        (&[100, 100][..], None),
        (&[100, 200, 300], None),
        (&[100, 99], Some("auth_time went back in a renewal")),
        (&[100, 200, 100], Some("auth_time went back in a renewal")),
    ] {
        let mut world = World::new(1, Setup::default());
        world.server.id_token_claims = json!({ "auth_time": auth_times[0] });
        world.sign_in(TAB);
        let mut told = None;
        for auth_time in &auth_times[1..] {
            world.server.id_token_claims = json!({ "auth_time": auth_time });
            world.pass(MINUTE);
            let waiter = world.refresh(TAB);
            world.pass(SECOND);
            told =
                world.tabs[TAB].outcome(waiter).as_ref().err().map(|error| error.detail.unwrap_or_default());
        }
        assert_eq!(told, detail, "{auth_times:?}");
    }
}
