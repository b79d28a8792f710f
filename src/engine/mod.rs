//! The engine: all of Strongroom's policy, as a state machine without input or output.
//!
//! A driver feeds one [`Input`] with the time, carries out every [`Output`], and comes back when
//! [`Session::poll_timeout`] says so; coming back early or late does no harm.

pub mod backend;
pub mod base64url;
pub mod callback;
pub mod challenge;
pub mod clock;
pub mod config;
pub mod cut;
pub mod decimal;
pub mod dpop;
pub mod error;
pub mod form;
#[cfg(feature = "full")]
pub mod front_channel;
mod full;
pub mod grant;
pub mod header;
pub mod href;
pub mod id_token;
pub mod json;
pub mod jwks;
pub mod jwt;
pub mod limits;
pub mod message;
pub mod metadata;
pub mod options;
pub mod pkce;
pub mod placement;
pub mod provider;
pub mod resource;
pub mod retry_after;
pub mod schedule;
pub mod secret;
pub mod session;
mod sign_in_request;
pub mod sliding;
pub mod step_up;
pub mod target;
pub mod token_response;
pub mod tokens;
pub mod transaction;
pub mod user_info;

pub use clock::Clock;
pub use config::{Config, Isolation};
pub use error::{Code, Error};
pub use full::{Full, InFull};
pub use limits::Limit;
pub use message::{
    Cause, Entropy, Event, HttpAnswer, HttpRequest, Input, Output, RequestId, Settled, SignInRequest, Signed,
    Status, TransportFailure, WaiterId,
};
pub use options::Options;
pub use placement::Placement;
pub use provider::{Endpoints, Provider, ProviderKind};
pub use secret::Secret;
pub use session::Session;
pub use step_up::StepUp;
pub use target::Aim;
pub use tokens::{Generation, Lease};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type UnixMs = u64;
