//! The server says in a frame that its session is over (OpenID Connect Front-Channel Logout 1.0): whom it is believed.

use serde_json::json;
use strongroom::engine::{Code, Config, Event, Input, Options, Output, Secret, Session, Settled, Status};

use crate::sim::*;

const GOOD: &str = "https://app.example/out?iss=https%3A%2F%2Fid.example&sid=s%2B1";

fn signed_in(sid: serde_json::Value) -> World {
    let mut world = World::new(1, Setup::default());
    world.server.id_token_claims = json!({ "sid": sid });
    world.sign_in(TAB);
    world
}

fn is_over(world: &mut World, href: &str) -> bool {
    let waiter = world.front_channel_logout(TAB, href);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Done)), "it says nothing of the session");
    world.tabs[TAB].session.status() == Status::SignedOut
}

#[test]
fn the_session_that_is_named_ends_here_and_is_revoked_once_fcl_2() {
    let mut world = signed_in(json!("s+1"));
    assert!(is_over(&mut world, GOOD));
    assert_eq!(world.tabs[TAB].session.reason(), Some("sign-out"));
    assert!(is_over(&mut world, GOOD));
    world.pass(SECOND);
    let revoked: Vec<&str> = world.server.revoked.iter().map(|token| &token[..3]).collect();
    assert_eq!(revoked, ["rt-"]);
    let ends = world.tabs[TAB].count(|event| matches!(event, Event::SignedOut { .. }));
    assert_eq!(ends, 1, "the second time nobody is signed in");
}

#[test]
fn a_renewal_under_way_brings_nothing_back() {
    let mut world = signed_in(json!("s+1"));
    world.refresh(TAB);
    assert!(is_over(&mut world, GOOD));
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.server.revoked.len(), 2, "what was here, and what the renewal brought");
}

#[test]
fn parameters_of_others_change_nothing_fcl_3() {
    let url = |query: &str| format!("https://app.example/out{query}");
    let iss = "iss=https%3A%2F%2Fid.example";
    for query in [
        "".into(),
        "?".into(),
        format!("?{iss}"),
        "?sid=s%2B1".into(),
        format!("?{iss}&sid="),
        "?iss=&sid=s%2B1".into(),
        format!("?{iss}&sid=s+1"),
        format!("?{iss}&sid=S%2B1"),
        format!("?{iss}&sid=s%2B1&sid=s%2B1"),
        format!("?{iss}&sid=s%2B1&sid=other"),
        format!("?{iss}&sid=other&sid=s%2B1"),
        format!("?{iss}&{iss}&sid=s%2B1"),
        format!("?{iss}&iss=https%3A%2F%2Fevil.example&sid=s%2B1"),
        format!("?{iss}%2F&sid=s%2B1"),
        "?iss=https%3A%2F%2Fevil.example&sid=s%2B1".into(),
        "?iss=HTTPS%3A%2F%2Fid.example&sid=s%2B1".into(),
        format!("#{iss}&sid=s%2B1"),
        format!("?#?{iss}&sid=s%2B1"),
        "?ISS=https%3A%2F%2Fid.example&sid=s%2B1".into(),
    ] {
        let mut world = signed_in(json!("s+1"));
        assert!(!is_over(&mut world, &url(&query)), "{query}");
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200), "{query}");
        assert_eq!((world.server.revoked.len(), world.server.refreshes()), (0, 0), "{query}");
    }
    assert!(is_over(&mut signed_in(json!("s+1")), &url(&format!("?a=b&sid=s%2B1&{iss}&b#c"))));
}

#[test]
fn a_session_without_a_sid_is_not_ended_by_any() {
    for (sid, named) in
        [(json!(null), "null"), (json!(1), "1"), (json!(""), ""), (json!(["s"]), "s"), (json!({}), "")]
    {
        let mut world = signed_in(sid);
        let href = format!("https://app.example/out?iss=https%3A%2F%2Fid.example&sid={named}");
        assert!(!is_over(&mut world, &href), "{named}");
    }
    let mut world = signed_in(json!("s+1"));
    let response = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &response);
    assert!(!is_over(&mut world, GOOD), "given tokens have no claims");
}

/// Where each tab has a vault, the frame's has no session: the others hear of it, and ask the server.
#[test]
fn a_vault_without_a_session_tells_the_others_if_there_are_any() {
    for (isolation, href, told) in [
        ("worker", GOOD, 1),
        ("worker", "https://app.example/out?iss=https%3A%2F%2Fevil.example&sid=s", 0),
        ("worker", "https://app.example/out", 0),
        ("shared", GOOD, 0),
        ("page", GOOD, 0),
    ] {
        let options = json!({
            "provider": { "type": "oidc", "issuer": "https://id.example", "clientId": "spa" },
            "resources": [setup::API],
            "isolation": isolation,
        });
        let options = Options::parse(&options.to_string()).expect("JSON");
        let config = Config::new(options, &setup::normalize).expect("good options");
        let mut session = Session::new(config, 1);
        let mut outputs = Vec::new();
        let mut input = |input| {
            session.handle_input(1_800_000_000_000, input);
            outputs.extend(core::iter::from_fn(|| session.poll_output()));
        };
        input(Input::FrontChannelLogout { waiter: 1, href: Secret::new(href) });
        input(Input::Close);
        input(Input::FrontChannelLogout { waiter: 2, href: Secret::new(href) });
        let notices = outputs.iter().filter(|one| matches!(one, Output::Notify(Event::SignedOut { .. })));
        assert_eq!(notices.count(), told, "{isolation} {href}");
        let closed =
            |one: &Output| matches!(one, Output::Settle(2, Err(error)) if error.code == Code::Closed);
        assert!(outputs.iter().any(closed));
    }
}
