//! Those who need a lease: calls, calls that an API refused, and the application's `refresh()`.

use super::super::{Aim, Cause, Code, Error, Generation, Lease, Settled, UnixMs, WaiterId};
use super::Session;
use super::renewal::{Errand, Renewal};
use super::waiters::{Waiter, Want};

impl Session {
    pub(super) fn handle_demand(&mut self, now: UnixMs, waiter: WaiterId, aim: Aim) {
        self.touch(now, true);
        self.demand(now, waiter, Want::Lease(aim));
    }

    pub(super) fn demand(&mut self, now: UnixMs, waiter: WaiterId, want: Want) {
        let aim = want.aim();
        if let Some(lease) = self.lease(now, aim) {
            self.serve(now, waiter, want, lease);
        } else if self.tokens.is_none() && self.is_signing_in(now) {
            self.wait(now, waiter, want);
        } else if let Err(error) = self.check_renewable(now, aim) {
            self.settle(waiter, Err(error));
        } else if let Some(error) = self.pause_beyond(now, self.config.wait_ms, aim) {
            self.settle(waiter, Err(error));
        } else {
            self.wait(now, waiter, want);
        }
    }

    pub(super) fn serve(&mut self, now: UnixMs, waiter: WaiterId, want: Want, lease: Lease) {
        self.note_use(want.aim());
        match want {
            Want::UserInfo(_) => self.ask_user_info(now, waiter, lease, false),
            Want::UserInfoAgain(_) => self.ask_user_info(now, waiter, lease, true),
            Want::Lease(_) | Want::NewerLease(..) | Want::Renewal => {
                self.settle(waiter, Ok(Settled::Leased(lease)))
            }
        }
    }

    /// A refusal names the generation it was sent with: if there are newer tokens by now, they are the answer.
    pub(super) fn handle_refusal(&mut self, now: UnixMs, waiter: WaiterId, generation: Generation, aim: Aim) {
        self.touch(now, true);
        if generation == self.generation_of(aim) {
            self.refuse(now, waiter, Want::NewerLease(generation, aim));
        } else {
            self.demand(now, waiter, Want::Lease(aim));
        }
    }

    pub(super) fn refuse(&mut self, now: UnixMs, waiter: WaiterId, want: Want) {
        let aim = want.aim();
        if let Err(error) = self.check_renewable(now, aim) {
            self.settle(waiter, Err(error));
            return;
        }
        if !self.renewal.is_for(aim) {
            if let Some(error) = self.pause_beyond(now, 0, aim) {
                self.settle(waiter, Err(error));
                return;
            }
            if self.refusal_pause(aim).is_paused(now) {
                let detail = "the API refuses even new tokens; renewals for refusals are paused";
                self.settle(waiter, Err(Error::with_detail(Code::NotRenewable, detail)));
                return;
            }
        }
        self.withhold(aim);
        self.wait(now, waiter, want);
        self.start_renewal(now, Errand { cause: Cause::Refused, aim });
    }

    /// `refresh()` does not wait for a backoff to end, but for what the server asked with `Retry-After`.
    pub(super) fn handle_refresh(&mut self, now: UnixMs, waiter: WaiterId) {
        if self.ask_back_end(now, None) {
            return self.wait(now, waiter, Want::Renewal);
        }
        let is_asked_to_wait = self.backoff.is_asked_by_server() && self.backoff.is_paused(now);
        let refusal = match self.check_renewable(now, Aim::default()) {
            Err(error) => Some(error),
            Ok(()) if is_asked_to_wait && matches!(self.renewal, Renewal::Idle) => self.last_failure.clone(),
            Ok(()) => None,
        };
        if let Some(error) = refusal {
            self.settle(waiter, Err(error));
            return;
        }
        self.wait(now, waiter, Want::Renewal);
        self.renew_targets_on_use();
        self.start_renewal(now, Errand::of(Cause::Manual));
    }

    /// New tokens are there: everybody who waited for these gets what they waited for.
    pub(super) fn settle_waiters(&mut self, now: UnixMs, renewed: Aim) {
        for waiter in self.waiters.take_all() {
            let aim = waiter.want.aim();
            match (waiter.want, self.lease(now, aim)) {
                _ if self.waits_for_another(now, waiter.want, renewed) => self.waiters.add(waiter),
                (Want::Renewal, _) => self.settle(waiter.id, Ok(Settled::Done)),
                (want, Some(lease)) => self.serve(now, waiter.id, want, lease),
                (_, None) => {
                    let error =
                        Error::with_detail(Code::BadResponse, "the new access token is already expired");
                    self.settle(waiter.id, Err(error));
                }
            }
        }
    }

    /// A renewal failed: who can be served with the old token is; who can wait for the next try waits.
    pub(super) fn settle_waiters_after_failure(&mut self, now: UnixMs, error: &Error) {
        let next_try = self.backoff.until().unwrap_or(now);
        for waiter in self.waiters.take_all() {
            match (waiter.want, self.lease(now, waiter.want.aim())) {
                (want @ (Want::Lease(_) | Want::UserInfo(_)), Some(lease)) => {
                    self.serve(now, waiter.id, want, lease)
                }
                (Want::Lease(_) | Want::UserInfo(_), None)
                    if !self.backoff.is_open() && next_try < waiter.deadline =>
                {
                    self.waiters.add(waiter)
                }
                _ => self.settle(waiter.id, Err(error.clone())),
            }
        }
    }

    pub(super) fn reject_waiters(&mut self, error: &Error) {
        for waiter in self.waiters.take_all() {
            self.settle(waiter.id, Err(error.clone()));
        }
    }

    pub(super) fn lease(&self, now: UnixMs, aim: Aim) -> Option<Lease> {
        if aim.get().is_some() {
            return self.target_lease(now, aim);
        }
        let tokens = self.usable_tokens(now)?;
        Some(Lease {
            access_token: tokens.access_token.clone(),
            token_type: tokens.token_type,
            aim,
            generation: self.generation,
            until: tokens.schedule.usable_until,
        })
    }

    fn wait(&mut self, now: UnixMs, id: WaiterId, want: Want) {
        self.waiters.add(Waiter { id, want, deadline: now.saturating_add(self.config.wait_ms) });
    }

    pub(super) fn check_renewable(&self, now: UnixMs, aim: Aim) -> Result<(), Error> {
        match &self.tokens {
            None => Err(Error::new(Code::NotSignedIn)),
            Some(_) if self.is_renewable(now, aim) => Ok(()),
            Some(_) => Err(Error::new(Code::NotRenewable)),
        }
    }

    /// The failure to report at once, if the pause after failures is still longer than somebody would wait, or the
    /// circuit is open.
    fn pause_beyond(&self, now: UnixMs, patience_ms: u64, aim: Aim) -> Option<Error> {
        let own = self.target_failure(now, aim);
        if own.is_some() {
            return own;
        }
        let until = self
            .backoff
            .until()
            .filter(|_| self.backoff.is_paused(now) && matches!(self.renewal, Renewal::Idle))?;
        let is_too_long = self.backoff.is_open() || until >= now.saturating_add(patience_ms);
        self.last_failure.clone().filter(|_| is_too_long)
    }
}
