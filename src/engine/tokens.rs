use alloc::string::String;

use super::dpop::TokenType;
use super::{Aim, Secret, UnixMs, id_token::Identity, schedule::Schedule};

/// The number of a set of tokens. It only grows.
pub type Generation = u32;

/// The right to send one access token.
#[derive(Clone, Debug)]
pub struct Lease {
    pub access_token: Secret,
    pub token_type: TokenType,
    /// Whose calls it is for; a generation is one of its own.
    pub aim: Aim,
    pub generation: Generation,
    /// Until when it may be used again without asking the engine; `None`: until it is refused.
    pub until: Option<UnixMs>,
}

/// What one token response gave, with what an earlier one gave and this one did not repeat.
#[derive(Debug)]
pub struct Tokens {
    pub access_token: Secret,
    pub token_type: TokenType,
    pub refresh_token: Option<Secret>,
    pub identity: Option<Identity>,
    /// The newest valid one, where a sign-out may need it.
    pub id_token: Option<Secret>,
    pub scope: Option<String>,
    /// As JSON text.
    pub authorization_details: Option<String>,
    pub schedule: Schedule,
    /// When the refresh token ends, if the server said so; a hint for the application, no deadline of ours.
    pub session_ends_at: Option<UnixMs>,
}
