//! Stories: what happens to one user's session when the world is as it is.

mod sim;

#[path = "scenarios/renewal.rs"]
mod renewal;
