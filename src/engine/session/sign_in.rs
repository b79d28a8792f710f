//! Signing in: an authorization request on the way out, a callback and one token request on the way back.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::callback::{self, Callback, Outcome};
use super::super::id_token::{self, Expected, Identity, Refusal};
use super::super::token_response::{self, TokenResponse};
use super::super::transaction::{self, Transaction, Transactions, refused};
use super::super::{
    Code, Entropy, Error, Event, HttpAnswer, Output, ProviderKind, RequestId, Secret, Settled, SignInRequest,
    TransportFailure, UnixMs, WaiterId, grant, pkce,
};
use super::Session;

const NAVIGATION_MS: u64 = 60_000;

#[derive(Debug, Default)]
pub struct SignIns {
    pending: Transactions,
    starting: Vec<Starting>,
    redeeming: Vec<Redeeming>,
    /// The page is on its way to the authorization server; if it is still here then, the user stopped it.
    pub navigating_until: Option<UnixMs>,
}

/// Until the verifier's digest and the authorization endpoint are there.
#[derive(Debug)]
struct Starting {
    waiter: WaiterId,
    state: String,
    parameters: Vec<(String, String)>,
    sha256: Option<[u8; 32]>,
}

/// From the callback to the tokens.
#[derive(Debug)]
struct Redeeming {
    waiter: WaiterId,
    transaction: Transaction,
    callback: Callback,
    request: Option<RequestId>,
    sent_at: UnixMs,
    deadline: UnixMs,
}

impl SignIns {
    pub fn is_under_way(&self) -> bool {
        self.navigating_until.is_some() || !self.starting.is_empty() || self.is_redeeming()
    }

    pub fn is_redeeming(&self) -> bool {
        !self.redeeming.is_empty()
    }

    pub fn first_deadline(&self) -> Option<UnixMs> {
        let redeeming = self.redeeming.iter().filter_map(|one| one.request.map(|_| one.deadline));
        redeeming.chain(self.navigating_until).min()
    }

    /// Drops all sign-ins; gives those who wait for them.
    pub fn take_waiters(&mut self) -> Vec<WaiterId> {
        self.navigating_until = None;
        self.pending.forget_all();
        let starting = self.starting.drain(..).map(|one| one.waiter).collect::<Vec<_>>();
        starting.into_iter().chain(self.redeeming.drain(..).map(|one| one.waiter)).collect()
    }

    /// The token requests under way, with their deadlines.
    pub fn requests(&self) -> Vec<(RequestId, UnixMs)> {
        self.redeeming.iter().filter_map(|one| Some((one.request?, one.deadline))).collect()
    }
}

impl Session {
    pub(super) fn begin_sign_in(
        &mut self,
        now: UnixMs,
        waiter: WaiterId,
        request: SignInRequest,
        entropy: &Entropy,
    ) {
        let return_to = match transaction::checked_return_to(&request) {
            Ok(return_to) => return_to,
            Err(error) => return self.settle(waiter, Err(error)),
        };
        if self.config.provider.redirect_uri.is_none() {
            let error = Error::option("provider.redirectUri", "is required to sign in");
            return self.settle(waiter, Err(error));
        }
        let transaction = Transaction::new(now, entropy, self.config.provider.issuer.clone(), return_to);
        let state = transaction.state.clone();
        let verifier = transaction.code_verifier.clone();
        self.sign_ins.starting.push(Starting {
            waiter,
            state: state.clone(),
            parameters: request.parameters,
            sha256: None,
        });
        self.sign_ins.pending.add(transaction);
        self.outputs.push_back(Output::Digest { state, verifier });
        self.discover(now);
    }

    pub(super) fn handle_digest(&mut self, now: UnixMs, state: &str, sha256: [u8; 32]) {
        if let Some(starting) = self.sign_ins.starting.iter_mut().find(|one| one.state == state) {
            starting.sha256 = Some(sha256);
        }
        self.navigate_when_ready(now);
    }

    pub(super) fn fail_digest(&mut self, state: &str) {
        self.sign_ins.pending.take(state);
        let at = self.sign_ins.starting.iter().position(|one| one.state == state);
        if let Some(starting) = at.map(|at| self.sign_ins.starting.remove(at)) {
            self.settle(starting.waiter, Err(Error::new(Code::InsecureContext)));
        }
    }

    fn navigate_when_ready(&mut self, now: UnixMs) {
        let Some(metadata) = self.metadata() else { return };
        let endpoint = metadata.endpoints.authorization.clone();
        let (ready, waiting) = self.sign_ins.starting.drain(..).partition(|one| one.sha256.is_some());
        self.sign_ins.starting = waiting;
        let ready: Vec<Starting> = ready;
        for Starting { waiter, state, parameters, sha256 } in ready {
            let provider = &self.config.provider;
            let pending = self.sign_ins.pending.find(&state);
            let (Some(transaction), Some(sha256)) = (pending, sha256) else {
                self.settle(waiter, Err(refused("it was overtaken by newer sign-ins")));
                continue;
            };
            let Some(endpoint) = &endpoint else {
                let error = Error::with_detail(Code::Metadata, "authorization_endpoint is missing");
                self.settle(waiter, Err(error));
                continue;
            };
            let challenge = pkce::code_challenge(&sha256);
            let href =
                transaction::authorization_href(endpoint, provider, transaction, &challenge, &parameters);
            self.outputs.push_back(Output::Remember { state, transaction: transaction.remembered() });
            self.outputs.push_back(Output::Navigate(href));
            self.sign_ins.navigating_until = Some(now.saturating_add(NAVIGATION_MS));
            self.settle(waiter, Ok(Settled::Done));
        }
    }

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

    pub(super) fn continue_sign_ins(&mut self, now: UnixMs) {
        self.navigate_when_ready(now);
        self.redeem_when_ready(now);
    }

    fn redeem_when_ready(&mut self, now: UnixMs) {
        let Some(metadata) = self.metadata().cloned() else { return };
        for mut one in core::mem::take(&mut self.sign_ins.redeeming) {
            if one.request.is_some() {
                self.sign_ins.redeeming.push(one);
                continue;
            }
            let expected = one.transaction.issuer.as_deref();
            let iss = one.callback.iss.as_deref();
            let issuer = callback::check_issuer(iss, expected, metadata.iss_parameter_supported);
            match (issuer, &one.callback.outcome, &self.config.provider.redirect_uri) {
                (Err(error), ..) => self.settle(one.waiter, Err(error)),
                (_, Outcome::Error(error), _) => {
                    let error = Error::new(Code::Authorization).from_server(error);
                    self.settle(one.waiter, Err(error));
                }
                (_, Outcome::Code(code), Some(redirect_uri)) => {
                    let client_id = &self.config.provider.client_id;
                    let verifier = &one.transaction.code_verifier;
                    let form = grant::authorization_code(client_id, code.expose(), redirect_uri, verifier);
                    one.request = Some(self.send(metadata.endpoints.token.clone(), Some(form)));
                    one.sent_at = now;
                    one.deadline = now.saturating_add(self.config.timeout_ms);
                    self.sign_ins.redeeming.push(one);
                }
                (_, Outcome::Code(_), None) => self.settle(one.waiter, Ok(Settled::NoCallback)),
            }
        }
        self.reject_waiters_without_session();
    }

    /// Gives the answer back if it was not to a sign-in's request.
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

    pub(super) fn expire_sign_ins(&mut self, now: UnixMs) {
        if self.sign_ins.navigating_until.is_some_and(|until| until <= now) {
            self.sign_ins.navigating_until = None;
        }
        let is_expired = |one: &Redeeming| one.request.is_some() && one.deadline <= now;
        let (expired, rest) = core::mem::take(&mut self.sign_ins.redeeming).into_iter().partition(is_expired);
        self.sign_ins.redeeming = rest;
        let expired: Vec<Redeeming> = expired;
        for one in expired {
            self.outputs.extend(one.request.map(Output::Abandon));
            self.settle(one.waiter, Err(Error::new(Code::Timeout)));
        }
        self.reject_waiters_without_session();
    }

    pub(super) fn fail_sign_ins_without_endpoint(&mut self, error: &Error) {
        let mut waiters = self.sign_ins.starting.drain(..).map(|one| one.waiter).collect::<Vec<_>>();
        self.sign_ins.redeeming.retain(|one| {
            if one.request.is_none() {
                waiters.push(one.waiter);
            }
            one.request.is_some()
        });
        for waiter in waiters {
            self.settle(waiter, Err(error.clone()));
        }
        self.reject_waiters_without_session();
    }

    /// Calls that waited for a sign-in, when none is left that could bring tokens.
    fn reject_waiters_without_session(&mut self) {
        if self.tokens.is_none() && !self.sign_ins.is_redeeming() {
            self.reject_waiters(&Error::new(Code::NotSignedIn));
        }
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
