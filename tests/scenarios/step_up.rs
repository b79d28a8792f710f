//! Options of a sign-in, and what an API demands of the next one (RFC 9470).

use serde_json::json;
use strongroom::engine::{Code, Error, Options, Secret, Settled, SignInRequest, Status, StepUp};

use crate::sim::*;

fn request(options: &str) -> Result<SignInRequest, Error> {
    SignInRequest::new(&Options::parse(options)?)
}

fn sent(href: &str, name: &str) -> String {
    form::query_text(href, name).unwrap_or_else(|| panic!("no {name} in {href}"))
}

/// Begins a sign-in; gives the authorization request.
fn begin(world: &mut World, options: &str) -> String {
    world.begin_sign_in(TAB, request(options).unwrap());
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    world.tabs[TAB].address.clone().unwrap()
}

fn sign_in(world: &mut World, options: &str) {
    begin(world, options);
    let waiter = world.follow_redirect(TAB);
    world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::SignedIn { .. })));
}

fn demand(acr_values: &str, max_age: Option<u64>, scope: Option<&str>) -> StepUp {
    StepUp { acr_values: Some(acr_values.into()), max_age, scope: scope.map(Into::into) }
}

fn is_repeated(world: &mut World, demand: &StepUp) -> bool {
    let now = world.now(TAB);
    world.tabs[TAB].session.is_repeated(now, demand)
}

#[test]
fn each_named_option_is_its_parameter_of_the_authorization_request() {
    let mut world = World::new(1, Setup::default());
    let address = begin(
        &mut world,
        r#"{"prompt":"login consent","loginHint":"ada","acrValues":"urn:a urn:b","uiLocales":"de en","maxAgeSeconds":0,
            "scope":"openid pay","parameters":{"display":"page"}}"#,
    );
    for (name, value) in [
        ("prompt", "login consent"),
        ("login_hint", "ada"),
        ("acr_values", "urn:a urn:b"),
        ("ui_locales", "de en"),
        ("max_age", "0"),
        ("scope", "openid offline_access pay"),
        ("display", "page"),
    ] {
        assert_eq!(sent(&address, name), value, "{name}");
    }
}

#[test]
fn what_is_absent_or_null_is_no_parameter() {
    let mut world = World::new(1, Setup::default());
    let address = begin(&mut world, r#"{"acrValues":null,"maxAgeSeconds":null,"scope":null}"#);
    assert!(!address.contains("acr_values") && !address.contains("max_age"), "{address}");
    assert_eq!(sent(&address, "scope"), "openid offline_access");
}

/// OIDC-14, and what could be meant in two ways.
#[test]
fn options_that_contradict_are_refused_before_the_page_leaves() {
    let mut world = World::new(1, Setup::default());
    for (options, path) in [
        (r#"{"prompt":"none login"}"#, "prompt"),
        (r#"{"parameters":{"prompt":"login none"}}"#, "prompt"),
        (r#"{"prompt":"login","parameters":{"prompt":"consent"}}"#, "prompt"),
        (r#"{"loginHint":"ada","parameters":{"login_hint":"bob"}}"#, "loginHint"),
        (r#"{"acrValues":"a","parameters":{"acr_values":"a"}}"#, "acrValues"),
        (r#"{"uiLocales":"a","parameters":{"ui_locales":"a"}}"#, "uiLocales"),
        (r#"{"maxAgeSeconds":1,"parameters":{"max_age":"1"}}"#, "maxAgeSeconds"),
        (r#"{"maxAgeSeconds":-1}"#, "maxAgeSeconds"),
        (r#"{"maxAgeSeconds":1000000001}"#, "maxAgeSeconds"),
        (r#"{"maxAgeSeconds":"1"}"#, "maxAgeSeconds"),
        (r#"{"acrValues":["a"]}"#, "acrValues"),
        (r#"{"scope":"a  b"}"#, "scope"),
        (r#"{"scope":""}"#, "scope"),
        (r#"{"acr_values":"a"}"#, "acr_values"),
    ] {
        let error = match request(options) {
            Err(error) => error,
            Ok(request) => {
                let waiter = world.begin_sign_in(TAB, request);
                world.tabs[TAB].outcome(waiter).as_ref().unwrap_err().clone()
            }
        };
        assert_eq!((error.code, error.option.as_deref()), (Code::InvalidOption, Some(path)), "{options}");
    }
    world.pass(MINUTE);
    assert_eq!(world.tabs[TAB].address, None);
}

#[test]
fn a_sign_in_with_prompt_none_shows_no_one_signing_in() {
    let mut world = World::new(1, Setup::default());
    begin(&mut world, r#"{"prompt":"none"}"#);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
}

/// 9470-3, also where a new page has only what the old one left for it.
#[test]
fn a_demand_that_the_sign_in_asked_for_already_is_repeated() {
    let mut world = World::new(1, Setup::default());
    let strong = demand("urn:strong", None, Some("pay"));
    assert!(!is_repeated(&mut world, &strong), "nobody is signed in");
    sign_in(&mut world, "{}");
    assert!(!is_repeated(&mut world, &strong), "an ordinary sign-in");
    sign_in(&mut world, r#"{"acrValues":"urn:strong","scope":"pay"}"#);
    assert!(is_repeated(&mut world, &strong));
    world.pass(60 * MINUTE);
    assert!(is_repeated(&mut world, &strong), "renewals change nothing (9470-2)");
    for other in [
        demand("urn:stronger", None, Some("pay")),
        demand("urn:strong", None, None),
        demand("urn:strong", Some(60), Some("pay")),
    ] {
        assert!(!is_repeated(&mut world, &other), "{other:?}");
    }
    sign_in(&mut world, "{}");
    assert!(!is_repeated(&mut world, &strong), "the latest sign-in counts");
}

#[test]
fn a_demanded_age_is_repeated_at_once_and_later_a_new_demand() {
    for max_age in [0, 300] {
        let mut world = World::new(1, Setup::default());
        world.server.id_token_claims = json!({ "auth_time": 4_000_000_000_u64 });
        let recent = demand("a", Some(max_age), None);
        sign_in(&mut world, &format!(r#"{{"acrValues":"a","maxAgeSeconds":{max_age}}}"#));
        assert!(is_repeated(&mut world, &recent));
        world.pass(30 * SECOND);
        assert!(!is_repeated(&mut world, &recent), "the user may have got older than {max_age} s");
    }
}

#[test]
fn a_demand_that_was_kept_over_the_redirect_is_no_more_than_text() {
    let mut world = World::new(1, Setup::default());
    begin(&mut world, r#"{"acrValues":"urn:a","maxAgeSeconds":7,"scope":"pay"}"#);
    let kept = world.tabs[TAB].remembered.values().next().unwrap().clone();
    for (part, instead) in [("&max_age=7", "&max_age=soon"), ("&max_age=7", ""), ("&scope=pay", "")] {
        let spoiled = kept.expose().replace(part, instead);
        assert_ne!(spoiled, kept.expose());
        assert!(!world.tabs[TAB].session.is_stale(world.clock.truth(), &Secret::new(spoiled)));
    }
}
