//! APIs that answer with the next access token.

use serde_json::json;
use strongroom::engine::sliding::{Field, Missed, Slid, Sliding};
use strongroom::engine::{Event, Input, Options, Secret, Status};

use crate::sim::ledger::Kind;
use crate::sim::witness::Observed;
use crate::sim::*;

const SLIDING: &str = "https://api.example/sliding";

fn setup() -> Setup {
    let resource = json!({ "url": SLIDING, "slidingTokens": { "header": "X-Next-Token" } });
    Setup { resources: vec![resource], ..Setup::default() }
}

/// A token that the API takes, of the signed-in user's grant.
fn next_token(world: &mut World) -> String {
    let expires_at = world.clock.truth() + world.setup.lifetime_seconds * SECOND;
    let grant = world.server.ledger.grants.len() - 1;
    world.server.ledger.issue(Kind::Access, grant, expires_at, &mut world.random)
}

fn slid(world: &mut World, generation: u32, order: u64, field: Field) {
    let sent_at = world.now(TAB);
    let slid = Slid { generation, order, sent_at, resource: SLIDING.into(), field };
    world.input(TAB, Observed::Other, Input::Slid(slid));
}

fn token(text: &str) -> Field {
    Field::Token { token: Secret::new(text), reads_jwt: false }
}

fn held(world: &mut World) -> Option<String> {
    let now = world.now(TAB);
    Some(world.tabs[TAB].session.standing_lease(now)?.access_token.expose().into())
}

#[test]
fn an_answers_token_is_the_next_calls() {
    let mut world = World::signed_in(Setup { issues_refresh_tokens: false, ..setup() });
    for order in 1..=50 {
        world.pass(5 * MINUTE);
        let next = next_token(&mut world);
        let generation = world.tabs[TAB].session.generation();
        slid(&mut world, generation, order, token(&next));
        assert_eq!(held(&mut world), Some(next));
        assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
    }
    assert_eq!(world.server.refreshes(), 0, "four hours of ten-minute tokens without a renewal");
    world.pass(11 * MINUTE);
    assert_eq!(held(&mut world), None, "nobody called, so nothing slid");
}

#[test]
fn of_twenty_answers_in_any_order_the_newest_calls_token_stays() {
    for seed in 1..=50_u64 {
        let mut world = World::signed_in(setup());
        let generation = world.tabs[TAB].session.generation();
        let tokens: Vec<String> = (0..20).map(|_| next_token(&mut world)).collect();
        let mut order: Vec<usize> = (0..20).collect();
        let mut random = Random::new(seed);
        for at in (1..20).rev() {
            order.swap(at, random.below(at as u64 + 1) as usize);
        }
        for at in order {
            slid(&mut world, generation, at as u64 + 1, token(&tokens[at]));
        }
        assert_eq!(held(&mut world).as_ref(), tokens.last(), "seed {seed}");
    }
}

#[test]
fn a_call_of_before_a_renewal_brings_nothing_newer() {
    let mut world = World::signed_in(setup());
    let before = world.tabs[TAB].session.generation();
    let late = next_token(&mut world);
    world.refresh(TAB);
    world.pass(SECOND);
    let renewed = held(&mut world);
    slid(&mut world, before, 7, token(&late));
    assert_eq!(held(&mut world), renewed);
    let newer = next_token(&mut world);
    slid(&mut world, before + 1, 8, token(&newer));
    assert_eq!(held(&mut world), Some(newer));
}

#[test]
fn nothing_that_slides_brings_a_session_back_or_into_the_next_users() {
    let mut world = World::signed_in(setup());
    let generation = world.tabs[TAB].session.generation();
    let late = next_token(&mut world);
    world.sign_out(TAB);
    slid(&mut world, generation, 1, token(&late));
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    world.pass(SECOND);
    world.server.subject = "bob".into();
    let response = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
    world.set_tokens(TAB, &response);
    let bobs = held(&mut world);
    slid(&mut world, generation, 2, token(&late));
    assert_eq!(held(&mut world), bobs);
}

#[test]
fn a_token_that_slides_during_a_renewal_does_not_disturb_it() {
    let mut world = World::signed_in(setup());
    world.network.script(Target::Token, &[Fate::Late(2 * SECOND)]);
    let refresh = world.refresh(TAB);
    let next = next_token(&mut world);
    let generation = world.tabs[TAB].session.generation();
    slid(&mut world, generation, 1, token(&next));
    world.pass(5 * SECOND);
    assert!(world.tabs[TAB].outcome(refresh).is_ok());
    assert_ne!(held(&mut world), Some(next));
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn the_same_token_again_only_begins_its_time_anew() {
    let mut world = World::signed_in(Setup { issues_refresh_tokens: false, ..setup() });
    world.pass(5 * MINUTE);
    let (same, generation) = (held(&mut world).expect("a token"), world.tabs[TAB].session.generation());
    slid(&mut world, generation, 1, token(&same));
    assert_eq!(world.tabs[TAB].session.generation(), generation);
    let expires_at = world.now(TAB) + 10 * MINUTE;
    assert_eq!(world.tabs[TAB].session.expires_at(), Some(expires_at));
}

#[test]
fn what_is_no_token_is_dropped_and_told_once() {
    let options = json!({ "slidingTokens": { "header": "x-t", "scheme": "Bearer" } });
    let options = Options::parse(&options.to_string()).expect("JSON");
    let sliding = Sliding::read(&options.reader("slidingTokens"), None).expect("good options");
    for good in ["Bearer abc", "bearer abc", "BEARER a.b-c_d~e+f/=="] {
        assert!(matches!(sliding.take(good), Field::Token { .. }), "{good}");
    }
    for bad in
        ["", "abc", "Bearer", "Bearer ", "Bearer a, Bearer b", "Bearer  a", "Basic abc", "Bearerabc", "B"]
    {
        assert!(matches!(sliding.take(bad), Field::Malformed), "{bad}");
    }
    let mut world = World::signed_in(setup());
    let before = held(&mut world);
    for order in 1..=3 {
        slid(&mut world, 1, order, Field::Malformed);
    }
    assert_eq!(held(&mut world), before);
    let is_told =
        |event: &Event| matches!(event, Event::SlidingTokenMissed { missed: Missed::Malformed, .. });
    assert_eq!(world.tabs[TAB].count(is_told), 1);
}

#[test]
fn a_header_that_is_never_seen_across_origins_is_told_once_and_one_that_was_seen_is_not() {
    let is_told = |event: &Event| matches!(event, Event::SlidingTokenMissed { missed: Missed::Unseen, .. });
    let mut world = World::signed_in(setup());
    for order in 1..=20 {
        assert_eq!(world.tabs[TAB].count(is_told), usize::from(order > 5));
        slid(&mut world, 1, order, Field::None { is_foreign: true });
    }
    let mut world = World::signed_in(setup());
    for order in 1..=20 {
        slid(&mut world, 1, order, Field::None { is_foreign: false });
    }
    let next = next_token(&mut world);
    slid(&mut world, 1, 21, token(&next));
    for order in 22..=40 {
        slid(&mut world, 1, order, Field::None { is_foreign: true });
    }
    assert_eq!(world.tabs[TAB].count(is_told), 0);
}
