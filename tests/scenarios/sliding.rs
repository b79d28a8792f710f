//! APIs that answer with the next access token.

use serde_json::json;
use strongroom::engine::sliding::{Field, Missed, Slid, Sliding};
use strongroom::engine::{Event, Input, Options, Secret, Settled, Status};

use crate::sim::ledger::Kind;
use crate::sim::tab::Wait;
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
        let field = sliding.read_answer(Some(good), 500, true);
        assert!(matches!(field, Field::Token { .. }), "{good}");
    }
    for bad in
        [" ", "abc", "Bearer", "Bearer ", "Bearer a, Bearer b", "Bearer  a", "Basic abc", "Bearerabc", "B"]
    {
        assert!(matches!(sliding.read_answer(Some(bad), 200, true), Field::Malformed), "{bad}");
    }
    for (value, status, from_other_origin, may_be_hidden) in [
        (Some(""), 200, true, false),
        (None, 200, true, true),
        (None, 204, true, true),
        (None, 200, false, false),
        (None, 304, true, false),
        (None, 502, true, false),
    ] {
        let field = sliding.read_answer(value, status, from_other_origin);
        let Field::None { is_foreign } = field else { panic!("{value:?} is {field:?}") };
        assert_eq!(is_foreign, may_be_hidden, "{value:?} with {status}");
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
fn after_a_redirect_the_header_counts_where_it_is_the_same() {
    let resource = |name: &str, header: &str| {
        let url = format!("https://{name}.example/");
        if header.is_empty() {
            return json!(url);
        }
        json!({ "url": url, "slidingTokens": { "header": header } })
    };
    let resources = vec![resource("a", "x-t"), resource("b", "X-T"), resource("c", "x-u"), resource("d", "")];
    let world = World::signed_in(Setup { resources, ..Setup::default() });
    let resources = &world.tabs[TAB].session.config().resources;
    for (href, landed, found) in [
        ("https://a.example/1", None, Some("https://a.example/")),
        ("https://a.example/1", Some("https://a.example/2"), Some("https://a.example/")),
        ("https://a.example/1", Some("https://b.example/2"), Some("https://a.example/")),
        ("https://a.example/1", Some("https://c.example/2"), None),
        ("https://a.example/1", Some("https://d.example/2"), None),
        ("https://a.example/1", Some("https://e.example/2"), None),
        ("https://d.example/1", None, None),
        ("https://d.example/1", Some("https://a.example/2"), None),
    ] {
        let resource = resources.find_sliding(href, landed).map(|(resource, _)| resource.as_str());
        assert_eq!(resource, found, "{href} to {landed:?}");
    }
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

/// `refresh()` waits for its own renewal.
#[test]
fn a_token_that_slides_answers_no_refresh() {
    let mut world = World::signed_in(setup());
    let refresh = world.refresh(TAB);
    let next = next_token(&mut world);
    let generation = world.tabs[TAB].session.generation();
    slid(&mut world, generation, 1, token(&next));
    assert!(!world.tabs[TAB].is_settled(refresh));
    assert_eq!(held(&mut world), Some(next), "calls need not wait");
    world.check_nobody_waits();
    assert!(world.tabs[TAB].outcome(refresh).is_ok());
}

/// While an API's refusal is judged, calls wait for the renewal. A token of an older call does not make them fail.
#[test]
fn a_token_that_slides_fails_nobody_who_waits() {
    let mut world = World::signed_in(setup());
    let generation = world.tabs[TAB].session.generation();
    world.network.script(Target::Token, &[Fate::Late(2 * SECOND)]);
    world.server.ledger.revoke_access_tokens();
    let refused = world.call(TAB);
    world.run_until("the renewal begins", |world| {
        world.tabs[TAB].count(|event| matches!(event, Event::RefreshStarted { .. })) == 1
    });
    let waiting = world.call(TAB);
    let next = next_token(&mut world);
    slid(&mut world, generation, 1, token(&next));
    world.pass(5 * SECOND);
    for call in [refused, waiting] {
        assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
    }
    assert_eq!(world.server.refreshes(), 1);
    world.check_nobody_waits();
}

/// A call that was refused goes out again with the token that came along, at no renewal.
#[test]
fn a_refusal_that_brings_the_next_token_is_cured_by_it() {
    for issues_refresh_tokens in [true, false] {
        let mut world = World::signed_in(Setup { issues_refresh_tokens, ..setup() });
        let generation = world.tabs[TAB].session.generation();
        let next = next_token(&mut world);
        slid(&mut world, generation, 1, token(&next));
        let waiter = world.tabs[TAB].new_waiter(Wait::Refresh);
        let input = Input::Refused(waiter, generation, Default::default());
        world.input(TAB, Observed::Refused(waiter), input);
        match world.tabs[TAB].outcome(waiter) {
            Ok(Settled::Leased(lease)) => assert_eq!(lease.access_token.expose(), next),
            other => panic!("{other:?}"),
        }
        assert_eq!(world.server.refreshes(), 0);
        world.check_nobody_waits();
    }
}

/// A call that was leased in one session and left in the next brings nothing into that.
#[test]
fn a_call_between_two_sessions_brings_nothing() {
    let mut world = World::signed_in(setup());
    let generation = world.tabs[TAB].session.generation();
    world.set_tokens(TAB, &json!({ "access_token": "other-user", "token_type": "Bearer" }));
    slid(&mut world, generation, 99, token("ghost"));
    assert_eq!(held(&mut world).as_deref(), Some("other-user"));
    slid(&mut world, generation + 1, 100, token("own"));
    assert_eq!(held(&mut world).as_deref(), Some("own"));
    slid(&mut world, generation + 2, 100, token("twice"));
    assert_eq!(held(&mut world).as_deref(), Some("own"));
    world.check_nobody_waits();
}

/// Everything but the access token stays.
#[test]
fn a_token_that_slides_keeps_the_rest_of_the_session() {
    let mut world = World::signed_in(setup());
    let rest = |world: &World| {
        let session = &world.tabs[TAB].session;
        (session.claims_text().map(str::to_owned), session.scope().map(str::to_owned))
    };
    let before = rest(&world);
    let generation = world.tabs[TAB].session.generation();
    slid(&mut world, generation, 1, token("next"));
    assert_eq!(rest(&world), before);
    let refresh = world.refresh(TAB);
    world.pass(SECOND);
    assert!(world.tabs[TAB].outcome(refresh).is_ok(), "the refresh token is the same");
    world.check_nobody_waits();
}

/// The lifetime counts from when the call was sent; a JWT may say its own.
#[test]
fn the_lifetime_is_that_of_before_or_the_jwts_own() {
    let jwt = {
        let part = |value: serde_json::Value| {
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, value.to_string())
        };
        let claims = json!({ "iat": 1_000_000, "exp": 1_000_120 });
        [part(json!({ "alg": "RS256" })), part(claims), "c2ln".into()].join(".")
    };
    for (text, reads_jwt, advertises_lifetime, lifetime_ms) in [
        ("opaque", false, true, Some(600_000)),
        ("opaque", false, false, None),
        (jwt.as_str(), true, true, Some(120_000)),
        (jwt.as_str(), false, true, Some(600_000)),
        ("opaque", true, true, None),
    ] {
        let mut world = World::signed_in(Setup { advertises_lifetime, ..setup() });
        let generation = world.tabs[TAB].session.generation();
        let sent_at = world.now(TAB);
        world.pass(5 * SECOND);
        let field = Field::Token { token: Secret::new(text), reads_jwt };
        let slid = Slid { generation, order: 1, sent_at, resource: SLIDING.into(), field };
        world.input(TAB, Observed::Other, Input::Slid(slid));
        let expires_at = world.tabs[TAB].session.expires_at();
        assert_eq!(expires_at, lifetime_ms.map(|ms| sent_at + ms), "{reads_jwt} {advertises_lifetime}");
    }
}
