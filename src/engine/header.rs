//! Names and values of request headers that an application chooses.

use super::cut::Cut as _;

/// What script may not set (Fetch §2.2.2, without the prefixes), what would make it another request, and what its body says.
const FORBIDDEN: &str = "accept-charset accept-encoding access-control-request-headers access-control-request-method \
     connection content-length content-type cookie cookie2 date dnt expect host keep-alive origin range referer set-cookie te \
     trailer transfer-encoding upgrade user-agent via x-http-method x-http-method-override x-method-override";

/// Whether nobody may choose a header of this name, which is in lower case.
pub fn is_forbidden(name: &str) -> bool {
    FORBIDDEN.parts(' ').any(|forbidden| forbidden == name)
        || name.starts_with("sec-")
        || name.starts_with("proxy-")
}

/// RFC 9110 §5.6.2.
pub fn is_token(text: &str) -> bool {
    let is_of_token = |byte: u8| {
        is_unreserved(byte) || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'^' | b'`' | b'|')
    };
    !text.is_empty() && text.bytes().all(is_of_token)
}

/// RFC 3986 §2.3.
pub fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What every browser sends as it is.
pub fn is_value(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..=0x7E).contains(&byte))
}
