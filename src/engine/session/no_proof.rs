//! Stands in the place of `proof.rs` in an engine without the feature `full`: nothing is proved.

use alloc::string::String;

use super::super::dpop::TokenTypes;
use super::super::{HttpAnswer, Lease, RequestId, Secret, TransportFailure, UnixMs};
use super::Session;

#[derive(Debug, Default)]
pub struct Proofs;

impl Proofs {
    pub const fn forget(&self, _: RequestId) {}
}

#[derive(Debug)]
pub struct CodeBinding;

impl CodeBinding {
    pub const fn new(_: bool) -> Self {
        Self
    }

    pub const fn is_open(&self) -> bool {
        false
    }
}

impl Session {
    pub(super) const fn ask_for_thumbprints(&self) {}

    pub(super) const fn token_types(&self) -> TokenTypes {
        TokenTypes { bearer: true, dpop: false }
    }

    pub(super) fn send_proved(&mut self, href: String, form: Secret) -> RequestId {
        self.send(href, Some(form))
    }

    pub(super) fn send_with_token(&mut self, href: String, lease: Lease) -> RequestId {
        self.send_bearer(href, lease)
    }

    pub(super) const fn has_sent_again(
        &self,
        _: RequestId,
        _: &Result<HttpAnswer, TransportFailure>,
    ) -> bool {
        false
    }

    pub(super) const fn learn_clock(&self, _: UnixMs, _: UnixMs, _: i64) {}
}
