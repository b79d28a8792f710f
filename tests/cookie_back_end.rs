//! The stories that an authorization server passes, told of a back end of the application's own that keeps the refresh token in a cookie.

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
#[path = "scenarios/sliding.rs"]
mod sliding;
#[path = "scenarios/time.rs"]
mod time;
