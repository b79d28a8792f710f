//! A page asks on load, by a redirect that forbids questions, whether the server knows its user.

use strongroom::engine::{Code, Error, Full, Options, Settled, SignInRequest, Status};

use crate::sim::setup::{ISSUER, REDIRECT_URI};
use crate::sim::*;

const QUESTIONS: [&str; 4] =
    ["login_required", "interaction_required", "consent_required", "account_selection_required"];

fn attempt() -> SignInRequest {
    SignInRequest {
        return_to: Some("/orders?page=2".into()),
        parameters: vec![("prompt".into(), "none".into())],
        single_sign_on: Full::PROOF,
        ..SignInRequest::default()
    }
}

/// The page leaves; gives where to.
fn leave(world: &mut World, request: SignInRequest) -> String {
    world.begin_sign_in(TAB, request);
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    world.tabs[TAB].address.take().unwrap()
}

/// Where the application wanted to be, and why nobody is signed in.
type Back = Result<(String, Option<&'static str>), Error>;

fn come_back(world: &mut World, href: &str) -> Back {
    world.reload(TAB);
    let waiter = world.complete_sign_in(TAB, href);
    world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
    match world.tabs[TAB].outcome(waiter) {
        Ok(Settled::SignedIn { return_to }) => Ok((return_to.clone(), None)),
        Ok(Settled::NotSignedIn { return_to, error, .. }) => Ok((return_to.clone(), Some(error))),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.clone()),
    }
}

/// How a redirect of this request ends that comes back with this error.
fn refused(request: SignInRequest, error: &str, issuer: &str) -> Back {
    let mut world = World::new(1, Setup::default());
    let address = leave(&mut world, request);
    let state = form::query_text(&address, "state").unwrap();
    let iss = form::encode(issuer);
    let outcome = come_back(&mut world, &format!("{REDIRECT_URI}?error={error}&state={state}&iss={iss}"));
    assert_eq!(world.server.token_requests.len(), 0);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert!(world.tabs[TAB].remembered.is_empty(), "6749-9: it is used up");
    outcome
}

#[test]
fn the_page_names_the_mode_and_no_other() {
    let read = |options| Options::parse(options).and_then(|options| SignInRequest::new(&options));
    assert!(read(r#"{"mode":"sso","prompt":"none"}"#).unwrap().single_sign_on.is_some());
    assert!(read(r#"{"prompt":"none"}"#).unwrap().single_sign_on.is_none());
    for options in [r#"{"mode":"silent"}"#, r#"{"mode":true}"#] {
        let error = read(options).unwrap_err();
        assert_eq!((error.code, error.option.as_deref()), (Code::InvalidOption, Some("mode")));
    }
}

#[test]
fn whom_the_server_knows_is_signed_in() {
    let mut world = World::new(1, Setup::default());
    let address = leave(&mut world, attempt());
    assert_eq!(form::query_text(&address, "prompt").as_deref(), Some("none"));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut, "nobody sees that it asks");
    let callback = world.server.authorize(&address, &mut world.random, world.clock.truth());
    let outcome = come_back(&mut world, &callback);
    assert_eq!(outcome.unwrap(), ("/orders?page=2".into(), None));
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn that_the_user_would_have_to_be_asked_is_an_answer() {
    for question in QUESTIONS {
        let answer = refused(attempt(), question, ISSUER).unwrap();
        assert_eq!(answer, ("/orders?page=2".into(), Some(question)), "OIDC-13");
    }
}

#[test]
fn any_other_refusal_is_a_failure() {
    for told in ["access_denied", "temporarily_unavailable", "login_required_", "LOGIN_REQUIRED"] {
        let error = refused(attempt(), told, ISSUER).unwrap_err();
        assert_eq!(error.code, Code::Authorization, "{told}");
    }
}

#[test]
fn an_answer_of_another_issuer_is_none() {
    let error = refused(attempt(), "login_required", "https://evil.example").unwrap_err();
    assert_eq!(error.code, Code::Callback, "9207");
}

#[test]
fn whoever_did_not_ask_so_has_a_failure_as_ever() {
    let by_hand = SignInRequest { single_sign_on: None, ..attempt() };
    for request in [by_hand, SignInRequest::default()] {
        let error = refused(request, "login_required", ISSUER).unwrap_err();
        assert_eq!((error.code, error.error.as_deref()), (Code::Authorization, Some("login_required")));
    }
}

#[test]
fn a_frame_has_a_failure_for_the_page_around_it() {
    let mut world = World::new(1, Setup::default());
    let address = leave(&mut world, SignInRequest { stays: true, ..attempt() });
    let state = form::query_text(&address, "state").unwrap();
    let iss = form::encode(ISSUER);
    let href = format!("{REDIRECT_URI}?error=login_required&state={state}&iss={iss}");
    let waiter = world.complete_sign_in(TAB, &href);
    world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Authorization);
}

#[test]
fn a_session_is_not_left_for_an_attempt() {
    let mut world = World::new(1, Setup::default());
    world.sign_in(TAB);
    for stays in [true, false] {
        let waiter = world.begin_sign_in(TAB, SignInRequest { stays, ..attempt() });
        assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::SignedIn { .. })));
    }
    assert!(world.tabs[TAB].address.is_none());
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}
