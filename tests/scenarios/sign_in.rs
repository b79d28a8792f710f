//! Signing in: out to the authorization server and back, and what can go wrong on the way.

use strongroom::engine::{Code, Error, Settled, SignInRequest, Status};

use crate::sim::setup::{ISSUER, REDIRECT_URI};
use crate::sim::*;

/// Begins a sign-in and lets the user go through the server's pages; the page has not come back yet.
fn callback_of_a_sign_in(world: &mut World) -> String {
    world.begin_sign_in(TAB, SignInRequest::default());
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    let address = world.tabs[TAB].address.take().unwrap();
    world.server.authorize(&address, &mut world.random, world.clock.truth())
}

/// Gives the callback to a new page and waits for the end.
fn complete(world: &mut World, href: &str) -> Result<String, Error> {
    let waiter = world.complete_sign_in(TAB, href);
    world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
    match world.tabs[TAB].outcome(waiter) {
        Ok(Settled::SignedIn { return_to }) => Ok(return_to.clone()),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.clone()),
    }
}

/// The refusal of a callback, for which no token request was made.
fn refused(world: &mut World, href: &str) -> Error {
    let error = complete(world, href).unwrap_err();
    assert_eq!(world.server.token_requests.len(), 0, "a code was sent although the callback was refused");
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    error
}

#[test]
fn a_sign_in_goes_out_and_comes_back_and_the_claims_are_there() {
    let mut world = World::new(1, Setup::default());
    let request = SignInRequest {
        return_to: Some("/orders?page=2#top".into()),
        parameters: vec![("login_hint".into(), "alice@example".into())],
        ..SignInRequest::default()
    };
    let waiter = world.begin_sign_in(TAB, request);
    assert_eq!(world.tabs[TAB].session.status(), Status::SigningIn);
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::Leaving { .. })));
    let address = world.tabs[TAB].address.clone().unwrap();
    assert_eq!(sent(&address, "login_hint"), "alice@example");
    let callback = world.server.authorize(&address, &mut world.random, world.clock.truth());
    world.reload(TAB);
    assert_eq!(complete(&mut world, &callback).unwrap(), "/orders?page=2#top");
    let session = &world.tabs[TAB].session;
    assert_eq!(session.status(), Status::SignedIn);
    assert!(session.claims_text().unwrap().contains("\"sub\":\"alice\""));
    assert_eq!(session.scope(), Some("openid offline_access"));
    assert!(world.tabs[TAB].remembered.is_empty(), "what was kept for the redirect is used up");
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn tabs_that_sign_in_at_once_through_one_engine_get_each_its_own_way_out_and_back() {
    let mut world = World::new(1, Setup::default());
    let paths = ["/orders", "/bills", "/"];
    let waiters = paths.map(|path| {
        let request = SignInRequest { return_to: Some(path.into()), ..SignInRequest::default() };
        world.begin_sign_in(TAB, request)
    });
    world.pass(SECOND);
    let ways = waiters.map(|waiter| match world.tabs[TAB].outcome(waiter) {
        Ok(Settled::Leaving { href, state, transaction, .. }) => {
            assert_eq!(sent(href, "state"), *state);
            let kept = form::read(transaction.expose());
            assert_eq!(kept["state"], *state);
            (href.clone(), kept["return_to"].clone())
        }
        other => panic!("the sign-in did not leave: {other:?}"),
    });
    // The last to leave is the first to come back.
    for (path, (href, return_to)) in paths.into_iter().zip(&ways).rev() {
        assert_eq!(path, return_to);
        let callback = world.server.authorize(href, &mut world.random, world.clock.truth());
        assert_eq!(complete(&mut world, &callback).unwrap(), path);
        assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    }
}

fn sent(href: &str, name: &str) -> String {
    form::query_text(href, name).unwrap_or_default()
}

#[test]
fn each_sign_in_has_its_own_state_nonce_and_challenge() {
    let mut world = World::new(1, Setup::default());
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        world.begin_sign_in(TAB, SignInRequest::default());
        world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
        let address = world.tabs[TAB].address.take().unwrap();
        for name in ["state", "nonce", "code_challenge"] {
            assert_eq!(sent(&address, name).len(), 43);
            assert!(seen.insert(sent(&address, name)), "{name} is used again");
        }
    }
}

#[test]
fn a_page_that_is_no_callback_completes_nothing() {
    let mut world = World::new(1, Setup::default());
    for href in ["https://app.example/", REDIRECT_URI, "https://app.example/callback?page=2"] {
        let waiter = world.complete_sign_in(TAB, href);
        assert!(matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::NoCallback)), "{href}");
    }
}

#[test]
fn a_callback_given_twice_is_redeemed_once() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    complete(&mut world, &callback).unwrap();
    let error = complete(&mut world, &callback).unwrap_err();
    assert_eq!(error.code, Code::Callback);
    assert_eq!(world.server.token_requests.len(), 1);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn, "the second is no harm to the first");
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn a_callback_that_a_duplicated_tab_brings_too_is_redeemed_once() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    let remembered = world.tabs[TAB].remembered.clone();
    complete(&mut world, &callback).unwrap();
    world.tabs[TAB].remembered = remembered;
    assert_eq!(complete(&mut world, &callback).unwrap_err().code, Code::Callback);
    assert_eq!(world.server.token_requests.len(), 1);
}

#[test]
fn a_callback_given_twice_at_once_is_redeemed_once() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    let first = world.complete_sign_in(TAB, &callback);
    let second = world.complete_sign_in(TAB, &callback);
    world.pass(10 * SECOND);
    assert!(world.tabs[TAB].outcome(first).is_ok() && world.tabs[TAB].outcome(second).is_err());
    assert_eq!(world.server.token_requests.len(), 1);
}

#[test]
fn a_callback_with_a_foreign_state_is_refused() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    let foreign = callback.replace(&sent(&callback, "state"), "somebody-elses");
    assert_eq!(refused(&mut world, &foreign).code, Code::Callback);
}

#[test]
fn a_callback_without_the_iss_that_the_server_announces_is_refused() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    let stripped = callback.split("&iss=").next().unwrap().to_owned();
    assert_eq!(refused(&mut world, &stripped).code, Code::Callback);
}

#[test]
fn a_callback_from_another_issuer_is_refused_even_if_none_is_announced() {
    for sends_iss in [true, false] {
        let mut world = World::new(1, Setup { sends_iss, ..Setup::default() });
        let callback = callback_of_a_sign_in(&mut world);
        world.reload(TAB);
        let mixed_up = format!("{}&iss=https%3A%2F%2Fevil.example", callback.split("&iss=").next().unwrap());
        assert_eq!(refused(&mut world, &mixed_up).code, Code::Callback);
    }
}

#[test]
fn a_server_that_knows_nothing_of_iss_is_fine() {
    let mut world = World::new(1, Setup { sends_iss: false, ..Setup::default() });
    world.sign_in(TAB);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn an_error_from_the_server_is_told_with_its_code_alone() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    let state = sent(&callback, "state");
    let iss = form::encode(ISSUER);
    let denied =
        format!("{REDIRECT_URI}?error=access_denied&error_description=s3cr3t&state={state}&iss={iss}");
    let error = refused(&mut world, &denied);
    assert_eq!((error.code, error.error.as_deref()), (Code::Authorization, Some("access_denied")));
    assert!(!format!("{error} {error:?}").contains(MARK));
}

#[test]
fn an_error_from_another_issuer_is_not_taken_for_the_servers() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    let state = sent(&callback, "state");
    let denied = format!("{REDIRECT_URI}?error=access_denied&state={state}&iss=https%3A%2F%2Fevil.example");
    assert_eq!(refused(&mut world, &denied).code, Code::Callback);
}

#[test]
fn a_sign_in_that_took_eleven_minutes_is_refused() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.pass(11 * MINUTE);
    world.reload(TAB);
    assert_eq!(refused(&mut world, &callback).code, Code::Callback);
}

#[test]
fn seventeen_pending_sign_ins_drop_the_oldest_and_keep_the_newest() {
    let mut world = World::new(1, Setup::default());
    let callbacks: Vec<String> = (0..17).map(|_| callback_of_a_sign_in(&mut world)).collect();
    // The page was never left, as in a browser that opens the server's page elsewhere; nothing was remembered.
    world.tabs[TAB].remembered.clear();
    assert_eq!(complete(&mut world, &callbacks[0]).unwrap_err().code, Code::Callback);
    for callback in &callbacks[1..] {
        complete(&mut world, callback).unwrap();
    }
}

#[test]
fn a_code_request_that_hangs_is_given_up_and_its_code_is_not_sent_again() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    world.network.script(Target::Token, &[Fate::ResponseHangs]);
    assert_eq!(complete(&mut world, &callback).unwrap_err().code, Code::Timeout);
    assert_eq!(complete(&mut world, &callback).unwrap_err().code, Code::Callback);
    assert_eq!(world.server.token_requests.len(), 1);
}

#[test]
fn a_code_that_expired_at_the_server_is_a_typed_error() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.pass(2 * MINUTE);
    world.reload(TAB);
    let error = complete(&mut world, &callback).unwrap_err();
    assert_eq!(
        (error.code, error.error.as_deref(), error.status),
        (Code::Refused, Some("invalid_grant"), Some(400))
    );
}

#[test]
fn calls_made_during_a_sign_in_wait_for_its_tokens() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    world.complete_sign_in(TAB, &callback);
    let call = world.call(TAB);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Pending);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200));
}

#[test]
fn calls_made_during_a_sign_in_that_fails_fail_with_it() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.pass(2 * MINUTE);
    world.reload(TAB);
    world.complete_sign_in(TAB, &callback);
    let call = world.call(TAB);
    world.pass(SECOND);
    let CallOutcome::Failed(error) = &world.tabs[TAB].calls[call].outcome else { panic!("it did not fail") };
    assert_eq!(error.code, Code::NotSignedIn);
}

#[test]
fn a_failed_sign_in_leaves_an_older_session_alone() {
    let mut world = World::signed_in(Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.pass(2 * MINUTE);
    assert!(complete(&mut world, &callback).is_err());
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}

#[test]
fn an_id_token_for_somebody_else_is_refused_and_its_tokens_revoked() {
    let mut world = World::new(1, Setup::default());
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    world.server.spoils_nonce = true;
    let error = complete(&mut world, &callback).unwrap_err();
    assert_eq!(error.code, Code::IdToken);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedOut);
    assert_eq!(world.server.revoked.len(), 1);
}

#[test]
fn redirect_uris_that_the_browser_writes_differently_still_work() {
    for (configured, shown) in [
        ("https://app.example", "https://app.example/"),
        ("https://app.example?tenant=a", "https://app.example/?tenant=a"),
        ("https://app.example/callback?tenant=a%20b", "https://app.example/callback?tenant=a%20b"),
    ] {
        let mut world = World::new(1, Setup { redirect_uri: configured, ..Setup::default() });
        let callback = callback_of_a_sign_in(&mut world);
        world.reload(TAB);
        complete(&mut world, &callback.replacen(configured, shown, 1)).unwrap();
    }
}

#[test]
fn a_sign_in_by_a_clock_that_was_wrong_for_a_while_can_be_repeated() {
    let mut world = World::new(1, Setup::default());
    world.clock.set_wall(HOUR as i64);
    world.wake(TAB);
    world.clock.set_wall(-(HOUR as i64));
    let callback = callback_of_a_sign_in(&mut world);
    world.reload(TAB);
    if complete(&mut world, &callback).is_err() {
        world.sign_in(TAB);
    }
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}
