//! Clocks that lie and machines that sleep (promise 9).

use strongroom::engine::Status;

use crate::sim::*;

const YEAR: u64 = 365 * DAY;

#[test]
fn a_laptop_that_slept_all_night_refreshes_once_on_waking() {
    for monotonic_stops_in_sleep in [true, false] {
        let mut world = World::signed_in(Setup::default());
        world.clock.monotonic_stops_in_sleep = monotonic_stops_in_sleep;
        world.pass(MINUTE);
        world.sleep(9 * HOUR, true);
        world.wake(TAB);
        world.pass(MINUTE);
        assert_eq!(world.server.refreshes(), 1);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
        assert_eq!(world.api.expired_seen, 0);
    }
}

#[test]
fn a_call_on_waking_gets_a_new_token_although_no_timer_fired_and_nobody_said_wake() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(9 * HOUR, true);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!((world.server.refreshes(), world.api.expired_seen), (1, 0));
}

#[test]
fn an_answer_that_arrives_on_waking_is_taken_not_thrown_away() {
    let mut world = World::signed_in(Setup::default());
    world.network.latency_ms = 500;
    world.refresh(TAB);
    world.pass(700);
    assert_eq!(world.server.refreshes(), 1, "the server has rotated");
    world.sleep(9 * HOUR, false);
    world.pass(10 * SECOND);
    assert_eq!(world.server.reuse_detections, 0);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_wake_just_before_the_answer_does_not_spend_the_refresh_token_twice() {
    let mut world = World::signed_in(Setup::default());
    world.network.latency_ms = 500;
    world.refresh(TAB);
    world.pass(700);
    world.sleep(9 * HOUR, false);
    world.wake(TAB);
    world.pass(10 * SECOND);
    assert_eq!(world.server.reuse_detections, 0);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn a_clock_set_forward_by_a_minute_during_a_refresh_does_not_spend_the_refresh_token_twice() {
    let mut world = World::signed_in(Setup::default());
    world.refresh(TAB);
    world.pass(50);
    world.clock.set_wall(60_000);
    world.wake(TAB);
    world.pass(MINUTE);
    assert_eq!(world.server.reuse_detections, 0);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn a_connection_that_broke_in_sleep_is_retried_on_waking() {
    let mut world = World::signed_in(Setup { reuse_interval_ms: YEAR, ..Setup::default() });
    world.network.latency_ms = 500;
    world.refresh(TAB);
    world.pass(700);
    world.sleep(9 * HOUR, true);
    world.wake(TAB);
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_clock_set_forward_a_year_costs_one_refresh_and_no_logout() {
    let mut world = World::signed_in(Setup::default());
    world.pass(MINUTE);
    world.clock.set_wall(YEAR as i64);
    world.wake(TAB);
    world.pass(MINUTE);
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    world.pass(HOUR);
    assert!((6..=9).contains(&world.server.refreshes()), "{}", world.server.refreshes());
}

#[test]
fn a_clock_set_back_a_year_changes_nothing() {
    let mut world = World::signed_in(Setup::default());
    world.pass(MINUTE);
    world.clock.set_wall(-(YEAR as i64));
    world.wake(TAB);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!(world.server.refreshes(), 0);
    world.pass(HOUR);
    assert!((5..=8).contains(&world.server.refreshes()), "{}", world.server.refreshes());
    assert_eq!(world.api.expired_seen, 0);
}

#[test]
fn a_clock_that_jumps_to_and_fro_all_day_causes_no_storm() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 3_600, ..Setup::default() });
    for hour in 0..24 {
        let forward = if hour % 2 == 0 { 1 } else { -1 };
        world.clock.set_wall(forward * 6 * HOUR as i64);
        world.wake(TAB);
        world.pass(HOUR);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    }
    assert!(world.server.refreshes() <= 50, "{}", world.server.refreshes());
    assert_eq!(world.api.expired_seen, 0);
}

#[test]
fn a_thirty_day_lifetime_is_renewed_after_almost_thirty_days() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 30 * 86_400, ..Setup::default() });
    world.pass(30 * DAY - 2 * MINUTE);
    assert_eq!(world.server.refreshes(), 0);
    world.pass(2 * MINUTE);
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(world.api.expired_seen, 0);
}

#[test]
fn a_lifetime_of_nine_years_overflows_nothing() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 9 * 365 * 86_400, ..Setup::default() });
    world.pass(40 * DAY);
    assert_eq!(world.server.refreshes(), 0);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_lifetime_of_a_thousand_years_counts_as_unknown() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 1_000 * 365 * 86_400, ..Setup::default() });
    assert_eq!(world.tabs[TAB].session.expires_at(), None);
    world.pass(DAY);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    assert_eq!(world.server.refreshes(), 0);
}

#[test]
fn a_five_second_lifetime_is_served_without_a_storm() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 5, ..Setup::default() });
    for _ in 0..600 {
        world.pass(SECOND / 10);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    }
    assert!((15..=35).contains(&world.server.refreshes()), "{}", world.server.refreshes());
    assert_eq!(world.api.expired_seen, 0);
}

#[test]
fn an_answer_slower_than_the_lifetime_it_gives_is_told_so_and_causes_no_loop() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 5, ..Setup::default() });
    world.network.script(Target::Token, &[Fate::Late(10 * SECOND); 20]);
    world.pass(MINUTE);
    assert!(world.server.refreshes() <= 8, "{}", world.server.refreshes());
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}
