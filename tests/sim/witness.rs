//! Watches one client from outside and panics when a promise of DESIGN.md §2 breaks, whatever the test looks at.
//!
//! It knows only what goes into the engine and what comes out of it, and what anyone who reads the RFCs would make
//! of the servers' answers.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use strongroom::engine::{Aim, Code, Event, Generation, Output, RequestId, Session, UnixMs, WaiterId};

use super::browser::COOKIE;
use super::pace::Pace;
use super::tab::Wait;
use super::{MARK, Setup, form};

/// What the engine was told, as far as it matters here.
#[derive(Clone, Debug)]
pub enum Observed {
    /// An API took the token of this generation from a call that had been refused.
    Accepted(Generation, Aim),
    Answer {
        tokens: Option<Brought>,
        is_end: bool,
    },
    /// Online or restored.
    Asked,
    Closes,
    Forgets(WaiterId),
    /// `setTokens`, with the refresh token that it brings.
    Installs(WaiterId, Option<String>),
    /// Another tab says that its session ended.
    Noticed,
    Other,
    /// The application says that the user is there.
    Touches,
    /// An API refused the token.
    Refused(WaiterId),
    /// What is known of the signature of the ID token that came with these.
    Verified(Brought),
    Waits(WaiterId, Wait),
}

/// What a successful token response brought.
#[derive(Clone, Debug)]
pub struct Brought {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) id_token: Option<String>,
    pub(super) is_renewal: bool,
}

impl Brought {
    /// Whether the server is told to forget it.
    pub(super) fn is_revoked(&self, outputs: &[Output]) -> bool {
        let doomed = self.refresh_token.as_ref().unwrap_or(&self.access_token);
        outputs.iter().any(|output| match output {
            Output::Send(request) if request.href.ends_with("/revoke") => {
                let pairs = super::body(request).map(form::read).unwrap_or_default();
                pairs.get("token") == Some(doomed) || pairs.get("access_token") == Some(doomed)
            }
            _ => false,
        })
    }
}

#[derive(Clone, Debug)]
pub struct Sent {
    /// The refresh token that this request spends.
    pub(super) spends: Option<String>,
    pub(super) is_for_tokens: bool,
    pub(super) is_exchange: bool,
    pub(super) is_sign_out: bool,
    /// Whether a cookie holds a session.
    pub(super) is_check: bool,
    pub(super) at: UnixMs,
    /// A sign-out or newer tokens came while it was under way.
    pub(super) is_overtaken: bool,
}

pub struct Witness {
    pub(super) setup: Setup,
    /// Of the session's own token, and of each target's.
    pub pace: Pace,
    target_paces: BTreeMap<usize, Pace>,
    pub(super) waiters: BTreeMap<WaiterId, (Wait, UnixMs)>,
    pub(super) in_flight: BTreeMap<RequestId, Sent>,
    /// Refresh tokens that a successful answer replaced: never to be sent again.
    pub(super) replaced: BTreeSet<String>,
    /// What came with ID tokens that are being verified.
    pub(super) unverified: Vec<Brought>,
    pub(super) generation: Generation,
    pub(super) is_signed_in: bool,
    /// A callback or `setTokens` came after the last sign-out.
    pub(super) may_sign_in: bool,
    pub(super) is_closed: bool,
    pub(super) idle_deadlines: u32,
    pub(super) last_now: UnixMs,
    pub(super) signed_in_at: UnixMs,
    /// When the engine was last told of a call, or that the user is there.
    pub(super) active_at: UnixMs,
    /// Of this session.
    pub(super) renewals: u32,
    pub(super) subject: Option<String>,
    /// The refresh token that the client must hold now.
    pub refresh_token: Option<String>,
}

impl Witness {
    pub fn new(setup: Setup) -> Self {
        Self {
            pace: Pace::new(setup.advertises_lifetime.then_some(setup.lifetime_seconds)),
            target_paces: BTreeMap::new(),
            may_sign_in: setup.has_cookie(),
            setup,
            waiters: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            replaced: BTreeSet::new(),
            unverified: Vec::new(),
            generation: 0,
            is_signed_in: false,
            is_closed: false,
            idle_deadlines: 0,
            last_now: 0,
            signed_in_at: 0,
            active_at: 0,
            renewals: 0,
            subject: None,
            refresh_token: None,
        }
    }

    /// An answer to one of the engine's requests, before the engine sees it.
    pub fn read_answer(&mut self, request: RequestId, status: Option<u16>, body: &[u8]) -> Observed {
        let Some(sent) = self.in_flight.remove(&request).filter(|sent| sent.is_for_tokens) else {
            return Observed::Other;
        };
        if sent.is_exchange && status == Some(400) {
            // The session's own token may be at fault.
            self.ask_pace();
        }
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        // The word that somebody is signed in is all that a BFF gives.
        let is_told = |_: &String| self.setup.kind == "bff";
        let token = text("access_token").or_else(|| text("sub").filter(is_told));
        let tokens = token.filter(|_| status == Some(200)).map(|access_token| Brought {
            access_token,
            // One that an exchange brought would not be the session's.
            refresh_token: if self.setup.has_cookie() {
                Some(COOKIE.into())
            } else {
                text("refresh_token").filter(|token| !token.is_empty() && !sent.is_exchange)
            },
            subject: text("sub").or_else(|| Some(subject(&text("id_token").filter(|_| !sent.is_exchange)?))),
            // Of a renewal that is overtaken nobody verifies it.
            id_token: text("id_token")
                .filter(|_| !sent.is_exchange && (sent.spends.is_none() || !sent.is_overtaken)),
            is_renewal: sent.spends.is_some(),
        });
        let newer = tokens.as_ref().and_then(|tokens| tokens.refresh_token.clone());
        if let (Some(spent), Some(_)) =
            (&sent.spends, newer.filter(|newer| Some(newer) != sent.spends.as_ref()))
        {
            self.replaced.insert(spent.clone());
        }
        let is_current = sent.spends.is_some() && sent.spends == self.refresh_token && !sent.is_overtaken;
        let is_switch =
            tokens.as_ref().is_some_and(|tokens| tokens.subject.is_some() && tokens.subject != self.subject);
        let is_gone = body["error"] == "invalid_grant" || (self.setup.is_back_end() && status == Some(401));
        Observed::Answer { is_end: is_current && (is_gone || is_switch), tokens }
    }

    /// The platform has verified an ID token's signature, before the engine hears of it.
    pub fn read_verified(&mut self, id_token: &str) -> Observed {
        let at = self.unverified.iter().position(|one| one.id_token.as_deref() == Some(id_token));
        at.map_or(Observed::Other, |at| Observed::Verified(self.unverified.remove(at)))
    }

    /// One input with all that came of it.
    pub fn observe(&mut self, now: UnixMs, input: &Observed, outputs: &[Output], session: &Session) {
        match input {
            Observed::Waits(waiter, wait) => self.note_waiter(now, *waiter, *wait),
            Observed::Refused(waiter) => {
                self.ask_pace();
                self.note_waiter(now, *waiter, Wait::Call(0));
            }
            Observed::Installs(waiter, _) => self.note_waiter(now, *waiter, Wait::Install),
            Observed::Accepted(generation, aim) if *generation == session.generation_of(*aim) => {
                self.pace_of(*aim).refusal_was_cured()
            }
            Observed::Asked => self.ask_pace(),
            Observed::Closes => self.is_closed = true,
            Observed::Accepted(..)
            | Observed::Answer { .. }
            | Observed::Forgets(_)
            | Observed::Noticed
            | Observed::Other
            | Observed::Touches
            | Observed::Verified(_) => {}
        }
        for output in outputs {
            let shown = format!("{output:?}");
            assert!(!shown.contains(MARK), "promise 1: a secret shows in {shown}");
            match output {
                Output::Abandon(request) => self.check_abandon(now, *request),
                Output::Notify(event) => self.check_event(now, input, event),
                Output::Send(request) => self.check_send(now, request),
                Output::Settle(waiter, outcome) => {
                    if let Err(error) = outcome {
                        assert!(!error.to_string().contains(MARK), "promise 1: a secret shows in {error}");
                    }
                    self.check_settle(now, *waiter, outcome.as_ref().ok());
                }
                Output::Digest { .. } | Output::Verify(_) => {}
                #[cfg(feature = "full")]
                Output::Thumbprint { .. } => {}
            }
        }
        if let Observed::Forgets(waiter) = input {
            // Its time may have been over at this very moment; afterwards it is never heard of again.
            self.waiters.remove(waiter);
        }
        let counts_calls =
            self.setup.limits.as_ref().is_some_and(|limits| limits.counts_calls != Some(false));
        match input {
            Observed::Waits(_, Wait::Call(_) | Wait::UserInfo) | Observed::Refused(_) if counts_calls => {
                self.active_at = now
            }
            Observed::Touches => self.active_at = now,
            _ => {}
        }
        match input {
            Observed::Answer { tokens: Some(tokens), .. } if is_unverified(tokens, outputs) => {
                self.unverified.push(tokens.clone());
            }
            Observed::Answer { tokens: Some(tokens), .. } | Observed::Verified(tokens) => {
                self.check_adopted_or_revoked(tokens, outputs);
            }
            _ => {}
        }
        self.check_state(now, outputs.is_empty(), session);
    }

    fn note_waiter(&mut self, now: UnixMs, waiter: WaiterId, wait: Wait) {
        match wait {
            Wait::Refresh => {
                self.ask_pace();
                // It asks whether there is a session, too.
                self.may_sign_in |= self.setup.has_cookie();
            }
            Wait::Callback | Wait::Install => self.may_sign_in = true,
            Wait::SignOut => {
                self.may_sign_in = false;
                self.overtake();
            }
            Wait::SignIn => self.may_sign_in |= self.setup.is_back_end(),
            Wait::Call(_) | Wait::UserInfo => {}
        }
        self.waiters.insert(waiter, (wait, now));
    }

    fn ask_pace(&mut self) {
        for pace in self.target_paces.values_mut().chain([&mut self.pace]) {
            pace.is_asked_for = true;
        }
    }

    pub(super) fn pace(&mut self, event: &Event) -> &mut Pace {
        let is_well = match event {
            Event::Refreshed { .. } => true,
            Event::RefreshFailed { aim, error, .. } => {
                let is_answered = error.status.is_some_and(|status| status < 500);
                let is_own_failure = error.code == Code::Refused
                    || (error.code == Code::BadResponse && is_answered && self.setup.is_exchange(*aim));
                aim.get().is_some() && is_own_failure
            }
            _ => false,
        };
        if is_well {
            let paces = self.target_paces.values_mut().chain([&mut self.pace]);
            paces.for_each(Pace::server_is_well);
        }
        match event {
            Event::RefreshStarted { aim, .. }
            | Event::Refreshed { aim, .. }
            | Event::RefreshFailed { aim, .. } => self.pace_of(*aim),
            Event::SignedIn { .. } | Event::SignedOut { .. } => {
                self.target_paces.clear();
                &mut self.pace
            }
            Event::SessionContinues { .. } | Event::SessionEnding { .. } => &mut self.pace,
            #[cfg(feature = "full")]
            Event::SlidingTokenMissed { .. } => &mut self.pace,
        }
    }

    fn pace_of(&mut self, aim: Aim) -> &mut Pace {
        let lifetime_seconds = self.setup.advertises_lifetime.then_some(self.setup.lifetime_seconds);
        match aim.get() {
            None => &mut self.pace,
            Some(target) => self.target_paces.entry(*target).or_insert_with(|| Pace::new(lifetime_seconds)),
        }
    }

    pub(super) fn overtake(&mut self) {
        for sent in self.in_flight.values_mut() {
            sent.is_overtaken = true;
        }
        // Otherwise they are seen to be revoked.
        if !self.setup.has_revocation {
            self.unverified.retain(|one| !one.is_renewal);
        }
    }

    /// The client took over new tokens: what it holds from now on.
    pub(super) fn adopt(&mut self, input: &Observed, event: &Event) {
        if matches!(event, Event::SignedIn { .. }) {
            self.refresh_token = None;
            self.subject = None;
        }
        match input {
            Observed::Answer { tokens: Some(brought), .. } | Observed::Verified(brought) => {
                self.adopt_refresh_token(input);
                self.subject = brought.subject.clone().or(self.subject.take());
            }
            Observed::Installs(..) if self.setup.has_cookie() => self.refresh_token = Some(COOKIE.into()),
            Observed::Installs(_, refresh_token) => self.refresh_token.clone_from(refresh_token),
            _ => panic!("promise 6: new tokens by {input:?}"),
        }
    }

    pub(super) fn adopt_refresh_token(&mut self, input: &Observed) {
        let unverified = self.unverified.iter().position(|one| one.is_renewal);
        let brought = match input {
            Observed::Answer { tokens: Some(brought), .. } | Observed::Verified(brought) => brought.clone(),
            // There were no keys to verify it with.
            _ => match unverified {
                Some(at) => self.unverified.remove(at),
                None => return,
            },
        };
        self.refresh_token = brought.refresh_token.or(self.refresh_token.take());
    }

    pub fn is_signed_in(&self) -> bool {
        self.is_signed_in && !self.is_closed
    }

    pub fn waiting(&self) -> usize {
        self.waiters.len()
    }
}

/// Neither used nor given back: the keys are asked for, or the platform is.
fn is_unverified(brought: &Brought, outputs: &[Output]) -> bool {
    let is_judged = |output: &Output| match output {
        Output::Notify(event) => match event {
            // No answer: that of another request, at this very moment.
            Event::RefreshFailed { error, .. } => error.code != Code::Timeout,
            // A limit of the session before is no judgement on what brings the next.
            Event::SignedOut { reason } => matches!(*reason, "account-switch" | "session-ended"),
            Event::RefreshStarted { .. } | Event::SessionEnding { .. } => false,
            _ => true,
        },
        Output::Settle(_, Err(error)) => matches!(error.code, Code::IdToken | Code::Metadata),
        _ => false,
    };
    brought.id_token.is_some() && !brought.is_revoked(outputs) && !outputs.iter().any(is_judged)
}

fn subject(id_token: &str) -> String {
    let claims = id_token.split('.').nth(1).expect("a JWT");
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON");
    claims["sub"].as_str().expect("a subject").into()
}
