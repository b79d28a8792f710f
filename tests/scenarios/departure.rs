//! Before the page leaves for the authorization server: what the application asked, and where the server is.

use serde_json::json;
use strongroom::engine::{Code, Secret, SignInRequest, Status};

use crate::sim::*;

#[test]
fn metadata_with_another_issuer_is_not_used_at_all() {
    let mut world = World::new(1, Setup::default());
    world.server.metadata = json!({ "issuer": "https://evil.example" });
    let waiter = world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Metadata);
    assert_eq!(world.tabs[TAB].address, None);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
}

#[test]
fn metadata_with_a_token_endpoint_elsewhere_is_not_used() {
    let mut world = World::new(1, Setup::default());
    world.server.metadata = json!({ "token_endpoint": "https://evil.example/token" });
    let waiter = world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Metadata);
}

#[test]
fn the_second_well_known_place_is_asked_when_the_first_has_nothing() {
    for kind in ["oidc", "oauth"] {
        let mut world = World::new(1, Setup { kind, ..Setup::default() });
        world.server.hides_first_place = true;
        world.sign_in(TAB);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    }
}

#[test]
fn a_metadata_server_that_hangs_is_given_up_after_the_timeout() {
    let mut world = World::new(1, Setup::default());
    world.network.script(Target::Metadata, &[Fate::RequestHangs]);
    let waiter = world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(20 * SECOND + 1);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Timeout);
    world.sign_in(TAB);
}

#[test]
fn ten_sign_ins_at_once_ask_for_the_metadata_once() {
    let mut world = World::new(1, Setup::default());
    for _ in 0..10 {
        world.begin_sign_in(TAB, SignInRequest::default());
    }
    world.pass(SECOND);
    assert_eq!(world.server.metadata_requests, 1);
}

#[test]
fn endpoints_given_by_hand_need_no_metadata() {
    let mut world = World::new(1, Setup { discovers: false, ..Setup::default() });
    world.sign_in(TAB);
    assert_eq!(world.server.metadata_requests, 0);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_return_path_to_another_origin_is_refused_before_the_page_leaves() {
    let mut world = World::new(1, Setup::default());
    for path in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
        let request = SignInRequest { return_to: Some(path.into()), ..SignInRequest::default() };
        let waiter = world.begin_sign_in(TAB, request);
        let error = world.tabs[TAB].outcome(waiter).as_ref().unwrap_err();
        assert_eq!((error.code, error.option.as_deref()), (Code::InvalidOption, Some("returnTo")), "{path}");
    }
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].address, None);
}

#[test]
fn parameters_that_the_sign_in_sets_itself_are_refused() {
    let mut world = World::new(1, Setup::default());
    for name in
        ["state", "client_id", "redirect_uri", "code_challenge", "nonce", "response_type", "scope", "request"]
    {
        let request =
            SignInRequest { parameters: vec![(name.into(), "x".into())], ..SignInRequest::default() };
        let waiter = world.begin_sign_in(TAB, request);
        let error = world.tabs[TAB].outcome(waiter).as_ref().unwrap_err();
        assert_eq!(error.option.as_deref(), Some(format!("parameters.{name}").as_str()));
    }
}

#[test]
fn a_page_without_web_crypto_is_told_why_it_cannot_sign_in() {
    let mut world = World::new(1, Setup::default());
    world.has_web_crypto = false;
    let waiter = world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::InsecureContext);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.tabs[TAB].address, None);
}

#[test]
fn a_page_that_never_leaves_is_no_longer_signing_in_after_a_minute() {
    let mut world = World::new(1, Setup::default());
    world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::SigningIn);
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    world.sign_in(TAB);
}

#[test]
fn what_was_kept_for_a_sign_in_is_stale_after_ten_minutes_and_so_is_what_is_not_ours() {
    let mut world = World::new(1, Setup::default());
    world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    let kept = world.tabs[TAB].remembered.values().next().unwrap().clone();
    let is_stale = |world: &mut World, text: &Secret| {
        let now = world.now(TAB);
        world.tabs[TAB].session.is_stale(now, text)
    };
    world.pass(9 * MINUTE);
    assert!(!is_stale(&mut world, &kept));
    world.pass(MINUTE);
    assert!(is_stale(&mut world, &kept));
    for foreign in ["", "{}", "state=a"] {
        assert!(is_stale(&mut world, &Secret::new(foreign)), "{foreign}");
    }
}
