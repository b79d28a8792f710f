//! A world to try the engine in: clocks that lie, a network that loses things, an authorization server that rotates
//! refresh tokens and detects their reuse, an API that checks tokens, and tabs that drive one engine each.
//!
//! Nothing here waits: time passes when a test says so, and everything random follows from one seed. Every tab has a
//! [`witness::Witness`] that checks the promises at each step, whatever the test itself looks at.

#![allow(dead_code, unused_imports, reason = "each test binary uses its own part of the world")]

pub mod api;
pub mod application;
pub mod authorization_server;
pub mod browser;
pub mod checks;
pub mod clock;
pub mod driver;
pub mod form;
pub mod keys;
pub mod ledger;
pub mod network;
pub mod pace;
pub mod random;
pub mod setup;
pub mod tab;
pub mod token_endpoint;
pub mod witness;
pub mod world;

pub use self::api::Api;
pub use self::authorization_server::AuthorizationServer;
pub use self::network::Fate;
pub use self::network::Target;
pub use self::random::Random;
pub use self::setup::Setup;
pub use self::setup::{Limits, Reply};
pub use self::tab::CallOutcome;
pub use self::world::{TAB, World};

/// The form that a request of the engine's own posts.
pub fn body(request: &strongroom::engine::HttpRequest) -> Option<&str> {
    let form = match request.prepared.get() {
        Some(prepared) => prepared.body.as_ref(),
        None => request.form.as_ref(),
    };
    form.map(strongroom::engine::Secret::expose)
}

pub const SECOND: u64 = 1_000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

/// Part of every secret that the world makes: where it shows, a secret leaked.
pub const MARK: &str = "s3cr3t";
