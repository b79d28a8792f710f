//! The request by which a server says, in a frame, that its session is over (OpenID Connect Front-Channel Logout 1.0 §2).

use alloc::string::String;

use super::callback::split;
use super::form;

/// The `sid` of a logout request of this issuer. `iss` and `sid` must both be there, once: without them anybody who can
/// show a frame could sign out whoever is signed in.
pub fn sid(href: &str, issuer: &str) -> Option<String> {
    let mut pairs = form::parse_query(split(href).1);
    let mut take = |name: &str| {
        let at = pairs.iter().position(|(key, _)| key == name)?;
        let value = pairs.swap_remove(at).1;
        pairs.iter().all(|(key, _)| key != name).then_some(value)
    };
    let iss = take("iss")?;
    take("sid").filter(|sid| !sid.is_empty() && iss == issuer)
}
