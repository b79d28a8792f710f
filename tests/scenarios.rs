//! Stories: what happens to one user's session when the world is as it is.

mod sim;

#[path = "scenarios/authorization_details.rs"]
mod authorization_details;
#[path = "scenarios/departure.rs"]
mod departure;
#[path = "scenarios/failures.rs"]
mod failures;
#[path = "scenarios/front_channel.rs"]
mod front_channel;
#[path = "scenarios/limits.rs"]
mod limits;
#[path = "scenarios/notices.rs"]
mod notices;
#[path = "scenarios/pages.rs"]
mod pages;
#[path = "scenarios/pushing.rs"]
mod pushing;
#[path = "scenarios/refusals.rs"]
mod refusals;
#[path = "scenarios/renewal.rs"]
mod renewal;
#[cfg(feature = "full")]
#[path = "scenarios/resources.rs"]
mod resources;
#[path = "scenarios/sign_in.rs"]
mod sign_in;
#[path = "scenarios/sign_out.rs"]
mod sign_out;
#[path = "scenarios/sign_out_redirect.rs"]
mod sign_out_redirect;
#[cfg(feature = "full")]
#[path = "scenarios/single_sign_on.rs"]
mod single_sign_on;
#[cfg(feature = "full")]
#[path = "scenarios/sliding.rs"]
mod sliding;
#[path = "scenarios/step_up.rs"]
mod step_up;
#[path = "scenarios/time.rs"]
mod time;
#[path = "scenarios/user_info.rs"]
mod user_info;
#[path = "scenarios/verification.rs"]
mod verification;
