//! What all tabs of one browser share: the cookie that holds a session, and whose turn it is.

use std::collections::VecDeque;

use strongroom::engine::{HttpRequest, RequestId};

/// For the witness, who like the engine never sees the cookie.
pub const COOKIE: &str = "a cookie";

#[derive(Default)]
pub struct Browser {
    /// The refresh token in the back end's `HttpOnly` cookie.
    pub cookie: Option<String>,
    /// What a BFF sends to its APIs for whoever has its cookie.
    pub access_token: Option<String>,
    /// Whose request is under way, of those that take turns.
    pub on_turn: Option<(usize, u32, RequestId)>,
    /// Those that wait for theirs.
    pub queue: VecDeque<(usize, u32, HttpRequest)>,
    /// How many there were at once, at most, at the server.
    pub turns: u32,
}
