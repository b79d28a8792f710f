//! The form bodies of the engine's own requests (RFC 6749 §4.1.3, §6; RFC 7009 §2.1).

use alloc::string::String;

use super::{Provider, Secret, form};

/// Redeems an authorization code; `redirect_uri` is the one of the authorization request (6749-11).
pub fn authorization_code(client_id: &str, code: &str, redirect_uri: &str, code_verifier: &Secret) -> Secret {
    encode(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("client_id", client_id),
        ("code_verifier", code_verifier.expose()),
    ])
}

/// Renews; no `scope`, which means that of the original grant (6749-17).
pub fn refresh_token(client_id: &str, refresh_token: &Secret) -> Secret {
    encode(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.expose()),
        ("client_id", client_id),
    ])
}

pub fn revocation(client_id: &str, token: &Secret, token_type_hint: &str) -> Secret {
    encode(&[("token", token.expose()), ("token_type_hint", token_type_hint), ("client_id", client_id)])
}

/// RP-Initiated Logout §2; the ID token may have expired.
pub fn end_session(provider: &Provider, state: &str, id_token_hint: Option<&Secret>) -> Secret {
    encode(&[
        ("id_token_hint", id_token_hint.map_or("", Secret::expose)),
        ("client_id", &provider.client_id),
        ("post_logout_redirect_uri", provider.post_logout_redirect_uri.as_deref().unwrap_or("")),
        ("state", state),
    ])
}

fn encode(pairs: &[(&str, &str)]) -> Secret {
    // Percent-encoding at most triples; with room from the start no copy of a secret is left behind.
    let room = pairs.iter().map(|(name, value)| name.len() + 3 * value.len() + 2).sum();
    let mut body = String::with_capacity(room);
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        form::append(&mut body, name, value);
    }
    Secret::new(body)
}
