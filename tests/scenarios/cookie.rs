//! A session that the back end's cookie holds, which no script can see: whether it is there, only a request tells.

use strongroom::engine::{Code, Event, Settled, Status};

use crate::sim::*;

#[test]
fn a_new_page_is_signed_in_by_one_refresh() {
    let mut world = World::signed_in(Setup::default());
    world.reload(TAB);
    assert_eq!(world.tabs[TAB].session.status(), Status::SigningIn);
    let waiter = world.complete_sign_in(TAB, "https://app.example/orders");
    let call = world.call(TAB);
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::NoCallback)));
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn without_a_session_a_new_page_is_signed_out_and_nothing_is_an_error() {
    let mut world = World::new(1, Setup::default());
    let waiter = world.complete_sign_in(TAB, "https://app.example/");
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::NoCallback)));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.tabs[TAB].session.reason(), None);
    assert!(world.tabs[TAB].events.is_empty(), "{:?}", world.tabs[TAB].events);
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
    assert_eq!(error.code, Code::NotSignedIn);
    let late = world.complete_sign_in(TAB, "https://app.example/");
    assert!(matches!(world.tabs[TAB].outcome(late), Ok(Settled::NoCallback)));
    world.pass(SECOND);
    assert_eq!(world.server.token_requests.len(), 1, "once it is known, nobody asks again");
}

#[test]
fn a_page_that_could_not_ask_says_so_and_asks_when_it_next_needs_to_know() {
    let mut world = World::signed_in(Setup::default());
    world.go_offline();
    world.reload(TAB);
    let waiter = world.complete_sign_in(TAB, "https://app.example/");
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Unreachable);
    assert_eq!(world.tabs[TAB].session.status(), Status::SigningIn, "nobody knows");
    let again = world.complete_sign_in(TAB, "https://app.example/");
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].outcome(again).as_ref().unwrap_err().code, Code::Unreachable);
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
    assert_eq!(error.code, Code::Unreachable);
    world.go_online();
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!(world.server.reuse_detections, 0);
}

#[test]
fn a_server_that_is_down_leaves_it_open_who_is_signed_in() {
    let mut world = World::signed_in(Setup::default());
    world.server.down = Some(Reply::html(503));
    world.reload(TAB);
    let waiter = world.complete_sign_in(TAB, "https://app.example/");
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Unavailable);
    world.server.down = None;
    let refresh = world.refresh(TAB);
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(refresh), Ok(Settled::Done)));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn a_check_that_hangs_is_bounded() {
    let mut world = World::signed_in(Setup::default());
    world.network.script(Target::Token, &[Fate::RequestHangs]);
    world.reload(TAB);
    let waiter = world.complete_sign_in(TAB, "https://app.example/");
    world.pass(20 * SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Timeout);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn twenty_tabs_with_a_vault_each_refresh_one_after_another_and_none_spends_anothers_token() {
    let mut world = World::signed_in(Setup::default());
    let tabs: Vec<usize> = (1..20).map(|_| world.open_tab()).chain([TAB]).collect();
    world.pass(MINUTE);
    world.sleep(HOUR, false);
    let before = world.server.refreshes();
    let calls: Vec<(usize, usize)> = tabs
        .iter()
        .flat_map(|tab| (0..20).map(|_| *tab).collect::<Vec<_>>())
        .map(|tab| (tab, world.call(tab)))
        .collect();
    world.pass(10 * SECOND);
    for (tab, call) in calls {
        assert_eq!(world.tabs[tab].calls[call].outcome, CallOutcome::Status(200), "tab {tab}");
    }
    assert_eq!(world.server.refreshes() - before, 20, "one for each vault, as no token passes between them");
    assert_eq!(world.server.reuse_detections, 0);
}

#[test]
fn a_sign_out_waits_its_turn_behind_another_tabs_refresh_and_ends_what_that_brought() {
    let mut world = World::signed_in(Setup::default());
    let second = world.open_tab();
    world.pass(SECOND);
    world.network.script(Target::Token, &[Fate::Late(2 * SECOND)]);
    world.refresh(second);
    let waiter = world.sign_out(TAB);
    world.pass(5 * SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
    assert_eq!(world.browser.cookie, None);
    assert!(world.server.ledger.grants.iter().all(|grant| grant.is_revoked));
    world.refresh(second);
    world.pass(SECOND);
    assert_eq!(world.tabs[second].session.reason(), Some("session-ended"));
}

#[test]
fn a_refresh_that_waits_for_its_turn_is_not_sent_after_a_sign_out() {
    let mut world = World::signed_in(Setup::default());
    let second = world.open_tab();
    world.pass(SECOND);
    let before = world.server.refreshes();
    world.network.script(Target::Token, &[Fate::Late(2 * SECOND)]);
    world.refresh(second);
    world.refresh(TAB);
    world.sign_out(TAB);
    world.pass(MINUTE);
    assert_eq!(world.server.refreshes() - before, 1, "only the second tab's");
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
}

#[test]
fn a_sign_out_that_the_server_did_not_hear_of_is_an_error_because_the_cookie_is_still_there() {
    let mut world = World::signed_in(Setup::default());
    world.go_offline();
    let waiter = world.sign_out(TAB);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    world.pass(6 * SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Unreachable);
    world.go_online();
    world.pass(HOUR);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut, "and nothing brings it back by itself");
    let waiter = world.sign_out(TAB);
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)));
    assert_eq!(world.browser.cookie, None);
}

#[test]
fn a_sign_out_that_nobody_answers_is_an_error_too() {
    let mut world = World::signed_in(Setup::default());
    world.network.script(Target::Revocation, &[Fate::RequestHangs]);
    let waiter = world.sign_out(TAB);
    world.pass(5 * SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Timeout);
}

#[test]
fn a_sign_out_while_it_is_checked_whether_somebody_is_there_leaves_nobody() {
    let mut world = World::signed_in(Setup::default());
    world.network.script(Target::Token, &[Fate::Late(2 * SECOND)]);
    world.reload(TAB);
    let landing = world.complete_sign_in(TAB, "https://app.example/");
    let waiter = world.sign_out(TAB);
    world.pass(MINUTE);
    assert!(world.tabs[TAB].is_settled(landing) && world.tabs[TAB].is_settled(waiter));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.browser.cookie, None);
    let is_sign_in = |event: &Event| matches!(event, Event::SignedIn { .. });
    assert_eq!(world.tabs[TAB].count(is_sign_in), 1, "that of before");
}

#[test]
fn another_users_cookie_ends_the_session_of_the_first() {
    let mut world = World::signed_in(Setup::default());
    world.server.switched_subject = Some("mallory".into());
    world.refresh(TAB);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.reason(), Some("account-switch"));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
}

#[test]
fn a_sign_in_while_it_is_checked_counts_and_the_check_does_not() {
    let mut world = World::new(1, Setup::default());
    world.pass(SECOND);
    world.reload(TAB);
    world.sign_in(TAB);
    assert_eq!(world.tabs[TAB].session.generation(), 1);
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].session.generation(), 1);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn wrong_credentials_are_told_as_such_and_leave_everything_as_it_was() {
    let mut world = World::signed_in(Setup { kind: "cookie", ..Setup::default() });
    let waiter = world.begin_sign_in_by_password(TAB, "wrong");
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Credentials);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_sign_out_that_was_not_heard_is_said_again_before_anybody_asks_for_the_session() {
    let mut world = World::signed_in(Setup::default());
    world.go_offline();
    world.sign_out(TAB);
    world.pass(6 * SECOND);
    world.go_online();
    let waiter = world.complete_sign_in(TAB, "https://app.example/");
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::NoCallback)));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.browser.cookie, None);
}

/// As often as it takes.
#[test]
fn a_sign_out_that_is_not_heard_again_keeps_the_session_out() {
    let mut world = World::signed_in(Setup::default());
    world.reload(TAB);
    world.pass(SECOND);
    world.network.script(Target::Revocation, &[Fate::RequestLost, Fate::RequestLost]);
    world.sign_out(TAB);
    world.pass(SECOND);
    let before = world.server.refreshes();
    let landing = world.complete_sign_in(TAB, "https://app.example/");
    world.restore(TAB);
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
    let told = world.tabs[TAB].outcome(landing).as_ref().unwrap_err().code;
    assert_eq!((told, error.code), (Code::Unreachable, Code::Unreachable));
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
    assert_eq!((error.code, world.tabs[TAB].session.status()), (Code::NotSignedIn, Status::SignedOut));
    assert_eq!(world.server.refreshes(), before, "a session that is not wanted is not asked for");
    let landing = world.complete_sign_in(TAB, "https://app.example/");
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(landing), Ok(Settled::NoCallback)));
    assert_eq!((&world.browser.cookie, world.tabs[TAB].session.status()), (&None, Status::SignedOut));
}

#[test]
fn whoever_asks_for_the_session_during_a_sign_out_waits_for_its_end() {
    for (fate, code) in [(Fate::Delivered, Code::NotSignedIn), (Fate::RequestLost, Code::Unreachable)] {
        let mut world = World::signed_in(Setup::default());
        world.network.script(Target::Revocation, &[fate]);
        world.sign_out(TAB);
        let refresh = world.refresh(TAB);
        world.pass(SECOND);
        let told = world.tabs[TAB].outcome(refresh).as_ref().unwrap_err().code;
        assert_eq!((told, world.tabs[TAB].session.status()), (code, Status::SignedOut), "{fate:?}");
    }
}

#[test]
fn a_sign_out_is_not_undone_by_a_page_that_is_restored() {
    let mut world = World::signed_in(Setup { has_revocation: false, ..Setup::default() });
    for is_known in [true, false] {
        if !is_known {
            world.sign_in(TAB);
            world.reload(TAB);
        }
        world.sign_out(TAB);
        world.restore(TAB);
        world.pass(SECOND);
        let session = &world.tabs[TAB].session;
        assert_eq!((session.status(), session.reason()), (Status::SignedOut, Some("sign-out")), "{is_known}");
    }
}

#[test]
fn a_sign_in_does_not_wait_for_a_check_that_hangs() {
    let mut world = World::signed_in(Setup { kind: "cookie", ..Setup::default() });
    world.network.script(Target::Token, &[Fate::RequestHangs]);
    world.reload(TAB);
    let landing = world.complete_sign_in(TAB, "https://app.example/");
    let waiter = world.begin_sign_in_by_password(TAB, "wrong");
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().code, Code::Credentials);
    assert!(matches!(world.tabs[TAB].outcome(landing), Ok(Settled::NoCallback)), "checked after it");
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    world.sign_in(TAB);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_sign_out_that_hangs_keeps_nobody_waiting_for_his_turn() {
    let mut world = World::signed_in(Setup::default());
    world.network.script(Target::Revocation, &[Fate::RequestHangs]);
    world.sign_out(TAB);
    world.pass(6 * SECOND);
    world.sign_in(TAB);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}
