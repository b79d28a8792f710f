//! What a resource's own access token is asked for: a resource and a scope that the authorization server knows (RFC 8707), or
//! an exchange (RFC 8693). Resources that ask for the same share one token.

use alloc::string::String;
use alloc::vec::Vec;

use super::cut::Cut as _;
use super::full::{Full, InFull};
use super::options::Reader;
use super::step_up::are_words;
use super::{Secret, form};

/// Which access token is meant: that of the target at this place in the configuration, or the session's own.
pub type Aim = InFull<usize>;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The token types that go behind `Bearer` or `DPoP` (RFC 8693 §3).
pub fn is_access_token(token_type: &str) -> bool {
    token_type == ACCESS_TOKEN || token_type == JWT
}

/// As the parameters of the token request; what is empty is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Our own access token is exchanged for it; otherwise it is got with the refresh token.
    pub is_exchange: bool,
    pub resource: String,
    pub scope: String,
    pub audience: String,
    pub requested_token_type: String,
}

impl Target {
    /// Reads what a resource's options ask for, and puts it among the `targets` unless it is there. What is wrong, the options
    /// are told.
    pub fn read(options: &Reader, targets: &mut InFull<Vec<Self>>) -> Aim {
        let given = ["resource", "scope", "exchange"].into_iter().find(|name| options.get(name).is_some());
        if let Some(name) = given.filter(|_| Full::PROOF.is_some() && targets.get().is_none()) {
            options.refuse(name, "needs an authorization server, type \"oidc\" or \"oauth\"");
        }
        let Some(targets) = targets.get_mut().filter(|_| given.is_some()) else { return Aim::default() };
        let mut target = Self::of(options);
        if let Some(exchange) = options.object("exchange", "audience resource scope requestedTokenType") {
            if target != Self::default() {
                options.refuse("exchange", "stands without `resource` and `scope`, which go into it");
            }
            target = Self { is_exchange: true, ..Self::of(&exchange) };
            target.audience = exchange.text("audience").unwrap_or_default().into();
            if let Some(given) = exchange.text("requestedTokenType") {
                if !is_access_token(given) {
                    exchange.refuse("requestedTokenType", "must be the URN of access_token or jwt");
                }
                target.requested_token_type = given.into();
            }
        }
        let at = targets.iter().position(|known| *known == target).unwrap_or(targets.len());
        if at == targets.len() {
            targets.push(target);
        }
        Aim::new(Some(at))
    }

    fn of(options: &Reader) -> Self {
        let mut target = Self::default();
        if let Some(resource) = options.text("resource") {
            if !is_absolute_uri(resource) {
                options.refuse("resource", "must be an absolute URI without fragment");
            }
            target.resource = resource.into();
        }
        if let Some(scope) = options.text("scope") {
            if !are_words(scope) {
                options.refuse("scope", "must be scope tokens with one space between");
            }
            target.scope = scope.into();
        }
        target
    }

    /// The token request, which renews (8707-3) or exchanges our access token (8693-1).
    pub fn request(
        &self,
        client_id: &str,
        refresh_token: Option<&Secret>,
        access_token: &Secret,
    ) -> Option<Secret> {
        if self.is_exchange {
            return Some(self.exchange(client_id, access_token));
        }
        Some(form::secret(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token?.expose()),
            ("resource", &self.resource),
            ("scope", &self.scope),
            ("client_id", client_id),
        ]))
    }

    fn exchange(&self, client_id: &str, subject_token: &Secret) -> Secret {
        form::secret(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token", subject_token.expose()),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", &self.requested_token_type),
            ("audience", &self.audience),
            ("resource", &self.resource),
            ("scope", &self.scope),
            ("client_id", client_id),
        ])
    }
}

/// All that an authorization request has to name, each once (RFC 8707 §2.1).
pub fn name_resources(targets: &[Target], mut name: impl FnMut(&str)) {
    for (at, target) in targets.iter().enumerate() {
        let is_same = |other: &Target| !other.is_exchange && other.resource == target.resource;
        if !target.is_exchange && !target.resource.is_empty() && !targets.iter().take(at).any(is_same) {
            name(&target.resource);
        }
    }
}

/// RFC 3986 §4.3, which leaves out a fragment (8707-1). It is sent as it is: the server compares it letter by letter.
fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.cut(':') else { return false };
    scheme.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && scheme.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && rest.bytes().all(|b| {
            matches!(b, b'!'..=b'~')
                && !matches!(b, b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        })
}

#[cfg(test)]
mod tests {
    use super::is_absolute_uri;

    #[test]
    fn a_resource_is_an_absolute_uri_8707_1() {
        for good in ["https://api.example/a?b=c", "urn:example:orders", "api://1f2e-3d/x", "a+b.c-d:e%20f"] {
            assert!(is_absolute_uri(good), "{good:?}");
        }
        for bad in [
            "",
            ":",
            "a:",
            "orders",
            "/orders",
            "//api.example",
            "1a:b",
            "+a:b",
            "ä:b",
            "https://a/#",
            "a:b c",
            "a:b\n",
            "a:<b>",
            "a:ü",
        ] {
            assert!(!is_absolute_uri(bad), "{bad:?}");
        }
    }
}
