//! The application's own back end, in place of an authorization server: what is sent to it, and what its answers mean.
//!
//! One kind answers with JSON that holds tokens (`provider.type: "json"`), with the refresh token there or in a cookie; the
//! other (`"bff"`) keeps all of them, and a cookie authorises the calls themselves.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Error, Secret};

mod answer;
mod condition;
mod headers;
mod provider;
mod request;
mod template;
mod timestamp;
mod verdict;

pub use answer::BackendResponse;
pub use request::{Prepared, Request};

use answer::Fields;
use condition::Condition;
use verdict::Known;

/// What holds the session beyond the life of its access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// A refresh token that is in the answers.
    Body,
    /// A cookie that no script sees.
    Cookie,
    Nothing,
}

/// To sign in or out: a request, or a page of the back end that the user is sent to.
#[derive(Debug, PartialEq, Eq)]
pub enum Way {
    Request(Request),
    Navigation { href: String, return_to_parameter: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    SignIn,
    /// Or whether there is a session at all.
    Refresh,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Backend {
    pub sign_in: Option<Way>,
    /// What renews the session; for a cookie, what tells whether there is one.
    pub refresh: Option<Request>,
    pub sign_out: Option<Way>,
    pub user_info: Option<Request>,
    pub holds: Held,
    pub is_bff: bool,
    /// What shows a BFF that a call is no forged one.
    call_header: Option<(String, String)>,
    fields: Fields,
    success: Option<Condition>,
    errors: Vec<Known>,
}

impl Backend {
    /// What is sent when these values stand for the request's placeholders.
    ///
    /// # Errors
    /// [`super::Code::InvalidOption`] with `credentials.<name>`.
    pub fn fill(&self, request: &Request, values: &[(&str, &Secret)]) -> Result<Prepared, Error> {
        request.fill(values)
    }

    /// Name and value of the header that every call to a resource has at a BFF.
    pub fn call_header(&self) -> Option<(&str, &str)> {
        self.call_header.as_ref().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
