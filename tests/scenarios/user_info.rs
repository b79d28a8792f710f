//! Asking the UserInfo endpoint (OpenID Connect Core §5.3, OIDC-15).

use serde_json::{Value, json};
use strongroom::engine::{Code, Error, Settled, SignInRequest, WaiterId};

use crate::sim::*;

fn setup() -> Setup {
    Setup { user_info: true, ..Setup::default() }
}

fn outcome(world: &World, waiter: WaiterId) -> Result<Value, Error> {
    match world.tabs[TAB].outcome(waiter) {
        Ok(Settled::UserInfo(_, text)) => Ok(serde_json::from_str(text).expect("JSON")),
        Ok(other) => panic!("settled with {other:?}"),
        Err(error) => Err(error.clone()),
    }
}

fn ask(world: &mut World) -> Result<Value, Error> {
    let waiter = world.user_info(TAB);
    world.run_until("the answer is judged", |world| world.tabs[TAB].is_settled(waiter));
    outcome(world, waiter)
}

/// The detail of the error that says that the answer cannot be used.
fn refusal(world: &mut World) -> &'static str {
    let error = ask(world).expect_err("it is refused");
    assert_eq!(error.code, Code::UserInfo, "{error}");
    error.detail.expect("a detail")
}

#[test]
fn plain_claims_are_those_of_the_server() {
    let mut world = World::signed_in(setup());
    world.server.user_info_claims = json!({ "name": "Zo\u{eb}", "address": { "locality": "Graz" } });
    let claims = json!({ "sub": "alice", "name": "Zo\u{eb}", "address": { "locality": "Graz" } });
    assert_eq!(ask(&mut world), Ok(claims));
    assert_eq!((world.server.user_info_requests, world.server.refreshes()), (1, 0));
}

#[test]
fn what_is_not_asked_for_by_option_is_refused_and_sends_nothing() {
    let mut world = World::signed_in(Setup::default());
    let waiter = world.user_info(TAB);
    let error = outcome(&world, waiter).unwrap_err();
    assert_eq!((error.code, error.option.as_deref()), (Code::InvalidOption, Some("provider.userInfo")));
}

/// OIDC-15, `oidcc-client-test-userinfo-invalid-sub`
#[test]
fn claims_of_another_user_are_not_used() {
    for sub in [json!("mallory"), json!("Alice"), json!("alice "), json!(""), json!(["alice"]), Value::Null] {
        for header in [None, Some(json!({}))] {
            let mut world = World::signed_in(setup());
            world.server.user_info_header = header;
            world.server.user_info_claims = json!({ "sub": sub });
            assert_eq!(refusal(&mut world), "sub is not the ID token's", "{sub}");
            assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200), "the session stays");
        }
    }
}

#[test]
fn signed_claims_are_verified_like_an_id_token() {
    let good: [(&str, Value, Value); 5] = [
        ("bare", json!({}), json!({})),
        ("all", json!({ "typ": "JWT" }), json!({ "iss": "https://id.example", "aud": "spa" })),
        ("for several", json!({}), json!({ "aud": ["api", "spa"] })),
        ("not over", json!({}), json!({ "exp": 4_000_000_000_u64 })),
        ("no kid", json!({ "kid": null }), json!({})),
    ];
    for (name, header, claims) in good {
        let mut world = World::signed_in(setup());
        world.server.user_info_header = Some(header);
        world.server.user_info_claims = claims;
        assert_eq!(ask(&mut world).map(|claims| claims["sub"].clone()), Ok(json!("alice")), "{name}");
    }
    let table: [(&str, Value, Value, &str); 9] = [
        ("none", json!({ "alg": "none" }), json!({}), "it is neither a JSON object nor a signed JWT"),
        ("HS256", json!({ "alg": "HS256" }), json!({}), "alg is not an allowed public-key algorithm"),
        ("another kid", json!({ "kid": "z" }), json!({}), "no key of the provider fits its alg and kid"),
        ("another issuer", json!({}), json!({ "iss": "https://id.example/" }), "iss is another issuer"),
        ("an issuer of another type", json!({}), json!({ "iss": 1 }), "iss is another issuer"),
        ("another client", json!({}), json!({ "aud": "spa2" }), "aud is another client"),
        ("other clients", json!({}), json!({ "aud": ["a", "b"] }), "aud is another client"),
        ("long over", json!({}), json!({ "exp": 1 }), "exp is past; is this device's clock right?"),
        ("a text for a date", json!({}), json!({ "exp": "4" }), "exp is past; is this device's clock right?"),
    ];
    for (name, header, claims, detail) in table {
        let mut world = World::signed_in(setup());
        world.server.user_info_header = Some(header);
        world.server.user_info_claims = claims;
        assert_eq!(refusal(&mut world), detail, "{name}");
    }
    let mut world = World::signed_in(setup());
    world.server.user_info_header = Some(json!({}));
    world.server.spoils_signature = true;
    assert_eq!(refusal(&mut world), "its signature is not the provider's");
    assert_eq!(world.server.revoked.len(), 0, "there is nothing to give back");
}

#[test]
fn signed_claims_get_new_keys_where_the_provider_rotated() {
    let mut world = World::signed_in(setup());
    world.server.user_info_header = Some(json!({}));
    world.server.rotate_keys("b");
    assert!(ask(&mut world).is_ok());
    assert_eq!(world.server.key_requests, 2);
    world.server.scripted_keys = Some(Reply::html(503));
    world.server.rotate_keys("c");
    world.pass(2 * MINUTE);
    assert_eq!(ask(&mut world).unwrap_err().code, Code::Unavailable);
}

#[test]
fn answers_that_are_none() {
    let text = |body: &str| Reply { status: 200, retry_after: None, body: body.into() };
    let neither = "it is neither a JSON object nor a signed JWT";
    for (reply, detail) in [
        (text(""), neither),
        (text("[]"), neither),
        (text("\"alice\""), neither),
        (text("a.b.c"), neither),
        (text("a.b.c.d.e"), neither),
        (Reply::html(200), neither),
        (text("{"), "it is not valid JSON"),
        (text("{}"), "sub is not the ID token's"),
        (text(r#"{"sub":"alice","sub":"alice"}"#), "a member is named twice"),
        (Reply { status: 200, retry_after: None, body: vec![b'{', 0xFF, b'}'] }, "it is not UTF-8"),
        (Reply::json(400, &json!({ "sub": "alice" })), "the endpoint refuses"),
        (Reply::json(201, &json!({ "sub": "alice" })), "the endpoint refuses"),
        (Reply::error(403, "insufficient_scope"), "the endpoint refuses"),
    ] {
        let mut world = World::signed_in(setup());
        let shown = String::from_utf8_lossy(&reply.body).into_owned();
        world.server.scripted_user_info.push_back(reply);
        assert_eq!(refusal(&mut world), detail, "{shown}");
    }
    let mut world = World::signed_in(setup());
    world.server.scripted_user_info.push_back(text(" \r\n{\"sub\":\"alice\"}\n"));
    assert_eq!(ask(&mut world), Ok(json!({ "sub": "alice" })), "white space is JSON's");
}

#[test]
fn a_server_in_trouble_is_told_as_such_and_nothing_waits_for_ever() {
    for (fate, code) in [
        (Fate::RequestLost, Code::Unreachable),
        (Fate::ResponseLost, Code::Unreachable),
        (Fate::ResponseHangs, Code::Timeout),
        (Fate::TooLarge, Code::UserInfo),
    ] {
        let mut world = World::signed_in(setup());
        world.network.script(Target::UserInfo, &[fate]);
        let began = world.clock.truth();
        assert_eq!(ask(&mut world).unwrap_err().code, code, "{fate:?}");
        assert!(world.clock.truth() - began <= 20 * SECOND);
        assert!(ask(&mut world).is_ok(), "the next one asks again");
        world.check_nobody_waits();
    }
    let mut world = World::signed_in(setup());
    world.server.scripted_user_info.push_back(Reply::html(503).retry_after("7"));
    let error = ask(&mut world).unwrap_err();
    assert_eq!((error.code, error.status, error.retry_after_ms), (Code::Unavailable, Some(503), Some(7_000)));
}

#[test]
fn a_refused_token_is_renewed_once() {
    let mut world = World::signed_in(setup());
    world.server.ledger.revoke_access_tokens();
    assert!(ask(&mut world).is_ok());
    assert_eq!((world.server.user_info_requests, world.server.refreshes()), (2, 1));
    world.server.scripted_user_info.extend([Reply::html(401), Reply::html(401), Reply::html(401)]);
    let error = ask(&mut world).unwrap_err();
    assert_eq!((error.code, error.status), (Code::UserInfo, Some(401)));
    assert_eq!(world.server.user_info_requests, 4, "once again, and no more");
}

#[test]
fn an_expired_token_is_renewed_first() {
    let mut world = World::signed_in(setup());
    world.sleep(HOUR, true);
    assert!(ask(&mut world).is_ok());
    assert_eq!((world.server.user_info_requests, world.server.refreshes()), (1, 1));
}

#[test]
fn nobody_hears_of_a_user_who_is_gone() {
    for header in [None, Some(json!({}))] {
        let mut world = World::signed_in(setup());
        world.server.user_info_header = header;
        let waiter = world.user_info(TAB);
        world.sign_out(TAB);
        assert_eq!(outcome(&world, waiter).unwrap_err().code, Code::SessionEnded);
        world.check_nobody_waits();
        assert_eq!(ask(&mut world).unwrap_err().code, Code::NotSignedIn);
    }
    // Its signature is being verified; there is nothing to give back.
    let mut world = World::signed_in(setup());
    world.server.user_info_header = Some(json!({}));
    world.server.rotate_keys("b");
    world.network.script(Target::Keys, &[Fate::Late(10 * SECOND)]);
    let waiter = world.user_info(TAB);
    world.pass(SECOND);
    world.sign_out(TAB);
    assert_eq!(outcome(&world, waiter).unwrap_err().code, Code::SessionEnded);
    world.check_nobody_waits();
    assert_eq!(world.server.revoked.len(), 1, "the refresh token");
    // Another user, in the same page.
    let mut world = World::signed_in(setup());
    world.network.script(Target::UserInfo, &[Fate::Late(10 * SECOND)]);
    let waiter = world.user_info(TAB);
    world.server.subject = "bob".into();
    world.begin_sign_in(TAB, SignInRequest::default());
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    let address = world.tabs[TAB].address.take().expect("an address");
    let callback = world.server.authorize(&address, &mut world.random, world.clock.truth());
    world.complete_sign_in(TAB, &callback);
    world.run_until("it is answered", |world| world.tabs[TAB].is_settled(waiter));
    assert_eq!(outcome(&world, waiter).unwrap_err().code, Code::SessionEnded);
    assert_eq!(ask(&mut world).unwrap()["sub"], "bob");
}

#[test]
fn a_session_without_an_id_token_has_nothing_to_compare_with() {
    let mut world = World::signed_in(setup());
    let response = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &response);
    assert_eq!(refusal(&mut world), "the session has no ID token, whose sub it must have");
    assert_eq!(world.server.user_info_requests, 0);
}

#[test]
fn the_endpoint_is_the_metadatas_under_the_rules_of_all() {
    let mut world = World::new(1, setup());
    world.server.metadata = json!({ "userinfo_endpoint": null });
    world.sign_in(TAB);
    let error = ask(&mut world).unwrap_err();
    assert_eq!((error.code, error.detail), (Code::Metadata, Some("userinfo_endpoint is not known")));
    for foreign in ["https://evil.example/userinfo", "http://id.example/userinfo", "https://id.example/u#f"] {
        let mut world = World::new(1, setup());
        world.server.metadata = json!({ "userinfo_endpoint": foreign });
        let waiter = world.begin_sign_in(TAB, SignInRequest::default());
        world.run_until("it is refused", |world| world.tabs[TAB].is_settled(waiter));
        assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Metadata, "{foreign}");
        let mut world = World::new(1, Setup { user_info: false, ..Setup::default() });
        world.server.metadata = json!({ "userinfo_endpoint": foreign });
        world.sign_in(TAB);
    }
}

#[test]
fn a_closed_client_answers_all_who_asked() {
    let mut world = World::signed_in(setup());
    let waiter = world.user_info(TAB);
    world.close(TAB);
    assert_eq!(outcome(&world, waiter).unwrap_err().code, Code::Closed);
    let late = world.user_info(TAB);
    assert_eq!(outcome(&world, late).unwrap_err().code, Code::Closed);
}
