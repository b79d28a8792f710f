//! The session's end: by the user, by the server, or because it became somebody else's (promise 6).

use alloc::boxed::Box;
use alloc::string::String;

use super::super::backend::{Asked, Held};
use super::super::callback;
use super::super::dpop::TokenTypes;
use super::super::token_response::{self, TokenResponse};
use super::super::tokens::Tokens;
use super::super::transaction::Transaction;
use super::super::{
    Code, Entropy, Error, Event, HttpAnswer, InFull, Limit, Output, RequestId, Secret, Settled,
    TransportFailure, UnixMs, WaiterId, grant,
};
use super::Session;

/// Signing out does not wait longer than this for the server: locally it is done at once.
const REVOCATION_TIMEOUT_MS: u64 = 5_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A renewal brought tokens of another account (OIDC-17).
    AccountSwitch,
    Limit(Limit),
    /// The server said `invalid_grant` to the current refresh token.
    SessionEnded,
    SignOut,
}

impl Reason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountSwitch => "account-switch",
            Self::Limit(limit) => limit.as_str(),
            Self::SessionEnded => "session-ended",
            Self::SignOut => "sign-out",
        }
    }
}

/// The page goes on to the server's own sign-out (OpenID Connect RP-Initiated Logout 1.0).
#[derive(Debug)]
struct Departure {
    transaction: Transaction,
    id_token: Option<Secret>,
}

/// What the server is told to forget.
#[derive(Debug)]
pub struct Doomed {
    pub refresh_token: Option<Secret>,
    pub access_token: Secret,
}

impl Doomed {
    /// The refresh token first: the server then drops its access tokens too (7009-7).
    fn first(&self) -> (&Secret, &'static str) {
        match &self.refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (&self.access_token, "access_token"),
        }
    }
}

/// Tokens on their way to the revocation endpoint (RFC 7009), or to the application's own back end.
#[derive(Debug)]
pub struct Revocation {
    /// None where nobody was signed in, and the page wants to go on all the same.
    doomed: Option<Doomed>,
    departure: Option<Box<Departure>>,
    pub waiter: Option<WaiterId>,
    request: Option<RequestId>,
    /// The session that a cookie holds may be alive.
    failure: InFull<Error>,
    pub deadline: UnixMs,
}

impl Session {
    /// RPI-3: first it ends here, then the refresh token is revoked, then the page leaves.
    pub(super) fn sign_out(&mut self, now: UnixMs, waiter: WaiterId, redirect: Option<Entropy>) {
        if let Some(leaving) = self.sign_out_navigation() {
            self.leave_session();
            return self.settle(waiter, Ok(leaving));
        }
        let mut departure = None;
        if let Some(entropy) = redirect {
            let provider = &self.config.provider;
            if provider.post_logout_redirect_href.is_none() {
                let path = "provider.postLogoutRedirectUri";
                return self.settle(waiter, Err(Error::option(path, "is required to sign out by redirect")));
            }
            let mut transaction = Transaction::new(now, &entropy, provider.issuer.clone(), "/".into());
            transaction.state.insert_str(0, callback::SIGN_OUT);
            departure = Some(Box::new(Departure { transaction, id_token: None }));
        }
        let tokens = self.leave_session();
        let Some(tokens) = tokens else {
            if self.sign_ins.check.get().is_some() {
                // A cookie may hold a session all the same.
                return self.sign_out_by_cookie(now, Some(waiter));
            }
            if departure.is_none() {
                return self.settle(waiter, Ok(Settled::Done));
            }
            return self.revoke(now, None, Some(waiter), departure);
        };
        if let Some(departure) = &mut departure {
            departure.id_token = tokens.id_token;
        }
        let doomed = Doomed { refresh_token: tokens.refresh_token, access_token: tokens.access_token };
        self.revoke(now, Some(doomed), Some(waiter), departure);
    }

    /// Whatever is under way, it ends here. Gives the tokens that there were.
    fn leave_session(&mut self) -> Option<Tokens> {
        let tokens = self.tokens.take();
        self.overtake_renewal();
        self.sign_ins.add_requests(&mut self.late);
        for abandoned in self.sign_ins.take_waiters() {
            self.settle(abandoned, Err(Error::new(Code::SessionEnded)));
        }
        if tokens.is_some() {
            self.end(Reason::SignOut);
        } else {
            if self.sign_ins.check.get().is_some() {
                // What the cookie holds was left, whether or not anybody knew of it.
                self.reason = Some(Reason::SignOut.as_str());
            }
            self.reject_waiters(&Error::new(Code::SessionEnded));
        }
        tokens
    }

    /// As if the user had signed out, but that sign-ins under way go on.
    pub(super) fn end_and_revoke(&mut self, now: UnixMs, reason: Reason) {
        let tokens = self.tokens.take();
        self.end(reason);
        if let Some(tokens) = tokens {
            let doomed = Doomed { refresh_token: tokens.refresh_token, access_token: tokens.access_token };
            self.revoke(now, Some(doomed), None, None);
        }
    }

    /// Forgets the session. What is under way finds no session to come back to.
    pub(super) fn end(&mut self, reason: Reason) {
        self.overtake_renewal();
        self.tokens = None;
        self.forget_targets();
        self.generation = self.generation.wrapping_add(1);
        self.reason = Some(reason.as_str());
        self.backoff.succeed();
        self.last_failure = None;
        self.reject_waiters(&Error::new(Code::SessionEnded));
        self.notify(Event::SignedOut { reason: reason.as_str() });
    }

    pub(super) fn finish_late(&mut self, now: UnixMs, answer: Result<HttpAnswer, TransportFailure>) {
        let response = match self.backend() {
            // The sign-out had its turn behind this, and ended what the cookie holds.
            Some(backend) if backend.holds == Held::Cookie => None,
            Some(_) => self.judge(now, Asked::Refresh, answer).ok().map(|(response, _)| response),
            None => token_response::judge(answer, now, TokenTypes { bearer: true, dpop: true }).ok(),
        };
        if let Some(response) = response {
            self.revoke_late(now, response);
        }
        // Who waits for this before leaving.
        self.continue_revocations();
    }

    pub(super) fn revoke_late(&mut self, now: UnixMs, response: TokenResponse) {
        let doomed = Doomed { refresh_token: response.refresh_token, access_token: response.access_token };
        self.revoke(now, Some(doomed), None, None);
    }

    /// Whoever is signed in by the cookie is not to be.
    pub(super) fn sign_out_by_cookie(&mut self, now: UnixMs, waiter: Option<WaiterId>) {
        let doomed = Doomed { refresh_token: None, access_token: Secret::new("") };
        self.revoke(now, Some(doomed), waiter, None);
    }

    fn revoke(
        &mut self,
        now: UnixMs,
        doomed: Option<Doomed>,
        waiter: Option<WaiterId>,
        departure: Option<Box<Departure>>,
    ) {
        let deadline = now.saturating_add(REVOCATION_TIMEOUT_MS);
        self.revocations.push(Revocation {
            doomed,
            departure,
            waiter,
            request: None,
            failure: InFull::new(None),
            deadline,
        });
        self.discover(now);
        self.continue_revocations();
    }

    pub(super) fn continue_revocations(&mut self) {
        let Some(metadata) = self.metadata() else { return };
        let href = metadata.endpoints.revocation.clone();
        for mut revocation in core::mem::take(&mut self.revocations) {
            if let (None, Some(doomed)) = (revocation.request, &revocation.doomed) {
                revocation.request = self.send_revocation(doomed, href.as_ref());
            }
            self.revocations.push(revocation);
        }
        self.finish_idle_revocations();
    }

    fn send_revocation(&mut self, doomed: &Doomed, href: Option<&String>) -> Option<RequestId> {
        if self.backend().is_some() {
            return self.send_back_end_sign_out(doomed);
        }
        let (token, token_type_hint) = doomed.first();
        let form = grant::revocation(&self.config.provider.client_id, token, token_type_hint);
        Some(self.send(href?.clone(), Some(form)))
    }

    /// Whatever the server answered, the sign-out is done: the session is gone here (standards 5.1.15). But for a session
    /// that a cookie holds: nobody else ends that one.
    pub(super) fn finish_revocation(
        &mut self,
        request: RequestId,
        answer: &Result<HttpAnswer, TransportFailure>,
    ) {
        let failure = self.sign_out_failure(answer);
        if let Some(revocation) = self.revocations.iter_mut().find(|one| one.request == Some(request)) {
            revocation.doomed = None;
            revocation.request = None;
            revocation.failure = InFull::new(failure);
            self.finish_idle_revocations();
        }
    }

    /// A page that leaves may take the vault with it: what comes late is revoked before.
    pub(super) fn finish_idle_revocations(&mut self) {
        self.finish_revocations(&|revocation| revocation.departure.is_none() && revocation.request.is_none());
        if self.late.is_empty() && self.revocations.iter().all(|revocation| revocation.request.is_none()) {
            self.finish_revocations(&|_| true);
        }
    }

    pub(super) fn expire_revocations(&mut self, now: UnixMs) {
        self.finish_revocations(&|revocation| revocation.deadline <= now);
    }

    fn finish_revocations(&mut self, is_finished: &dyn Fn(&Revocation) -> bool) {
        while let Some(at) = self.revocations.iter().position(is_finished) {
            let Revocation { waiter, departure, request, failure, .. } = self.revocations.remove(at);
            let mut failure = failure.get().cloned();
            if self.sign_ins.check.get().is_some()
                && let Some(request) = request
            {
                // Others wait for their turn.
                self.outputs.push_back(Output::Abandon(request));
                failure = Some(Error::new(Code::Timeout));
            }
            if let Some(failure) = &failure {
                self.owe_sign_out(failure);
            }
            let outcome = match (departure, failure) {
                (Some(departure), _) => self.depart(*departure),
                (None, Some(error)) => Err(error),
                (None, None) => Ok(Settled::Done),
            };
            if let Some(waiter) = waiter {
                self.settle(waiter, outcome);
            }
        }
    }

    fn depart(&mut self, departure: Departure) -> Result<Settled, Error> {
        let Departure { transaction, id_token } = departure;
        let endpoint = self.metadata().and_then(|metadata| metadata.endpoints.end_session.clone());
        let Some(href) = endpoint else {
            return Err(Error::with_detail(Code::Metadata, "end_session_endpoint is not known"));
        };
        let state = transaction.state.clone();
        let form = Some(grant::end_session(&self.config.provider, &state, id_token.as_ref()));
        let remembered = transaction.remembered();
        self.sign_ins.pending.add(transaction);
        Ok(Settled::Leaving { href, state, transaction: remembered, form })
    }

    /// The way back. Without our own `state`, which is used up by it, nobody knows whose it is (RPI-2).
    pub(super) fn finish_sign_out(
        &mut self,
        now: UnixMs,
        href: &Secret,
        remembered: Option<&Secret>,
    ) -> Settled {
        let place = self.config.provider.post_logout_redirect_href.as_deref();
        let Some(state) = place.and_then(|place| callback::sign_out_state(href, place)) else {
            return Settled::NoCallback;
        };
        let own = self.sign_ins.pending.take(&state);
        let known = own.or_else(|| Transaction::recall(remembered?).filter(|kept| kept.state == state));
        match known.filter(|transaction| !transaction.is_expired(now)) {
            Some(_) => Settled::SignedOut,
            None => Settled::NoCallback,
        }
    }
}
