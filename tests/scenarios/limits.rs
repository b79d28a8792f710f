//! Sessions that end in time: without activity, and altogether (BBA-5).

use strongroom::engine::{Code, Event, Status};

use crate::sim::*;

fn limited(limits: Limits) -> World {
    World::signed_in(Setup { limits: Some(limits), ..Setup::default() })
}

fn idle(seconds: u32) -> World {
    limited(Limits { idle_seconds: Some(seconds), ..Limits::default() })
}

/// What the application was told of limits, as `(limit, how far)`, `(limit, "off")` and `(limit, "over")`.
fn told(world: &World) -> Vec<(&'static str, String)> {
    let told = |event: &Event| match event {
        Event::SessionContinues { limit } => Some((limit.as_str(), "off".into())),
        Event::SessionEnding { limit, in_ms } => Some((limit.as_str(), format!("{in_ms}"))),
        Event::SignedOut { reason } => Some((*reason, "over".into())),
        _ => None,
    };
    world.tabs[TAB].events.iter().filter_map(told).collect()
}

fn row(limit: &'static str, what: &str) -> (&'static str, String) {
    (limit, what.into())
}

fn status(world: &World) -> Status {
    world.tabs[TAB].session.status()
}

#[test]
fn a_session_without_activity_is_warned_and_ends_with_its_tokens_revoked() {
    let mut world = idle(1_800);
    world.pass(1_739 * SECOND);
    assert_eq!((status(&world), told(&world)), (Status::SignedIn, vec![]));
    world.pass(2 * SECOND);
    assert_eq!(told(&world), [row("idle", "60000")]);
    world.pass(58 * SECOND);
    assert_eq!(status(&world), Status::SignedIn);
    world.pass(2 * SECOND);
    assert_eq!(status(&world), Status::SignedOut);
    assert_eq!(told(&world), [row("idle", "60000"), row("idle", "over")]);
    assert_eq!(world.tabs[TAB].session.reason(), Some("idle"));
    // Renewals went on meanwhile, and were no activity; the newest refresh token is the one that goes (7009-7).
    assert!(world.server.refreshes() >= 2);
    assert_eq!(world.server.revoked.len(), 1);
    assert!(world.server.ledger.grants.iter().all(|grant| grant.is_revoked));
    let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
    assert_eq!(error.code, Code::NotSignedIn);
}

#[test]
fn a_server_that_renews_so_often_only_is_not_asked_again_and_the_end_is_told() {
    let limits = Some(Limits { max_renewals: Some(2), ..Limits::default() });
    let mut world = World::signed_in(Setup { limits, ..Setup::with_tokens() });
    let ends_at = |world: &World| world.tabs[TAB].session.session_ends_at();
    let renew = |world: &mut World| {
        let waiter = world.refresh(TAB);
        world.pass(SECOND);
        world.tabs[TAB].outcome(waiter).as_ref().map_err(|error| error.code).map(|_| ())
    };
    assert_eq!(renew(&mut world), Ok(()));
    assert_eq!((ends_at(&world), told(&world)), (None, vec![]));
    assert_eq!(renew(&mut world), Ok(()));
    let session = &world.tabs[TAB].session;
    let end = session.expires_at().expect("an expiry");
    assert_eq!((ends_at(&world), session.refresh_at()), (Some(end), None));
    assert_eq!((renew(&mut world), status(&world)), (Err(Code::NotRenewable), Status::SignedIn));
    let left = end - world.now(TAB);
    world.pass(left - MINUTE - SECOND);
    assert_eq!(told(&world), vec![]);
    world.pass(2 * SECOND);
    assert_eq!(told(&world).len(), 1);
    assert!(matches!(world.call_and_wait(TAB), CallOutcome::Status(200)));
    world.pass(MINUTE);
    assert_eq!(told(&world).pop(), Some(row("renewals", "over")));
    assert_eq!((status(&world), world.tabs[TAB].session.reason()), (Status::SignedOut, Some("renewals")));
    assert_eq!((world.server.refreshes(), world.server.revoked.len()), (2, 1));
}

#[test]
fn calls_and_the_applications_word_are_activity() {
    let mut world = idle(600);
    for at in 0..20 {
        world.pass(5 * MINUTE);
        if at % 2 == 0 { world.touch(TAB) } else { _ = world.call_and_wait(TAB) }
    }
    assert_eq!((status(&world), told(&world)), (Status::SignedIn, vec![]));
    world.pass(11 * MINUTE);
    assert_eq!(status(&world), Status::SignedOut);
}

#[test]
fn what_the_client_does_by_itself_is_no_activity() {
    let mut world = limited(Limits { idle_seconds: Some(600), ..Limits::default() });
    for _ in 0..11 {
        world.pass(MINUTE);
        world.wake(TAB);
        world.notice(TAB);
        world.refresh(TAB);
    }
    assert!(world.server.refreshes() >= 9);
    assert_eq!(world.tabs[TAB].session.reason(), Some("idle"));
}

/// Most calls ask nobody: one in a second does, and that is enough.
#[test]
fn each_call_that_needs_not_ask_comes_within_a_second_of_one_that_did() {
    let mut world = idle(600);
    for _ in 0..600 {
        world.pass(SECOND);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
        let now = world.now(TAB);
        let until = world.tabs[TAB].lease_at_hand(now).and_then(|lease| lease.until).expect("a lease");
        assert!(until <= now + SECOND, "{}", until - now);
    }
    world.pass(599 * SECOND);
    assert_eq!(status(&world), Status::SignedIn);
    world.pass(2 * SECOND);
    assert_eq!(status(&world), Status::SignedOut);
}

#[test]
fn calls_do_not_count_where_the_application_polls() {
    let mut world =
        limited(Limits { idle_seconds: Some(600), counts_calls: Some(false), ..Limits::default() });
    let now = world.now(TAB);
    let until = world.tabs[TAB].lease_at_hand(now).and_then(|lease| lease.until).expect("a lease");
    assert!(until > now + 5 * MINUTE, "and need not ask");
    for _ in 0..11 {
        world.pass(MINUTE);
        // Then it does ask.
        world.server.ledger.revoke_access_tokens();
        world.call_and_wait(TAB);
    }
    assert_eq!(world.tabs[TAB].session.reason(), Some("idle"));
}

#[test]
fn a_warning_that_is_heeded_is_called_off() {
    let mut world = idle(600);
    for _ in 0..2 {
        world.pass(550 * SECOND);
        world.touch(TAB);
        world.touch(TAB);
    }
    let once = [row("idle", "60000"), row("idle", "off")];
    assert_eq!(told(&world), [once.clone(), once].concat());
    assert_eq!(status(&world), Status::SignedIn);
}

/// BBA-5
#[test]
fn no_activity_and_no_refresh_moves_the_absolute_end() {
    let mut world = limited(Limits { absolute_seconds: Some(3_600), ..Limits::default() });
    for _ in 0..59 {
        world.pass(MINUTE);
        world.touch(TAB);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    }
    world.pass(2 * MINUTE);
    assert_eq!(told(&world), [row("absolute", "60000"), row("absolute", "over")]);
    assert_eq!(world.tabs[TAB].session.reason(), Some("absolute"));
    assert_eq!(world.api.expired_seen, 0);
    // Another sign-in is another session.
    world.sign_in(TAB);
    world.pass(59 * MINUTE);
    assert_eq!(status(&world), Status::SignedIn);
}

#[test]
fn the_sooner_of_two_limits_ends_the_session() {
    for (idle_seconds, absolute_seconds, ends) in [(600, 601, "idle"), (601, 600, "absolute")] {
        let mut world = limited(Limits {
            idle_seconds: Some(idle_seconds),
            absolute_seconds: Some(absolute_seconds),
            warn_seconds: Some(0),
            ..Limits::default()
        });
        world.pass(700 * SECOND);
        assert_eq!(told(&world), [row(ends, "over")], "without a warning");
    }
}

#[test]
fn a_warning_comes_at_most_half_the_limit_before_the_end() {
    let mut world = limited(Limits {
        idle_seconds: Some(40),
        absolute_seconds: Some(100),
        warn_seconds: Some(86_400),
        ..Limits::default()
    });
    world.pass(21 * SECOND);
    world.touch(TAB);
    world.pass(60 * SECOND);
    let idle = row("idle", "20000");
    assert_eq!(
        told(&world),
        [idle.clone(), row("idle", "off"), idle, row("absolute", "50000"), row("idle", "over")]
    );
}

#[test]
fn a_session_whose_limit_passed_in_sleep_sends_no_token_on_waking() {
    for monotonic_stops_in_sleep in [true, false] {
        for limits in [
            Limits { idle_seconds: Some(3_600), ..Limits::default() },
            Limits { absolute_seconds: Some(3_600), ..Limits::default() },
            Limits { idle_seconds: Some(3_600), counts_calls: Some(false), ..Limits::default() },
        ] {
            let mut world = World::signed_in(Setup {
                limits: Some(limits),
                lifetime_seconds: 86_400,
                ..Setup::default()
            });
            world.clock.monotonic_stops_in_sleep = monotonic_stops_in_sleep;
            world.sleep(2 * HOUR, true);
            // Nobody said wake; the access token would still be good.
            let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
            assert_eq!(error.code, Code::NotSignedIn);
            assert_eq!(told(&world).len(), 1, "no warning after the end");
            assert_eq!(world.server.refreshes(), 0);
        }
    }
}

/// The answer is handled before a deadline that passed in sleep, but not before this one.
#[test]
fn tokens_that_arrive_on_waking_after_the_limit_are_revoked_and_used_by_no_call() {
    let limits = Some(Limits { idle_seconds: Some(1_800), ..Limits::default() });
    let mut world = World::signed_in(Setup { limits, ..Setup::without_cookie() });
    world.network.latency_ms = 500;
    world.pass(5 * MINUTE);
    world.server.ledger.revoke_access_tokens();
    let call = world.call(TAB);
    world.run_until("the server has renewed", |world| world.server.refreshes() == 1);
    world.sleep(9 * HOUR, false);
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].session.reason(), Some("idle"));
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(401), "the API's own answer");
    assert!(world.server.ledger.grants.iter().all(|grant| grant.is_revoked));
    assert_eq!(world.server.revoked.len(), 2, "the old refresh token and the one that came late");
}

#[test]
fn a_sign_in_under_way_survives_the_end_of_the_session_before() {
    let limits = Some(Limits { idle_seconds: Some(600), ..Limits::default() });
    let mut world = World::signed_in(Setup { limits, ..Setup::oidc() });
    world.pass(599 * SECOND);
    world.begin_sign_in(TAB, strongroom::engine::SignInRequest::default());
    world.pass(2 * SECOND);
    assert_eq!(world.tabs[TAB].session.reason(), Some("idle"));
    let address = world.tabs[TAB].address.take().expect("the page was taken to the server");
    let callback = world.server.authorize(&address, &mut world.random, world.clock.truth());
    let waiter = world.complete_sign_in(TAB, &callback);
    world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
    assert_eq!(status(&world), Status::SignedIn);
    world.pass(599 * SECOND);
    assert_eq!(status(&world), Status::SignedIn, "it is a session of its own");
}

#[test]
fn set_tokens_begins_a_session_of_its_own() {
    let limits = Some(Limits { idle_seconds: Some(600), ..Limits::default() });
    let mut world = World::signed_in(Setup { limits, ..Setup::with_tokens() });
    world.pass(599 * SECOND);
    let response = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &response);
    world.pass(599 * SECOND);
    assert_eq!(status(&world), Status::SignedIn);
    world.pass(2 * SECOND);
    assert_eq!(status(&world), Status::SignedOut);
}

#[test]
fn without_anybody_signed_in_nothing_is_told_and_nothing_waits() {
    let mut world = World::new(
        1,
        Setup { limits: Some(Limits { idle_seconds: Some(10), ..Limits::default() }), ..Setup::default() },
    );
    world.touch(TAB);
    world.pass(HOUR);
    assert_eq!(told(&world), []);
    assert_eq!(world.tabs[TAB].session.poll_timeout(), None);
}
