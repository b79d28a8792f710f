//! Where in a call to a resource the access token is put: in one place, never in two (6750-1, RFC 9110 §11.6.2).

use alloc::string::String;

use super::cut::Cut as _;
use super::options::Reader;

/// One that is not RFC 6750's `Authorization: Bearer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The name in lower case; the scheme as given, empty for none.
    Header { name: String, scheme: String },
    /// RFC 6750 §2.3, which RFC 9700 §4.3.2 forbids.
    Query { name: String },
}

/// What script may not set (Fetch §2.2.2, without the prefixes), what would change the call, and what is ours for proofs.
const FORBIDDEN: &str = "accept accept-charset accept-encoding accept-language access-control-request-headers \
     access-control-request-method connection content-language content-length content-type cookie cookie2 date dnt dpop \
     expect host keep-alive origin range referer set-cookie te trailer transfer-encoding upgrade user-agent via \
     x-http-method x-http-method-override x-method-override";

impl Placement {
    /// The option `placement` of a resource. `is_proved`: the session has DPoP, whose one place is `Authorization`
    /// (RFC 9449 §7.1).
    pub fn read(resource: &Reader, is_proved: bool) -> Option<Self> {
        resource.full("placement", resource.get("placement").is_some())?;
        let given = resource.object("placement", "scheme header unsafeQueryParameter")?;
        let (scheme, header) = (given.text("scheme"), given.text("header"));
        let parameter = given.text("unsafeQueryParameter");
        if is_proved {
            resource.refuse("placement", "must not be with `dpop`");
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
        let is_forbidden = FORBIDDEN.parts(' ').any(|forbidden| forbidden == name);
        if is_forbidden || name.starts_with("sec-") || name.starts_with("proxy-") {
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

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let is_of_token = |byte: u8| {
        is_unreserved(byte) || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'^' | b'`' | b'|')
    };
    !text.is_empty() && text.bytes().all(is_of_token)
}
