//! The way back of a sign-in: from the callback to the tokens, with one token request for one code.

use super::super::backend::Asked;
use super::super::callback::{self, Callback, Outcome};
use super::super::id_token::{self, Claimed, Expected, Identity, Refusal};
use super::super::metadata::Metadata;
use super::super::sign_in_request::requested_scope;
use super::super::token_response::TokenResponse;
use super::super::transaction::{Transaction, refused};
use super::super::{
    Aim, Code, Error, HttpAnswer, Provider, ProviderKind, RequestId, Secret, Settled, TransportFailure,
    UnixMs, WaiterId, grant,
};
use super::Session;
use super::check::Check;
use super::verification::Purpose;

/// What a server says that would have to ask the user, to a request that forbids it (OpenID Connect Core §3.1.2.6).
const QUESTIONS: [&str; 4] =
    ["login_required", "interaction_required", "consent_required", "account_selection_required"];

/// From the callback to the tokens.
#[derive(Debug)]
pub struct Redeeming {
    pub waiter: WaiterId,
    transaction: Transaction,
    callback: Callback,
    pub request: Option<RequestId>,
    /// The answer is here, and its ID token being verified.
    pub is_answered: bool,
    sent_at: UnixMs,
    pub deadline: UnixMs,
}

impl Redeeming {
    pub const fn new(now: UnixMs, waiter: WaiterId, transaction: Transaction, callback: Callback) -> Self {
        let (request, is_answered) = (None, false);
        Self { waiter, transaction, callback, request, is_answered, sent_at: now, deadline: now }
    }

    /// Its token request, as long as the answer is not here.
    pub fn under_way(&self) -> Option<RequestId> {
        self.request.filter(|_| !self.is_answered)
    }
}

impl Session {
    /// Takes the transaction before anything is sent for it: whatever follows, its code is not redeemed again.
    pub(super) fn handle_callback(
        &mut self,
        now: UnixMs,
        waiter: WaiterId,
        href: &Secret,
        remembered: Option<Secret>,
    ) {
        let is_unsettled = self.sign_ins.check.get().is_some_and(Check::is_unsettled);
        if is_unsettled && self.ask_back_end(now, Some(waiter)) {
            return;
        }
        let redirect_href = self.config.provider.redirect_href.as_deref();
        let callback = match redirect_href.map_or(Ok(None), |place| callback::read(href, place)) {
            Ok(Some(callback)) => callback,
            Ok(None) => {
                let returned = self.finish_sign_out(now, href, remembered.as_ref());
                return self.settle(waiter, Ok(returned));
            }
            Err(error) => return self.settle(waiter, Err(error)),
        };
        self.sign_ins.navigating_until = None;
        let remembered = remembered.as_ref().and_then(Transaction::recall);
        let transaction = match self.sign_ins.pending.spend(&callback.state, remembered) {
            None => Err(refused("no pending sign-in has this `state`: it is foreign, or was used before")),
            Some(transaction) if transaction.is_expired(now) => {
                Err(refused("the sign-in took longer than 10 minutes"))
            }
            Some(transaction) if transaction.issuer != self.config.provider.issuer => {
                Err(refused("the sign-in was begun with another issuer"))
            }
            Some(transaction) => Ok(transaction),
        };
        match transaction {
            Err(error) => self.settle(waiter, Err(error)),
            Ok(transaction) => {
                self.sign_ins.redeeming.push(Redeeming::new(now, waiter, transaction, callback));
                self.discover(now);
                self.redeem_when_ready(now);
            }
        }
    }

    pub(super) fn redeem_when_ready(&mut self, now: UnixMs) {
        let Some(metadata) = self.metadata().cloned() else { return };
        while let Some(at) = self.sign_ins.redeeming.iter().position(|one| one.request.is_none()) {
            let mut one = self.sign_ins.redeeming.remove(at);
            let Transaction { issuer, code_verifier, .. } = &one.transaction;
            let Callback { iss, outcome, .. } = &mut one.callback;
            let is_supported = metadata.iss_parameter_supported;
            let outcome =
                match (callback::check_issuer(iss.as_deref(), issuer.as_deref(), is_supported), outcome) {
                    (_, Outcome::Credentials(_, form)) => {
                        let form = core::mem::replace(form, Secret::new(""));
                        self.redeem(now, one, &metadata, form);
                        continue;
                    }
                    (Err(error), _) => Err(error),
                    (Ok(()), Outcome::Error(error)) => refused_by_server(&one.transaction, error),
                    (Ok(()), Outcome::Code(code)) => {
                        let Provider { client_id, redirect_uri, .. } = &self.config.provider;
                        let redirect_uri = redirect_uri.as_deref().unwrap_or_default();
                        let form =
                            grant::authorization_code(client_id, code.expose(), redirect_uri, code_verifier);
                        self.redeem(now, one, &metadata, form);
                        continue;
                    }
                };
            self.settle(one.waiter, outcome);
        }
        self.reject_waiters_without_session();
    }

    fn redeem(&mut self, now: UnixMs, mut one: Redeeming, metadata: &Metadata, form: Secret) {
        one.request = Some(self.send_proved(metadata.endpoints.token.clone(), form));
        one.sent_at = now;
        one.deadline = now.saturating_add(self.config.timeout_ms);
        self.sign_ins.redeeming.push(one);
    }

    /// Does nothing if the answer is not to a sign-in's request.
    pub(super) fn finish_redeeming(
        &mut self,
        now: UnixMs,
        request: RequestId,
        answer: Result<HttpAnswer, TransportFailure>,
    ) {
        let Some(at) = self.sign_ins.redeeming.iter().position(|one| one.request == Some(request)) else {
            return;
        };
        let judged = self.judge(now, Asked::SignIn, answer);
        let Some(one) = self.sign_ins.redeeming.get_mut(at) else { return };
        let is_typed = matches!(one.callback.outcome, Outcome::Credentials(..));
        let outcome = judged.map_err(|failure| {
            let is_wrong = is_typed && failure.error.error.as_deref() == Some("invalid_grant");
            (None, if is_wrong { failure.error.of_credentials() } else { failure.error })
        });
        one.is_answered = true;
        one.deadline = now.saturating_add(self.config.timeout_ms);
        let Transaction { nonce, step_up, .. } = &one.transaction;
        let (nonce, max_age_seconds) = (nonce.clone(), step_up.max_age);
        match outcome.and_then(|(response, told)| {
            match self.identify(now, &response, &nonce, max_age_seconds) {
                Ok(claimed) => Ok((response, claimed, told)),
                Err(error) => Err((Some(response), error)),
            }
        }) {
            Ok((response, Some(claimed), _)) => {
                self.verify(now, Purpose::SignIn(request), response, claimed);
            }
            Ok((response, None, told)) => self.conclude_sign_in(now, request, response, told),
            Err((response, error)) => self.refuse_sign_in(now, request, response, error),
        }
    }

    pub(super) fn conclude_sign_in(
        &mut self,
        now: UnixMs,
        request: RequestId,
        response: TokenResponse,
        identity: Option<Identity>,
    ) {
        let Some(one) = self.sign_ins.take_sent(request) else { return };
        self.overtake_renewal();
        self.forget_check();
        if let Some(identity) = identity.as_ref().filter(|identity| !identity.issuer.is_empty()) {
            self.learn_clock(one.sent_at, now, identity.issued_at_seconds);
        }
        let asked = one.transaction.step_up;
        let configured = self.config.provider.scope.as_deref();
        let scope = requested_scope(configured, asked.scope.as_deref());
        let tokens = self.first_tokens(one.sent_at, response, identity, scope);
        self.begin(now, tokens, Some((asked, now)));
        self.settle(one.waiter, Ok(Settled::SignedIn { return_to: one.transaction.return_to }));
        self.settle_waiters(now, Aim::default());
    }

    /// Of a response that came, nothing is used.
    pub(super) fn refuse_sign_in(
        &mut self,
        now: UnixMs,
        request: RequestId,
        response: Option<TokenResponse>,
        error: Error,
    ) {
        if let Some(response) = response {
            self.revoke_late(now, response);
        }
        if let Some(one) = self.sign_ins.take_sent(request) {
            self.settle(one.waiter, Err(error));
        }
        self.resume_check(now);
        self.reject_waiters_without_session();
    }

    /// OpenID Connect promises an ID token; nothing of the response is used before it is valid (9700-12).
    fn identify(
        &self,
        now: UnixMs,
        response: &TokenResponse,
        nonce: &str,
        max_age_seconds: Option<u64>,
    ) -> Result<Option<Claimed>, Error> {
        let provider = &self.config.provider;
        let (ProviderKind::Oidc, Some(issuer)) = (provider.kind, &provider.issuer) else { return Ok(None) };
        let Some(id_token) = &response.id_token else {
            return Err(Error::with_detail(Code::IdToken, "id_token is missing"));
        };
        let expected = Expected {
            issuer,
            client_id: &provider.client_id,
            nonce: Some(nonce),
            max_age_seconds,
            before: None,
        };
        match id_token::read(id_token, &expected, now) {
            Ok(claimed) => Ok(Some(claimed)),
            Err(Refusal::Invalid(error)) => Err(error),
            Err(Refusal::AccountSwitch) => Err(Error::new(Code::IdToken)),
        }
    }
}

/// Whoever only asked whether the server knows the user has an answer where it does not.
fn refused_by_server(transaction: &Transaction, error: &str) -> Result<Settled, Error> {
    if let Some(full) = transaction.single_sign_on
        && let Some(error) = QUESTIONS.into_iter().find(|question| *question == error)
    {
        return Ok(Settled::NotSignedIn { full, return_to: transaction.return_to.clone(), error });
    }
    Err(Error::new(Code::Authorization).from_server(error))
}
