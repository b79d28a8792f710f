//! Networks that lose things, and servers that cannot answer.

use strongroom::engine::{Code, Event, Settled, Status};

use crate::sim::*;

/// The second answer of a lost one is forgiven, as with Auth0's and Okta's overlap period.
fn forgiving() -> Setup {
    Setup { reuse_interval_ms: 30 * SECOND, ..Setup::default() }
}

#[test]
fn a_lost_response_is_retried_once_with_the_same_token() {
    let mut world = World::signed_in(forgiving());
    world.network.script(Target::Token, &[Fate::ResponseLost]);
    let waiter = world.refresh(TAB);
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
    let requests = &world.server.token_requests[1..];
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].spent, requests[1].spent);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn a_lost_response_at_a_server_that_forgives_nothing_ends_the_session() {
    let mut world = World::signed_in(Setup::default());
    world.network.script(Target::Token, &[Fate::ResponseLost]);
    world.refresh(TAB);
    world.pass(SECOND);
    assert_eq!(world.server.reuse_detections, 1);
    assert_eq!(world.tabs[TAB].session.reason(), Some("session-ended"));
}

#[test]
fn a_second_loss_in_a_row_waits_before_it_tries_again() {
    let mut world = World::signed_in(forgiving());
    world.network.script(Target::Token, &[Fate::RequestLost, Fate::RequestLost]);
    let waiter = world.refresh(TAB);
    world.pass(200);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Unreachable);
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200), "the old token is still good");
    world.pass(2 * SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    assert_eq!(world.tabs[TAB].session.generation(), 2);
}

#[test]
fn a_server_that_hangs_is_given_up_after_the_timeout_and_asked_once_more() {
    let mut world = World::signed_in(forgiving());
    world.network.script(Target::Token, &[Fate::RequestHangs]);
    let waiter = world.refresh(TAB);
    world.pass(19 * SECOND);
    assert!(!world.tabs[TAB].is_settled(waiter) && world.server.refreshes() == 0);
    world.pass(2 * SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn calls_wait_no_longer_than_their_bound_for_a_server_that_hangs() {
    let mut world = World::signed_in(forgiving());
    world.sleep(HOUR, false);
    world.network.script(Target::Token, &[Fate::RequestHangs; 10]);
    let call = world.call(TAB);
    world.pass(30 * SECOND - 1);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Pending);
    world.pass(1);
    let CallOutcome::Failed(error) = &world.tabs[TAB].calls[call].outcome else { panic!("it still waits") };
    assert_eq!(error.code, Code::Timeout);
    world.pass(HOUR);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn offline_for_an_hour_keeps_the_session() {
    let mut world = World::signed_in(Setup::default());
    world.go_offline();
    world.pass(HOUR);
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    assert!(matches!(world.call_and_wait(TAB), CallOutcome::Failed(_)));
    world.go_online();
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!(world.server.refreshes(), 1, "only one request could arrive");
}

#[test]
fn an_hour_offline_costs_few_attempts() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 60, ..Setup::default() });
    world.go_offline();
    world.pass(HOUR);
    let attempts = world.tabs[TAB].count(|event| matches!(event, Event::RefreshStarted { .. }));
    assert!((10..=60).contains(&attempts), "{attempts}");
}

#[test]
fn a_call_made_during_a_short_outage_succeeds_when_it_is_over() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(HOUR, false);
    world.server.down = Some(Reply::html(503));
    let call = world.call(TAB);
    world.pass(2 * SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Pending);
    world.server.down = None;
    world.pass(10 * SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
}

#[test]
fn five_failures_open_the_circuit_and_calls_then_fail_at_once() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(HOUR, false);
    world.server.down = Some(Reply::html(500));
    world.wake(TAB);
    world.pass(2 * MINUTE);
    let before = world.tabs[TAB].witness.pace.renewals;
    assert!(before >= 5, "{before}");
    for _ in 0..1_000 {
        let call = world.call(TAB);
        let outcome = &world.tabs[TAB].calls[call].outcome;
        assert!(
            matches!(outcome, CallOutcome::Failed(error) if error.code == Code::Unavailable),
            "{outcome:?}"
        );
    }
    assert_eq!(world.tabs[TAB].witness.pace.renewals, before, "calls do not knock at an open circuit");
    world.server.down = None;
    world.pass(6 * MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn, "it closes by itself");
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_server_that_says_retry_after_is_left_alone_for_so_long() {
    let mut world = World::signed_in(Setup::default());
    world.server.scripted.push_back(Reply::html(429).retry_after("120"));
    let waiter = world.refresh(TAB);
    world.pass(SECOND);
    let error = world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().clone();
    assert_eq!(
        (error.code, error.retry_after_ms, error.status),
        (Code::Unavailable, Some(120 * SECOND), Some(429))
    );
    // Neither the application nor the network's return is in a greater hurry than the server.
    for _ in 0..110 {
        let refused = world.refresh(TAB);
        assert_eq!(world.tabs[TAB].outcome(refused).as_ref().unwrap_err().code, Code::Unavailable);
        world.go_online();
        world.pass(SECOND);
    }
    assert_eq!(world.server.refreshes(), 1);
    world.pass(15 * SECOND);
    assert_eq!(world.server.refreshes(), 2);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn a_retry_after_of_a_year_is_not_believed() {
    let mut world = World::signed_in(Setup::default());
    world.server.scripted.push_back(Reply::html(503).retry_after("31536000"));
    world.refresh(TAB);
    world.pass(HOUR + MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn a_client_that_is_configured_wrongly_knocks_rarely_and_stays_signed_in() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 60, ..Setup::oidc() });
    world.server.scripted.extend((0..100).map(|_| Reply::error(401, "invalid_client")));
    world.pass(HOUR);
    assert!((2..=13).contains(&world.server.refreshes()), "{}", world.server.refreshes());
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    world.server.scripted.clear();
    world.pass(6 * MINUTE);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn metadata_that_cannot_be_read_now_does_not_end_a_session() {
    let mut world = World::new(3, Setup { kind: "oauth", scope: "a", ..Setup::default() });
    let given = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &given);
    world.server.down = Some(Reply::html(502));
    world.pass(HOUR);
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    world.server.down = None;
    world.pass(6 * MINUTE);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert!(world.server.metadata_requests < 60, "{}", world.server.metadata_requests);
}

#[test]
fn an_answer_too_large_to_be_one_keeps_the_session() {
    let mut world = World::signed_in(Setup { rotates: false, ..Setup::default() });
    world.network.script(Target::Token, &[Fate::TooLarge]);
    let waiter = world.refresh(TAB);
    world.pass(SECOND / 4);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::BadResponse);
    world.pass(5 * SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn a_dead_refresh_token_ends_the_session_and_everybody_hears_it() {
    let mut world = World::signed_in(Setup::default());
    world.server.ledger.revoke_all_grants();
    world.sleep(HOUR, false);
    let calls: Vec<usize> = (0..20).map(|_| world.call(TAB)).collect();
    world.pass(SECOND);
    for call in calls {
        let CallOutcome::Failed(error) = &world.tabs[TAB].calls[call].outcome else {
            panic!("it did not fail")
        };
        assert_eq!(error.code, Code::SessionEnded);
    }
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.tabs[TAB].count(|event| *event == Event::SignedOut { reason: "session-ended" }), 1);
    world.pass(DAY);
    assert_eq!(world.server.refreshes(), 1, "a session that ended sends nothing more");
}
