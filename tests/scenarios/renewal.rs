//! Tokens that run out, and what brings new ones.

use serde_json::json;
use strongroom::engine::{Cause, Code, Event, Settled, Status};

use crate::sim::*;

#[test]
fn ten_thousand_calls_on_an_expired_token_cause_one_refresh() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(HOUR, false);
    let calls: Vec<usize> = (0..10_000).map(|_| world.call(TAB)).collect();
    world.pass(10 * SECOND);
    assert_eq!(world.server.refreshes(), 1);
    for call in calls {
        assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    }
    assert_eq!(world.api.expired_seen, 0);
}

#[test]
fn a_token_is_renewed_before_it_expires_and_calls_never_wait() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 300, ..Setup::default() });
    for _ in 0..600 {
        world.pass(SECOND);
        let call = world.call(TAB);
        assert!(world.tabs[TAB].calls[call].sent_with.is_some(), "a call had to wait");
    }
    world.pass(SECOND);
    assert_eq!((world.server.refreshes(), world.api.calls_served, world.api.expired_seen), (2, 600, 0));
    let is_scheduled =
        |event: &Event| matches!(event, Event::RefreshStarted { cause: Cause::Schedule, attempt: 1, .. });
    assert_eq!(world.tabs[TAB].count(is_scheduled), 2);
}

#[test]
fn an_idle_page_keeps_its_session_for_a_day() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 3_600, ..Setup::default() });
    world.pass(DAY);
    assert!((24..=26).contains(&world.server.refreshes()), "{}", world.server.refreshes());
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_call_while_a_scheduled_refresh_is_under_way_goes_out_with_the_old_token_at_once() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 300, ..Setup::default() });
    world.network.script(Target::Token, &[Fate::Late(10 * SECOND)]);
    world.run_until("the refresh is sent", |world| !world.tabs[TAB].in_flight.is_empty());
    let call = world.call(TAB);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    assert_eq!(world.tabs[TAB].session.generation(), 1);
    world.pass(10 * SECOND);
    assert_eq!(world.tabs[TAB].session.generation(), 2);
}

#[test]
fn a_server_that_does_not_rotate_is_asked_with_the_same_token_again_and_again() {
    let mut world = World::signed_in(Setup { rotates: false, ..Setup::default() });
    world.pass(2 * HOUR);
    let spent: Vec<&str> =
        world.server.token_requests.iter().skip(1).map(|request| request.spent.as_str()).collect();
    assert!(spent.len() >= 12 && spent.iter().all(|token| *token == spent[0]));
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_server_that_rotates_never_sees_a_refresh_token_twice() {
    let mut world = World::signed_in(Setup::default());
    world.pass(DAY);
    let mut spent: Vec<&str> =
        world.server.token_requests.iter().map(|request| request.spent.as_str()).collect();
    let requests = spent.len();
    spent.sort_unstable();
    spent.dedup();
    assert!(requests > 100 && spent.len() == requests);
    assert_eq!(world.server.reuse_detections, 0);
}

#[test]
fn an_empty_refresh_token_in_an_answer_keeps_the_one_before() {
    let mut world = World::signed_in(Setup { rotates: false, ..Setup::without_cookie() });
    let response =
        json!({ "access_token": "fresh", "token_type": "bearer", "expires_in": 600, "refresh_token": "" });
    world.server.scripted.push_back(Reply::json(200, &response));
    world.refresh(TAB);
    world.pass(SECOND);
    world.refresh(TAB);
    world.pass(SECOND);
    assert_eq!(world.server.token_requests[1].spent, world.server.token_requests[2].spent);
    assert_eq!(world.tabs[TAB].session.generation(), 3);
}

#[test]
fn the_application_can_ask_for_new_tokens_and_a_hundred_askers_share_one_refresh() {
    let mut world = World::signed_in(Setup::default());
    let waiters: Vec<_> = (0..100).map(|_| world.refresh(TAB)).collect();
    world.pass(SECOND);
    for waiter in waiters {
        assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
    }
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn tokens_without_a_refresh_token_are_used_until_they_expire_and_no_request_is_made() {
    let mut world = World::signed_in(Setup { issues_refresh_tokens: false, ..Setup::without_cookie() });
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    let waiter = world.refresh(TAB);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::NotRenewable);
    world.pass(HOUR);
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else {
        panic!("the token was used after its end")
    };
    assert_eq!(error.code, Code::NotRenewable);
    assert_eq!((world.server.refreshes(), world.api.expired_seen), (0, 0));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn tokens_set_during_a_refresh_win_and_what_the_refresh_brings_is_revoked() {
    let mut world = World::signed_in(Setup::without_cookie());
    world.network.script(Target::Token, &[Fate::Late(5 * SECOND)]);
    let waiter = world.refresh(TAB);
    let given = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &given);
    assert!(
        matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)),
        "newer tokens are what was asked for"
    );
    let generation = world.tabs[TAB].session.generation();
    world.pass(10 * SECOND);
    assert_eq!(world.tabs[TAB].session.generation(), generation);
    assert_eq!(world.server.revoked.len(), 1);
    assert_ne!(world.server.revoked[0], given["refresh_token"].as_str().unwrap());
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn tokens_can_be_set_without_any_sign_in_and_are_then_renewed() {
    let mut world = World::new(1, Setup { kind: "oauth", scope: "orders:read", ..Setup::default() });
    let given = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &given);
    world.pass(HOUR);
    assert!(world.server.refreshes() >= 6);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn set_tokens_that_are_no_token_response_change_nothing() {
    let mut world = World::signed_in(Setup::with_tokens());
    let waiter =
        world.set_tokens(TAB, &json!({ "access_token": "spaces are no token68", "token_type": "Bearer" }));
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::BadResponse);
    assert_eq!(world.tabs[TAB].session.generation(), 1);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_refreshed_id_token_of_another_account_ends_the_session_and_revokes_its_tokens() {
    let mut world = World::signed_in(Setup::oidc());
    world.server.switched_subject = Some("mallory".into());
    let waiter = world.refresh(TAB);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::SessionEnded);
    assert_eq!(world.tabs[TAB].session.reason(), Some("account-switch"));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.server.revoked.len(), 1);
}

#[test]
fn a_refresh_without_an_id_token_keeps_the_claims() {
    let mut world = World::signed_in(Setup { id_token_in_refresh: false, ..Setup::oidc() });
    let claims = world.tabs[TAB].session.claims_text().unwrap().to_owned();
    world.refresh(TAB);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.generation(), 2);
    assert_eq!(world.tabs[TAB].session.claims_text(), Some(claims.as_str()));
}

#[test]
fn a_refreshed_id_token_that_is_invalid_keeps_the_session() {
    let mut world = World::signed_in(Setup::oidc());
    world.server.spoils_nonce = true;
    let waiter = world.refresh(TAB);
    world.pass(200);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::IdToken);
    world.server.spoils_nonce = false;
    world.pass(10 * MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn, "promise 5: {:?}", world.tabs[TAB].events);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}
