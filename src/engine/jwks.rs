//! The provider's public keys (RFC 7517), and which of them a token's header means.

use alloc::string::String;
use alloc::vec::Vec;

use super::base64url;
use super::json::Json;
use super::{Code, Error};

/// Base64url of 2,048 bits: who has fewer in an RSA modulus can be factored.
const MODULUS_MIN_CHARACTERS: usize = 342;

/// Of each public-key algorithm: how it begins, the key's `kty`, `crv` where the algorithm says which, and the members
/// that make the public key. Never `none`, and never HS*, because a browser holds no secret (OIDC-7).
const ALGORITHMS: [(&str, &str, &str, &[&str]); 11] = [
    ("RS256", "RSA", "", &["n", "e"]),
    ("RS384", "RSA", "", &["n", "e"]),
    ("RS512", "RSA", "", &["n", "e"]),
    ("PS256", "RSA", "", &["n", "e"]),
    ("PS384", "RSA", "", &["n", "e"]),
    ("PS512", "RSA", "", &["n", "e"]),
    ("ES256", "EC", "P-256", &["x", "y"]),
    ("ES384", "EC", "P-384", &["x", "y"]),
    ("ES512", "EC", "P-521", &["x", "y"]),
    ("Ed25519", "OKP", "Ed25519", &["x"]),
    ("EdDSA", "OKP", "Ed25519", &["x"]),
];

pub fn is_allowed(algorithm: &str) -> bool {
    ALGORITHMS.iter().any(|(name, ..)| *name == algorithm)
}

/// A JWK Set. Keys that are of no use to us stay in it and are never chosen (JWK-2).
#[derive(Debug)]
pub struct Keys(Vec<Json>);

impl Keys {
    /// # Errors
    /// [`Code::Metadata`] for what is no JWK Set.
    pub fn read(body: Json) -> Result<Self, Error> {
        if let Json::Object(members) = body {
            for (name, value) in members {
                if let (true, Json::Array(keys)) = (name == "keys", value) {
                    return Ok(Self(keys));
                }
            }
        }
        Err(Error::with_detail(Code::Metadata, "the keys at jwks_uri are no JWK Set (RFC 7517 section 5)"))
    }

    /// The one key that a header with this `alg` and `kid` means, as a JWK of nothing but its public members; `None` if
    /// none is here. A `kid` must agree; without one the key must be the only one that fits (JWK-3).
    ///
    /// # Errors
    /// Several fit: trying all of them would let any one of them sign for each.
    pub fn find(&self, algorithm: &str, kid: Option<&str>) -> Result<Option<String>, &'static str> {
        let Some((_, kty, crv, members)) = ALGORITHMS.iter().find(|(name, ..)| *name == algorithm) else {
            return Ok(None);
        };
        let text = |key: &Json, name: &str| key.get(name).and_then(Json::as_str).map(String::from);
        let is = |key: &Json, name: &str, expected: &str| {
            key.get(name).is_none_or(|value| value.as_str() == Some(expected))
        };
        let mut found = None;
        for key in &self.0 {
            let is_signer = key.get("key_ops").is_none_or(|operations| {
                operations.as_array().is_some_and(|all| all.iter().any(|one| one.as_str() == Some("verify")))
            });
            let is_meant = kid.is_none_or(|kid| text(key, "kid").as_deref() == Some(kid));
            if !is_meant
                || !is_signer
                || text(key, "kty").as_deref() != Some(kty)
                || !is(key, "use", "sig")
                || !(is(key, "alg", algorithm) || (*kty == "OKP" && key.get("alg").is_some_and(is_edwards)))
                || !(crv.is_empty() || text(key, "crv").as_deref() == Some(crv))
            {
                continue;
            }
            let Some(jwk) = public(key, kty, crv, members) else { continue };
            if found.replace(jwk).is_some() {
                return Err("several keys of the provider fit the token");
            }
        }
        Ok(found)
    }
}

/// The old and the new name of one algorithm (RFC 9864).
fn is_edwards(algorithm: &Json) -> bool {
    matches!(algorithm.as_str(), Some("EdDSA" | "Ed25519"))
}

/// Without private members, without anything that the platform might weigh differently than we did (JWK-4).
fn public(key: &Json, kty: &str, crv: &str, members: &[&str]) -> Option<String> {
    let mut jwk = ["{\"kty\":\"", kty, "\",\"crv\":\"", crv, "\""].concat();
    for name in members {
        let value = key.get(name)?.as_str()?;
        if base64url::decode(value)?.is_empty() || (*name == "n" && value.len() < MODULUS_MIN_CHARACTERS) {
            return None;
        }
        for part in [",\"", name, "\":\"", value, "\""] {
            jwk.push_str(part);
        }
    }
    jwk.push('}');
    Some(jwk)
}
