//! Between a token response and its use: the ID token's signature (OpenID Connect Core 1.0 §3.1.3.7, §10.1.1). Nothing of
//! the response is used before it is verified (9700-12).

use alloc::vec::Vec;

use super::super::base64url;
use super::super::id_token::Claimed;
use super::super::jwks::Keys;
use super::super::token_response::{self, TokenResponse};
use super::super::{Code, Error, Full, HttpAnswer, Output, RequestId, Signed, TransportFailure, UnixMs};
use super::Session;
use super::renewal::{Errand, Renewal};

/// Keys are asked for again when they are older, for a provider may replace one without another `kid`.
const FRESH_MS: u64 = 600_000;
/// An unknown key makes us ask for the keys again, but so often at most (OIDC-19). The first time does not count: a provider
/// may rotate at any moment.
const REFETCH_MS: u64 = 60_000;

/// The provider's keys, fetched when a token first needs them.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: Option<Keys>,
    fresh_until: UnixMs,
    refetched_at: Option<UnixMs>,
    pub loading: Option<(RequestId, UnixMs)>,
}

impl KeyRing {
    fn fresh(&self, now: UnixMs) -> Option<&Keys> {
        self.keys.as_ref().filter(|_| now < self.fresh_until)
    }
}

#[derive(Debug)]
pub enum Purpose {
    /// Of the sign-in whose token request this was.
    SignIn(RequestId),
    /// Of the question whose request this was.
    UserInfo(Full, RequestId),
    Renewal {
        sent_at: UnixMs,
        errand: Errand,
    },
}

#[derive(Debug)]
pub struct Verification {
    pub id: RequestId,
    purpose: Purpose,
    pub response: TokenResponse,
    claimed: Claimed,
    /// The key is found and the platform at work.
    is_asked: bool,
}

impl Session {
    /// The claims are good; whether they are the provider's is to be seen.
    pub(super) fn verify(
        &mut self,
        now: UnixMs,
        purpose: Purpose,
        response: TokenResponse,
        claimed: Claimed,
    ) {
        self.last_request = self.last_request.wrapping_add(1);
        let id = self.last_request;
        self.verifications.push(Verification { id, purpose, response, claimed, is_asked: false });
        self.continue_verifications(now);
    }

    fn continue_verifications(&mut self, now: UnixMs) {
        while let Some(at) = self.verifications.iter().position(|one| !one.is_asked) {
            let Some(one) = self.verifications.get_mut(at) else { return };
            let Claimed { algorithm, kid, .. } = &one.claimed;
            let found =
                self.key_ring.fresh(now).map_or(Ok(None), |keys| keys.find(algorithm, kid.as_deref()));
            match (found, &one.response.id_token) {
                (Ok(Some(jwk)), Some(token)) => {
                    one.is_asked = true;
                    let access_token = one.response.access_token.clone();
                    let signed = Signed {
                        id: one.id,
                        algorithm: algorithm.clone(),
                        jwk,
                        token: token.clone(),
                        access_token,
                    };
                    self.outputs.push_back(Output::Verify(signed));
                }
                (Err(detail), _) => {
                    self.fail_verification(now, at, Error::with_detail(Code::IdToken, detail))
                }
                _ if self.key_ring.loading.is_some() => return,
                _ => {
                    if let Err(error) = self.fetch_keys(now) {
                        self.fail_verification(now, at, error);
                    }
                }
            }
        }
    }

    fn fetch_keys(&mut self, now: UnixMs) -> Result<(), Error> {
        let refetched_at = self.key_ring.fresh(now).map(|_| now);
        let is_recent = self.key_ring.refetched_at.is_some_and(|at| now < at.saturating_add(REFETCH_MS));
        if refetched_at.is_some() && is_recent {
            return Err(Error::with_detail(Code::IdToken, "no key of the provider fits its alg and kid"));
        }
        let Some(href) = self.metadata().and_then(|metadata| metadata.endpoints.jwks.clone()) else {
            return Err(Error::with_detail(Code::Metadata, "jwks_uri is missing"));
        };
        let request = self.send(href, None);
        self.key_ring.refetched_at = refetched_at;
        self.key_ring.loading = Some((request, now.saturating_add(self.config.timeout_ms)));
        Ok(())
    }

    pub(super) fn finish_keys(&mut self, now: UnixMs, answer: Result<HttpAnswer, TransportFailure>) {
        let body = token_response::accept(answer, now, 200, Code::Metadata).map_err(|failure| failure.error);
        match body.and_then(Keys::read) {
            Ok(keys) => {
                self.key_ring.keys = Some(keys);
                self.key_ring.fresh_until = now.saturating_add(FRESH_MS);
                self.key_ring.loading = None;
                self.continue_verifications(now);
            }
            Err(error) => self.fail_keys(now, &error),
        }
    }

    /// Who waits for the keys hears of it; the next that needs them asks again.
    pub(super) fn fail_keys(&mut self, now: UnixMs, error: &Error) {
        self.key_ring.loading = None;
        if self.key_ring.keys.is_some() && self.key_ring.fresh(now).is_none() {
            // The old ones are better than none.
            self.key_ring.fresh_until = now.saturating_add(REFETCH_MS);
            return self.continue_verifications(now);
        }
        while let Some(at) = self.verifications.iter().position(|one| !one.is_asked) {
            self.fail_verification(now, at, error.clone());
        }
    }

    /// `digest`: of the access token, by the signature's hash; `None` if the signature is not good.
    pub(super) fn handle_verified(&mut self, now: UnixMs, id: RequestId, digest: Option<Vec<u8>>) {
        let Some(at) = self.verifications.iter().position(|one| one.id == id) else { return };
        let refusal =
            match (digest, self.verifications.get(at).and_then(|one| one.claimed.at_hash.as_deref())) {
                (None, _) => Some("its signature is not the provider's"),
                // The left half (OIDC-12).
                (Some(digest), Some(at_hash))
                    if digest.get(..digest.len() / 2).map(base64url::encode).as_deref() != Some(at_hash) =>
                {
                    Some("at_hash is of another access token")
                }
                _ => None,
            };
        if let Some(detail) = refusal {
            return self.fail_verification(now, at, Error::with_detail(Code::IdToken, detail));
        }
        let Verification { purpose, response, claimed, .. } = self.verifications.remove(at);
        match purpose {
            Purpose::SignIn(request) => self.conclude_sign_in(now, request, response, Some(claimed.identity)),
            Purpose::UserInfo(_, request) => {
                let text = claimed.identity.claims_text.as_str().into();
                self.conclude_user_info(request, Ok(text));
            }
            Purpose::Renewal { sent_at, errand } => {
                self.renewal = Renewal::Idle;
                self.install_renewed(now, sent_at, response, errand, Some(claimed.identity));
            }
        }
    }

    pub(super) fn fail_verification(&mut self, now: UnixMs, at: usize, error: Error) {
        let Verification { purpose, response, .. } = self.verifications.remove(at);
        match purpose {
            Purpose::SignIn(request) => self.refuse_sign_in(now, request, Some(response), error),
            Purpose::UserInfo(_, request) => self.conclude_user_info(request, Err(error)),
            Purpose::Renewal { errand, .. } => self.refuse_renewal(now, errand.aim, response, error),
        }
    }

    /// A renewal whose verification has no end: what it brought is kept as that of one that was refused.
    pub(super) fn time_out_verification(&mut self, now: UnixMs, id: RequestId) {
        if let Some(at) = self.verifications.iter().position(|one| one.id == id) {
            self.fail_verification(now, at, Error::new(Code::Timeout));
        }
    }

    /// Newer tokens, a sign-out or a bound overtook some: what they brought is not wanted any more.
    pub(super) fn drop_overtaken_verifications(&mut self, now: UnixMs) {
        let is_wanted = |session: &Self, one: &Verification| match (&one.purpose, &session.renewal) {
            (Purpose::SignIn(request), _) => session.sign_ins.is_sent(*request),
            (Purpose::UserInfo(_, request), _) => {
                session.inquiries.get().is_some_and(|inquiries| inquiries.is_of(*request))
            }
            (Purpose::Renewal { .. }, Renewal::Verifying { id, .. }) => *id == one.id,
            _ => false,
        };
        while let Some(at) = self.verifications.iter().position(|one| !is_wanted(self, one)) {
            let Verification { purpose, response, .. } = self.verifications.remove(at);
            if !matches!(purpose, Purpose::UserInfo(..)) {
                self.revoke_late(now, response);
            }
        }
    }
}
