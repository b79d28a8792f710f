//! The way back of a sign-in: from the callback to the tokens, with one token request for one code.

use super::super::callback::{self, Callback, Outcome};
use super::super::id_token::{self, Expected, Identity, Refusal};
use super::super::token_response::{self, TokenResponse};
use super::super::transaction::{Transaction, refused};
use super::super::{
    Code, Error, Event, HttpAnswer, Provider, ProviderKind, RequestId, Secret, Settled, TransportFailure,
    UnixMs, WaiterId, grant,
};
use super::Session;

/// From the callback to the tokens.
#[derive(Debug)]
pub struct Redeeming {
    pub waiter: WaiterId,
    transaction: Transaction,
    callback: Callback,
    pub request: Option<RequestId>,
    sent_at: UnixMs,
    pub deadline: UnixMs,
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
        let Some(redirect_href) = &self.config.provider.redirect_href else {
            return self.settle(waiter, Ok(Settled::NoCallback));
        };
        let callback = match callback::read(href, redirect_href) {
            Ok(Some(callback)) => callback,
            Ok(None) => return self.settle(waiter, Ok(Settled::NoCallback)),
            Err(error) => return self.settle(waiter, Err(error)),
        };
        self.sign_ins.navigating_until = None;
        let remembered = remembered.as_ref().and_then(Transaction::recall);
        let own = self.sign_ins.pending.take(&callback.state);
        let transaction = match own.or(remembered.filter(|transaction| transaction.state == callback.state)) {
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
                self.sign_ins.redeeming.push(Redeeming {
                    waiter,
                    transaction,
                    callback,
                    request: None,
                    sent_at: now,
                    deadline: now,
                });
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
            let Callback { iss, outcome, .. } = &one.callback;
            let is_supported = metadata.iss_parameter_supported;
            let refusal =
                match (callback::check_issuer(iss.as_deref(), issuer.as_deref(), is_supported), outcome) {
                    (Err(error), _) => error,
                    (Ok(()), Outcome::Error(error)) => Error::new(Code::Authorization).from_server(error),
                    (Ok(()), Outcome::Code(code)) => {
                        let Provider { client_id, redirect_uri, .. } = &self.config.provider;
                        let redirect_uri = redirect_uri.as_deref().unwrap_or_default();
                        let form =
                            grant::authorization_code(client_id, code.expose(), redirect_uri, code_verifier);
                        one.request = Some(self.send(metadata.endpoints.token.clone(), Some(form)));
                        one.sent_at = now;
                        one.deadline = now.saturating_add(self.config.timeout_ms);
                        self.sign_ins.redeeming.push(one);
                        continue;
                    }
                };
            self.settle(one.waiter, Err(refusal));
        }
        self.reject_waiters_without_session();
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
        let one = self.sign_ins.redeeming.remove(at);
        let judged = token_response::judge(answer, now).map_err(|failure| failure.error);
        let redeemed = judged.and_then(|response| match self.identify(now, &response, &one.transaction) {
            Ok(identity) => Ok((response, identity)),
            Err(error) => {
                self.revoke_late(now, response);
                Err(error)
            }
        });
        match redeemed {
            Err(error) => self.settle(one.waiter, Err(error)),
            Ok((response, identity)) => {
                self.overtake_renewal();
                let scope = self.config.provider.scope.clone();
                let tokens = self.first_tokens(one.sent_at, response, identity, scope);
                self.install(tokens);
                self.notify(Event::SignedIn { generation: self.generation });
                self.settle(one.waiter, Ok(Settled::SignedIn { return_to: one.transaction.return_to }));
                self.settle_waiters(now);
            }
        }
        self.reject_waiters_without_session();
    }

    /// OpenID Connect promises an ID token; nothing of the response is used before it is valid (9700-12).
    fn identify(
        &self,
        now: UnixMs,
        response: &TokenResponse,
        transaction: &Transaction,
    ) -> Result<Option<Identity>, Error> {
        let provider = &self.config.provider;
        let (ProviderKind::Oidc, Some(issuer)) = (provider.kind, &provider.issuer) else { return Ok(None) };
        let Some(id_token) = &response.id_token else {
            return Err(Error::with_detail(Code::IdToken, "id_token is missing"));
        };
        let expected = Expected {
            issuer,
            client_id: &provider.client_id,
            nonce: Some(&transaction.nonce),
            before: None,
        };
        match id_token::validate(id_token, &expected, now) {
            Ok(identity) => Ok(Some(identity)),
            Err(Refusal::Invalid(error)) => Err(error),
            Err(Refusal::AccountSwitch) => Err(Error::new(Code::IdToken)),
        }
    }
}
