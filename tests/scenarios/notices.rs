//! Notices: another tab of the application, with a vault of its own, says that its session ended. Anybody may say so.

use strongroom::engine::{Cause, Event, Status};

use crate::sim::*;

fn renewals_for_notices(world: &World) -> usize {
    world.tabs[TAB].count(|event| matches!(event, Event::RefreshStarted { cause: Cause::Notice, .. }))
}

#[test]
fn a_notice_of_a_session_that_ended_is_verified_and_ends_it_here_too() {
    let mut world = World::signed_in(Setup::default());
    world.server.ledger.revoke_all_grants();
    world.notice(TAB);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn, "the notice alone ends nothing");
    world.pass(SECOND);
    let session = &world.tabs[TAB].session;
    assert_eq!((session.status(), session.reason()), (Status::SignedOut, Some("session-ended")));
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn a_forged_notice_costs_one_renewal_and_no_call_waits_for_it() {
    let mut world = World::signed_in(Setup::default());
    world.notice(TAB);
    let call = world.call(TAB);
    assert_eq!(world.tabs[TAB].calls[call].sent_with, Some(1), "the token at hand stays good meanwhile");
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    assert_eq!((world.tabs[TAB].session.generation(), world.server.refreshes()), (2, 1));
}

#[test]
fn a_flood_of_notices_causes_one_renewal_a_minute() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 86_400, ..Setup::default() });
    for second in 0..600 {
        world.notice(TAB);
        world.notice(TAB);
        world.pass(SECOND);
        assert_eq!(renewals_for_notices(&world), 1 + second / 60, "after {second} s");
    }
    assert_eq!(world.server.refreshes(), 10);
}

#[test]
fn a_flood_of_notices_leaves_the_pauses_after_failures_alone() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 86_400, ..Setup::default() });
    world.server.down = Some(Reply::html(503).retry_after("900"));
    world.notice(TAB);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    let requests = world.server.token_requests.len();
    for _ in 0..80 {
        world.pass(10 * SECOND);
        world.notice(TAB);
    }
    assert_eq!(world.server.token_requests.len(), requests, "the server asked for 900 seconds");
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_notice_while_offline_ends_nothing() {
    let mut world = World::signed_in(Setup::default());
    world.go_offline();
    world.notice(TAB);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    world.go_online();
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_notice_during_a_renewal_changes_nothing_and_uses_up_no_minute() {
    let mut world = World::signed_in(Setup::default());
    world.refresh(TAB);
    world.notice(TAB);
    world.pass(SECOND);
    assert_eq!((renewals_for_notices(&world), world.server.refreshes()), (0, 1));
    world.notice(TAB);
    world.pass(SECOND);
    assert_eq!((renewals_for_notices(&world), world.server.refreshes()), (1, 2));
}

#[test]
fn a_notice_means_nothing_without_a_session_or_a_refresh_token() {
    let mut world = World::new(1, Setup::default());
    world.notice(TAB);
    world.pass(SECOND);
    assert!(world.tabs[TAB].events.is_empty() && world.server.token_requests.is_empty());

    let mut world = World::signed_in(Setup { issues_refresh_tokens: false, ..Setup::default() });
    world.notice(TAB);
    world.pass(SECOND);
    assert_eq!((renewals_for_notices(&world), world.server.refreshes()), (0, 0));
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}
