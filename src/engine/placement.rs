//! Where in a call to a resource the access token is put: in one place, never in two (6750-1, RFC 9110 §11.6.2).

use alloc::string::String;

use super::Full;
use super::header::{is_forbidden, is_token, is_unreserved};
use super::options::Reader;

/// One that is not RFC 6750's `Authorization: Bearer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The name in lower case; the scheme as given, empty for none.
    Header { name: String, scheme: String },
    /// RFC 6750 §2.3, which RFC 9700 §4.3.2 forbids.
    Query { name: String },
}

/// What would change the call, and what is ours for proofs.
const FORBIDDEN: [&str; 4] = ["accept", "accept-language", "content-language", "dpop"];

impl Placement {
    /// The option `placement` of a resource. `unplaced`: why there is none to choose.
    pub fn read(resource: &Reader, unplaced: Option<&'static str>) -> Option<Self> {
        Full::PROOF?;
        let given = resource.object("placement", "scheme header unsafeQueryParameter")?;
        let (scheme, header) = (given.text("scheme"), given.text("header"));
        let parameter = given.text("unsafeQueryParameter");
        if let Some(detail) = unplaced {
            resource.refuse("placement", detail);
        }
        if parameter.is_some() && (scheme.is_some() || header.is_some()) {
            given.refuse("unsafeQueryParameter", "must be alone");
        }
        if parameter.is_none() && scheme.is_none() && header.is_none() {
            resource.refuse("placement", "must say where");
        }
        if parameter.is_some_and(|name| name.is_empty() || !name.bytes().all(is_unreserved)) {
            given.refuse("unsafeQueryParameter", "must be letters, digits, \"-\", \".\", \"_\" and \"~\"");
        }
        if scheme.is_some_and(|scheme| !is_token(scheme)) {
            given.refuse("scheme", "must be a token as in RFC 9110");
        }
        if let Some(name) = parameter {
            return Some(Self::Query { name: name.into() });
        }
        let name = header.unwrap_or("authorization").to_ascii_lowercase();
        if !is_token(&name) {
            given.refuse("header", "must be a token as in RFC 9110");
        }
        if FORBIDDEN.contains(&name.as_str()) || is_forbidden(&name) {
            given.refuse("header", "is not for tokens");
        }
        Some(Self::Header { name, scheme: scheme.unwrap_or_default().into() })
    }

    /// The header's or the parameter's.
    pub fn name(&self) -> &str {
        match self {
            Self::Header { name, .. } | Self::Query { name } => name,
        }
    }
}
