//! The application's own back end, in place of an authorization server: what is sent to it, and what its answers mean.
//!
//! One kind answers with JSON that holds tokens (`provider.type: "json"`), with the refresh token there or in a cookie; the
//! other (`"bff"`) keeps all of them, and a cookie authorises the calls themselves.

use alloc::string::String;

use super::json::Json;

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
    /// The provider's, once they were found to be good; what is not above is read from here.
    options: Json,
}

impl Backend {
    /// Name and value of the header that every call to a resource has at a BFF.
    pub fn call_header(&self) -> Option<(&str, &str)> {
        let given = self.options.get("antiForgery");
        let text = |name: &str| given.and_then(|given| given.text(name));
        self.is_bff.then(|| (text("header").unwrap_or("x-csrf"), text("value").unwrap_or("1")))
    }
}
