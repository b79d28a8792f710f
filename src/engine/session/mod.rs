//! The session: who is signed in, with which tokens, and what is under way.
//!
//! One file a concern, all of them `impl Session`: `call` answers those who need a lease, `renewal` keeps the tokens
//! fresh, `targets` those of single resources, `sliding` by what an API answers; `sign_in`, `pushing`, `redemption` and
//! `credentials` begin the session and `sign_out` ends it, `back_end` is about one of the application's own, `check` about the
//! cookie that may hold a session there; `installation` is where new tokens take their place, `snapshot` what may be known of
//! them; `verification` is about the ID token's signature, `discovery` finds the endpoints, `proof` proves that requests are
//! ours, `limits` ends the session in time, `front_channel` by the server's word, `user_info` asks who the user is, `deadline`
//! bounds every wait.

mod back_end;
mod call;
mod check;
mod credentials;
mod deadline;
mod discovery;
#[cfg(feature = "full")]
mod front_channel;
mod installation;
mod limits;
#[cfg_attr(not(feature = "full"), path = "no_proof.rs")]
mod proof;
mod pushing;
mod redemption;
mod renewal;
mod sign_in;
mod sign_out;
#[cfg(feature = "full")]
mod sliding;
mod snapshot;
mod targets;
mod user_info;
mod verification;
mod waiters;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use self::check::Check;
use self::discovery::Discovery;
use self::proof::Proofs;
use self::renewal::Renewal;
use self::sign_in::SignIns;
use self::sign_out::Revocation;
use self::targets::Targets;
use self::user_info::Inquiries;
use self::verification::{KeyRing, Verification};
use self::waiters::Waiters;
use super::full::InFull;
use super::limits::Limits;
use super::schedule::{Backoff, Jitter, RefusalPause};
use super::sliding::Slides;
use super::tokens::Tokens;
use super::transaction::Transaction;
use super::{
    Aim, Code, Config, Error, Event, Generation, HttpRequest, Input, Lease, Output, RequestId, Secret,
    Settled, StepUp, UnixMs, WaiterId,
};

/// One user's session at one authorization server.
pub struct Session {
    config: Config,
    jitter: Jitter,
    outputs: VecDeque<Output>,
    last_request: RequestId,
    is_closed: bool,

    tokens: Option<Tokens>,
    generation: Generation,
    targets: InFull<Targets>,
    /// The tokens are valid by the clock, but an API refused them or the page was away: none is leased until the
    /// renewal under way has ended.
    is_withheld: bool,
    /// Why the last session ended.
    reason: Option<&'static str>,
    /// What the sign-in that began this session asked for, and when it was complete.
    asked: Option<(StepUp, UnixMs)>,
    limits: InFull<Limits>,

    discovery: Discovery,
    renewal: Renewal,
    /// When the last renewal began that another tab's notice caused.
    noticed_at: Option<UnixMs>,
    backoff: Backoff,
    last_failure: Option<Error>,
    refusal_pause: RefusalPause,
    waiters: Waiters,
    sign_ins: SignIns,
    verifications: Vec<Verification>,
    key_ring: KeyRing,
    inquiries: InFull<Inquiries>,
    revocations: Vec<Revocation>,
    /// Token requests that a sign-out or newer tokens overtook: what they bring is revoked.
    late: Vec<(RequestId, UnixMs)>,

    proofs: Proofs,
    /// Where no API gives next tokens there is no such thing.
    slides: InFull<Slides>,
}

impl Session {
    /// `jitter_seed` spreads the refreshes of many clients; it needs to differ, not to be secret.
    pub fn new(config: Config, jitter_seed: u64) -> Self {
        let back_end = Check::new(config.provider.backend.get());
        let slides = InFull::new(config.resources.have_sliding().then(Slides::default));
        Self {
            discovery: Discovery::new(&config.provider),
            limits: config.limits.clone(),
            targets: Targets::new(&config.targets),
            inquiries: InFull::new(config.provider.user_info.map(Inquiries::new)),
            config,
            jitter: Jitter::new(jitter_seed),
            outputs: VecDeque::new(),
            last_request: 0,
            is_closed: false,
            tokens: None,
            generation: 0,
            is_withheld: false,
            reason: None,
            asked: None,
            renewal: Renewal::Idle,
            noticed_at: None,
            backoff: Backoff::default(),
            last_failure: None,
            refusal_pause: RefusalPause::default(),
            waiters: Waiters::default(),
            sign_ins: SignIns::new(back_end),
            verifications: Vec::new(),
            key_ring: KeyRing::default(),
            revocations: Vec::new(),
            late: Vec::new(),
            proofs: Default::default(),
            slides,
        }
    }

    /// Takes in what happened. Afterwards drain [`Session::poll_output`] and ask [`Session::poll_timeout`] again.
    pub fn handle_input(&mut self, now: UnixMs, input: Input) {
        if self.is_closed {
            self.refuse_closed(input);
            return;
        }
        if !matches!(input, Input::Close) {
            self.end_if_limited(now);
        }
        // An answer that is here counts however late it is: a rotated refresh token must not be spent again.
        if !matches!(input, Input::Answered(..) | Input::Close) {
            self.expire(now);
        }
        match input {
            Input::Accepted(generation, aim) if generation == self.generation_of(aim) => {
                self.refusal_pause(aim).accepted()
            }
            Input::Accepted(..) => {}
            Input::Answered(request, answer) => {
                self.handle_answer(now, request, answer);
                self.expire(now);
            }
            Input::Callback { waiter, href, remembered } => {
                self.handle_callback(now, waiter, &href, remembered)
            }
            Input::Close => self.close(),
            Input::Demand(waiter, aim) => self.handle_demand(now, waiter, aim),
            Input::Digested { state, sha256 } => self.handle_digest(now, &state, sha256),
            Input::DigestFailed { state } => self.fail_digest(&state),
            #[cfg(feature = "full")]
            Input::Thumbprinted { state, jkt } => self.handle_thumbprint(now, &state, jkt),
            Input::Forget(waiter) => self.waiters.remove(waiter),
            #[cfg(feature = "full")]
            Input::FrontChannelLogout { waiter, href } => {
                self.handle_front_channel_logout(now, waiter, &href)
            }
            Input::Install { waiter, response } => self.install_given(now, waiter, &response),
            Input::Noticed => self.handle_notice(now),
            Input::Online => self.backoff.cut_short(now),
            Input::Refresh(waiter) => self.handle_refresh(now, waiter),
            Input::Refused(waiter, generation, aim) => self.handle_refusal(now, waiter, generation, aim),
            Input::Restored => self.handle_restored(now),
            Input::SignIn { waiter, request, entropy } => self.begin_sign_in(now, waiter, request, &entropy),
            #[cfg(feature = "full")]
            Input::Slid(slid) => self.handle_slid(now, slid),
            Input::Touch => self.touch(now, false),
            Input::UserInfo(waiter) => self.handle_user_info(now, waiter),
            Input::Verified(id, digest) => self.handle_verified(now, id, digest),
            Input::SignOut { waiter, redirect } => self.sign_out(now, waiter, redirect),
            Input::Wake => {}
            Input::Joined => {
                self.ask_back_end(now, None);
            }
        }
        self.drop_overtaken_inquiries();
        self.drop_overtaken_verifications(now);
        self.check_after_sign_out(now);
        self.renew_if_due(now);
        self.warn_of_limits(now);
    }

    /// The next thing to do; `None` when all is done until the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if let Some(Output::Abandon(id)) = &output {
            self.proofs.forget(*id);
        }
        output
    }

    /// When to come back with [`Input::Wake`] at the latest, and why. May change with every input.
    pub fn poll_timeout(&self) -> Option<(UnixMs, &'static str)> {
        self.next_deadline()
    }

    /// The token that any call may be sent with now, as long as nothing changes: what the driver may keep at hand.
    pub fn standing_lease(&self, now: UnixMs) -> Option<Lease> {
        let tokens = self.usable_tokens(now)?;
        let schedule = &tokens.schedule;
        let is_renewal_pending = !matches!(self.renewal, Renewal::Idle) || self.backoff.failures() > 0;
        let until = match (schedule.usable_until, schedule.refresh_at) {
            (Some(usable_until), Some(refresh_at))
                if tokens.refresh_token.is_some() && !is_renewal_pending =>
            {
                Some(usable_until.min(refresh_at))
            }
            (usable_until, _) => usable_until,
        };
        let limited = self.limits.get().and_then(Limits::standing_until);
        let until = match limited {
            Some(limited) => Some(until.map_or(limited, |until| until.min(limited))),
            None => until,
        };
        Some(Lease {
            access_token: tokens.access_token.clone(),
            token_type: tokens.token_type,
            aim: Aim::default(),
            generation: self.generation,
            until,
        })
    }

    /// Whether what the host kept for a sign-in is of no more use: older than its ten minutes, or not ours.
    pub fn is_stale(&self, now: UnixMs, remembered: &Secret) -> bool {
        Transaction::recall(remembered).is_none_or(|transaction| transaction.is_expired(now))
    }

    /// Whether this demand of an API comes although the sign-in asked for just that (9470-3).
    pub fn is_repeated(&self, now: UnixMs, demand: &StepUp) -> bool {
        let repeated = |(asked, at): &(StepUp, UnixMs)| demand.is_repeated(asked, now.saturating_sub(*at));
        self.asked.as_ref().is_some_and(repeated)
    }

    fn usable_tokens(&self, now: UnixMs) -> Option<&Tokens> {
        self.tokens.as_ref().filter(|tokens| !self.is_withheld && tokens.schedule.is_usable(now))
    }

    fn settle(&mut self, waiter: WaiterId, outcome: Result<Settled, Error>) {
        self.outputs.push_back(Output::Settle(waiter, outcome));
    }

    fn notify(&mut self, event: Event) {
        self.outputs.push_back(Output::Notify(event));
    }

    fn send(&mut self, href: String, form: Option<Secret>) -> RequestId {
        self.last_request = self.last_request.wrapping_add(1);
        let request = HttpRequest::new(self.last_request, href, form);
        self.outputs.push_back(Output::Send(request));
        self.last_request
    }

    fn close(&mut self) {
        self.is_closed = true;
        self.tokens = None;
        self.forget_targets();
        self.renewal = Renewal::Idle;
        self.verifications.clear();
        let closed = Error::new(Code::Closed);
        self.reject_waiters(&closed);
        self.close_inquiries();
        for waiter in self.sign_ins.take_waiters() {
            self.settle(waiter, Err(closed.clone()));
        }
        for revocation in core::mem::take(&mut self.revocations) {
            if let Some(waiter) = revocation.waiter {
                self.settle(waiter, Err(closed.clone()));
            }
        }
    }

    fn refuse_closed(&mut self, input: Input) {
        #[cfg(feature = "full")]
        if let Input::FrontChannelLogout { waiter, .. } = input {
            return self.settle(waiter, Err(Error::new(Code::Closed)));
        }
        let (Input::Callback { waiter, .. }
        | Input::Demand(waiter, _)
        | Input::Install { waiter, .. }
        | Input::Refresh(waiter)
        | Input::Refused(waiter, ..)
        | Input::SignIn { waiter, .. }
        | Input::SignOut { waiter, .. }
        | Input::UserInfo(waiter)) = input
        else {
            return;
        };
        self.settle(waiter, Err(Error::new(Code::Closed)));
    }
}
