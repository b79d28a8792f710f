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
