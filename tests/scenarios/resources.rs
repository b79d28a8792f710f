//! Resources with a token of their own (RFC 8707, RFC 8693): one refresh token, one request at a time.

use serde_json::json;
use strongroom::engine::{Cause, Code, Event, Status};

use crate::sim::setup::{API, TokenFor};
use crate::sim::token_endpoint::EXCHANGE;
use crate::sim::*;

#[path = "resources/exchange.rs"]
mod exchange;
#[path = "resources/failures.rs"]
mod failures;

const ORDERS: &str = "https://orders.example/";
const BILLS: &str = "https://bills.example/";
const ADMIN: &str = "https://api.example/admin/";
const EXCHANGED: &str = "https://legacy.example/";

const SCOPE: &str = "openid offline_access read write";

/// The session's own API, two resources, one below the first API's path, and one whose token is exchanged.
fn setup() -> Setup {
    Setup {
        scope: SCOPE,
        resources: vec![
            json!({ "url": ORDERS, "resource": "urn:example:orders", "scope": "read" }),
            json!({ "url": BILLS, "resource": "https://bills.example/?v=1" }),
            json!({ "url": ADMIN, "scope": "write" }),
            json!({ "url": EXCHANGED, "exchange": { "audience": "legacy & co" } }),
        ],
        ..Setup::default()
    }
}

const ALL: [&str; 5] = [API, ORDERS, BILLS, ADMIN, EXCHANGED];

fn is_started(event: &Event) -> bool {
    matches!(event, Event::RefreshStarted { .. })
}

fn failure(world: &World, call: usize) -> (Code, Option<String>, Option<String>) {
    match &world.tabs[TAB].calls[call].outcome {
        CallOutcome::Failed(error) => (error.code, error.error.clone(), error.resource.get().cloned()),
        other => panic!("{other:?}"),
    }
}

fn check(world: &mut World) {
    world.check_nobody_waits();
    assert_eq!(world.api.expired_seen, 0);
}

/// RFC 8707 §2.1: what is not asked for here cannot be asked for later; each once.
#[test]
fn the_authorization_request_names_all_resources() {
    let mut setup = setup();
    setup.resources.push(json!({ "url": "https://more.example/", "resource": "urn:example:orders" }));
    let mut world = World::signed_in(setup);
    assert_eq!(world.server.asked_resources, "urn:example:orders https://bills.example/?v=1");
    assert_eq!(world.server.token_requests[0].token_for, TokenFor::default(), "the code exchange names none");
    assert_eq!(world.server.token_requests.len(), 1, "nothing is fetched that no call needs");
    check(&mut world);
    // Pushed, too.
    let mut world = World::signed_in(Setup { has_pushing: true, requires_pushing: true, ..self::setup() });
    assert_eq!(world.server.asked_resources, "urn:example:orders https://bills.example/?v=1");
    check(&mut world);
}

#[test]
fn every_call_has_the_token_of_its_resource() {
    let mut world = World::signed_in(setup());
    for _ in 0..3 {
        for url in ALL {
            assert_eq!(world.call_to_and_wait(TAB, &[url, "x"].concat()), CallOutcome::Status(200), "{url}");
        }
    }
    assert_eq!(world.api.calls_served, 15);
    for url in ALL {
        assert_eq!(world.server.requests_for(url), 1, "{url}");
    }
    assert_eq!(world.server.reuse_detections, 0);
    check(&mut world);
}

/// Twenty calls each at one moment: one request for each token, none while another is under way ([`Witness`] sees to it).
#[test]
fn a_storm_over_all_resources_costs_one_request_for_each() {
    for latency_ms in [1, 40, 2_000] {
        let mut world = World::signed_in(setup());
        world.network.latency_ms = latency_ms;
        let calls: Vec<usize> = (0..20).flat_map(|_| ALL).map(|url| world.call_to(TAB, url)).collect();
        world.pass(29 * SECOND);
        for call in calls {
            assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
        }
        assert_eq!((world.server.token_requests.len(), world.api.calls_served), (5, 100));
        check(&mut world);
    }
}

#[test]
fn a_storm_after_a_night_costs_one_request_for_each() {
    let mut world = World::signed_in(setup());
    for url in ALL {
        world.call_to_and_wait(TAB, url);
    }
    world.sleep(8 * HOUR, true);
    let before = world.server.token_requests.len();
    let calls: Vec<usize> = (0..20).flat_map(|_| ALL).map(|url| world.call_to(TAB, url)).collect();
    world.pass(SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    assert_eq!(world.server.token_requests.len() - before, 5);
    check(&mut world);
}

#[test]
fn urls_that_ask_for_the_same_share_one_token() {
    let mut setup = setup();
    let same = "https://same.example/";
    setup.resources.push(json!({ "url": same, "scope": "read", "resource": "urn:example:orders" }));
    let mut world = World::signed_in(setup);
    for url in [ORDERS, same, ORDERS, same] {
        assert_eq!(world.call_to_and_wait(TAB, url), CallOutcome::Status(200));
    }
    assert_eq!(world.server.refreshes(), 1);
    check(&mut world);
}

#[test]
fn a_closed_client_has_no_token_for_anybody() {
    let mut world = World::signed_in(setup());
    world.call_to_and_wait(TAB, ORDERS);
    let waiting = world.call_to(TAB, BILLS);
    world.close(TAB);
    let late = world.call_to(TAB, ORDERS);
    for call in [waiting, late] {
        assert_eq!(failure(&world, call).0, Code::Closed);
    }
}

#[test]
fn another_user_gets_no_token_of_the_one_before() {
    for ends in ["sign-out", "switch", "setTokens", "sign-in"] {
        let mut world = World::signed_in(setup());
        for url in ALL {
            world.call_to_and_wait(TAB, url);
        }
        let before = world.server.token_requests.len();
        let aim = world.tabs[TAB].session.config().resources.find(ORDERS).expect("a resource").aim;
        let generation = world.tabs[TAB].session.generation_of(aim);
        match ends {
            "sign-out" => {
                world.sign_out(TAB);
                assert!(world.tabs[TAB].session.generation_of(aim) > generation, "it is dropped at once");
                world.pass(SECOND);
                assert_eq!(world.server.revoked.len(), 1, "the refresh token, and all with it (7009-7)");
                world.server.subject = "bob".into();
                world.sign_in(TAB);
            }
            "switch" => {
                world.server.switched_subject = Some("mallory".into());
                world.server.ledger.revoke_access_tokens_for(&world.server.setup.token_for(ORDERS));
                world.call_to_and_wait(TAB, ORDERS);
                assert_eq!(world.tabs[TAB].session.reason(), Some("account-switch"));
                world.server.switched_subject = None;
            }
            "setTokens" => {
                let given = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
                world.set_tokens(TAB, &given);
            }
            _ => world.sign_in(TAB),
        }
        for url in [ORDERS, BILLS, ADMIN, EXCHANGED] {
            let call = world.call_to(TAB, url);
            world.pass(SECOND);
            let outcome = &world.tabs[TAB].calls[call].outcome;
            if ends == "switch" {
                assert_eq!(failure(&world, call).0, Code::NotSignedIn);
            } else {
                assert_eq!(*outcome, CallOutcome::Status(200), "{ends} {url}");
            }
        }
        if ends == "setTokens" {
            assert_eq!(world.server.token_requests.len() - before, 4, "each is got anew");
        }
        check(&mut world);
    }
}

#[test]
fn what_a_sign_out_overtakes_is_given_back() {
    for url in [ORDERS, EXCHANGED] {
        let mut world = World::signed_in(setup());
        world.network.latency_ms = SECOND;
        let call = world.call_to(TAB, url);
        world.pass(SECOND + 500);
        world.sign_out(TAB);
        assert_eq!(failure(&world, call).0, Code::SessionEnded);
        world.pass(3 * SECOND);
        assert_eq!(world.server.revoked.len(), 2, "{url}");
        check(&mut world);
    }
}

/// The session is kept alive by its own schedule; a target's token only as long as calls use it.
#[test]
fn tokens_in_use_are_renewed_ahead_and_others_are_not() {
    let mut world = World::signed_in(setup());
    world.call_to_and_wait(TAB, BILLS);
    for _ in 0..600 {
        world.pass(10 * SECOND);
        let call = world.call_to(TAB, ORDERS);
        world.pass(SECOND);
        assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    }
    let waited = |event: &Event| matches!(event, Event::RefreshStarted { aim, cause: Cause::Call, .. } if aim.get() == Some(&0));
    assert_eq!(world.tabs[TAB].count(waited), 1, "only the first call waited");
    let count = world.server.requests_for(ORDERS);
    assert!((10..=14).contains(&count), "{count} in 6,600 seconds of ten-minute tokens");
    assert_eq!(world.server.requests_for(BILLS), 2, "once ahead; then nobody had used it");
    check(&mut world);
}

/// Back from the back/forward cache all may be stale.
#[test]
fn after_a_return_every_token_is_renewed_before_it_is_used() {
    let mut world = World::signed_in(setup());
    for url in ALL {
        world.call_to_and_wait(TAB, url);
    }
    let before = world.server.token_requests.len();
    world.restore(TAB);
    let calls: Vec<usize> = ALL.iter().map(|url| world.call_to(TAB, url)).collect();
    world.pass(SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    assert_eq!(world.server.token_requests.len() - before, 5);
    check(&mut world);
}

/// Whatever happens, no resource sees another's token: hours of everything at once.
#[test]
fn no_resource_ever_sees_anothers_token() {
    for seed in 0..40 {
        let mut world = World::new(seed, Setup { reuse_interval_ms: MINUTE, ..setup() });
        world.sign_in(TAB);
        world.network.trouble_percent = 10;
        for _ in 0..400 {
            match world.random.between(0, 60) {
                0 => world.server.ledger.revoke_access_tokens(),
                1 => world.sleep(HOUR, true),
                2 => world.restore(TAB),
                3 => drop(world.refresh(TAB)),
                4 => {
                    world.sign_out(TAB);
                    world.pass(10 * MINUTE);
                    world.network.trouble_percent = 0;
                    world.server.scripted.clear();
                    world.sign_in(TAB);
                    world.network.trouble_percent = 10;
                }
                5 => world.server.scripted.push_back(Reply::error(400, "invalid_target")),
                6 => world.pass(10 * MINUTE),
                _ => {
                    let url = world.random.pick(&ALL);
                    world.call_to(TAB, url);
                }
            }
            let pause_ms = world.random.between(0, 5_000);
            world.pass(pause_ms);
            if world.tabs[TAB].session.status() == Status::SignedOut {
                world.network.trouble_percent = 0;
                world.server.scripted.clear();
                world.sign_in(TAB);
                world.network.trouble_percent = 10;
            }
        }
        assert!(world.api.calls_served > 100, "{}", world.api.calls_served);
        world.check_nobody_waits();
        assert_eq!(world.api.foreign_seen, 0);
    }
}

/// Where a redirect could take a token to another resource.
#[test]
fn neighbours_are_resources_on_the_same_origin_with_another_token() {
    let world = World::signed_in(setup());
    let resources = &world.tabs[TAB].session.config().resources;
    for (url, is_neighbour) in
        [(API, true), (ADMIN, true), (ORDERS, false), (BILLS, false), (EXCHANGED, false)]
    {
        let aim = resources.find(url).expect("a resource").aim;
        assert_eq!(resources.has_neighbours(aim, &[url, "x?y"].concat()), is_neighbour, "{url}");
    }
}

#[test]
fn the_first_url_of_a_target_stands_for_it() {
    let mut setup = setup();
    setup
        .resources
        .push(json!({ "url": "https://same.example/", "resource": "urn:example:orders", "scope": "read" }));
    let mut world = World::signed_in(setup);
    world.call_to_and_wait(TAB, "https://same.example/");
    let aims: Vec<Option<&str>> = world.tabs[TAB]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Refreshed { aim, .. } => Some(world.tabs[TAB].session.resource_of(*aim)),
            _ => None,
        })
        .collect();
    assert_eq!(aims, [Some(ORDERS)]);
}
