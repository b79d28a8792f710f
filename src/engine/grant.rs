//! The form bodies of the engine's own requests (RFC 6749 §4.1.3, §6; RFC 7009 §2.1).

use alloc::string::String;
use alloc::vec::Vec;

use super::{Provider, Secret, form};

/// Redeems an authorization code; `redirect_uri` is the one of the authorization request (6749-11).
pub fn authorization_code(client_id: &str, code: &str, redirect_uri: &str, code_verifier: &Secret) -> Secret {
    form::secret(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("client_id", client_id),
        ("code_verifier", code_verifier.expose()),
    ])
}

/// RFC 6749 §4.3.2, with what the application adds.
pub fn password(
    provider: &Provider,
    scope: Option<&str>,
    (username, password): (&Secret, &Secret),
    parameters: &[(String, String)],
) -> Secret {
    let mut pairs = Vec::from([
        ("grant_type", "password"),
        ("username", username.expose()),
        ("password", password.expose()),
        ("scope", scope.unwrap_or("")),
        ("client_id", &provider.client_id),
    ]);
    for (name, value) in parameters {
        pairs.push((name, value));
    }
    form::secret(&pairs)
}

/// Renews; no `scope`, which means that of the original grant (6749-17).
pub fn refresh_token(client_id: &str, refresh_token: &Secret) -> Secret {
    form::secret(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.expose()),
        ("client_id", client_id),
    ])
}

pub fn revocation(client_id: &str, token: &Secret, token_type_hint: &str) -> Secret {
    form::secret(&[("token", token.expose()), ("token_type_hint", token_type_hint), ("client_id", client_id)])
}

/// RP-Initiated Logout §2; the ID token may have expired.
pub fn end_session(provider: &Provider, state: &str, id_token_hint: Option<&Secret>) -> Secret {
    form::secret(&[
        ("id_token_hint", id_token_hint.map_or("", Secret::expose)),
        ("client_id", &provider.client_id),
        ("post_logout_redirect_uri", provider.post_logout_redirect_uri.as_deref().unwrap_or("")),
        ("state", state),
    ])
}
