//! The end of a session, and everything that might bring it back (promise 6).

use strongroom::engine::{Code, Event, Settled, SignInRequest, Status};

use crate::sim::*;

#[test]
fn signing_out_is_done_here_at_once_and_revokes_the_refresh_token() {
    let mut world = World::signed_in(Setup::default());
    let waiter = world.sign_out(TAB);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
    assert_eq!(error.code, Code::NotSignedIn);
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
    assert_eq!(world.server.revoked.len(), 1);
    assert!(world.server.revoked[0].starts_with("rt-"));
    assert_eq!(world.tabs[TAB].count(|event| *event == Event::SignedOut { reason: "sign-out" }), 1);
    assert_eq!(world.tabs[TAB].session.reason(), Some("sign-out"));
    assert!(world.tabs[TAB].session.claims_text().is_none());
    assert_eq!(world.tabs[TAB].session.generation(), 2, "a lease of before is none of the next user's");
}

#[test]
fn signing_out_during_a_refresh_revokes_what_arrives_late() {
    let mut world = World::signed_in(Setup::default());
    world.network.script(Target::Token, &[Fate::Late(5 * SECOND)]);
    let waiter = world.refresh(TAB);
    world.pass(SECOND);
    world.sign_out(TAB);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::SessionEnded);
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.tabs[TAB].count(|event| matches!(event, Event::Refreshed { .. })), 0);
    assert!(!world.server.revoked.is_empty());
    assert!(world.server.ledger.grants.iter().all(|grant| grant.is_revoked));
}

#[test]
fn a_refresh_that_the_server_answered_before_the_sign_out_arrives_late_and_is_revoked() {
    let mut world = World::signed_in(Setup::without_cookie());
    world.network.latency_ms = 2 * SECOND;
    world.refresh(TAB);
    world.pass(3 * SECOND);
    assert_eq!(world.server.refreshes(), 1);
    world.sign_out(TAB);
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.server.revoked.len(), 2, "the old refresh token and the one that came late");
}

#[test]
fn signing_out_during_a_sign_in_keeps_the_user_signed_out() {
    let mut world = World::new(1, Setup::oidc());
    world.begin_sign_in(TAB, SignInRequest::default());
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    world.network.script(Target::Token, &[Fate::Late(5 * SECOND)]);
    let sign_in = world.follow_redirect(TAB);
    world.pass(SECOND);
    let call = world.call(TAB);
    let sign_out = world.sign_out(TAB);
    assert_eq!(world.tabs[TAB].outcome(sign_in).as_ref().unwrap_err().code, Code::SessionEnded);
    assert!(
        matches!(&world.tabs[TAB].calls[call].outcome, CallOutcome::Failed(error) if error.code == Code::SessionEnded)
    );
    world.pass(MINUTE);
    assert!(world.tabs[TAB].outcome(sign_out).is_ok());
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.server.revoked.len(), 1, "what the code brought is revoked");
}

#[test]
fn a_sign_out_while_offline_is_still_done() {
    let mut world = World::signed_in(Setup::without_cookie());
    world.go_offline();
    let waiter = world.sign_out(TAB);
    world.pass(6 * SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
}

#[test]
fn a_sign_out_waits_no_longer_than_five_seconds_for_the_server() {
    let mut world = World::signed_in(Setup::without_cookie());
    world.network.script(Target::Revocation, &[Fate::RequestHangs]);
    let waiter = world.sign_out(TAB);
    world.pass(5 * SECOND - 1);
    assert!(!world.tabs[TAB].is_settled(waiter));
    world.pass(1);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
}

#[test]
fn a_server_without_revocation_makes_no_trouble() {
    let mut world = World::signed_in(Setup { has_revocation: false, ..Setup::default() });
    let waiter = world.sign_out(TAB);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
}

#[test]
fn without_a_refresh_token_the_access_token_is_revoked() {
    let mut world = World::signed_in(Setup { issues_refresh_tokens: false, ..Setup::without_cookie() });
    world.sign_out(TAB);
    world.pass(SECOND);
    assert!(world.server.revoked[0].starts_with("at-"));
}

#[test]
fn signing_out_twice_or_without_a_session_is_no_error() {
    let mut world = World::signed_in(Setup::default());
    for _ in 0..3 {
        let waiter = world.sign_out(TAB);
        world.pass(SECOND);
        assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
    }
    assert_eq!(world.tabs[TAB].count(|event| matches!(event, Event::SignedOut { .. })), 1);
    assert_eq!(world.server.revoked.len(), 1);
}

#[test]
fn after_a_sign_out_another_user_can_sign_in_in_the_same_page() {
    let mut world = World::signed_in(Setup::oidc());
    let before = world.tabs[TAB].session.generation();
    world.sign_out(TAB);
    world.server.subject = "bob".into();
    world.begin_sign_in(TAB, SignInRequest::default());
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    let address = world.tabs[TAB].address.take().unwrap();
    let callback = world.server.authorize(&address, &mut world.random, world.clock.truth());
    let waiter = world.complete_sign_in(TAB, &callback);
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::SignedIn { .. })));
    assert!(world.tabs[TAB].session.claims_text().unwrap().contains("bob"));
    assert!(world.tabs[TAB].session.generation() > before, "a lease of alice's is none of bob's");
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_refused_call_of_the_last_user_gets_no_lease_of_nobody() {
    let mut world = World::signed_in(Setup::default());
    world.server.ledger.revoke_access_tokens();
    let call = world.call(TAB);
    world.sign_out(TAB);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(401));
    assert_eq!(world.server.refreshes(), 0);
}
