//! Watches one client from outside and panics when a promise of DESIGN.md §2 breaks, whatever the test looks at.
//!
//! It knows only what goes into the engine and what comes out of it, and what anyone who reads the RFCs would make
//! of the servers' answers.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use strongroom::engine::{
    Code, Event, Generation, HttpRequest, Output, RequestId, Session, Settled, Status, UnixMs, WaiterId,
};

use super::pace::Pace;
use super::setup::ISSUER;
use super::tab::Wait;
use super::{MARK, SECOND, Setup, form};

/// Signing out waits for the server no longer than this.
const SIGN_OUT_MAX_MS: u64 = 5_000;

/// What the engine was told, as far as it matters here.
#[derive(Clone, Debug)]
pub enum Observed {
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
    Other,
    /// An API refused the token.
    Refused(WaiterId),
    Waits(WaiterId, Wait),
}

/// What a successful token response brought.
#[derive(Clone, Debug)]
pub struct Brought {
    access_token: String,
    refresh_token: Option<String>,
    subject: Option<String>,
}

#[derive(Clone, Debug)]
struct Sent {
    /// The refresh token that this request spends.
    spends: Option<String>,
    is_for_tokens: bool,
    at: UnixMs,
    /// A sign-out or newer tokens came while it was under way.
    is_overtaken: bool,
}

pub struct Witness {
    setup: Setup,
    pub pace: Pace,
    waiters: BTreeMap<WaiterId, (Wait, UnixMs)>,
    in_flight: BTreeMap<RequestId, Sent>,
    /// Refresh tokens that a successful answer replaced: never to be sent again.
    replaced: BTreeSet<String>,
    generation: Generation,
    is_signed_in: bool,
    /// A callback or `setTokens` came after the last sign-out.
    may_sign_in: bool,
    is_closed: bool,
    idle_deadlines: u32,
    last_now: UnixMs,
    subject: Option<String>,
    /// The refresh token that the client must hold now.
    pub refresh_token: Option<String>,
}

impl Witness {
    pub fn new(setup: Setup) -> Self {
        Self {
            pace: Pace::new(setup.advertises_lifetime.then_some(setup.lifetime_seconds)),
            setup,
            waiters: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            replaced: BTreeSet::new(),
            generation: 0,
            is_signed_in: false,
            may_sign_in: false,
            is_closed: false,
            idle_deadlines: 0,
            last_now: 0,
            subject: None,
            refresh_token: None,
        }
    }

    /// An answer to one of the engine's requests, before the engine sees it.
    pub fn read_answer(&mut self, request: RequestId, status: Option<u16>, body: &[u8]) -> Observed {
        let Some(sent) = self.in_flight.remove(&request).filter(|sent| sent.is_for_tokens) else {
            return Observed::Other;
        };
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let tokens = text("access_token").filter(|_| status == Some(200)).map(|access_token| Brought {
            access_token,
            refresh_token: text("refresh_token").filter(|token| !token.is_empty()),
            subject: text("id_token").map(|id_token| subject(&id_token)),
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
        Observed::Answer { is_end: is_current && (body["error"] == "invalid_grant" || is_switch), tokens }
    }

    /// One input with all that came of it.
    pub fn observe(&mut self, now: UnixMs, input: &Observed, outputs: &[Output], session: &Session) {
        match input {
            Observed::Waits(waiter, wait) => self.note_waiter(now, *waiter, *wait),
            Observed::Refused(waiter) => {
                self.pace.is_asked_for = true;
                self.note_waiter(now, *waiter, Wait::Call(0));
            }
            Observed::Installs(waiter, _) => self.note_waiter(now, *waiter, Wait::Install),
            Observed::Asked => self.pace.is_asked_for = true,
            Observed::Closes => self.is_closed = true,
            Observed::Answer { .. } | Observed::Forgets(_) | Observed::Other => {}
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
                Output::Digest { .. } | Output::Navigate(_) | Output::Remember { .. } => {}
            }
        }
        if let Observed::Forgets(waiter) = input {
            // Its time may have been over at this very moment; afterwards it is never heard of again.
            self.waiters.remove(waiter);
        }
        if let Observed::Answer { tokens: Some(tokens), .. } = input {
            self.check_adopted_or_revoked(tokens, outputs);
        }
        self.check_state(now, outputs.is_empty(), session);
    }

    fn note_waiter(&mut self, now: UnixMs, waiter: WaiterId, wait: Wait) {
        match wait {
            Wait::Refresh => self.pace.is_asked_for = true,
            Wait::Callback | Wait::Install => self.may_sign_in = true,
            Wait::SignOut => {
                self.may_sign_in = false;
                self.overtake();
            }
            Wait::Call(_) | Wait::SignIn => {}
        }
        self.waiters.insert(waiter, (wait, now));
    }

    fn overtake(&mut self) {
        for sent in self.in_flight.values_mut() {
            sent.is_overtaken = true;
        }
    }

    fn check_send(&mut self, now: UnixMs, request: &HttpRequest) {
        assert!(!self.is_closed, "a closed client sends");
        assert!(request.href.starts_with(ISSUER), "the client sends to {}", request.href);
        assert!(!request.href.contains(MARK), "promise 1: a secret in a URL");
        let is_for_tokens = request.href == format!("{ISSUER}/token");
        let pairs = request.form.as_ref().map(|body| form::read(body.expose())).unwrap_or_default();
        let spends = pairs.get("refresh_token").cloned();
        if let Some(refresh_token) = &spends {
            assert!(is_for_tokens);
            assert!(self.is_signed_in, "promise 6: a refresh although nobody is signed in");
            assert!(
                !self.replaced.contains(refresh_token),
                "promise 4: a refresh token that was replaced is spent again"
            );
            assert_eq!(
                Some(refresh_token),
                self.refresh_token.as_ref(),
                "promise 4: not the newest refresh token"
            );
            let others =
                self.in_flight.values().filter(|sent| sent.spends.is_some() && !sent.is_overtaken).count();
            assert_eq!(others, 0, "promise 4: two refreshes in flight");
        }
        let sent = Sent { spends, is_for_tokens, at: now, is_overtaken: false };
        let before = self.in_flight.insert(request.id, sent);
        assert!(before.is_none(), "a request's number is given twice");
    }

    fn check_abandon(&mut self, now: UnixMs, request: RequestId) {
        let sent = self.in_flight.remove(&request).expect("what is abandoned was in flight");
        let ran_ms = now - sent.at;
        let bound_ms = u64::from(self.setup.timeout_seconds) * SECOND;
        assert!(ran_ms >= bound_ms, "promise 7: a request was abandoned after {ran_ms} ms");
    }

    fn check_settle(&mut self, now: UnixMs, waiter: WaiterId, settled: Option<&Settled>) {
        assert!(self.waiters.remove(&waiter).is_some(), "waiter {waiter} is settled twice, or nobody");
        if let Some(Settled::Leased(lease)) = settled {
            assert!(self.is_signed_in, "promise 6: a lease although nobody is signed in");
            assert!(lease.until.is_none_or(|until| now < until), "a lease that is over already");
        }
    }

    fn check_event(&mut self, now: UnixMs, input: &Observed, event: &Event) {
        self.pace.observe(now, event);
        if matches!(event, Event::SignedIn { .. } | Event::Refreshed { .. }) {
            self.adopt(input, event);
        }
        match event {
            Event::SignedIn { generation } => {
                assert!(self.may_sign_in, "promise 6: the session came back");
                self.overtake();
                self.is_signed_in = true;
                self.generation = self.generation.max(*generation);
            }
            Event::Refreshed { .. } => {
                assert!(self.is_signed_in, "promise 6: a refresh brought the session back")
            }
            Event::SignedOut { reason } => {
                let is_allowed = match *reason {
                    "sign-out" => matches!(input, Observed::Waits(_, Wait::SignOut)),
                    "session-ended" | "account-switch" => {
                        matches!(input, Observed::Answer { is_end: true, .. })
                    }
                    _ => false,
                };
                assert!(is_allowed, "promise 5: the session ended ({reason}) by {input:?}");
                self.is_signed_in = false;
                self.refresh_token = None;
                self.overtake();
            }
            // The ID token was refused, but the refresh token beside it is the newest there is.
            Event::RefreshFailed { error, .. } if error.code == Code::IdToken => {
                self.adopt_refresh_token(input)
            }
            Event::RefreshStarted { .. } | Event::RefreshFailed { .. } => {}
        }
    }

    /// What arrives is either the session's, or it goes to the revocation endpoint at once.
    fn check_adopted_or_revoked(&mut self, brought: &Brought, outputs: &[Output]) {
        // The tokens of a renewal whose ID token is refused belong to the session's own grant: no stranger's.
        let is_adopted = outputs.iter().any(|output| match output {
            Output::Notify(Event::SignedIn { .. } | Event::Refreshed { .. }) => true,
            Output::Notify(Event::RefreshFailed { error, .. }) => error.code == Code::IdToken,
            _ => false,
        });
        let doomed = brought.refresh_token.as_ref().unwrap_or(&brought.access_token);
        let is_revoked = outputs.iter().any(|output| match output {
            Output::Send(HttpRequest { href, form: Some(body), .. }) => {
                href.ends_with("/revoke") && form::read(body.expose())["token"] == *doomed
            }
            _ => false,
        });
        let is_excused = is_adopted || self.is_closed || !self.setup.has_revocation;
        assert!(is_revoked || is_excused, "promise 6: tokens that arrived late were not revoked");
    }

    /// The client took over new tokens: what it holds from now on.
    fn adopt(&mut self, input: &Observed, event: &Event) {
        if matches!(event, Event::SignedIn { .. }) {
            self.refresh_token = None;
            self.subject = None;
        }
        match input {
            Observed::Answer { tokens: Some(brought), .. } => {
                self.adopt_refresh_token(input);
                self.subject = brought.subject.clone().or(self.subject.take());
            }
            Observed::Installs(_, refresh_token) => self.refresh_token.clone_from(refresh_token),
            _ => panic!("promise 6: new tokens by {input:?}"),
        }
    }

    fn adopt_refresh_token(&mut self, input: &Observed) {
        if let Observed::Answer { tokens: Some(Brought { refresh_token: Some(newer), .. }), .. } = input {
            self.refresh_token = Some(newer.clone());
        }
    }

    fn check_state(&mut self, now: UnixMs, is_silent: bool, session: &Session) {
        assert!(session.generation() >= self.generation, "generations go back");
        self.generation = session.generation();
        let is_signed_in = matches!(session.status(), Status::SignedIn | Status::RenewalDelayed);
        assert_eq!(is_signed_in, self.is_signed_in && !self.is_closed, "status {:?}", session.status());
        assert!(
            is_signed_in || session.standing_lease(now).is_none(),
            "promise 6: a lease although nobody is signed in"
        );
        // Ten thousand calls at one moment need not be looked through ten thousand times.
        let is_later = core::mem::replace(&mut self.last_now, now) != now;
        if is_later {
            self.check_waits(now);
        }
        match session.poll_timeout() {
            Some((at, _)) if at <= now && is_silent => self.idle_deadlines += 1,
            _ => self.idle_deadlines = 0,
        }
        assert!(self.idle_deadlines < 2, "promise 9: a busy loop at {:?}", session.poll_timeout());
        if self.is_closed {
            assert!(
                self.waiters.is_empty() && session.poll_timeout().is_none(),
                "a closed client is not at rest"
            );
        }
    }

    fn check_waits(&self, now: UnixMs) {
        for (waiter, (wait, since)) in &self.waiters {
            let bound_ms = match wait {
                Wait::Call(_) | Wait::Refresh => u64::from(self.setup.wait_seconds) * SECOND,
                Wait::SignOut => SIGN_OUT_MAX_MS,
                Wait::Install => 0,
                // Each of up to three requests is bounded by itself; `World::check_nobody_waits` looks at the end.
                Wait::Callback | Wait::SignIn => continue,
            };
            assert!(now - since <= bound_ms, "waiter {waiter} for {wait:?} waits for {} ms", now - since);
        }
    }

    pub fn is_signed_in(&self) -> bool {
        self.is_signed_in && !self.is_closed
    }

    pub fn waiting(&self) -> usize {
        self.waiters.len()
    }
}

fn subject(id_token: &str) -> String {
    let claims = id_token.split('.').nth(1).expect("a JWT");
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON");
    claims["sub"].as_str().expect("a subject").into()
}
