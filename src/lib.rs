//! Strongroom: OAuth 2.0 and OpenID Connect tokens for a browser, held in memory only, out of the page's reach.
//!
//! # The house
//!
//! - [`engine`]: every rule, as a state machine that does no input or output. It is told what happened and when
//!   ([`engine::Session::handle_input`]), and says what to do ([`engine::Session::poll_output`]) and when to wake it
//!   ([`engine::Session::poll_timeout`]). It never sees a clock, a random number or a JavaScript value.
//! - `browser` (wasm32 only): the shell that performs the engine's outputs with `fetch`, timers and WebCrypto.
//! - `runtime` (feature `module` only): memory and the end of a panic, in place of `std`'s.
//! - `js/` (TypeScript, beside this crate), without policy: `js/page` is the page's client, `js/vault` the worker around
//!   an engine, `js/engine` what opens an engine in either, `js/protocol.ts` what page and vault say to one another.
//!
//! The picture is in `docs/architecture.md`.
//!
//! # Glossary
//!
//! - *tokens*: what one token response gave: access token, refresh token, ID token, scope, lifetime.
//! - *generation*: the number of a set of tokens; it only grows, and a sign-out uses one up too.
//! - *lease*: the right to send one access token: its header value, its generation and until when.
//! - *demand*: a call that needs a lease; *waiter*: whoever waits for an answer of the engine, by number.
//! - *renewal*: one exchange of the refresh token, from its first request to its answer.
//! - *refused*: an API answered that it does not accept the access token.
//! - *resource*: an origin, or a path on one, that may be sent the access token.
//! - *transaction*: one sign-in between its authorization request and its callback.
//! - *callback*: the authorization server's answer, in the redirect URI's query.
//! - *host*: what surrounds the engine, in a page or a vault: it hears of changes and makes errors.
//! - *home*: where an engine lives: a shared worker, a worker of the page, or the page itself.
//! - *isolation*: the option that chooses the home; `"auto"` is shared, else worker, never page.
//! - *vault*: a worker that is a home, so that its tokens are apart from the page.
//! - *connection* and *door*: the two ends of a port, the page's and the vault's.
//! - *boot*: which start of a vault this is, by a random number in each of its replies.
//! - *notice*: a vault's word to the other vaults of its application that its session began or ended.

#![no_std]

extern crate alloc;
#[cfg(any(test, not(feature = "module")))]
extern crate std;

pub mod engine;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(all(target_arch = "wasm32", feature = "module"))]
mod runtime;
