//! Every token that was ever issued, and what is known about it.

use std::collections::BTreeMap;

use super::setup::TokenFor;
use super::{MARK, Random};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Access,
    Code,
    Refresh,
}

/// What one user granted once: the family of all tokens that follow from it.
#[derive(Clone, Debug)]
pub struct Grant {
    pub subject: String,
    pub nonce: Option<String>,
    pub is_revoked: bool,
}

#[derive(Clone, Debug)]
pub struct Issued {
    pub kind: Kind,
    pub grant: usize,
    pub expires_at: u64,
    pub is_revoked: bool,
    /// A refresh token that was rotated away, or a code that was redeemed.
    pub spent_at: Option<u64>,
    /// Of the refresh tokens of one grant, the how manieth.
    pub number: u64,
    pub token_for: TokenFor,
}

#[derive(Debug, Default)]
pub struct Ledger {
    pub grants: Vec<Grant>,
    issued: BTreeMap<String, Issued>,
}

impl Ledger {
    pub fn grant(&mut self, subject: &str, nonce: Option<String>) -> usize {
        self.grants.push(Grant { subject: subject.into(), nonce, is_revoked: false });
        self.grants.len() - 1
    }

    /// A text that was never issued before, with characters that a form body must encode.
    pub fn issue(&mut self, kind: Kind, grant: usize, expires_at: u64, random: &mut Random) -> String {
        let number = self.issued.len() as u64;
        let name = match kind {
            Kind::Access => "at",
            Kind::Code => "code",
            Kind::Refresh => "rt",
        };
        let text = format!("{name}-{MARK}-{number}.{:016x}+/~_", random.next());
        self.issued.insert(
            text.clone(),
            Issued {
                kind,
                grant,
                expires_at,
                is_revoked: false,
                spent_at: None,
                number,
                token_for: TokenFor::default(),
            },
        );
        text
    }

    pub fn find(&self, text: &str, kind: Kind) -> Option<&Issued> {
        self.issued.get(text).filter(|issued| issued.kind == kind)
    }

    pub fn dedicate(&mut self, text: &str, token_for: TokenFor) {
        self.issued.get_mut(text).expect("it was issued").token_for = token_for;
    }

    /// Those for this alone.
    pub fn revoke_access_tokens_for(&mut self, token_for: &TokenFor) {
        let is_meant = |issued: &&mut Issued| issued.kind == Kind::Access && issued.token_for == *token_for;
        for issued in self.issued.values_mut().filter(is_meant) {
            issued.is_revoked = true;
        }
    }

    pub fn spend(&mut self, text: &str, at: u64) {
        if let Some(issued) = self.issued.get_mut(text) {
            issued.spent_at = Some(at);
        }
    }

    pub fn revoke(&mut self, text: &str) {
        if let Some(issued) = self.issued.get_mut(text) {
            issued.is_revoked = true;
            if issued.kind == Kind::Refresh {
                self.grants[issued.grant].is_revoked = true;
            }
        }
    }

    pub fn revoke_access_tokens(&mut self) {
        for issued in self.issued.values_mut().filter(|issued| issued.kind == Kind::Access) {
            issued.is_revoked = true;
        }
    }

    pub fn revoke_all_grants(&mut self) {
        for grant in &mut self.grants {
            grant.is_revoked = true;
        }
    }

    /// Issued, not expired, neither it nor its grant revoked, not spent.
    pub fn is_good(&self, text: &str, kind: Kind, at: u64) -> bool {
        self.find(text, kind).is_some_and(|issued| {
            at < issued.expires_at
                && !issued.is_revoked
                && issued.spent_at.is_none()
                && !self.grants[issued.grant].is_revoked
        })
    }

    /// The refresh token that the grant would be renewed with after this one.
    pub fn is_newest_of_spent(&self, issued: &Issued) -> bool {
        !self.issued.values().any(|other| {
            other.kind == Kind::Refresh
                && other.grant == issued.grant
                && other.number > issued.number
                && other.spent_at.is_some()
        })
    }
}
