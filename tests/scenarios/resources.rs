//! Resources with a token of their own (RFC 8707, RFC 8693): one refresh token, one request at a time.

use serde_json::json;
use strongroom::engine::{Cause, Code, Event, Status};

use crate::sim::authorization_server::EXCHANGE;
use crate::sim::setup::{API, TokenFor};
use crate::sim::*;

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

#[test]
fn without_a_refresh_token_only_an_exchange_gets_a_token() {
    let mut world = World::signed_in(Setup { issues_refresh_tokens: false, ..setup() });
    assert_eq!(world.call_to_and_wait(TAB, EXCHANGED), CallOutcome::Status(200));
    let call = world.call_to(TAB, ORDERS);
    assert_eq!(failure(&world, call).0, Code::NotRenewable);
    world.pass(HOUR);
    let call = world.call_to(TAB, EXCHANGED);
    assert_eq!(failure(&world, call).0, Code::NotRenewable, "there is nothing left to exchange");
    check(&mut world);
}

#[test]
fn what_is_over_is_renewed_before_it_is_exchanged() {
    let mut world = World::signed_in(setup());
    world.sleep(HOUR, true);
    let calls: Vec<usize> = (0..20).map(|_| world.call_to(TAB, EXCHANGED)).collect();
    world.pass(SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    let types: Vec<&str> = world.server.token_requests.iter().map(|one| one.grant_type.as_str()).collect();
    assert_eq!(types, ["authorization_code", "refresh_token", EXCHANGE]);
    check(&mut world);
}

/// A server that gives no `expires_in`: an exchange is the first to notice that our own token is over.
#[test]
fn a_token_that_is_over_without_our_knowing_is_renewed_and_exchanged_again() {
    let mut world = World::signed_in(Setup { advertises_lifetime: false, ..setup() });
    world.pass(HOUR);
    let calls: Vec<usize> = (0..20).map(|_| world.call_to(TAB, EXCHANGED)).collect();
    world.pass(SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    let types: Vec<&str> = world.server.token_requests.iter().map(|one| one.grant_type.as_str()).collect();
    assert_eq!(types, ["authorization_code", EXCHANGE, "refresh_token", EXCHANGE]);
    check(&mut world);
}

/// 8693-2
#[test]
fn an_exchange_that_gives_no_access_token_is_refused() {
    let uri = |name: &str| json!(["urn:ietf:params:oauth:token-type:", name].concat());
    for (exchanged, is_good) in [
        (json!({ "issued_token_type": uri("jwt") }), true),
        (json!({ "issued_token_type": uri("access_token"), "expires_in": null }), true),
        (json!({ "issued_token_type": uri("refresh_token") }), false),
        (json!({ "issued_token_type": uri("id_token") }), false),
        (json!({ "issued_token_type": uri("saml2") }), false),
        (json!({ "issued_token_type": null }), false),
        (json!({ "issued_token_type": 1 }), false),
        (json!({ "token_type": "N_A" }), false),
        (json!({ "token_type": "DPoP" }), false),
        (json!({ "token_type": null }), false),
        (json!({ "access_token": null }), false),
    ] {
        let mut world = World::signed_in(setup());
        world.server.exchanged = exchanged.clone();
        let call = world.call_to(TAB, EXCHANGED);
        world.pass(SECOND);
        if is_good {
            assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200), "{exchanged}");
        } else {
            assert_eq!(
                failure(&world, call),
                (Code::BadResponse, None, Some(EXCHANGED.into())),
                "{exchanged}"
            );
        }
        assert_eq!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Status(200), "no other suffers");
        check(&mut world);
    }
}

/// 8693-3: what else an exchange brings is not the session's.
#[test]
fn an_exchange_changes_nothing_of_the_session() {
    let mut world = World::signed_in(setup());
    world.server.exchanged = json!({
        "refresh_token": "rt-of-the-exchange",
        "id_token": "a.b.c",
        "scope": "more",
        "refresh_expires_in": 1,
        "authorization_details": [{ "type": "x" }],
    });
    assert_eq!(world.call_to_and_wait(TAB, EXCHANGED), CallOutcome::Status(200));
    let session = &world.tabs[TAB].session;
    assert_eq!((session.scope(), session.session_ends_at()), (Some(SCOPE), None));
    assert_eq!(session.authorization_details(), None);
    assert_eq!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Status(200));
    let spent: Vec<&str> = world.server.token_requests.iter().map(|one| one.spent.as_str()).collect();
    assert!(!spent.contains(&"rt-of-the-exchange"));
    check(&mut world);
}

#[test]
fn a_refused_exchange_does_not_end_the_session() {
    for (error, renewals) in [
        ("invalid_grant", 1),
        ("invalid_request", 1),
        ("invalid_token", 1),
        ("unauthorized_client", 0),
        ("unsupported_grant_type", 0),
    ] {
        let mut world = World::signed_in(setup());
        world.server.exchanged = json!({ "error": error });
        let calls: Vec<usize> = (0..20).map(|_| world.call_to(TAB, EXCHANGED)).collect();
        world.pass(SECOND);
        for call in calls {
            assert_eq!(failure(&world, call), (Code::Refused, Some(error.into()), Some(EXCHANGED.into())));
        }
        assert_eq!(world.server.refreshes(), renewals, "{error}: once with a new token of ours");
        assert_eq!(world.server.requests_for(EXCHANGED), renewals + 1);
        assert_eq!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Status(200), "{error}");
        check(&mut world);
    }
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
