//! The check that finds a session which a cookie of the application's own back end holds.

use alloc::vec::Vec;

use super::super::backend::{Asked, Backend, Held};
use super::super::token_response::{Consequence, Failure};
use super::super::{
    Aim, Code, Error, HttpAnswer, InFull, Output, RequestId, Settled, TransportFailure, UnixMs, WaiterId,
};
use super::Session;

/// Whether there is a session, only the back end knows: the cookie that holds it is out of reach.
#[derive(Debug, Default)]
pub struct Check {
    /// Nobody has asked yet, or the answer was lost.
    is_due: bool,
    under_way: Option<Asking>,
    /// A sign-out was not heard, and why: what the cookie holds is not wanted.
    unheard: Option<Error>,
    /// Somebody wants to know, but first a sign-out has to end.
    waits_for_sign_out: bool,
    /// Pages that want to know how it ends.
    waiters: Vec<WaiterId>,
}

#[derive(Clone, Copy, Debug)]
pub struct Asking {
    pub request: RequestId,
    sent_at: UnixMs,
    pub deadline: UnixMs,
}

impl Check {
    pub fn new(backend: Option<&Backend>) -> InFull<Self> {
        let is_held = backend.is_some_and(|backend| backend.holds == Held::Cookie);
        InFull::new(is_held.then(|| Self { is_due: true, ..Self::default() }))
    }

    /// Nobody knows whether there is a session.
    pub fn is_open(&self) -> bool {
        self.is_due || self.under_way.is_some()
    }

    /// Whoever asks has to wait.
    pub fn is_unsettled(&self) -> bool {
        self.is_open() || self.unheard.is_some()
    }

    /// It is known before long.
    pub fn is_going_on(&self) -> bool {
        self.under_way.is_some() || self.waits_for_sign_out
    }

    pub fn under_way(&self) -> Option<Asking> {
        self.under_way
    }

    /// It is not wanted any more. Gives those who wait for it.
    pub fn forget(&mut self) -> Vec<WaiterId> {
        self.is_due = false;
        self.under_way = None;
        self.waits_for_sign_out = false;
        core::mem::take(&mut self.waiters)
    }
}

impl Session {
    /// A page wants to know who is signed in. Gives whether it has to wait for that.
    pub(super) fn ask_back_end(&mut self, now: UnixMs, waiter: Option<WaiterId>) -> bool {
        if self.tokens.is_some() || self.sign_ins.check.get().is_none() {
            return false;
        }
        self.sign_ins.navigating_until = None;
        if let Some(check) = self.sign_ins.check.get_mut() {
            check.is_due = true;
            check.waiters.extend(waiter);
        }
        self.check_if_due(now);
        true
    }

    /// One check at a time, and none beside a sign-in, whose answer says more; after a sign-out, which is said again if it
    /// was not heard.
    pub(super) fn check_if_due(&mut self, now: UnixMs) {
        let is_due = |check: &Check| check.is_due && !check.is_going_on();
        if self.tokens.is_some()
            || !self.sign_ins.redeeming.is_empty()
            || !self.sign_ins.check.get().is_some_and(is_due)
        {
            return;
        }
        if self.sign_ins.check.get_mut().and_then(|check| check.unheard.take()).is_some() {
            self.sign_out_by_cookie(now, None);
        }
        if !self.revocations.is_empty() {
            if let Some(check) = self.sign_ins.check.get_mut() {
                check.waits_for_sign_out = true;
            }
            return;
        }
        let Some((request, deadline)) = self.send_refresh(now) else { return };
        if let Some(check) = self.sign_ins.check.get_mut() {
            check.is_due = false;
            check.under_way = Some(Asking { request, sent_at: now, deadline });
        }
    }

    /// A session is not asked for as long as its sign-out may not have been heard.
    pub(super) fn check_after_sign_out(&mut self, now: UnixMs) {
        let is_signing_in = !self.sign_ins.redeeming.is_empty();
        let Some(check) = self.sign_ins.check.get_mut() else { return };
        if !check.waits_for_sign_out || !self.revocations.is_empty() {
            return;
        }
        check.waits_for_sign_out = false;
        match check.unheard.clone().filter(|_| !is_signing_in) {
            Some(error) => self.conclude_check(Some(error)),
            None => self.check_if_due(now),
        }
    }

    pub(super) fn is_check(&self, request: RequestId) -> bool {
        let asking = self.sign_ins.check.get().and_then(|check| check.under_way);
        asking.is_some_and(|asking| asking.request == request)
    }

    pub(super) fn finish_check(&mut self, now: UnixMs, answer: Result<HttpAnswer, TransportFailure>) {
        match self.judge(now, Asked::Refresh, answer) {
            Ok((response, identity)) => {
                let Some(asking) = self.sign_ins.check.get().and_then(|check| check.under_way) else {
                    return;
                };
                let identity = Some(identity.unwrap_or_default());
                let tokens = self.first_tokens(asking.sent_at, response, identity, None);
                self.begin(now, tokens, None);
                self.conclude_check(None);
                self.settle_waiters(now, Aim::default());
            }
            Err(Failure { consequence: Consequence::Ended, .. }) => self.conclude_check(None),
            Err(failure) => self.conclude_check(Some(failure.error)),
        }
    }

    /// Without an answer it is due again when somebody next needs to know; after a sign-out, when a page next asks.
    pub(super) fn conclude_check(&mut self, failure: Option<Error>) {
        let Some(check) = self.sign_ins.check.get_mut() else { return };
        let waiters = check.forget();
        check.is_due = failure.is_some() && check.unheard.is_none();
        for waiter in waiters {
            self.settle(waiter, failure.clone().map_or(Ok(Settled::NoCallback), Err));
        }
        match failure {
            Some(error) if self.tokens.is_none() => self.reject_waiters(&error),
            _ => self.reject_waiters_without_session(),
        }
    }

    pub(super) fn expire_check(&mut self, now: UnixMs) {
        let asking = self.sign_ins.check.get().and_then(|check| check.under_way);
        if let Some(asking) = asking.filter(|asking| asking.deadline <= now) {
            self.outputs.push_back(Output::Abandon(asking.request));
            self.conclude_check(Some(Error::new(Code::Timeout)));
        }
    }

    /// Whether somebody signs in, or a session may be there already.
    pub(super) fn is_signing_in(&mut self, now: UnixMs) -> bool {
        self.check_if_due(now);
        self.sign_ins.is_redeeming()
    }

    pub(super) fn owe_sign_out(&mut self, failure: &Error) {
        if let Some(check) = self.sign_ins.check.get_mut() {
            check.unheard = self.tokens.is_none().then(|| failure.clone());
        }
    }

    /// The user goes to sign in: what the cookie holds from now on is wanted.
    pub(super) fn forgive_sign_out(&mut self) {
        if let Some(check) = self.sign_ins.check.get_mut() {
            check.unheard = None;
        }
    }

    /// A sign-in asks for another session than the one that may be there; only if it fails, that one is of interest.
    pub(super) fn give_up_check(&mut self) {
        let Some(check) = self.sign_ins.check.get_mut() else { return };
        if let Some(asking) = check.under_way.take() {
            check.is_due = true;
            self.outputs.push_back(Output::Abandon(asking.request));
        }
    }

    /// A sign-in failed, and somebody still wants to know whether there is a session.
    pub(super) fn resume_check(&mut self, now: UnixMs) {
        if self.sign_ins.check.get().is_some_and(|check| !check.waiters.is_empty()) {
            self.check_if_due(now);
        }
    }

    /// Newer tokens came from elsewhere. What is under way has its turn, and its end.
    pub(super) fn forget_check(&mut self) {
        let Some(check) = self.sign_ins.check.get_mut() else { return };
        check.unheard = None;
        self.late.extend(check.under_way.map(|asking| (asking.request, asking.deadline)));
        for waiter in check.forget() {
            self.settle(waiter, Ok(Settled::NoCallback));
        }
    }
}
