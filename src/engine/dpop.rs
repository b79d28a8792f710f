//! DPoP proofs (RFC 9449): with which algorithm, what is signed, and the nonces that servers want back.
//!
//! The types of this file have one value, or none, in an engine without the feature `full`: nothing else has to ask for it.

use alloc::string::String;
use alloc::vec::Vec;

use super::base64url;
use super::decimal;
use super::href::split_before;
use super::json::Json;

/// Option `provider.dpop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Off,
    #[cfg(feature = "full")]
    Auto,
    #[cfg(feature = "full")]
    Require,
}

impl Policy {
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: Option<&str>) -> Result<Self, &'static str> {
        match text {
            None | Some("off") => Ok(Self::Off),
            #[cfg(feature = "full")]
            Some("auto") => Ok(Self::Auto),
            #[cfg(feature = "full")]
            Some("require") => Ok(Self::Require),
            #[cfg(feature = "full")]
            _ => Err("must be \"auto\", \"require\" or \"off\""),
            #[cfg(not(feature = "full"))]
            _ => Err("needs strongroom/full"),
        }
    }

    pub fn is_off(self) -> bool {
        self == Self::Off
    }

    pub fn is_required(self) -> bool {
        #[cfg(feature = "full")]
        if self == Self::Require {
            return true;
        }
        false
    }
}

/// How a token may be used (RFC 6749 §7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    Bearer,
    /// It is bound to our key.
    #[cfg(feature = "full")]
    Dpop,
}

impl TokenType {
    /// As a header's scheme, and a token response's `token_type` in any case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            #[cfg(feature = "full")]
            Self::Dpop => "DPoP",
        }
    }

    pub fn is_bound(self) -> bool {
        self != Self::Bearer
    }
}

/// Which values of `token_type` are understood (6749-14, DPoP-8): `dpop` where the request had a proof, `bearer` unless a
/// binding is required.
#[derive(Clone, Copy, Debug)]
pub struct TokenTypes {
    pub bearer: bool,
    pub dpop: bool,
}

impl TokenTypes {
    pub fn find(self, token_type: &str) -> Option<TokenType> {
        #[cfg(feature = "full")]
        if self.dpop && token_type.eq_ignore_ascii_case(TokenType::Dpop.as_str()) {
            return Some(TokenType::Dpop);
        }
        let is_bearer = self.bearer && token_type.eq_ignore_ascii_case(TokenType::Bearer.as_str());
        is_bearer.then_some(TokenType::Bearer)
    }
}

/// Best first (DPoP-25). RFC 9864 calls `Ed25519` what RFC 8037 calls `EdDSA`; the server is told its own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    #[cfg(feature = "full")]
    Es256,
    #[cfg(feature = "full")]
    Ed25519,
    #[cfg(feature = "full")]
    EdDsa,
}

impl Algorithm {
    pub const ALL: &[Self] = &[
        #[cfg(feature = "full")]
        Self::Es256,
        #[cfg(feature = "full")]
        Self::Ed25519,
        #[cfg(feature = "full")]
        Self::EdDsa,
    ];

    /// The best that is listed in `dpop_signing_alg_values_supported`.
    pub fn choose(listed: Option<&Json>) -> Option<Self> {
        let listed = listed?.as_array()?;
        let is_listed = |known: &&Self| listed.iter().any(|one| one.as_str() == Some(known.as_str()));
        Self::ALL.iter().find(is_listed).copied()
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "full")]
            Self::Es256 => "ES256",
            #[cfg(feature = "full")]
            Self::Ed25519 => "Ed25519",
            #[cfg(feature = "full")]
            Self::EdDsa => "EdDSA",
        }
    }

    pub const fn curve(self) -> &'static str {
        match self {
            #[cfg(feature = "full")]
            Self::Es256 => "P-256",
            #[cfg(feature = "full")]
            Self::Ed25519 | Self::EdDsa => "Ed25519",
        }
    }
}

/// How one of the engine's own requests is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub algorithm: Algorithm,
    pub nonce: Option<String>,
}

/// The public key: its required members and no other, in the order of their names, so that the SHA-256 digest of this
/// text is its thumbprint too (DPoP-1, JWK-5). `y` is empty for a key that has none.
pub fn public_jwk(algorithm: Algorithm, x: &str, y: &str) -> String {
    let mut jwk = String::from("{");
    push_text(&mut jwk, "crv", algorithm.curve());
    push_text(&mut jwk, "kty", if y.is_empty() { "OKP" } else { "EC" });
    push_text(&mut jwk, "x", x);
    if !y.is_empty() {
        push_text(&mut jwk, "y", y);
    }
    jwk.push('}');
    jwk
}

/// The first segment of every proof that this key signs.
pub fn header(algorithm: Algorithm, public_jwk: &str) -> String {
    let mut header = String::from("{");
    push_text(&mut header, "typ", "dpop+jwt");
    push_text(&mut header, "alg", algorithm.as_str());
    header.push_str(",\"jwk\":");
    header.push_str(public_jwk);
    header.push('}');
    base64url::encode(header.as_bytes())
}

/// What one proof says of its request.
pub struct Claims<'a> {
    /// 128 bits from a cryptographic source (DPoP-2).
    pub jti: [u8; 16],
    /// As [`method`] gives it.
    pub htm: &'a str,
    /// The serialised URL that is sent; its query and fragment are left out here (DPoP-4).
    pub href: &'a str,
    pub iat_seconds: u64,
    /// On a request with an access token (DPoP-5).
    pub ath: Option<&'a str>,
    pub nonce: Option<&'a str>,
}

impl Claims<'_> {
    /// The two segments that the signature goes over.
    pub fn signing_input(&self, header: &str) -> String {
        let mut claims = String::with_capacity(512);
        claims.push('{');
        push_text(&mut claims, "jti", &base64url::encode(&self.jti));
        push_text(&mut claims, "htm", self.htm);
        push_text(&mut claims, "htu", split_before(self.href, "?#").0);
        claims.push_str(",\"iat\":");
        claims.push_str(&decimal::write(self.iat_seconds));
        for (name, value) in [("ath", self.ath), ("nonce", self.nonce)] {
            if let Some(value) = value {
                push_text(&mut claims, name, value);
            }
        }
        claims.push('}');
        [header, ".", &base64url::encode(claims.as_bytes())].concat()
    }
}

/// A method as Fetch sends it: six are written in upper case, any other stays as it is (DPoP-3).
pub fn method(given: &str) -> &str {
    ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(given))
        .unwrap_or(given)
}

/// The newest nonce of each origin (DPoP-12, DPoP-14, DPoP-18). An origin that never gave one gets none (DPoP-16).
#[derive(Debug, Default)]
pub struct Nonces(Vec<(String, String)>);

/// Longer ones do not fit into a proof that servers take.
const NONCE_MAX_BYTES: usize = 1_024;

impl Nonces {
    pub fn get(&self, href: &str) -> Option<&str> {
        let origin = origin(href);
        self.0.iter().find(|(known, _)| known == origin).map(|(_, nonce)| nonce.as_str())
    }

    /// Ignores what is no nonce (RFC 9449 §8.1).
    pub fn learn(&mut self, href: &str, nonce: &str) {
        let is_nonce = !nonce.is_empty()
            && nonce.len() <= NONCE_MAX_BYTES
            && nonce.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E));
        if !is_nonce || self.get(href) == Some(nonce) {
            return;
        }
        let origin = origin(href);
        self.0.retain(|(known, _)| known != origin);
        self.0.push((origin.into(), nonce.into()));
    }
}

/// A serialised URL up to its third slash.
fn origin(href: &str) -> &str {
    let mut slashes = 0;
    let end = href.bytes().position(|byte| {
        slashes += u8::from(byte == b'/');
        slashes == 3
    });
    end.and_then(|end| href.get(..end)).unwrap_or(href)
}

/// Texts here are ASCII without control characters: keys of ours, base64url, tokens, serialised URLs, checked nonces.
fn push_text(json: &mut String, name: &str, value: &str) {
    if !json.ends_with('{') {
        json.push(',');
    }
    json.push('"');
    json.push_str(name);
    json.push_str("\":\"");
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            json.push('\\');
        }
        json.push(character);
    }
    json.push('"');
}

#[cfg(all(test, feature = "full"))]
mod tests {
    use sha2::{Digest, Sha256};
    use std::string::ToString as _;
    use std::vec;

    use super::*;
    use crate::engine::json;

    #[test]
    fn dpop_25_es256_comes_first_and_the_servers_own_word_for_ed25519_is_used() {
        let table = [
            (r#"["RS256", "ES256", "EdDSA"]"#, Some(Algorithm::Es256)),
            (r#"["EdDSA", "Ed25519"]"#, Some(Algorithm::Ed25519)),
            (r#"["EdDSA"]"#, Some(Algorithm::EdDsa)),
            (r#"["none", "HS256", "PS256", "es256", 1]"#, None),
            (r#""ES256""#, None),
            ("[]", None),
        ];
        for (listed, wanted) in table {
            assert_eq!(Algorithm::choose(json::parse(listed.as_bytes()).ok().as_ref()), wanted, "{listed}");
        }
        assert_eq!(Algorithm::choose(None), None);
    }

    #[test]
    fn jwk_5_the_public_key_is_its_own_thumbprint_input() {
        // The key and thumbprint of RFC 9449's examples (section 4.1 and 6.1).
        let (x, y) =
            ("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA");
        let jwk = public_jwk(Algorithm::Es256, x, y);
        assert_eq!(jwk, [r#"{"crv":"P-256","kty":"EC","x":""#, x, r#"","y":""#, y, r#""}"#].concat());
        let thumbprint = base64url::encode(&Sha256::digest(&jwk));
        assert_eq!(thumbprint, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        // The key and thumbprint of RFC 8037 appendix A.3.
        let jwk = public_jwk(Algorithm::EdDsa, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "");
        assert_eq!(base64url::encode(&Sha256::digest(&jwk)), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn dpop_1_2_4_5_the_segments_hold_what_they_must_and_no_more() {
        let jwk = public_jwk(Algorithm::EdDsa, "x", "");
        let header = header(Algorithm::EdDsa, &jwk);
        let claims = |href, ath, nonce| {
            let claims =
                Claims { jti: [0xFF; 16], htm: "patch", href, iat_seconds: 1_800_000_000, ath, nonce };
            let input = claims.signing_input(&header);
            let texts = input.split('.').map(|segment| base64url::decode(segment).expect("base64url"));
            texts.map(|text| String::from_utf8(text.to_vec()).expect("UTF-8")).collect::<Vec<_>>()
        };
        let plain = vec![
            r#"{"typ":"dpop+jwt","alg":"EdDSA","jwk":{"crv":"Ed25519","kty":"OKP","x":"x"}}"#.to_string(),
            r#"{"jti":"_____________________w","htm":"patch","htu":"https://h/%7Ea%2f","iat":1800000000}"#
                .into(),
        ];
        assert_eq!(claims("https://h/%7Ea%2f", None, None), plain);
        assert_eq!(claims("https://h/%7Ea%2f?a=b#c", None, None), plain);
        assert_eq!(claims("https://h/%7Ea%2f#c?d", None, None), plain);
        let full = claims("https://h/\"", Some("digest"), Some("n.1"));
        let [_, full] = full.as_slice() else { panic!("two segments") };
        assert!(
            full.ends_with(r#""htu":"https://h/\"","iat":1800000000,"ath":"digest","nonce":"n.1"}"#),
            "{full}"
        );
    }

    #[test]
    fn dpop_3_the_method_is_written_as_fetch_sends_it() {
        for (given, sent) in
            [("get", "GET"), ("Put", "PUT"), ("PATCH", "PATCH"), ("patch", "patch"), ("x", "x")]
        {
            assert_eq!(method(given), sent);
        }
    }

    #[test]
    fn dpop_14_nonces_are_kept_by_origin_and_the_newest_wins() {
        let mut nonces = Nonces::default();
        nonces.learn("https://a.example/token?x", "1");
        nonces.learn("https://a.example:8443/", "2");
        nonces.learn("https://a.example.evil/", "3");
        assert_eq!(nonces.get("https://a.example/orders"), Some("1"));
        assert_eq!(nonces.get("https://a.example:8443/x/y"), Some("2"));
        assert_eq!(nonces.get("http://a.example/"), None, "DPoP-16");
        nonces.learn("https://a.example/orders", "4");
        assert_eq!(nonces.get("https://a.example/token"), Some("4"), "DPoP-18");
        for none in ["", " ", "a b", "\"", "\\", "\u{e9}", "\n", &"a".repeat(1_025)] {
            nonces.learn("https://a.example/", none);
            assert_eq!(nonces.get("https://a.example/token"), Some("4"), "{none:?}");
        }
    }
}
