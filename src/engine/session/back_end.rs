//! A session at the application's own back end: its requests, and what their answers are to the session.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::super::backend::{Asked, Backend, Held, Prepared, Request, Way};
use super::super::callback::{Callback, Outcome};
use super::super::id_token::Identity;
use super::super::sign_in_request::navigation_href;
use super::super::token_response::{self, Failure, TokenResponse};
use super::super::transaction::Transaction;
use super::super::{
    Code, Entropy, Error, Full, HttpAnswer, HttpRequest, InFull, Lease, Output, RequestId, Secret, Settled,
    SignInRequest, TransportFailure, UnixMs, WaiterId,
};
use super::Session;
use super::redemption::Redeeming;
use super::sign_in::NAVIGATION_MS;
use super::sign_out::Doomed;

impl Session {
    pub(super) fn backend(&self) -> Option<&Backend> {
        self.config.provider.backend.get()
    }

    /// Judges the answer to a request for tokens. For a token that a cookie holds, an empty one stands.
    pub(super) fn judge(
        &self,
        now: UnixMs,
        asked: Asked,
        answer: Result<HttpAnswer, TransportFailure>,
    ) -> Result<(TokenResponse, Option<Identity>), Failure> {
        let Some(backend) = self.backend() else {
            return Ok((token_response::judge(answer, now, self.token_types())?, None));
        };
        let response = backend.judge(asked, answer, now)?;
        let mut tokens = response.tokens;
        match backend.holds {
            Held::Body => {}
            Held::Cookie => tokens.refresh_token = Some(Secret::new("")),
            Held::Nothing => tokens.refresh_token = None,
        }
        let is_told = response.subject.is_some() || response.claims_text.is_some();
        let identity = Identity::told(response.subject, response.claims_text);
        Ok((tokens, (is_told || asked == Asked::SignIn).then_some(identity)))
    }

    /// Whether a renewal brought somebody else's tokens: the cookie's, who signed in meanwhile.
    pub(super) fn is_another(&self, told: Option<&Identity>) -> bool {
        let known = self.tokens.as_ref().and_then(|tokens| tokens.identity.as_ref());
        match (known, told) {
            (Some(known), Some(told)) => {
                !known.subject.is_empty() && !told.subject.is_empty() && known.subject != told.subject
            }
            _ => false,
        }
    }

    fn send_prepared(&mut self, (href, prepared): (String, Prepared), is_in_turn: bool) -> RequestId {
        self.last_request = self.last_request.wrapping_add(1);
        let held = self.backend().filter(|backend| is_in_turn && backend.holds == Held::Cookie);
        let turn = held.and_then(|backend| Some(["strongroom ", &backend.refresh.as_ref()?.href].concat()));
        self.outputs.push_back(Output::Send(HttpRequest {
            prepared: InFull::new(Some(Box::new(prepared))),
            turn: InFull::new(turn),
            ..HttpRequest::new(self.last_request, href, None)
        }));
        self.last_request
    }

    /// The request that renews the session; gives it with its deadline.
    pub(super) fn send_refresh(&mut self, now: UnixMs) -> Option<(RequestId, UnixMs)> {
        let backend = self.backend()?;
        let request = backend.refresh.as_ref()?;
        let prepared = fill(backend, request, self.tokens.as_ref()).ok()?;
        let deadline = now.saturating_add(prepared.timeout_ms.unwrap_or(self.config.timeout_ms));
        let href = request.href.clone();
        Some((self.send_prepared((href, prepared), true), deadline))
    }

    /// Gives the request, about whom it is, and until when it may take.
    pub(super) fn ask_back_end_for_user_info(
        &mut self,
        now: UnixMs,
        lease: &Lease,
    ) -> Result<(RequestId, String, UnixMs), Error> {
        let identity = self.tokens.as_ref().and_then(|tokens| tokens.identity.as_ref());
        let subject = identity.map(|identity| identity.subject.clone()).unwrap_or_default();
        let asking = self.backend().and_then(|backend| Some((backend, backend.user_info.as_ref()?)));
        let Some((backend, request)) = asking else {
            return Err(Error::option("provider.userInfo", "is required for userInfo()"));
        };
        let prepared = backend.fill(request, &[("accessToken", &lease.access_token)])?;
        let deadline = now.saturating_add(prepared.timeout_ms.unwrap_or(self.config.timeout_ms));
        let href = request.href.clone();
        Ok((self.send_prepared((href, prepared), false), subject, deadline))
    }

    pub(super) fn send_back_end_sign_out(&mut self, doomed: &Doomed) -> Option<RequestId> {
        let backend = self.backend()?;
        let Some(Way::Request(request)) = &backend.sign_out else { return None };
        let (none, access_token) = (Secret::new(""), &doomed.access_token);
        let refresh_token = doomed.refresh_token.as_ref().unwrap_or(&none);
        let values = [("refreshToken", refresh_token), ("accessToken", access_token)];
        let prepared = backend.fill(request, &values).ok()?;
        let href = request.href.clone();
        Some(self.send_prepared((href, prepared), true))
    }

    pub(super) fn sign_in_at_back_end(
        &mut self,
        now: UnixMs,
        waiter: WaiterId,
        request: &SignInRequest,
        return_to: String,
        entropy: &Entropy,
    ) {
        let outcome = self.begin_at_back_end(now, waiter, request, return_to, entropy);
        if let Some(outcome) = outcome.transpose() {
            self.settle(waiter, outcome);
        }
    }

    fn begin_at_back_end(
        &mut self,
        now: UnixMs,
        waiter: WaiterId,
        asked: &SignInRequest,
        return_to: String,
        entropy: &Entropy,
    ) -> Result<Option<Settled>, Error> {
        let (Some(backend), Some(full)) = (self.backend(), Full::PROOF) else { return Ok(None) };
        let given = asked.credentials.get();
        match (&backend.sign_in, given) {
            (None, _) => Err(Error::option("provider.signIn", "is required to sign in")),
            (Some(Way::Navigation { .. }), Some(_)) => {
                Err(Error::option("credentials", "must not be given where the back end has its own page"))
            }
            (Some(Way::Navigation { .. }), None) if asked.stays => {
                Err(Error::option("mode", "must be \"redirect\" where the back end has its own page"))
            }
            (Some(Way::Navigation { href, return_to_parameter }), None) => {
                let href = navigation_href(href, return_to_parameter, &return_to, &asked.parameters);
                self.sign_ins.navigating_until = Some(now.saturating_add(NAVIGATION_MS));
                self.forgive_sign_out();
                Ok(Some(leaving(href)))
            }
            (Some(Way::Request(_)), None) => Err(Error::option("credentials", "is required to sign in")),
            (Some(Way::Request(_)), Some(_)) if !asked.parameters.is_empty() || asked.scope.is_some() => {
                Err(Error::option("parameters", "must not be given beside `credentials` for a back end"))
            }
            (Some(Way::Request(request)), Some(given)) => {
                let values: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), value)).collect();
                let prepared = backend.fill(request, &values)?;
                let deadline = now.saturating_add(prepared.timeout_ms.unwrap_or(self.config.timeout_ms));
                let outcome = Outcome::Credentials(full, Secret::new(""));
                let callback = Callback { state: String::new(), iss: None, outcome };
                let transaction = Transaction::new(now, entropy, None, return_to);
                let mut one = Redeeming::new(now, waiter, transaction, callback);
                let href = request.href.clone();
                self.give_up_check();
                // It sets the cookie.
                one.request = Some(self.send_prepared((href, prepared), true));
                one.deadline = deadline;
                self.sign_ins.redeeming.push(one);
                Ok(None)
            }
        }
    }

    /// A sign-out that the back end did not hear of, or refused, leaves the session that a cookie holds.
    pub(super) fn sign_out_failure(&self, answer: &Result<HttpAnswer, TransportFailure>) -> Option<Error> {
        self.sign_ins.check.get()?;
        match answer {
            Ok(answer) if answer.status < 400 || answer.status == 401 => None,
            Ok(answer) => Some(Error::new(Code::Refused).at_status(answer.status)),
            Err(_) => Some(Error::new(Code::Unreachable)),
        }
    }

    /// What the application hands over, in the shape that its back end answers a sign-in with.
    pub(super) fn judge_given(
        &self,
        now: UnixMs,
        response: &Secret,
    ) -> Result<(TokenResponse, Option<Identity>), Error> {
        let backend = self.backend();
        if backend.is_some_and(|backend| backend.is_bff) {
            return Err(Error::option("provider.type", "has no tokens to set"));
        }
        let status = backend.map_or(200, Backend::success_status);
        let body = Zeroizing::new(response.expose().as_bytes().to_vec());
        let answer = HttpAnswer { status, retry_after: None, dpop_nonce: None, body };
        self.judge(now, Asked::SignIn, Ok(answer)).map_err(|failure| failure.error)
    }

    /// Where a sign-out takes the page, if it does.
    pub(super) fn sign_out_navigation(&self) -> Option<Settled> {
        let Some(Way::Navigation { href, return_to_parameter }) = &self.backend()?.sign_out else {
            return None;
        };
        Some(leaving(navigation_href(href, return_to_parameter, "/", &[])))
    }

    /// Whether a request that waited for its turn is still to be sent: its end may have been given up meanwhile.
    pub fn is_wanted(&self, request: RequestId) -> bool {
        !self.late.iter().any(|(late, _)| *late == request)
    }
}

fn leaving(href: String) -> Settled {
    Settled::Leaving { href, state: String::new(), transaction: Secret::new(""), form: None }
}

fn fill(backend: &Backend, request: &Request, tokens: Option<&super::Tokens>) -> Result<Prepared, Error> {
    let none = Secret::new("");
    let refresh_token = tokens.and_then(|tokens| tokens.refresh_token.as_ref()).unwrap_or(&none);
    let access_token = tokens.map_or(&none, |tokens| &tokens.access_token);
    backend.fill(request, &[("refreshToken", refresh_token), ("accessToken", access_token)])
}
