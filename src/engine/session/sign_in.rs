//! The way out of a sign-in: an authorization request. And what all sign-ins under way have in common.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::sign_in_request;
use super::super::transaction::{Transaction, Transactions, refused};
use super::super::{
    Code, Endpoints, Entropy, Error, InFull, Output, RequestId, Settled, SignInRequest, UnixMs, WaiterId,
    pkce,
};
use super::Session;
use super::check::{Asking, Check};
use super::proof::CodeBinding;
use super::pushing::Pushing;
use super::redemption::Redeeming;

pub const NAVIGATION_MS: u64 = 60_000;

#[derive(Debug, Default)]
pub struct SignIns {
    pub pending: Transactions,
    pub starting: Vec<Starting>,
    pub pushing: Vec<Pushing>,
    pub redeeming: Vec<Redeeming>,
    /// A page is on its way to the authorization server; if it is still here then, the user stopped it.
    pub navigating_until: Option<UnixMs>,
    /// Whether a session is there already; where no cookie holds one there is no such thing.
    pub check: InFull<Check>,
}

/// Until the verifier's digest, the authorization endpoint and, if it is wanted, our key's thumbprint are there.
#[derive(Debug)]
pub struct Starting {
    waiter: WaiterId,
    pub state: String,
    pub parameters: Vec<(String, String)>,
    sha256: Option<[u8; 32]>,
    pub code_binding: CodeBinding,
}

impl SignIns {
    pub fn new(check: InFull<Check>) -> Self {
        Self { check, ..Self::default() }
    }

    fn checking(&self) -> Option<Asking> {
        self.check.get()?.under_way()
    }

    pub fn is_under_way(&self) -> bool {
        self.navigating_until.is_some()
            || !self.starting.is_empty()
            || !self.pushing.is_empty()
            || self.is_redeeming()
            || self.check.get().is_some_and(Check::is_open)
    }

    pub fn is_redeeming(&self) -> bool {
        !self.redeeming.is_empty() || self.check.get().is_some_and(Check::is_going_on)
    }

    /// Whether the token request of a sign-in that is still wanted is this one.
    pub fn is_sent(&self, request: RequestId) -> bool {
        self.redeeming.iter().any(|one| one.request == Some(request))
    }

    pub fn take_sent(&mut self, request: RequestId) -> Option<Redeeming> {
        let at = self.redeeming.iter().position(|one| one.request == Some(request))?;
        Some(self.redeeming.remove(at))
    }

    pub fn first_deadline(&self) -> Option<UnixMs> {
        let mut first = self.navigating_until;
        let mut add = |deadline| first = Some(first.map_or(deadline, |first| first.min(deadline)));
        for one in &self.pushing {
            add(one.deadline);
        }
        for one in &self.redeeming {
            if one.request.is_some() {
                add(one.deadline);
            }
        }
        if let Some(checking) = self.checking() {
            add(checking.deadline);
        }
        first
    }

    /// Drops all sign-ins; gives those who wait for them.
    pub fn take_waiters(&mut self) -> Vec<WaiterId> {
        self.navigating_until = None;
        self.pending.forget_all();
        let mut waiters = self.check.get_mut().map(Check::forget).unwrap_or_default();
        for one in &self.starting {
            waiters.push(one.waiter);
        }
        for one in &self.pushing {
            waiters.push(one.waiter);
        }
        for one in &self.redeeming {
            waiters.push(one.waiter);
        }
        self.starting.clear();
        self.pushing.clear();
        self.redeeming.clear();
        waiters
    }

    /// Adds the token requests under way, with their deadlines.
    pub fn add_requests(&self, requests: &mut Vec<(RequestId, UnixMs)>) {
        for one in &self.redeeming {
            if let Some(request) = one.under_way() {
                requests.push((request, one.deadline));
            }
        }
        if let Some(checking) = self.checking() {
            requests.push((checking.request, checking.deadline));
        }
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
        let return_to = match sign_in_request::checked_return_to(&request) {
            Ok(return_to) => return_to,
            Err(error) => return self.settle(waiter, Err(error)),
        };
        if request.stays && request.credentials.get().is_some() {
            return self.settle(waiter, Err(Error::option("mode", "is not for `credentials`")));
        }
        if request.single_sign_on.is_some() && self.tokens.is_some() {
            return self.settle(waiter, Ok(Settled::SignedIn { return_to }));
        }
        if self.backend().is_some() {
            return self.sign_in_at_back_end(now, waiter, &request, return_to, entropy);
        }
        if request.credentials.get().is_some() {
            return self.sign_in_with_credentials(now, waiter, &request, return_to, entropy);
        }
        if self.config.provider.redirect_uri.is_none() {
            let error = Error::option("provider.redirectUri", "is required to sign in");
            return self.settle(waiter, Err(error));
        }
        let mut transaction = Transaction::new(now, entropy, self.config.provider.issuer.clone(), return_to);
        transaction.step_up = request.step_up();
        // A frame's refusal goes to the page around it as any other does.
        transaction.single_sign_on = request.single_sign_on.filter(|_| !request.stays);
        transaction.is_silent = request.parameter("prompt") == Some("none");
        let state = transaction.state.clone();
        let verifier = transaction.code_verifier.clone();
        self.sign_ins.starting.push(Starting {
            waiter,
            state: state.clone(),
            parameters: request.parameters,
            sha256: None,
            code_binding: CodeBinding::new(request.stays),
        });
        self.sign_ins.pending.add(transaction);
        self.outputs.push_back(Output::Digest { state, verifier });
        self.discover(now);
    }

    pub(super) fn handle_digest(&mut self, now: UnixMs, state: &str, sha256: [u8; 32]) {
        if let Some(starting) = self.sign_ins.starting.iter_mut().find(|one| one.state == state) {
            starting.sha256 = Some(sha256);
        }
        self.leave_when_ready(now);
    }

    pub(super) fn fail_digest(&mut self, state: &str) {
        self.sign_ins.pending.take(state);
        let at = self.sign_ins.starting.iter().position(|one| one.state == state);
        if let Some(starting) = at.map(|at| self.sign_ins.starting.remove(at)) {
            self.settle(starting.waiter, Err(Error::new(Code::InsecureContext)));
        }
    }

    fn leave_when_ready(&mut self, now: UnixMs) {
        let Some(metadata) = self.metadata() else { return };
        let endpoints = Rc::clone(&metadata.endpoints);
        let Endpoints { authorization, pushed_authorization_request: pushed, .. } = &*endpoints;
        let pushed = pushed.as_ref().filter(|_| self.config.provider.pushes_nothing.is_none());
        let missing = match (authorization, pushed) {
            (None, _) => Some("authorization_endpoint is missing"),
            (_, None) if metadata.requires_pushing => Some(
                "pushed authorization requests are required, but off or without an endpoint (RFC 9126 section 5)",
            ),
            _ => None,
        };
        self.ask_for_thumbprints();
        let is_ready = |one: &Starting| one.sha256.is_some() && !one.code_binding.is_open();
        while let Some(at) = self.sign_ins.starting.iter().position(is_ready) {
            let Starting { waiter, state, parameters, sha256, .. } = self.sign_ins.starting.remove(at);
            let pending = self.sign_ins.pending.find(&state);
            let (Some(transaction), Some(sha256)) = (pending, sha256) else {
                self.settle(waiter, Err(refused("it was overtaken by newer sign-ins")));
                continue;
            };
            if let Some(missing) = missing {
                self.settle(waiter, Err(Error::with_detail(Code::Metadata, missing)));
                continue;
            }
            let challenge = pkce::code_challenge(&sha256);
            let query =
                sign_in_request::authorization_parameters(&self.config, transaction, &challenge, &parameters);
            match pushed {
                Some(href) => self.push(now, waiter, state, href.clone(), query),
                None => self.leave(now, waiter, state, &query),
            }
        }
    }

    /// Sends the page to the authorization endpoint with these parameters.
    pub(super) fn leave(&mut self, now: UnixMs, waiter: WaiterId, state: String, query: &str) {
        let endpoint = self.metadata().and_then(|metadata| metadata.endpoints.authorization.as_deref());
        let pending = self.sign_ins.pending.find(&state);
        let is_seen = pending.is_some_and(|transaction| !transaction.is_silent);
        let left = match (endpoint, pending) {
            (Some(endpoint), Some(transaction)) => {
                let href = sign_in_request::authorization_href(endpoint, query);
                Ok(Settled::Leaving { href, state, transaction: transaction.remembered(), form: None })
            }
            _ => Err(refused("it was overtaken by newer sign-ins")),
        };
        if left.is_ok() && is_seen {
            self.sign_ins.navigating_until = Some(now.saturating_add(NAVIGATION_MS));
        }
        self.settle(waiter, left);
    }

    pub(super) fn continue_sign_ins(&mut self, now: UnixMs) {
        self.leave_when_ready(now);
        self.redeem_when_ready(now);
    }

    pub(super) fn expire_sign_ins(&mut self, now: UnixMs) {
        if self.sign_ins.navigating_until.is_some_and(|until| until <= now) {
            self.sign_ins.navigating_until = None;
        }
        let is_expired = |one: &Redeeming| one.request.is_some() && one.deadline <= now;
        while let Some(at) = self.sign_ins.redeeming.iter().position(is_expired) {
            let one = self.sign_ins.redeeming.remove(at);
            if let Some(request) = one.under_way() {
                self.outputs.push_back(Output::Abandon(request));
            }
            self.settle(one.waiter, Err(Error::new(Code::Timeout)));
        }
        self.expire_check(now);
        self.expire_pushing(now);
        self.resume_check(now);
        self.reject_waiters_without_session();
    }

    pub(super) fn fail_sign_ins_without_endpoint(&mut self, error: &Error) {
        for one in core::mem::take(&mut self.sign_ins.starting) {
            self.settle(one.waiter, Err(error.clone()));
        }
        while let Some(at) = self.sign_ins.redeeming.iter().position(|one| one.request.is_none()) {
            let one = self.sign_ins.redeeming.remove(at);
            self.settle(one.waiter, Err(error.clone()));
        }
        self.reject_waiters_without_session();
    }

    /// Calls that waited for a sign-in, when none is left that could bring tokens.
    pub(super) fn reject_waiters_without_session(&mut self) {
        if self.tokens.is_none() && !self.sign_ins.is_redeeming() {
            self.reject_waiters(&Error::new(Code::NotSignedIn));
        }
    }
}
