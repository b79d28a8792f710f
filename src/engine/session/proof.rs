//! Proofs of possession (RFC 9449): which requests carry one, what it says, and the one more try that a nonce costs.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::dpop::{Algorithm, Claims, Nonces, Proof, TokenTypes};
use super::super::full::InFull;
use super::super::id_token::LEEWAY_SECONDS;
use super::super::token_response;
use super::super::{
    HttpAnswer, HttpRequest, Lease, Output, RequestId, Secret, Status, TransportFailure, UnixMs,
};
use super::Session;

#[derive(Debug, Default)]
pub struct Proofs {
    nonces: Nonces,
    proved: Vec<Proved>,
    /// The server's clock minus ours.
    clock_offset_seconds: i64,
}

impl Proofs {
    /// The request is abandoned.
    pub fn forget(&mut self, id: RequestId) {
        self.proved.retain(|proved| proved.id != id);
    }
}

/// A request under way that carries a proof.
#[derive(Debug)]
struct Proved {
    id: RequestId,
    href: String,
    /// None for a request to a resource, with an access token.
    form: Option<Secret>,
    bearer: Option<Lease>,
    proof: Proof,
    is_second: bool,
}

/// Whether an authorization code is to be bound to our key, by the key's thumbprint in the authorization request, pushed
/// or not (DPoP-19). Where the page leaves, the key may not be here any more when it is back.
#[derive(Debug, PartialEq, Eq)]
pub enum CodeBinding {
    No,
    Wanted,
    Asked,
}

impl CodeBinding {
    pub const fn new(stays: bool) -> Self {
        if stays { Self::Wanted } else { Self::No }
    }

    pub fn is_open(&self) -> bool {
        *self != Self::No
    }
}

impl Session {
    /// Whether the next session is to have another key: nobody is signed in, and no code is bound to this one.
    pub fn is_key_free(&self) -> bool {
        self.status() == Status::SignedOut && self.sign_ins.pending.is_empty()
    }

    pub(super) fn ask_for_thumbprints(&mut self) {
        let algorithm = self.metadata().and_then(|metadata| metadata.dpop);
        for one in &mut self.sign_ins.starting {
            if one.code_binding == CodeBinding::Wanted {
                one.code_binding = if algorithm.is_some() { CodeBinding::Asked } else { CodeBinding::No };
                let ask = |algorithm| Output::Thumbprint { state: one.state.clone(), algorithm };
                self.outputs.extend(algorithm.map(ask));
            }
        }
    }

    pub(super) fn handle_thumbprint(&mut self, now: UnixMs, state: &str, jkt: Option<String>) {
        if let Some(one) = self.sign_ins.starting.iter_mut().find(|one| one.state == state) {
            one.code_binding = CodeBinding::No;
            one.parameters.extend(jkt.map(|jkt| ("dpop_jkt".into(), jkt)));
        }
        self.continue_sign_ins(now);
    }

    /// The newest nonce of this URL's origin.
    pub fn nonce(&self, href: &str) -> Option<&str> {
        self.proofs.nonces.get(href)
    }

    /// A response from this URL, whatever its status, had this `DPoP-Nonce` (DPoP-12).
    pub fn learn_nonce(&mut self, href: &str, nonce: &str) {
        self.proofs.nonces.learn(href, nonce);
    }

    /// What a proof's `iat` is: our time, corrected by what the server's clock showed at the sign-in (DPoP-20).
    pub fn proof_claims<'a>(
        &self,
        now: UnixMs,
        jti: [u8; 16],
        (htm, href): (&'a str, &'a str),
        ath: Option<&'a str>,
        nonce: Option<&'a str>,
    ) -> Claims<'a> {
        let iat_seconds = (now / 1_000).saturating_add_signed(self.proofs.clock_offset_seconds);
        Claims { jti, htm, href, iat_seconds, ath, nonce }
    }

    /// Which `token_type` the answer to a token request may have.
    pub(super) fn token_types(&self) -> TokenTypes {
        TokenTypes { bearer: !self.config.provider.dpop.is_required(), dpop: self.proves() }
    }

    /// Whether token requests carry a proof.
    fn proves(&self) -> bool {
        self.metadata().is_some_and(|metadata| metadata.dpop.is_some())
    }

    /// Posts a form, with a proof if this server takes proofs.
    pub(super) fn send_proved(&mut self, href: String, form: Secret) -> RequestId {
        let Some(algorithm) = self.metadata().and_then(|metadata| metadata.dpop) else {
            return self.send(href, Some(form));
        };
        self.push_first(href, Some(form), None, algorithm)
    }

    /// Asks a resource of the server's own, with a proof if the token is bound (DPoP-16).
    pub(super) fn send_with_token(&mut self, href: String, lease: Lease) -> RequestId {
        let algorithm = self.metadata().and_then(|metadata| metadata.dpop);
        match algorithm.filter(|_| lease.token_type.is_bound()) {
            Some(algorithm) => self.push_first(href, None, Some(lease), algorithm),
            None => self.send_bearer(href, lease),
        }
    }

    fn push_first(
        &mut self,
        href: String,
        form: Option<Secret>,
        bearer: Option<Lease>,
        algorithm: Algorithm,
    ) -> RequestId {
        let nonce = self.proofs.nonces.get(&href).map(Into::into);
        self.last_request = self.last_request.wrapping_add(1);
        let id = self.last_request;
        let proof = Proof { algorithm, nonce };
        self.push_proved(Proved { id, href, form, bearer, proof, is_second: false });
        id
    }

    fn push_proved(&mut self, proved: Proved) {
        self.outputs.push_back(Output::Send(HttpRequest {
            proof: Some(proved.proof.clone()),
            bearer: InFull::new(proved.bearer.clone()),
            ..HttpRequest::new(proved.id, proved.href.clone(), proved.form.clone())
        }));
        self.proofs.proved.push(proved);
    }

    /// True if the server wanted a nonce, gave a new one, and the request went out again with it (DPoP-13, DPoP-15): the
    /// answer to that is the answer.
    pub(super) fn has_sent_again(
        &mut self,
        request: RequestId,
        answer: &Result<HttpAnswer, TransportFailure>,
    ) -> bool {
        let Some(at) = self.proofs.proved.iter().position(|one| one.id == request) else { return false };
        let mut proved = self.proofs.proved.swap_remove(at);
        let Ok(answer) = answer else { return false };
        let Some(nonce) = &answer.dpop_nonce else { return false };
        self.proofs.nonces.learn(&proved.href, nonce);
        let nonce = self.proofs.nonces.get(&proved.href).map(String::from);
        // Whoever signed out meanwhile wants no tokens.
        let is_asked = || self.inquiries.get().is_some_and(|inquiries| inquiries.is_of(request));
        let is_wanted = !proved.is_second
            && (proved.form.is_some() || is_asked())
            && self.late.iter().all(|(late, _)| *late != request);
        // A resource says it in a header that need not be exposed.
        let is_demanded = match proved.form {
            Some(_) => token_response::demands_nonce(answer),
            None => answer.status == 401,
        };
        if nonce == proved.proof.nonce || !is_wanted || !is_demanded {
            return false;
        }
        proved.proof.nonce = nonce;
        proved.is_second = true;
        self.push_proved(proved);
        true
    }

    /// The server's clock as far as the ID token of a sign-in shows it: one that was made between request and answer. What
    /// differs by more than our leeway was made at another time.
    pub(super) fn learn_clock(&mut self, sent_at: UnixMs, now: UnixMs, iat_seconds: i64) {
        let (earliest, latest) = ((sent_at / 1_000) as i64, (now / 1_000) as i64);
        let offset = iat_seconds.saturating_sub(iat_seconds.clamp(earliest.min(latest), latest));
        self.proofs.clock_offset_seconds = if offset.abs() <= LEEWAY_SECONDS { offset } else { 0 };
    }
}
