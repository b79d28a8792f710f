//! The stories that an authorization server passes, told of a back end for the front end: all tokens are behind its cookie.

#![cfg(feature = "full")]

mod sim;

#[path = "scenarios/cookie.rs"]
mod cookie;
#[path = "scenarios/failures.rs"]
mod failures;
#[path = "scenarios/limits.rs"]
mod limits;
#[path = "scenarios/pages.rs"]
mod pages;
#[path = "scenarios/refusals.rs"]
mod refusals;
#[path = "scenarios/renewal.rs"]
mod renewal;
#[path = "scenarios/sign_out.rs"]
mod sign_out;
#[path = "scenarios/time.rs"]
mod time;

use sim::witness::Observed;
use sim::*;
use strongroom::engine::{Input, SignInRequest, Status};

/// In a vault that outlives the way to the back end's page and back.
#[test]
fn who_signs_in_after_a_sign_out_that_was_not_heard_stays_signed_in() {
    let mut world = World::signed_in(Setup::default());
    world.network.script(Target::Revocation, &[Fate::RequestLost]);
    world.sign_out(TAB);
    world.pass(SECOND);
    world.begin_sign_in(TAB, SignInRequest::default());
    world.give_cookie();
    world.input(TAB, Observed::Asked, Input::Joined);
    world.pass(SECOND);
    assert_eq!(world.tabs[TAB].session.status(), Status::SignedIn);
    assert_eq!(world.call_and_wait(TAB), CallOutcome::Status(200));
}
