//! APIs that refuse a token.

use strongroom::engine::{Cause, Event, Status};

use crate::sim::*;

#[test]
fn a_revoked_token_is_replaced_and_the_call_sent_again() {
    let mut world = World::signed_in(Setup::default());
    world.server.ledger.revoke_access_tokens();
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!((world.server.refreshes(), world.api.calls_refused), (1, 1));
    let is_for_refusal = |event: &Event| matches!(event, Event::RefreshStarted { cause: Cause::Refused, .. });
    assert_eq!(world.tabs[TAB].count(is_for_refusal), 1);
}

#[test]
fn five_hundred_refused_calls_share_one_refresh() {
    let mut world = World::signed_in(Setup::default());
    world.server.ledger.revoke_access_tokens();
    let calls: Vec<usize> = (0..500).map(|_| world.call(TAB)).collect();
    world.pass(2 * SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    assert_eq!((world.server.refreshes(), world.api.calls_refused), (1, 500));
}

#[test]
fn a_401_for_a_replaced_token_is_resent_without_a_refresh() {
    let mut world = World::signed_in(Setup::with_tokens());
    world.network.script(Target::Api, &[Fate::Late(10 * SECOND)]);
    let call = world.call(TAB);
    world.refresh(TAB);
    world.pass(SECOND);
    assert_eq!(world.server.refreshes(), 1);
    world.server.ledger.revoke_access_tokens();
    let fresh = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &fresh);
    world.pass(10 * SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    assert!(world.tabs[TAB].calls[call].is_resent);
    assert_eq!(world.server.refreshes(), 1, "the newer tokens were there already");
}

#[test]
fn while_a_refused_token_is_replaced_new_calls_wait_instead_of_using_it() {
    let mut world = World::signed_in(Setup::default());
    world.server.ledger.revoke_access_tokens();
    world.network.script(Target::Token, &[Fate::Late(5 * SECOND)]);
    let first = world.call(TAB);
    world.pass(SECOND);
    let second = world.call(TAB);
    assert!(world.tabs[TAB].calls[second].sent_with.is_none());
    world.pass(10 * SECOND);
    for call in [first, second] {
        assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    }
    assert_eq!(world.api.calls_refused, 1);
}

#[test]
fn an_api_that_refuses_every_token_does_not_cause_a_storm() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 86_400, ..Setup::default() });
    world.api.refuses_all = true;
    for _ in 0..3_600 {
        world.call(TAB);
        world.pass(SECOND);
    }
    assert!(
        (2..=20).contains(&world.server.refreshes()),
        "{} refreshes in an hour",
        world.server.refreshes()
    );
    let pending = world.tabs[TAB].calls.iter().filter(|call| call.outcome == CallOutcome::Pending).count();
    assert!(pending <= 1, "a call that cannot be cured ends with its 401");
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn, "an API does not sign anybody out");
    world.api.refuses_all = false;
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn two_revocations_two_seconds_apart_are_both_cured() {
    let mut world = World::signed_in(Setup::default());
    for revocations in 1..=5 {
        world.server.ledger.revoke_access_tokens();
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
        assert_eq!(world.server.refreshes(), revocations);
        world.pass(2 * SECOND);
    }
}

#[test]
fn a_good_answer_to_a_call_that_was_never_refused_excuses_no_refusal() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 86_400, ..Setup::default() });
    for second in 0..600 {
        world.api.refuses_all = second % 2 == 0;
        world.call_and_wait(TAB);
        world.pass(SECOND);
    }
    assert!(world.server.refreshes() <= 10, "{}", world.server.refreshes());
}

#[test]
fn a_refusal_cannot_be_cured_without_a_refresh_token() {
    let mut world = World::signed_in(Setup { issues_refresh_tokens: false, ..Setup::without_cookie() });
    world.server.ledger.revoke_access_tokens();
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(401));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn a_refusal_while_the_server_is_down_returns_the_401_and_keeps_the_session() {
    let mut world = World::signed_in(Setup::default());
    world.server.ledger.revoke_access_tokens();
    world.server.down = Some(Reply::html(503));
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(401));
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    let before = world.tabs[TAB].witness.pace.renewals;
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(401));
    assert_eq!(world.tabs[TAB].witness.pace.renewals, before, "within the pause nothing is asked");
    world.server.down = None;
    world.pass(5 * SECOND);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_token_of_unknown_lifetime_is_used_until_it_is_refused_and_then_replaced() {
    let setup = Setup { advertises_lifetime: false, lifetime_seconds: 60, ..Setup::default() };
    let mut world = World::signed_in(setup);
    let mut refused = 0;
    for _ in 0..3_600 {
        world.pass(SECOND);
        if world.call_and_wait(TAB) != CallOutcome::Status(200) {
            refused += 1;
        }
    }
    assert_eq!(refused, 0, "a refresh would have cured every one of these calls");
    assert!((50..=70).contains(&world.server.refreshes()), "{}", world.server.refreshes());
    assert_eq!(world.tabs[TAB].session.expires_at(), None);
}

#[test]
fn after_a_long_quiet_the_pause_for_refusals_is_short_again() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 86_400, ..Setup::default() });
    world.api.refuses_all = true;
    for _ in 0..1_200 {
        world.call(TAB);
        world.pass(SECOND);
    }
    world.api.refuses_all = false;
    world.pass(2 * HOUR);
    world.server.ledger.revoke_access_tokens();
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    world.pass(15 * SECOND);
    world.server.ledger.revoke_access_tokens();
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200), "10 seconds are the first pause");
}

#[test]
fn a_new_user_does_not_inherit_the_pause_for_refusals() {
    let mut world = World::signed_in(Setup { kind: "oauth", scope: "a", ..Setup::default() });
    world.server.ledger.revoke_access_tokens();
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    world.sign_out(TAB);
    world.pass(SECOND);
    let given = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &given);
    world.server.ledger.revoke_access_tokens();
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}
