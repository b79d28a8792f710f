//! Proof Key for Code Exchange (RFC 7636), method S256 and no other (7636-2).

use alloc::string::String;

use super::{Secret, base64url};

/// 32 random bytes give 43 unreserved characters: a `code_verifier` (7636-1), and as well a `state` or a `nonce`.
pub fn unguessable(random: &[u8]) -> Secret {
    Secret::new(base64url::encode(random))
}

/// The `code_challenge` for a verifier with this digest (RFC 7636 §4.2).
pub fn code_challenge(verifier_sha256: &[u8; 32]) -> String {
    base64url::encode(verifier_sha256)
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let random = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105,
            214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = unguessable(&random);
        assert_eq!(verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let digest = Sha256::digest(verifier.expose()).into();
        assert_eq!(code_challenge(&digest), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
