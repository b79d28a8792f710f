//! The provider's public keys (RFC 7517), and which of them a token's header means.

use alloc::string::String;
use alloc::vec::Vec;

use super::base64url;
use super::json::Json;
use super::{Code, Error};

/// Base64url of 2,048 bits: who has fewer in an RSA modulus can be factored.
const MODULUS_MIN_CHARACTERS: usize = 342;

/// What a public key for an algorithm is: its `kty`, its `crv` where the algorithm says which, and the members that make
/// it.
struct Kind {
    kty: &'static str,
    crv: &'static str,
    members: &'static [&'static str],
}

/// Public-key algorithms alone; never `none`, and never HS*, because a browser holds no secret (OIDC-7).
fn kind(algorithm: &str) -> Option<Kind> {
    let elliptic = |crv| Some(Kind { kty: "EC", crv, members: &["x", "y"] });
    match algorithm {
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => {
            Some(Kind { kty: "RSA", crv: "", members: &["n", "e"] })
        }
        "ES256" => elliptic("P-256"),
        "ES384" => elliptic("P-384"),
        "ES512" => elliptic("P-521"),
        "Ed25519" | "EdDSA" => Some(Kind { kty: "OKP", crv: "Ed25519", members: &["x"] }),
        _ => None,
    }
}

pub fn is_allowed(algorithm: &str) -> bool {
    kind(algorithm).is_some()
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
        let Some(kind) = kind(algorithm) else { return Ok(None) };
        let mut found = None;
        for key in &self.0 {
            let Some(jwk) = kind.public(key, algorithm, kid) else { continue };
            if found.replace(jwk).is_some() {
                return Err("several keys of the provider fit the token");
            }
        }
        Ok(found)
    }
}

impl Kind {
    /// The key if it is of this kind and meant: without private members, without anything that the platform might weigh
    /// differently than we did (JWK-4).
    fn public(&self, key: &Json, algorithm: &str, kid: Option<&str>) -> Option<String> {
        let text = |name: &str| key.text(name);
        let is = |name: &str, expected: &str| key.get(name).is_none() || text(name) == Some(expected);
        let is_signer = key.get("key_ops").is_none_or(|operations| {
            operations.as_array().is_some_and(|all| all.iter().any(|one| one.as_str() == Some("verify")))
        });
        // The old and the new name of one algorithm (RFC 9864).
        let is_edwards = self.kty == "OKP" && matches!(text("alg"), Some("EdDSA" | "Ed25519"));
        if !is_signer
            || (kid.is_some() && text("kid") != kid)
            || text("kty") != Some(self.kty)
            || !is("use", "sig")
            || !(is_edwards || is("alg", algorithm))
            || !(self.crv.is_empty() || text("crv") == Some(self.crv))
        {
            return None;
        }
        let mut jwk = ["{\"kty\":\"", self.kty, "\",\"crv\":\"", self.crv, "\""].concat();
        for name in self.members {
            let value = text(name)?;
            if base64url::decode(value)?.is_empty() || (*name == "n" && value.len() < MODULUS_MIN_CHARACTERS)
            {
                return None;
            }
            for part in [",\"", name, "\":\"", value, "\""] {
                jwk.push_str(part);
            }
        }
        jwk.push('}');
        Some(jwk)
    }
}
