//! A token that cannot be had or is refused, and what the other resources feel of it.

use super::*;

/// The server has rotated, whatever is wrong with its answer; and it is the target that failed.
#[test]
fn an_id_token_that_is_refused_beside_a_target_keeps_the_rotation_and_pauses() {
    let mut world = World::signed_in(setup());
    world.server.spoils_nonce = true;
    let call = world.call_to(TAB, ORDERS);
    world.pass(200);
    let failed = world.tabs[TAB].events.iter().rev().find_map(|event| match event {
        Event::RefreshFailed { aim, error, .. } => Some((aim.get().copied(), error.code)),
        _ => None,
    });
    assert_eq!(failed, Some((Some(0), Code::IdToken)));
    world.server.spoils_nonce = false;
    world.pass(5 * SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    assert_eq!(world.server.reuse_detections, 0);
    check(&mut world);
}

/// promise 5.1.9, with a target: the same refresh token and the same resource once more.
#[test]
fn a_rotation_whose_answer_is_lost_is_tried_once_more_for_the_same_resource() {
    let mut world = World::signed_in(Setup { reuse_interval_ms: 10 * SECOND, ..setup() });
    world.network.script(Target::Token, &[Fate::ResponseLost]);
    let calls = [ORDERS, BILLS, API].map(|url| world.call_to(TAB, url));
    world.pass(2 * SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    let spent: Vec<_> =
        world.server.token_requests[1..].iter().map(|one| (&one.spent, &one.token_for.resource)).collect();
    assert_eq!(spent.len(), 3, "twice for the orders, once for the bills");
    assert_eq!(spent[0], spent[1]);
    assert_eq!(world.server.reuse_detections, 0);
    check(&mut world);
}

#[test]
fn the_refusal_of_one_resource_renews_its_token_alone() {
    let mut world = World::signed_in(setup());
    for url in ALL {
        world.call_to_and_wait(TAB, url);
    }
    for url in [ORDERS, ADMIN, EXCHANGED] {
        let before = world.server.token_requests.len();
        let token_for = world.setup.token_for(url);
        world.server.ledger.revoke_access_tokens_for(&token_for);
        let calls: Vec<usize> = (0..20).map(|_| world.call_to(TAB, url)).collect();
        let others: Vec<usize> =
            ALL.iter().filter(|one| **one != url).map(|one| world.call_to(TAB, one)).collect();
        world.pass(SECOND);
        for call in calls {
            let call = &world.tabs[TAB].calls[call];
            assert_eq!((call.outcome.clone(), call.is_resent), (CallOutcome::Status(200), true), "{url}");
        }
        for call in others {
            let call = &world.tabs[TAB].calls[call];
            assert_eq!((call.outcome.clone(), call.is_resent), (CallOutcome::Status(200), false), "{url}");
        }
        assert_eq!(world.server.token_requests.len() - before, 1, "{url}");
    }
    check(&mut world);
}

#[test]
fn a_resource_that_refuses_everything_pauses_itself_alone() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 86_400, ..setup() });
    world.api.refuses = Some(ORDERS.into());
    for _ in 0..600 {
        world.call_to(TAB, ORDERS);
        world.pass(SECOND);
    }
    assert!(world.server.requests_for(ORDERS) <= 10, "{}", world.server.requests_for(ORDERS));
    let token_for = world.setup.token_for(BILLS);
    world.call_to_and_wait(TAB, BILLS);
    world.server.ledger.revoke_access_tokens_for(&token_for);
    assert_eq!(world.call_to_and_wait(TAB, BILLS), CallOutcome::Status(200), "no pause of the other's");
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    check(&mut world);
}

/// 8707-4
#[test]
fn a_target_that_the_server_refuses_fails_alone_and_is_named() {
    for (url, error) in [(ORDERS, "invalid_target"), (EXCHANGED, "invalid_target"), (ADMIN, "invalid_scope")]
    {
        let mut world = World::signed_in(setup());
        world.server.scripted.push_back(Reply::error(400, error));
        let calls: Vec<usize> = (0..20).map(|_| world.call_to(TAB, url)).collect();
        world.pass(SECOND);
        for call in calls {
            assert_eq!(failure(&world, call), (Code::Refused, Some(error.into()), Some(url.into())));
        }
        assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
        let others: Vec<usize> =
            ALL.iter().filter(|one| **one != url).map(|one| world.call_to(TAB, one)).collect();
        world.pass(SECOND);
        for call in others {
            assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200), "{url}");
        }
        let call = world.call_to(TAB, url);
        assert_eq!(failure(&world, call).1.as_deref(), Some(error), "at once, without a request");
        assert_eq!(world.server.requests_for(url), 1);
        world.pass(5 * MINUTE);
        assert_eq!(world.call_to_and_wait(TAB, url), CallOutcome::Status(200), "then it is tried again");
        check(&mut world);
    }
}

#[test]
fn refresh_gives_a_refused_target_another_try_and_renews_all_on_use() {
    let mut world = World::signed_in(setup());
    world.call_to_and_wait(TAB, BILLS);
    world.server.scripted.push_back(Reply::error(400, "invalid_target"));
    assert!(matches!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Failed(_)));
    let waiter = world.refresh(TAB);
    world.run_until("it is done", |world| world.tabs[TAB].is_settled(waiter));
    assert_eq!(world.server.requests_for(API), 2, "the code and the renewal");
    assert_eq!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Status(200));
    assert_eq!(world.call_to_and_wait(TAB, BILLS), CallOutcome::Status(200));
    assert_eq!((world.server.requests_for(ORDERS), world.server.requests_for(BILLS)), (2, 2));
    check(&mut world);
}

#[test]
fn the_end_of_the_grant_is_the_end_of_the_session_whoever_hears_of_it() {
    let mut world = World::signed_in(setup());
    world.call_to_and_wait(TAB, BILLS);
    world.server.ledger.revoke_all_grants();
    let calls = [ORDERS, ADMIN].map(|url| world.call_to(TAB, url));
    world.pass(SECOND);
    for call in calls {
        assert_eq!(failure(&world, call).0, Code::SessionEnded);
    }
    assert_eq!(world.tabs[TAB].session.reason(), Some("session-ended"));
    let call = world.call_to(TAB, BILLS);
    assert_eq!(failure(&world, call).0, Code::NotSignedIn, "its token is gone with the session");
    check(&mut world);
}

#[test]
fn a_server_in_trouble_is_so_for_all_and_the_pause_is_shared() {
    let mut world = World::signed_in(setup());
    world.server.down = Some(Reply::html(503).retry_after("20"));
    let calls: Vec<usize> = [ORDERS, BILLS, ADMIN].iter().map(|url| world.call_to(TAB, url)).collect();
    world.pass(10 * SECOND);
    assert_eq!(world.tabs[TAB].count(is_started), 1, "one asked, and the server said when to come back");
    assert_eq!(world.tabs[TAB].session.status(), Status::RenewalDelayed);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200), "the session's own token is good");
    world.server.down = None;
    world.pass(15 * SECOND);
    for call in calls {
        assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    }
    assert_eq!(world.server.refreshes(), 3);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    check(&mut world);
}

#[test]
fn a_target_that_is_refused_after_a_failure_is_not_asked_for_again_at_once() {
    let mut world = World::signed_in(setup());
    world.call_to_and_wait(TAB, ORDERS);
    world.server.refused_target = Some("urn:example:orders".into());
    world.server.scripted.push_back(Reply::html(500));
    let before = world.server.requests_for(ORDERS);
    world.run_until("it is refused", |world| world.server.requests_for(ORDERS) == before + 2);
    world.pass(4 * MINUTE);
    assert_eq!(world.server.requests_for(ORDERS), before + 2);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn, "the server is well");
    check(&mut world);
}

#[test]
fn a_failed_renewal_ahead_is_tried_again_by_itself() {
    let mut world = World::signed_in(setup());
    world.call_to_and_wait(TAB, ORDERS);
    world.server.scripted.extend([Reply::html(500), Reply::html(500), Reply::html(500)]);
    world.pass(15 * MINUTE);
    assert_eq!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Status(200));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    check(&mut world);
}
