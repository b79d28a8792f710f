//! Keys and signatures, played: who knows a key's modulus can sign with it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use strongroom::engine::Signed;

/// An RSA key of 2,048 bits, named by a letter.
pub fn key(name: &str) -> Value {
    json!({ "kty": "RSA", "kid": name, "alg": "RS256", "use": "sig", "n": name.repeat(341) + "A", "e": "AQAB" })
}

pub fn set(names: &[&str]) -> Value {
    json!({ "keys": names.iter().map(|name| key(name)).collect::<Vec<_>>() })
}

pub fn sign(key: &Value, header: &Value, claims: &Value, spoils: bool) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let content = format!("{header}.{claims}");
    let mut signature = signature(key, &content);
    signature[0] ^= u8::from(spoils);
    format!("{content}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// As the platform: the digest of the access token, if the signature is good.
pub fn verify(signed: &Signed) -> Option<Vec<u8>> {
    let jwk: Value = serde_json::from_str(&signed.jwk).expect("a JWK");
    let (content, found) = signed.token.expose().rsplit_once('.').expect("a JWT");
    let is_good = URL_SAFE_NO_PAD.encode(signature(&jwk, content)) == found;
    is_good.then(|| Sha256::digest(signed.access_token.expose()).to_vec())
}

fn signature(key: &Value, content: &str) -> Vec<u8> {
    let modulus = key["n"].as_str().unwrap_or_default();
    Sha256::digest(format!("{modulus}.{content}")).to_vec()
}
