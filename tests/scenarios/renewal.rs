//! Tokens that run out, and what brings new ones.

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
