//! The session's end: by the user, by the server, or because it became somebody else's (promise 6).

use super::super::token_response::{self, TokenResponse};
use super::super::{
    Code, Error, Event, HttpAnswer, RequestId, Secret, Settled, TransportFailure, UnixMs, WaiterId, grant,
};
use super::Session;

/// Signing out does not wait longer than this for the server: locally it is done at once.
const REVOCATION_TIMEOUT_MS: u64 = 5_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A renewal brought tokens of another account (OIDC-17).
    AccountSwitch,
    /// The server said `invalid_grant` to the current refresh token.
    SessionEnded,
    SignOut,
}

impl Reason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountSwitch => "account-switch",
            Self::SessionEnded => "session-ended",
            Self::SignOut => "sign-out",
        }
    }
}

/// A token on its way to the revocation endpoint (RFC 7009).
#[derive(Debug)]
pub struct Revocation {
    token: Secret,
    token_type_hint: &'static str,
    pub waiter: Option<WaiterId>,
    request: Option<RequestId>,
    pub deadline: UnixMs,
}

impl Session {
    pub(super) fn sign_out(&mut self, now: UnixMs, waiter: WaiterId) {
        let tokens = self.tokens.take();
        self.overtake_renewal();
        let requests = self.sign_ins.requests();
        self.late.extend(requests);
        for abandoned in self.sign_ins.take_waiters() {
            self.settle(abandoned, Err(Error::new(Code::SessionEnded)));
        }
        let Some(tokens) = tokens else {
            self.reject_waiters(&Error::new(Code::SessionEnded));
            return self.settle(waiter, Ok(Settled::Done));
        };
        self.end(Reason::SignOut);
        self.revoke(now, tokens.refresh_token, tokens.access_token, Some(waiter));
    }

    /// Forgets the session. What is under way finds no session to come back to.
    pub(super) fn end(&mut self, reason: Reason) {
        self.overtake_renewal();
        self.tokens = None;
        self.generation = self.generation.wrapping_add(1);
        self.reason = Some(reason.as_str());
        self.backoff.succeed();
        self.last_failure = None;
        self.reject_waiters(&Error::new(Code::SessionEnded));
        self.notify(Event::SignedOut { reason: reason.as_str() });
    }

    pub(super) fn finish_late(&mut self, now: UnixMs, answer: Result<HttpAnswer, TransportFailure>) {
        if let Ok(response) = token_response::judge(answer, now) {
            self.revoke_late(now, response);
        }
    }

    pub(super) fn revoke_late(&mut self, now: UnixMs, response: TokenResponse) {
        self.revoke(now, response.refresh_token, response.access_token, None);
    }

    /// The refresh token first: the server then drops its access tokens too (7009-7).
    fn revoke(
        &mut self,
        now: UnixMs,
        refresh_token: Option<Secret>,
        access_token: Secret,
        waiter: Option<WaiterId>,
    ) {
        let (token, token_type_hint) = match refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (access_token, "access_token"),
        };
        let deadline = now.saturating_add(REVOCATION_TIMEOUT_MS);
        self.revocations.push(Revocation { token, token_type_hint, waiter, request: None, deadline });
        self.discover(now);
        self.continue_revocations();
    }

    pub(super) fn continue_revocations(&mut self) {
        let Some(metadata) = self.metadata() else { return };
        let Some(href) = metadata.endpoints.revocation.clone() else {
            return self.fail_revocations_without_endpoint();
        };
        for mut revocation in core::mem::take(&mut self.revocations) {
            if revocation.request.is_none() {
                let client_id = &self.config.provider.client_id;
                let form = grant::revocation(client_id, &revocation.token, revocation.token_type_hint);
                revocation.request = Some(self.send(href.clone(), Some(form)));
            }
            self.revocations.push(revocation);
        }
    }

    /// Whatever the server answered, the sign-out is done: the session is gone here (standards 5.1.15).
    pub(super) fn finish_revocation(&mut self, request: RequestId) {
        self.finish_revocations(|revocation| revocation.request == Some(request));
    }

    pub(super) fn fail_revocations_without_endpoint(&mut self) {
        self.finish_revocations(|revocation| revocation.request.is_none());
    }

    pub(super) fn expire_revocations(&mut self, now: UnixMs) {
        self.finish_revocations(|revocation| revocation.deadline <= now);
    }

    fn finish_revocations(&mut self, is_finished: impl Fn(&Revocation) -> bool) {
        while let Some(at) = self.revocations.iter().position(&is_finished) {
            if let Some(waiter) = self.revocations.remove(at).waiter {
                self.settle(waiter, Ok(Settled::Done));
            }
        }
    }
}
