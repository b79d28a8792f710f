//! The shell: the only Rust that names JavaScript. It performs what the engine asks for and decides nothing.

#[cfg(feature = "full")]
mod back_end;
mod crypto;
#[cfg_attr(not(feature = "full"), path = "no_dpop.rs")]
mod dpop;
mod driver;
mod endpoint;
mod engine;
mod error;
mod fetch;
mod global;
mod host;
mod lifecycle;
#[cfg(feature = "full")]
mod placement;
#[cfg(feature = "full")]
mod sliding;
mod snapshot;
mod task;
mod time;
mod waiting;
