//! The promises of DESIGN.md §2 that the engine keeps, one by one. Each test fails when its promise is broken on
//! purpose; the other promises belong to the shell, the page or the packages, and have their tests there.

mod sim;

use std::collections::BTreeSet;

use serde_json::json;
use strongroom::engine::{Code, Config, Error, Event, HttpAnswer, Options, Output, Secret, Settled, Status};
use zeroize::Zeroizing;

use self::sim::setup::normalize;
use self::sim::*;

#[test]
fn promise_1_nothing_that_people_see_shows_a_secret() {
    let secret = Secret::new(format!("at-{MARK}"));
    let answer =
        HttpAnswer { status: 200, retry_after: None, dpop_nonce: None, body: Zeroizing::new(MARK.into()) };
    let leaving = Settled::Leaving {
        href: "https://id.example/".into(),
        state: "state".into(),
        transaction: secret.clone(),
        form: Some(secret.clone()),
    };
    let output = Output::Settle(1, Ok(leaving));
    for shown in
        [format!("{secret:?}"), format!("{output:#?}"), format!("{answer:?}"), format!("{:?}", Some(&secret))]
    {
        assert!(!shown.contains(MARK), "{shown}");
        let bytes: Vec<String> = MARK.bytes().map(|byte| byte.to_string()).collect();
        assert!(!shown.contains(&bytes.join(", ")), "it shows the bytes: {shown}");
    }

    // A server that echoes what it was sent, wherever an error may be read: the witness of the world looks at it all.
    let mut world = World::signed_in(Setup { rotates: false, ..Setup::default() });
    let refresh_token = world.tabs[TAB].witness.refresh_token.clone().unwrap();
    for (status, error) in [(400, "invalid_request"), (400, refresh_token.as_str()), (400, "invalid_grant")] {
        let echo = json!({ "error": error, "error_description": refresh_token, "error_uri": refresh_token });
        world.server.scripted.push_back(Reply::json(status, &echo));
        let waiter = world.refresh(TAB);
        world.pass(SECOND);
        let error: &Error = world.tabs[TAB].outcome(waiter).as_ref().unwrap_err();
        assert!(!format!("{error} {error:?} {error:#?}").contains(MARK));
        for event in &world.tabs[TAB].events {
            assert!(!format!("{event:?}").contains(MARK));
        }
    }
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
}

/// A token in an address, its fragment or query, would reach histories and logs.
#[test]
fn promise_1_no_secret_is_in_a_url() {
    let mut world = World::new(1, Setup::default());
    world.begin_sign_in(TAB, Default::default());
    world.pass(SECOND);
    let address = world.tabs[TAB].address.clone().unwrap();
    let remembered = world.tabs[TAB].remembered.values().next().unwrap();
    let verifier = form::read(remembered.expose())["code_verifier"].clone();
    assert!(verifier.len() == 43 && !address.contains(&verifier));
}

#[test]
fn promise_3_only_configured_resources_match() {
    let options = json!({
        "provider": { "type": "oidc", "issuer": "https://id.example", "clientId": "spa" },
        "resources": ["https://api.example/orders", { "url": "https://files.example:8443" }],
        "isolation": "page",
    });
    let options = Options::parse(&options.to_string()).unwrap();
    let config = Config::new(options, &normalize).unwrap();
    let matching = [
        "https://api.example/orders",
        "https://api.example/orders/",
        "https://api.example/orders/17?expand=items",
        "https://api.example/orders?page=2",
        "https://files.example:8443/",
        "https://files.example:8443/a/b",
    ];
    let foreign = [
        "https://api.example/",
        "https://api.example/ordersX",
        "https://api.example/orders2/1",
        "https://api.example/Orders",
        "https://api.example/x/orders",
        "https://api.example:8443/orders",
        "http://api.example/orders",
        "https://api.example.evil.example/orders",
        "https://evil.example/https://api.example/orders",
        "https://evil.example/?https://api.example/orders",
        "https://evil.example#https://api.example/orders",
        "https://api.example@evil.example/orders",
        "https://xapi.example/orders",
        "https://files.example/",
        "https://files.example:84430/",
        "https://api.example/orders/../admin",
        "https://api.example/orders/%2e%2e/admin",
        "https://api.example\\orders",
        "//api.example/orders",
        "/orders",
        "data:text/plain,https://api.example/orders",
        "blob:https://api.example/orders",
        "wss://api.example/orders",
        "",
    ];
    for href in matching {
        assert!(config.resources.matches(href), "{href}");
    }
    for href in foreign {
        assert!(!config.resources.matches(href), "{href}");
    }
}

#[test]
fn promise_4_one_refresh() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(HOUR, true);
    let calls: Vec<usize> = (0..2_000).map(|_| world.call(TAB)).collect();
    for _ in 0..100 {
        world.refresh(TAB);
        world.restore(TAB);
        world.wake(TAB);
    }
    assert_eq!(world.tabs[TAB].in_flight.len(), 1, "one request for all of them");
    world.pass(SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn promise_4_no_refresh_token_is_spent_twice_on_purpose() {
    let mut world = World::signed_in(Setup { lifetime_seconds: 60, ..Setup::default() });
    for round in 0_u64..500 {
        match round % 5 {
            0 => _ = world.refresh(TAB),
            1 => world.server.ledger.revoke_access_tokens(),
            2 => world.sleep(round * SECOND, false),
            3 => world.restore(TAB),
            _ => world.pass(round * 100),
        }
        world.call(TAB);
        world.pass(SECOND);
    }
    let spent: Vec<&String> = world.server.token_requests.iter().map(|request| &request.spent).collect();
    assert!(spent.len() > 200, "{}", spent.len());
    assert_eq!(spent.iter().collect::<BTreeSet<_>>().len(), spent.len());
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn promise_4_a_lost_answer_is_the_one_exception_and_happens_once() {
    let mut world = World::signed_in(Setup { rotates: false, ..Setup::default() });
    world.network.script(Target::Token, &[Fate::ResponseLost; 2]);
    world.refresh(TAB);
    world.pass(200);
    assert_eq!(world.server.refreshes(), 2, "once more at once, then not before the pause is over");
}

#[test]
fn promise_5_nothing_but_the_end_of_the_grant_signs_out() {
    type Trouble = Box<dyn Fn(&mut World)>;
    let troubles: Vec<(&str, Trouble)> = vec![
        ("offline", Box::new(|world| world.go_offline())),
        ("requests lost", Box::new(|world| world.network.script(Target::Token, &[Fate::RequestLost; 1_000]))),
        ("hanging", Box::new(|world| world.network.script(Target::Token, &[Fate::RequestHangs; 1_000]))),
        ("endless answers", Box::new(|world| world.network.script(Target::Token, &[Fate::TooLarge; 1_000]))),
        ("408", Box::new(|world| world.server.down = Some(Reply::html(408)))),
        ("425", Box::new(|world| world.server.down = Some(Reply::html(425)))),
        ("429", Box::new(|world| world.server.down = Some(Reply::html(429).retry_after("60")))),
        ("500", Box::new(|world| world.server.down = Some(Reply::error(500, "invalid_grant")))),
        ("503", Box::new(|world| world.server.down = Some(Reply::html(503)))),
        ("a portal's page", Box::new(|world| world.server.down = Some(Reply::html(200)))),
        (
            "an empty answer",
            Box::new(|world| {
                world.server.down = Some(Reply { status: 200, retry_after: None, body: Vec::new() });
            }),
        ),
        ("404", Box::new(|world| world.server.down = Some(Reply::html(404)))),
        ("invalid_client", Box::new(|world| world.server.down = Some(Reply::error(401, "invalid_client")))),
        ("an API that refuses", Box::new(|world| world.api.refuses_all = true)),
        ("a clock set forward", Box::new(|world| world.clock.set_wall(500 * DAY as i64))),
        ("a clock set back", Box::new(|world| world.clock.set_wall(-500 * DAY as i64))),
        ("sleep", Box::new(|world| world.sleep(20 * HOUR, true))),
    ];
    for (name, trouble) in troubles {
        let mut world = World::signed_in(Setup { rotates: false, ..Setup::default() });
        trouble(&mut world);
        for _ in 0..30 {
            world.call(TAB);
            world.refresh(TAB);
            world.wake(TAB);
            world.pass(2 * MINUTE);
        }
        assert_ne!(world.tabs[TAB].session.status(), Status::SignedOut, "{name}");
        world.network.forget_script();
        world.server.down = None;
        world.api.refuses_all = false;
        world.go_online();
        world.pass(10 * MINUTE);
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200), "{name}");
        assert_eq!(world.tabs[TAB].count(|event| matches!(event, Event::SignedOut { .. })), 0, "{name}");
    }
}

#[test]
fn promise_5_the_end_of_the_grant_does_sign_out() {
    for status in [200, 400, 401, 403] {
        let mut world = World::signed_in(Setup::default());
        world.server.scripted.push_back(Reply::error(status, "invalid_grant"));
        world.refresh(TAB);
        world.pass(SECOND);
        assert_eq!(world.tabs[TAB].session.reason(), Some("session-ended"), "{status}");
    }
}

#[test]
fn promise_5_an_end_that_belongs_to_older_tokens_is_not_ours() {
    let mut world = World::signed_in(Setup::default());
    world.server.scripted.push_back(Reply::error(400, "invalid_grant"));
    world.network.script(Target::Token, &[Fate::Late(5 * SECOND)]);
    world.refresh(TAB);
    let given = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &given);
    world.pass(MINUTE);
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn promise_6_never_resurrected() {
    // However long the answer takes, and whenever the user signs out, the session stays over.
    for late_ms in [0, 1, 100, 5 * SECOND, 19 * SECOND, 25 * SECOND] {
        for sign_out_after_ms in [0, 20, 40, 41, 80, 100, 6 * SECOND] {
            let mut world = World::signed_in(Setup { reuse_interval_ms: HOUR, ..Setup::default() });
            world.network.script(Target::Token, &[Fate::Late(late_ms)]);
            world.refresh(TAB);
            world.call(TAB);
            world.pass(sign_out_after_ms);
            world.sign_out(TAB);
            for _ in 0..60 {
                assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
                let now = world.now(TAB);
                assert!(world.tabs[TAB].session.standing_lease(now).is_none());
                world.wake(TAB);
                world.restore(TAB);
                world.go_online();
                world.pass(SECOND);
            }
            let CallOutcome::Failed(error) = world.call_and_wait(TAB) else { panic!("a call went out") };
            assert_eq!(error.code, Code::NotSignedIn);
            assert!(
                world.server.ledger.grants.iter().all(|grant| grant.is_revoked),
                "what came late is revoked"
            );
        }
    }
}

#[test]
fn promise_6_a_restored_page_checks_first() {
    let mut world = World::signed_in(Setup::default());
    world.server.ledger.revoke_all_grants();
    world.restore(TAB);
    let calls: Vec<usize> = (0..10).map(|_| world.call(TAB)).collect();
    world.pass(SECOND);
    assert_eq!(world.api.calls_refused, 0, "no call went out with the token of before");
    assert!(calls.iter().all(|call| matches!(world.tabs[TAB].calls[*call].outcome, CallOutcome::Failed(_))));
}

#[test]
fn promise_7_a_refresh_runs_to_its_end_whoever_aborts() {
    let mut world = World::signed_in(Setup::default());
    world.sleep(HOUR, true);
    world.network.script(Target::Token, &[Fate::Late(15 * SECOND)]);
    let calls: Vec<usize> = (0..50).map(|_| world.call(TAB)).collect();
    let request = world.tabs[TAB].in_flight.clone();
    for call in calls {
        world.abort(TAB, call);
        world.pass(100);
        assert_eq!(world.tabs[TAB].in_flight, request, "the request was abandoned");
    }
    world.pass(30 * SECOND);
    assert_eq!(world.tabs[TAB].session.generation(), 2);
    assert_eq!((world.server.refreshes(), world.server.reuse_detections), (1, 0));
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn promise_9_time_is_hostile() {
    // Lifetimes from a second to ten years overflow nothing, and no wait is in the past.
    for lifetime_seconds in [1, 2, 59, 600, 2_147_483, 2_147_484, 30 * 86_400, 10 * 365 * 86_400] {
        let mut world = World::signed_in(Setup { lifetime_seconds, ..Setup::default() });
        let now = world.now(TAB);
        let (at, _) = world.tabs[TAB].session.poll_timeout().unwrap();
        assert!(at > now && at <= now + lifetime_seconds * SECOND, "{lifetime_seconds}: {}", at - now);
    }

    // A week of sleeping, waking and wrong clocks: every waking is served, no expired token goes out, and the number
    // of refreshes follows from the time and the number of jumps.
    let mut world = World::signed_in(Setup { lifetime_seconds: 900, ..Setup::default() });
    let mut jumps = 0;
    for day in 0..7 {
        for hour in 0..8 {
            world.pass(HOUR);
            if hour % 3 == day % 3 {
                world.clock.set_wall(if hour % 2 == 0 { 10 * HOUR as i64 } else { -11 * HOUR as i64 });
                jumps += 1;
            }
            assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
        }
        world.sleep(16 * HOUR, day % 2 == 0);
        jumps += 1;
    }
    assert_eq!(world.api.expired_seen, 0);
    let refreshes = world.server.refreshes();
    assert!(refreshes <= 7 * 8 * 5 + 2 * jumps, "{refreshes} refreshes");
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}

#[test]
fn promise_9_a_clock_set_back_does_not_prolong_a_token() {
    let mut world = World::signed_in(Setup::default());
    world.pass(8 * MINUTE);
    world.clock.set_wall(-(DAY as i64));
    for _ in 0..5 * 60 {
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
        world.pass(SECOND);
    }
    assert_eq!((world.server.refreshes(), world.api.expired_seen), (1, 0));
}

#[test]
fn promise_9_a_wrong_clock_does_not_sign_out_a_rotating_session() {
    for by_ms in [MINUTE as i64, DAY as i64, -(MINUTE as i64), -(DAY as i64)] {
        for after_ms in [1, 45, 79] {
            let mut world = World::signed_in(Setup::default());
            world.refresh(TAB);
            world.pass(after_ms);
            world.clock.set_wall(by_ms);
            world.wake(TAB);
            world.pass(MINUTE);
            assert_eq!(world.server.reuse_detections, 0, "{by_ms} after {after_ms}");
            assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
        }
    }
}
