//! Pushed authorization requests (RFC 9126): what leaves with the page, and what the server may answer.

use strongroom::engine::{Code, Error, Settled, SignInRequest, Status};

use crate::sim::setup::CLIENT_ID;
use crate::sim::*;

fn pushing() -> Setup {
    Setup { has_pushing: true, ..Setup::default() }
}

/// A sign-in that does not even leave.
fn failed(world: &mut World) -> Error {
    let waiter = world.begin_sign_in(TAB, SignInRequest::default());
    world.run_until("it is settled", |world| world.tabs[TAB].is_settled(waiter));
    assert!(world.tabs[TAB].address.is_none(), "the page left");
    assert_ne!(world.tabs[TAB].session.status(), Status::SigningIn);
    world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().clone()
}

#[test]
fn the_request_is_pushed_and_only_its_reference_leaves_with_the_page_9126_1_2() {
    for setup in [
        pushing(),
        Setup { requires_pushing: true, ..pushing() },
        Setup { discovers: false, kind: "oauth", scope: "orders", ..pushing() },
    ] {
        let mut world = World::new(1, setup);
        world.server.metadata =
            serde_json::json!({ "authorization_endpoint": "https://id.example/authorize?tenant=1" });
        let parameters = vec![("login_hint".into(), "alice@example".into())];
        world.begin_sign_in(TAB, SignInRequest { parameters, ..SignInRequest::default() });
        world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
        let address = world.tabs[TAB].address.clone().unwrap();
        let tenant = if world.setup.discovers { "tenant=1&" } else { "" };
        let reference = "request_uri=urn%3Aexample%3Apush+%26+pull%3A1";
        let wanted = format!("https://id.example/authorize?{tenant}client_id={CLIENT_ID}&{reference}");
        assert_eq!(address, wanted);
        let pushed = &world.server.pushed[&1];
        assert_eq!(pushed["login_hint"], "alice@example");
        assert_eq!(pushed["response_type"], "code");
        world.tabs[TAB].address = Some(address.replace("tenant=1&", ""));
        let waiter = world.follow_redirect(TAB);
        world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
        assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::SignedIn { .. })));
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    }
}

#[test]
fn off_means_that_nothing_is_pushed_unless_the_server_demands_it_9126_5() {
    for (discovers, option, pushed) in [(true, "off", 0), (false, "off", 0), (true, "auto", 1)] {
        let mut world = World::new(1, Setup { discovers, pushing: Some(option), ..pushing() });
        world.begin_sign_in(TAB, SignInRequest::default());
        world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
        assert_eq!(world.server.pushed.len(), pushed, "{option}");
        let waiter = world.follow_redirect(TAB);
        world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    }
    let mut world = World::new(1, Setup { pushing: Some("off"), requires_pushing: true, ..pushing() });
    let error = failed(&mut world);
    assert_eq!(error.code, Code::Metadata);
    assert!(error.detail.is_some_and(|detail| detail.contains("required, but off")), "{error}");
    assert_eq!(world.server.pushed.len(), 0);
}

#[test]
fn each_sign_in_pushes_a_request_of_its_own_9126_2_3() {
    let mut world = World::new(1, pushing());
    let waiters = [(); 3].map(|()| world.begin_sign_in(TAB, SignInRequest::default()));
    world.pass(SECOND);
    for waiter in waiters {
        let Ok(Settled::Leaving { href, state, .. }) = world.tabs[TAB].outcome(waiter) else {
            panic!("it did not leave")
        };
        let (href, state) = (href.clone(), state.clone());
        let callback = world.server.authorize(&href, &mut world.random, world.clock.truth());
        assert!(callback.contains(&state), "the reference is another sign-in's");
    }
    assert_eq!(world.server.push_requests, 3);
}

#[test]
fn a_server_that_requires_pushing_but_has_no_place_for_it_is_a_fault_of_its_metadata() {
    let mut world = World::new(1, Setup { requires_pushing: true, ..Setup::default() });
    let error = failed(&mut world);
    assert_eq!((error.code, error.detail.is_some()), (Code::Metadata, true));
}

#[test]
fn what_the_server_refuses_is_told_with_its_code_alone() {
    for (error, shown) in
        [("invalid_request", "invalid_request"), ("invalid_grant", "invalid_grant"), (MARK, "unknown_error")]
    {
        let mut world = World::signed_in(pushing());
        world.server.scripted_push = Some(Reply::error(400, error));
        let error = failed(&mut world);
        assert_eq!(
            (error.code, error.error.as_deref(), error.status),
            (Code::Authorization, Some(shown), Some(400))
        );
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200), "the session before stays");
    }
}

#[test]
fn only_a_created_reference_with_a_lifetime_is_taken_9126_2() {
    let table = [
        (200, r#"{"request_uri":"urn:x","expires_in":60}"#),
        (201, r#"{"request_uri":"urn:x"}"#),
        (201, r#"{"request_uri":"urn:x","expires_in":0}"#),
        (201, r#"{"request_uri":"","expires_in":60}"#),
        (201, r#"{"request_uri":7,"expires_in":60}"#),
        (201, r#"{"expires_in":60}"#),
        (201, r#"["urn:x"]"#),
        (201, "<!doctype html>"),
        (201, ""),
        (303, ""),
        (404, "<!doctype html>"),
    ];
    for (status, body) in table {
        let mut world = World::new(1, pushing());
        world.server.scripted_push = Some(Reply { status, retry_after: None, body: body.into() });
        let error = failed(&mut world);
        assert_eq!((error.code, error.status), (Code::BadResponse, Some(status)), "{status} {body}");
    }
}

#[test]
fn trouble_on_the_way_is_typed_and_the_next_try_may_succeed() {
    let table = [
        (Fate::RequestLost, Code::Unreachable),
        (Fate::ResponseLost, Code::Unreachable),
        (Fate::TooLarge, Code::BadResponse),
        (Fate::RequestHangs, Code::Timeout),
        (Fate::ResponseHangs, Code::Timeout),
    ];
    for (fate, code) in table {
        let mut world = World::new(1, pushing());
        world.network.script(Target::Pushing, &[fate]);
        let began = world.clock.truth();
        assert_eq!(failed(&mut world).code, code, "{fate:?}");
        assert!(world.clock.truth() - began <= 21 * SECOND);
        world.sign_in(TAB);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    }
    let mut world = World::new(1, pushing());
    world.server.scripted_push = Some(Reply::html(503).retry_after("7"));
    let error = failed(&mut world);
    assert_eq!((error.code, error.retry_after_ms), (Code::Unavailable, Some(7_000)));
}

#[test]
fn a_sign_out_meanwhile_ends_the_sign_in() {
    let mut world = World::signed_in(pushing());
    world.network.script(Target::Pushing, &[Fate::Late(5 * SECOND)]);
    let waiter = world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    world.sign_out(TAB);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::SessionEnded);
    world.pass(MINUTE);
    assert!(world.tabs[TAB].address.is_none(), "the page left after the sign-out");
}
