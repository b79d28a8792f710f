//! What browsers do to pages, and applications to clients: cached pages, closed clients, aborted calls, many tabs.

use strongroom::engine::{Code, Settled, Status};

use crate::sim::*;

#[test]
fn aborting_one_waiter_rejects_that_caller_alone_and_the_refresh_goes_on() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(HOUR, false);
    let calls: Vec<usize> = (0..10).map(|_| world.call(TAB)).collect();
    world.abort(TAB, calls[0]);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].calls[calls[0]].outcome, CallOutcome::Aborted);
    for call in &calls[1..] {
        assert_eq!(world.tabs[TAB].calls[*call].outcome, CallOutcome::Status(200));
    }
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn aborting_every_waiter_does_not_abort_the_refresh() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(HOUR, false);
    let calls: Vec<usize> = (0..10).map(|_| world.call(TAB)).collect();
    for call in calls {
        world.abort(TAB, call);
    }
    assert_eq!(world.tabs[TAB].in_flight.len(), 1);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.generation(), 2, "what the server rotated is not lost");
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn a_page_restored_from_the_cache_checks_before_it_uses_its_token() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(MINUTE, true);
    world.restore(TAB);
    assert!(world.tabs[TAB].standing.is_none());
    let call = world.call(TAB);
    assert!(world.tabs[TAB].calls[call].sent_with.is_none());
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn a_page_restored_after_the_session_was_ended_elsewhere_learns_it_before_its_first_call() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(MINUTE, true);
    world.server.ledger.revoke_all_grants();
    world.restore(TAB);
    let call = world.call(TAB);
    world.pass(SECOND);
    assert!(
        matches!(&world.tabs[TAB].calls[call].outcome, CallOutcome::Failed(error) if error.code == Code::SessionEnded)
    );
    assert_eq!(world.api.calls_refused, 0);
}

#[test]
fn a_page_restored_while_offline_keeps_its_session() {
    let mut world = World::signed_in(Setup::default());
    world.go_offline();
    world.restore(TAB);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    world.go_online();
    world.pass(SECOND);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_page_restored_a_hundred_times_refreshes_no_more_often_than_it_was_restored() {
    let mut world = World::signed_in(Setup::default());
    for _ in 0..100 {
        world.restore(TAB);
        world.restore(TAB);
        world.pass(SECOND);
    }
    assert!(world.server.refreshes() <= 100);
}

#[test]
fn a_closed_client_rejects_those_who_wait_and_is_silent_afterwards() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(HOUR, false);
    let call = world.call(TAB);
    let refresh = world.refresh(TAB);
    world.close(TAB);
    assert!(
        matches!(&world.tabs[TAB].calls[call].outcome, CallOutcome::Failed(error) if error.code == Code::Closed)
    );
    assert_eq!(world.tabs[TAB].outcome(refresh).as_ref().unwrap_err().code, Code::Closed);
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a closed client called") };
    assert_eq!(error.code, Code::Closed);
    for waiter in [world.sign_out(TAB), world.refresh(TAB)] {
        assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Closed);
    }
    world.close(TAB);
    let requests = world.server.token_requests.len();
    world.pass(DAY);
    assert!(world.server.token_requests.len() <= requests + 1, "only what was sent before arrives");
}

#[test]
fn closing_during_a_sign_in_rejects_it() {
    let mut world = World::new(1, Setup::oidc());
    world.begin_sign_in(TAB, Default::default());
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    let waiter = world.follow_redirect(TAB);
    world.close(TAB);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Closed);
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
}

#[test]
fn two_tabs_with_a_session_each_do_not_disturb_one_another() {
    let mut world = World::signed_in(Setup::without_cookie());
    let second = world.open_tab();
    world.sign_in(second);
    for _ in 0..60 {
        world.pass(MINUTE);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
        assert_eq!(world.call_and_wait(second), CallOutcome::Status(200));
    }
    world.sign_out(TAB);
    world.pass(HOUR);
    assert_eq!(world.call_and_wait(second), CallOutcome::Status(200));
    assert_eq!(world.server.reuse_detections, 0);
}

#[test]
fn a_reload_starts_with_nothing_because_nothing_is_stored() {
    let mut world = World::signed_in(Setup::without_cookie());
    world.reload(TAB);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
    assert_eq!(error.code, Code::NotSignedIn);
}

#[test]
fn everybody_who_ever_waited_was_answered() {
    let mut world = World::signed_in(Setup::default());
    world.network.script(Target::Token, &[Fate::RequestHangs, Fate::ResponseHangs]);
    let refresh = world.refresh(TAB);
    world.sleep(HOUR, true);
    world.call(TAB);
    world.begin_sign_in(TAB, Default::default());
    world.check_nobody_waits();
    assert!(!matches!(world.tabs[TAB].outcome(refresh), Ok(Settled::Leased(_))));
}
