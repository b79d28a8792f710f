//! Every URL that a browser may come back with (`vectors/callback.json`), and whether it completes the sign-in.
//!
//! In a row's URL `$CODE`, `$STATE` and `$ISS` are what the server really sent, `$UPPER` is the state in capitals.
//! `announced` (default true): the server's metadata promises an `iss` in every answer (RFC 9207).

mod sim;

use serde_json::Value;
use strongroom::engine::{Settled, SignInRequest, Status};

use self::sim::setup::ISSUER;
use self::sim::{MARK, SECOND, Setup, TAB, World, form};

fn check(row: &Value) -> Result<(), String> {
    let redirect_uri = row["redirectUri"].as_str().unwrap_or(sim::setup::REDIRECT_URI).to_owned();
    let sends_iss = row["announced"].as_bool().unwrap_or(true);
    let setup =
        Setup { redirect_uri: Box::leak(redirect_uri.into_boxed_str()), sends_iss, ..Setup::default() };
    let mut world = World::new(1, setup);
    world.begin_sign_in(TAB, SignInRequest::default());
    world.pass(SECOND);
    let address = world.tabs[TAB].address.take().ok_or("the page did not leave")?;
    let genuine = world.server.authorize(&address, &mut world.random, world.clock.truth());
    let part = |name: &str| form::query_text(&genuine, name).unwrap_or_default();
    let href = row["href"]
        .as_str()
        .ok_or("no href")?
        .replace("$CODE", &form::encode(&part("code")))
        .replace("$STATE", &part("state"))
        .replace("$UPPER", &part("state").to_ascii_uppercase())
        .replace("$ISS", &form::encode(ISSUER));
    world.reload(TAB);

    let waiter = world.complete_sign_in(TAB, &href);
    world.pass(SECOND);
    let outcome = world.tabs[TAB].outcome(waiter);
    let (saw, error) = match outcome {
        Ok(Settled::SignedIn { .. }) => ("signed-in", None),
        Ok(Settled::NoCallback) => ("no-callback", None),
        Ok(other) => return Err(format!("{other:?}")),
        Err(error) => (error.code.as_str(), error.error.as_deref()),
    };
    let shown = format!("{outcome:?}");
    if saw != row["expect"] || error != row["error"].as_str() {
        return Err(shown);
    }
    if shown.contains(MARK) || shown.contains(&part("state")) {
        return Err(format!("it shows what must not be seen: {shown}"));
    }
    let is_signed_in = saw == "signed-in";
    let requests = world.server.token_requests.len();
    if requests != usize::from(is_signed_in) {
        return Err(format!("{requests} token requests"));
    }
    let status = if is_signed_in { Status::SignedIn } else { Status::SignedOut };
    if world.tabs[TAB].session.status() != status {
        return Err(format!("status {:?}", world.tabs[TAB].session.status()));
    }

    // A second time it completes nothing and costs nothing.
    let again = world.complete_sign_in(TAB, &href);
    world.pass(SECOND);
    if matches!(world.tabs[TAB].outcome(again), Ok(Settled::SignedIn { .. })) {
        return Err("it was taken a second time".into());
    }
    if world.server.token_requests.len() != requests {
        return Err("a second token request".into());
    }

    // What was no callback of this sign-in has not used it up; the host forgets it only for its own `state`.
    if saw == "no-callback" && !href.contains(&part("state")) {
        let waiter = world.complete_sign_in(TAB, &genuine);
        world.pass(SECOND);
        if !matches!(world.tabs[TAB].outcome(waiter), Ok(Settled::SignedIn { .. })) {
            return Err("the genuine callback is no longer taken".into());
        }
    }
    Ok(())
}

#[test]
fn callbacks() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("vectors/callback.json")).expect("JSON");
    assert!(rows.len() >= 60, "the table has only {} rows", rows.len());
    let failures: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row["name"], check(row).err()?))).collect();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
}
