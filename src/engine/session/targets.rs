//! The tokens of single resources (RFC 8707, RFC 8693): each is got when a call first needs it and renewed as long as it is
//! used, one request after another, because each may rotate the one refresh token.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::replace;

use super::super::dpop::TokenType;
use super::super::schedule::{Backoff, RefusalPause, Schedule};
use super::super::target::Target;
use super::super::token_response::{Failure, TokenResponse};
use super::super::tokens::Tokens;
use super::super::{Aim, Cause, Code, Error, Event, Generation, InFull, Lease, Secret, UnixMs};
use super::Session;
use super::renewal::{Errand, Renewal};
use super::waiters::Want;

/// What is held for each of the configuration's targets, in the same order. Where there are none there is no such thing.
#[derive(Debug)]
pub struct Targets {
    held: Vec<Held>,
    /// Whose renewal failed last, and is tried again.
    failed: Aim,
    /// When the first of them is due.
    pub due_at: Option<UnixMs>,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<Token>,
    generation: Generation,
    is_withheld: bool,
    /// A call has it: only then is it renewed before its end.
    is_used: bool,
    backoff: Backoff,
    last_failure: Option<Error>,
    refusal_pause: RefusalPause,
}

#[derive(Debug)]
struct Token {
    access_token: Secret,
    token_type: TokenType,
    schedule: Schedule,
}

impl Targets {
    pub fn new(configured: &InFull<Vec<Target>>) -> InFull<Self> {
        InFull::new(configured.get().filter(|targets| !targets.is_empty()).map(|targets| Self {
            held: targets.iter().map(|_| Held::default()).collect(),
            failed: Aim::default(),
            due_at: None,
        }))
    }
}

impl Held {
    fn forget(&mut self) {
        *self = Self { generation: self.generation.wrapping_add(1), ..Self::default() };
    }

    /// When it is to be renewed although no call waits for it.
    fn refresh_at(&self) -> Option<UnixMs> {
        let refresh_at = self.token.as_ref().filter(|_| self.is_used)?.schedule.refresh_at?;
        Some(self.backoff.until().map_or(refresh_at, |until| refresh_at.max(until)))
    }
}

impl Session {
    pub(super) fn target(&self, aim: Aim) -> Option<&Target> {
        self.config.targets.get()?.get(*aim.get()?)
    }

    fn held(&self, aim: Aim) -> Option<&Held> {
        self.targets.get()?.held.get(*aim.get()?)
    }

    fn held_mut(&mut self, aim: Aim) -> Option<&mut Held> {
        self.targets.get_mut()?.held.get_mut(*aim.get()?)
    }

    /// The resource that the target's errors and events name: the first of those that share it.
    pub fn resource_of(&self, aim: Aim) -> Option<&str> {
        aim.get()?;
        self.config.resources.0.iter().find(|resource| resource.aim == aim).map(|resource| resource.as_str())
    }

    /// Never another's.
    pub(super) fn target_lease(&self, now: UnixMs, aim: Aim) -> Option<Lease> {
        let held = self.held(aim).filter(|held| !held.is_withheld && self.tokens.is_some())?;
        let token = held.token.as_ref().filter(|token| token.schedule.is_usable(now))?;
        Some(Lease {
            access_token: token.access_token.clone(),
            token_type: token.token_type,
            aim,
            generation: held.generation,
            until: token.schedule.usable_until,
        })
    }

    pub fn generation_of(&self, aim: Aim) -> Generation {
        self.held(aim).map_or(self.generation, |held| held.generation)
    }

    pub(super) fn refusal_pause(&mut self, aim: Aim) -> &mut RefusalPause {
        let held = self.targets.get_mut().and_then(|targets| targets.held.get_mut(*aim.get()?));
        held.map_or(&mut self.refusal_pause, |held| &mut held.refusal_pause)
    }

    pub(super) fn withhold(&mut self, aim: Aim) {
        match self.held_mut(aim) {
            Some(held) => held.is_withheld = true,
            None => self.is_withheld = true,
        }
    }

    pub(super) fn note_use(&mut self, aim: Aim) {
        if let Some(held) = self.held_mut(aim) {
            held.is_used = true;
        }
    }

    /// The server refused the target, and not long ago.
    pub(super) fn target_failure(&self, now: UnixMs, aim: Aim) -> Option<Error> {
        self.held(aim).filter(|held| held.backoff.is_paused(now))?.last_failure.clone()
    }

    /// None of the targets' tokens is leased again before it is renewed, or a renewal failed. A refused target gets another
    /// try.
    pub(super) fn renew_targets_on_use(&mut self) {
        for held in self.targets.get_mut().into_iter().flat_map(|targets| &mut targets.held) {
            held.is_withheld = true;
            held.backoff.succeed();
        }
    }

    pub(super) fn release_targets(&mut self, failed: Aim) {
        if let Some(targets) = self.targets.get_mut() {
            targets.failed = failed;
            for held in &mut targets.held {
                held.is_withheld = false;
            }
        }
    }

    pub(super) fn forget_targets(&mut self) {
        if let Some(targets) = self.targets.get_mut() {
            targets.failed = Aim::default();
            targets.held.iter_mut().for_each(Held::forget);
        }
    }

    /// An exchange needs no refresh token, but a token to exchange.
    pub(super) fn is_renewable(&self, now: UnixMs, aim: Aim) -> bool {
        let has_refresh_token = self.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some());
        let is_exchange = || self.target(aim).is_some_and(|target| target.is_exchange);
        has_refresh_token || (is_exchange() && self.usable_tokens(now).is_some())
    }

    /// What has to be renewed first: our own token, if it is to be exchanged and is over.
    pub(super) fn first_errand(&self, now: UnixMs, errand: Errand) -> Errand {
        let is_exchange = self.target(errand.aim).is_some_and(|target| target.is_exchange);
        if is_exchange && self.usable_tokens(now).is_none() { Errand::of(Cause::Call) } else { errand }
    }

    pub(super) fn attempt(&self, aim: Aim) -> u32 {
        1 + self.backoff.failures().max(self.held(aim).map_or(0, |held| held.backoff.failures()))
    }

    /// As [`Session::renew_if_due`], where there are targets.
    pub(super) fn renew_next(&mut self, now: UnixMs) {
        let is_free = matches!(self.renewal, Renewal::Idle) && !self.backoff.is_paused(now);
        if let Some(errand) = self.next_errand(now).filter(|_| is_free) {
            self.start_renewal(now, errand);
        }
        let due_at = self.next_target(now).map(|(at, _)| at);
        if let Some(targets) = self.targets.get_mut() {
            targets.due_at = due_at;
        }
    }

    /// For who waits longest, then what failed, then what is due.
    fn next_errand(&self, now: UnixMs) -> Option<Errand> {
        let tokens = self.tokens.as_ref()?;
        let errand = if let Some(waiter) = self.waiters.first() {
            Errand { cause: waiter.want.cause(), aim: waiter.want.aim() }
        } else {
            let aim = if self.backoff.failures() > 0 {
                self.targets.get()?.failed
            } else if tokens.schedule.is_due(now) && tokens.refresh_token.is_some() {
                Aim::default()
            } else {
                self.next_target(now).filter(|(at, _)| *at <= now)?.1
            };
            Errand { cause: Cause::Schedule, aim }
        };
        Some(errand).filter(|errand| self.is_renewable(now, errand.aim))
    }

    /// The target that is due first, of those that can be renewed now. What would have to be exchanged, but is over, is
    /// renewed by its own schedule.
    fn next_target(&self, now: UnixMs) -> Option<(UnixMs, Aim)> {
        let mut next: Option<(UnixMs, Aim)> = None;
        for (at, held) in self.targets.get()?.held.iter().enumerate() {
            let errand = Errand { cause: Cause::Schedule, aim: Aim::new(Some(at)) };
            if let Some(refresh_at) = held.refresh_at()
                && next.is_none_or(|(first, _)| refresh_at < first)
                && self.is_renewable(now, errand.aim)
                && self.first_errand(now, errand).aim == errand.aim
            {
                let at = self.backoff.until().map_or(refresh_at, |until| refresh_at.max(until));
                next = Some((at, errand.aim));
            }
        }
        next
    }

    /// Whether a failed request says something about its target alone. A server that is not there, or not well, is so for
    /// everybody; `invalid_grant` to the refresh token is the end of the session.
    pub(super) fn is_of_target(&self, aim: Aim, failure: &Failure) -> bool {
        let Failure { error, .. } = failure;
        match self.target(aim) {
            Some(target) if target.is_exchange => {
                matches!(error.code, Code::Refused | Code::BadResponse)
                    && error.status.is_some_and(|status| status < 500)
            }
            Some(_) => matches!(error.error.as_deref(), Some("invalid_target" | "invalid_scope")),
            None => false,
        }
    }

    /// Whether an exchange may have failed because our own token is over without our knowing (RFC 8693 §2.2.2).
    fn is_doubtful(&self, now: UnixMs, aim: Aim, error: &Error) -> bool {
        self.target(aim).is_some_and(|target| target.is_exchange)
            && matches!(error.error.as_deref(), Some("invalid_request" | "invalid_grant" | "invalid_token"))
            && self.is_renewable(now, Aim::default())
            && !self.refusal_pause.is_paused(now)
    }

    pub(super) fn fail_target(&mut self, now: UnixMs, aim: Aim, error: Error) {
        self.renewal = Renewal::Idle;
        if self.is_doubtful(now, aim, &error) {
            // Who waits for the exchange goes on waiting.
            self.is_withheld = true;
            return self.start_renewal(now, Errand::of(Cause::Refused));
        }
        let attempt = self.attempt(aim);
        let error = error.of_resource(self.resource_of(aim).map(String::from));
        // The server is well.
        self.backoff.succeed();
        self.last_failure = None;
        let Some(held) = self.held_mut(aim) else { return };
        held.is_withheld = false;
        held.last_failure = Some(error.clone());
        let retry_at = Some(held.backoff.fail_hard(now));
        self.notify(Event::RefreshFailed { aim, attempt, error: error.clone(), retry_at });
        for waiter in self.waiters.take_all() {
            if waiter.want.aim() != aim {
                self.waiters.add(waiter);
                continue;
            }
            match (waiter.want, self.target_lease(now, aim)) {
                (Want::Lease(_), Some(lease)) => self.serve(now, waiter.id, waiter.want, lease),
                _ => self.settle(waiter.id, Err(error.clone())),
            }
        }
    }

    /// An exchange gives an access token (8693-2) and nothing that is the session's: a refresh token that comes with it
    /// (8693-3) would renew that one alone.
    pub(super) fn check_exchanged(&self, aim: Aim, response: &mut TokenResponse) -> Option<Error> {
        self.target(aim).filter(|target| target.is_exchange)?;
        response.refresh_token = None;
        response.id_token = None;
        response.session_seconds = None;
        let detail = "issued_token_type is not that of an access token (RFC 8693 section 2.2.1)";
        let error = || Error::with_detail(Code::BadResponse, detail).at_status(200);
        response.is_exchanged.get().is_none().then(error)
    }

    /// Takes the target's own out of the response, and puts in its place what the session has. Gives the session's schedule.
    pub(super) fn keep_for_target(
        &mut self,
        aim: Aim,
        response: &mut TokenResponse,
        schedule: Schedule,
        session: &Tokens,
    ) -> Schedule {
        self.backoff.succeed();
        self.last_failure = None;
        let access_token = replace(&mut response.access_token, session.access_token.clone());
        let token_type = replace(&mut response.token_type, session.token_type);
        response.scope = None;
        response.authorization_details = None;
        if let Some(held) = self.held_mut(aim) {
            held.token = Some(Token { access_token, token_type, schedule });
            held.generation = held.generation.wrapping_add(1);
            held.is_withheld = false;
            held.is_used = false;
            held.backoff.succeed();
            held.last_failure = None;
        }
        session.schedule
    }

    /// Whether a waiter has more to wait for than the token that came: that of another target.
    pub(super) fn waits_for_another(&self, now: UnixMs, want: Want, renewed: Aim) -> bool {
        let aim = want.aim();
        if aim == renewed || (want != Want::Renewal && self.lease(now, aim).is_some()) {
            return false;
        }
        self.is_renewable(now, aim)
            && self.first_errand(now, Errand { cause: Cause::Call, aim }).aim != renewed
    }
}
