//! Signing out at the server too (OpenID Connect RP-Initiated Logout 1.0): what leaves, and what comes back.

use std::collections::BTreeMap;

use strongroom::engine::{Code, Error, Secret, Settled, SignInRequest, Status, callback};

use crate::sim::setup::CLIENT_ID;
use crate::sim::*;

const RETURN: &str = "https://app.example/bye?kept=1";

fn setup() -> Setup {
    Setup { has_end_session: true, post_logout_redirect_uri: Some(RETURN), ..Setup::default() }
}

/// Signs out by redirect; gives what the page posts to the server.
fn left(world: &mut World) -> Result<BTreeMap<String, String>, Error> {
    world.tabs[TAB].address = None;
    let waiter = world.sign_out_by_redirect(TAB);
    world.run_until("it is settled", |world| world.tabs[TAB].is_settled(waiter));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    match world.tabs[TAB].outcome(waiter) {
        Ok(Settled::Leaving { href, .. }) => assert_eq!(href, "https://id.example/end"),
        Ok(other) => panic!("{other:?}"),
        Err(error) => return Err(error.clone()),
    }
    Ok(world.tabs[TAB].posted.clone().expect("a form"))
}

/// Whether the page at this URL is known as the way back.
fn came_back(world: &mut World, href: &str) -> bool {
    let waiter = world.complete_sign_in(TAB, href);
    match world.tabs[TAB].outcome(waiter) {
        Ok(Settled::SignedOut) => true,
        Ok(Settled::NoCallback) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_ends_here_then_the_refresh_token_is_revoked_then_the_page_leaves_rpi_3() {
    for setup in [setup(), Setup { discovers: false, ..setup() }] {
        let mut world = World::signed_in(setup);
        let waiter = world.sign_out_by_redirect(TAB);
        assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
        assert!(!world.tabs[TAB].is_settled(waiter), "it left before the refresh token was revoked");
        world.pass(SECOND);
        assert!(world.server.revoked[0].starts_with("rt-"));
        let posted = world.tabs[TAB].posted.clone().unwrap();
        let names: Vec<&str> = posted.keys().map(String::as_str).collect();
        assert_eq!(names, ["client_id", "post_logout_redirect_uri", "state"], "no token by default");
        assert_eq!(
            (posted["client_id"].as_str(), posted["post_logout_redirect_uri"].as_str()),
            (CLIENT_ID, RETURN)
        );
    }
}

#[test]
fn the_id_token_leaves_only_if_it_is_to_rpi_1() {
    let mut world = World::signed_in(Setup { id_token_hint: true, ..setup() });
    let first = left(&mut world).unwrap()["id_token_hint"].clone();
    assert_eq!(first.split('.').count(), 3);
    // The newest is kept, also where a renewal brings none; never one that nothing vouches for.
    for id_token_in_refresh in [true, false] {
        let mut world = World::new(1, Setup { id_token_hint: true, id_token_in_refresh, ..setup() });
        world.sign_in(TAB);
        world.pass(MINUTE);
        world.refresh(TAB);
        world.pass(SECOND);
        assert_eq!(left(&mut world).unwrap()["id_token_hint"] == first, !id_token_in_refresh);
        let mut response = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
        response["id_token"] = first.clone().into();
        world.set_tokens(TAB, &response);
        assert!(!left(&mut world).unwrap().contains_key("id_token_hint"));
    }
}

#[test]
fn the_way_back_is_known_by_its_state_once_rpi_2() {
    for reloads in [true, false] {
        let mut world = World::signed_in(setup());
        let state = left(&mut world).unwrap()["state"].clone();
        if reloads {
            world.reload(TAB);
        } else {
            world.tabs[TAB].remembered.clear();
        }
        let href = format!("{RETURN}&state={state}");
        assert!(came_back(&mut world, &href));
        assert!(!came_back(&mut world, &href), "it was used");
    }
    let mut world = World::signed_in(setup());
    let state = left(&mut world).unwrap()["state"].clone();
    world.pass(11 * MINUTE);
    assert!(!came_back(&mut world, &format!("{RETURN}&state={state}")), "too late");
}

#[test]
fn a_return_without_or_with_a_foreign_state_is_not_trusted_and_does_no_harm_rpi_2() {
    let mut world = World::signed_in(setup());
    let state = left(&mut world).unwrap()["state"].clone();
    let foreign = format!("out-{}", "A".repeat(43));
    // URL, and whether its parameters leave the address.
    let table = [
        (RETURN.to_owned(), false),
        (format!("{RETURN}&state="), false),
        (format!("{RETURN}&state=the-applications-own"), false),
        (format!("{RETURN}&state={foreign}"), true),
        (format!("{RETURN}&state={foreign}&state={state}"), true),
        (format!("https://app.example/bye?state={state}"), false),
        (format!("https://app.example/callback?state={state}"), false),
        (format!("https://evil.example/bye?kept=1&state={state}"), false),
    ];
    let provider = world.setup.config().provider;
    for (href, is_cleaned) in table {
        let cleaned = callback::cleaned(&Secret::new(href.as_str()), &provider);
        assert_eq!(cleaned, is_cleaned.then_some(RETURN), "{href}");
        assert!(!came_back(&mut world, &href), "{href}");
    }
    assert!(came_back(&mut world, &format!("{RETURN}&state={state}&more=1")));
}

#[test]
fn the_state_of_a_sign_in_is_none_of_a_sign_outs() {
    let mut world = World::new(1, setup());
    world.begin_sign_in(TAB, SignInRequest::default());
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    let address = world.tabs[TAB].address.clone().unwrap();
    let state = form::query_text(&address, "state").unwrap();
    assert!(!came_back(&mut world, &format!("{RETURN}&state={state}")));
    let callback = world.server.authorize(&address, &mut world.random, world.clock.truth());
    let waiter = world.complete_sign_in(TAB, &callback);
    world.pass(SECOND);
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::SignedIn { .. })));
}

#[test]
fn whatever_fails_at_the_server_the_session_is_gone_here() {
    let mut world = World::signed_in(Setup { has_end_session: false, ..setup() });
    assert_eq!(left(&mut world).unwrap_err().code, Code::Metadata);
    assert_eq!(world.server.revoked.len(), 1);
    // Not even the metadata: no session, and nobody answers.
    let mut world = World::new(1, setup());
    world.go_offline();
    assert_eq!(left(&mut world).unwrap_err().code, Code::Metadata);
    let mut world = World::signed_in(setup());
    world.network.script(Target::Revocation, &[Fate::RequestHangs]);
    let began = world.clock.truth();
    left(&mut world).unwrap();
    assert_eq!(world.clock.truth() - began, 5 * SECOND);
    let mut world = World::signed_in(Setup { has_revocation: false, ..setup() });
    left(&mut world).unwrap();
}

#[test]
fn nobody_need_be_signed_in_here_to_sign_out_there() {
    let mut world = World::new(1, setup());
    assert!(left(&mut world).unwrap().contains_key("state"));
    assert_eq!(world.server.revoked.len(), 0);
}

#[test]
fn tokens_that_come_late_are_revoked_before_the_page_leaves_with_the_vault() {
    let mut world = World::signed_in(setup());
    let latency_ms = world.network.latency_ms;
    world.network.latency_ms = 2 * SECOND;
    world.refresh(TAB);
    world.pass(3 * SECOND);
    assert_eq!(world.server.refreshes(), 1);
    // The answer is on its way; everything else is quick from now on.
    world.network.latency_ms = latency_ms;
    left(&mut world).unwrap();
    assert_eq!(world.server.revoked.len(), 2, "the old refresh token and the one that came late");
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
}

#[test]
fn a_page_that_leaves_waits_five_seconds_for_what_comes_late() {
    let mut world = World::signed_in(setup());
    world.network.script(Target::Token, &[Fate::ResponseHangs]);
    world.refresh(TAB);
    world.pass(SECOND);
    let began = world.clock.truth();
    left(&mut world).unwrap();
    assert_eq!(world.clock.truth() - began, 5 * SECOND);
    assert!(world.server.ledger.grants.iter().all(|grant| grant.is_revoked));
}

#[test]
fn a_renewal_that_fails_late_holds_nobody_back() {
    let mut world = World::signed_in(setup());
    world.network.script(Target::Token, &[Fate::RequestLost]);
    world.refresh(TAB);
    left(&mut world).unwrap();
    world.pass(MINUTE);
    assert_eq!(world.server.revoked.len(), 1);
}

#[test]
fn without_a_place_to_come_back_to_nothing_happens() {
    let mut world = World::signed_in(Setup { post_logout_redirect_uri: None, ..setup() });
    let waiter = world.sign_out_by_redirect(TAB);
    let error = world.tabs[TAB].outcome(waiter).as_ref().unwrap_err();
    assert_eq!(
        (error.code, error.option.as_deref()),
        (Code::InvalidOption, Some("provider.postLogoutRedirectUri"))
    );
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
}
