//! The shell: the only Rust that names JavaScript. It performs what the engine asks for and decides nothing.

mod crypto;
mod driver;
mod endpoint;
mod engine;
mod error;
mod fetch;
mod global;
mod host;
mod lifecycle;
mod snapshot;
mod task;
mod time;
mod waiting;
