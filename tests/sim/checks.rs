//! What the witness holds against a client.

use strongroom::engine::{
    Cause, Code, Event, HttpRequest, Output, RequestId, Session, Settled, Status, UnixMs, WaiterId,
};

use super::browser::COOKIE;
use super::setup::{ISSUER, Limits};
use super::tab::Wait;
use super::token_endpoint::EXCHANGE;
use super::witness::{Brought, Observed, Sent, Witness};
use super::{MARK, SECOND, form};

/// Signing out waits for the server no longer than this.
const SIGN_OUT_MAX_MS: u64 = 5_000;

impl Witness {
    pub fn check_send(&mut self, now: UnixMs, request: &HttpRequest) {
        assert!(!self.is_closed, "a closed client sends");
        assert!(request.href.starts_with(ISSUER), "the client sends to {}", request.href);
        assert!(!request.href.contains(MARK), "promise 1: a secret in a URL");
        let is_for_tokens = request.href == format!("{ISSUER}/token");
        assert!(
            request.bearer.get().is_none() || request.href == format!("{ISSUER}/userinfo"),
            "promise 3: a token to {}",
            request.href
        );
        let pairs = super::body(request).map(form::read).unwrap_or_default();
        let holds_cookie = self.setup.has_cookie();
        let is_of_cookie =
            holds_cookie && pairs.get("grant_type").is_some_and(|kind| kind == "refresh_token");
        let spends = if is_of_cookie { Some(COOKIE.into()) } else { pairs.get("refresh_token").cloned() };
        // Whether there is a session, only the back end knows.
        let is_check = is_of_cookie && !self.is_signed_in;
        if request.href.ends_with("/revoke") && !self.setup.is_back_end() {
            self.unverified
                .retain(|one| pairs["token"] != *one.refresh_token.as_ref().unwrap_or(&one.access_token));
        }
        if let Some(refresh_token) = &spends {
            assert!(is_for_tokens);
            assert!(self.is_signed_in || is_check, "promise 6: a refresh although nobody is signed in");
            assert!(
                !self.replaced.contains(refresh_token),
                "promise 4: a refresh token that was replaced is spent again"
            );
            assert!(
                Some(refresh_token) == self.refresh_token.as_ref() || is_check,
                "promise 4: not the newest refresh token"
            );
        }
        let is_exchange = pairs.get("grant_type").is_some_and(|grant_type| grant_type == EXCHANGE);
        if spends.is_some() || is_exchange {
            let is_other = |sent: &&Sent| (sent.spends.is_some() || sent.is_exchange) && !sent.is_overtaken;
            let others = self.in_flight.values().filter(is_other).count();
            assert_eq!(others, 0, "promise 4: two refreshes in flight");
        }
        let is_sign_out = request.href.ends_with("/revoke");
        let sent =
            Sent { is_check, is_sign_out, is_exchange, spends, is_for_tokens, at: now, is_overtaken: false };
        let before = self.in_flight.insert(request.id, sent);
        assert!(before.is_none(), "a request's number is given twice");
    }

    pub fn check_abandon(&mut self, now: UnixMs, request: RequestId) {
        let sent = self.in_flight.remove(&request).expect("what is abandoned was in flight");
        let ran_ms = now - sent.at;
        let timeout_ms = u64::from(self.setup.timeout_seconds) * SECOND;
        let bound_ms = if sent.is_sign_out { timeout_ms.min(SIGN_OUT_MAX_MS) } else { timeout_ms };
        // A sign-in takes the place of a check.
        assert!(sent.is_check || ran_ms >= bound_ms, "promise 7: a request was abandoned after {ran_ms} ms");
    }

    pub fn check_settle(&mut self, now: UnixMs, waiter: WaiterId, settled: Option<&Settled>) {
        assert!(self.waiters.remove(&waiter).is_some(), "waiter {waiter} is settled twice, or nobody");
        if let Some(Settled::UserInfo(_, text)) = settled {
            assert!(self.is_signed_in, "promise 6: what is known of a user who is gone");
            assert!(!text.contains(MARK), "promise 1: a secret shows in the UserInfo");
        }
        if let Some(Settled::Leased(lease)) = settled {
            assert!(self.is_signed_in, "promise 6: a lease although nobody is signed in");
            assert!(lease.until.is_none_or(|until| now < until), "a lease that is over already");
        }
    }

    pub fn check_event(&mut self, now: UnixMs, input: &Observed, event: &Event) {
        self.pace(event).observe(now, event);
        if matches!(event, Event::SignedIn { .. } | Event::Refreshed { .. }) {
            self.adopt(input, event);
        }
        match event {
            Event::SignedIn { generation } => {
                assert!(self.may_sign_in, "promise 6: the session came back");
                self.overtake();
                self.is_signed_in = true;
                self.signed_in_at = now;
                self.active_at = now;
                self.renewals = 0;
                self.generation = self.generation.max(*generation);
            }
            Event::Refreshed { aim, .. } => {
                self.renewals += u32::from(!self.setup.is_exchange(*aim));
                assert!(self.is_signed_in, "promise 6: a refresh brought the session back");
                assert!(
                    self.setup.max_renewals().is_none_or(|max| self.renewals <= max),
                    "one renewal too many"
                );
            }
            Event::SignedOut { reason } => {
                let is_allowed = match *reason {
                    "sign-out" => matches!(input, Observed::Waits(_, Wait::SignOut)),
                    "session-ended" | "account-switch" => {
                        matches!(input, Observed::Answer { is_end: true, .. })
                    }
                    "idle" => self.is_past(now, self.active_at, |limits| limits.idle_seconds),
                    "absolute" => self.is_past(now, self.signed_in_at, |limits| limits.absolute_seconds),
                    "renewals" => self.is_spent(),
                    _ => false,
                };
                assert!(is_allowed, "promise 5: the session ended ({reason}) by {input:?}");
                self.is_signed_in = false;
                self.refresh_token = None;
                self.overtake();
            }
            // The ID token was refused, but the refresh token beside it is the newest there is.
            Event::RefreshFailed { error, .. }
                if error.code == Code::IdToken || self.unverified.iter().any(|one| one.is_renewal) =>
            {
                self.adopt_refresh_token(input)
            }
            Event::RefreshStarted { cause: Cause::Notice, .. } => {
                assert!(matches!(input, Observed::Noticed), "a renewal for a notice by {input:?}");
            }
            Event::RefreshStarted { .. } | Event::RefreshFailed { .. } => {}
            Event::SessionContinues { .. } | Event::SessionEnding { .. } => {}
            #[cfg(feature = "full")]
            Event::SlidingTokenMissed { .. } => {}
        }
    }

    /// The server renews this session no more.
    pub fn is_spent(&self) -> bool {
        self.setup.max_renewals() == Some(self.renewals)
    }

    /// Whether a limit of the session that counts from then is over.
    pub(super) fn is_past(&self, now: UnixMs, since: UnixMs, limit: impl Fn(&Limits) -> Option<u32>) -> bool {
        let seconds = self.setup.limits.as_ref().and_then(limit);
        seconds.is_some_and(|seconds| now >= since + u64::from(seconds) * SECOND)
    }

    /// What arrives is either the session's, or it goes to the revocation endpoint at once.
    pub fn check_adopted_or_revoked(&mut self, brought: &Brought, outputs: &[Output]) {
        // The tokens of a renewal whose ID token is refused belong to the session's own grant: no stranger's.
        let is_adopted = outputs.iter().any(|output| match output {
            Output::Notify(Event::SignedIn { .. } | Event::Refreshed { .. }) => true,
            Output::Notify(Event::RefreshFailed { aim, error, .. }) => {
                error.code == Code::IdToken || (error.code == Code::BadResponse && aim.get().is_some())
            }
            _ => false,
        });
        // Of a cookie the sign-out has its turn behind all that may bring one.
        let is_excused =
            is_adopted || self.setup.has_cookie() || self.is_closed || !self.setup.has_revocation;
        assert!(
            brought.is_revoked(outputs) || is_excused,
            "promise 6: tokens that arrived late were not revoked"
        );
    }

    /// What came with an ID token is used or given back in bounded time.
    pub fn check_nothing_unverified(&self) {
        let is_excused = self.is_closed || !self.setup.has_revocation;
        assert!(
            self.unverified.is_empty() || is_excused,
            "promise 7: tokens were never verified nor revoked"
        );
    }

    pub fn check_state(&mut self, now: UnixMs, is_silent: bool, session: &Session) {
        assert!(session.generation() >= self.generation, "generations go back");
        self.generation = session.generation();
        let is_signed_in = matches!(session.status(), Status::SignedIn | Status::RenewalDelayed);
        assert_eq!(is_signed_in, self.is_signed_in && !self.is_closed, "status {:?}", session.status());
        assert!(
            is_signed_in || session.standing_lease(now).is_none(),
            "promise 6: a lease although nobody is signed in"
        );
        let is_over = self.is_past(now, self.active_at, |limits| limits.idle_seconds)
            || self.is_past(now, self.signed_in_at, |limits| limits.absolute_seconds);
        assert!(!(is_signed_in && is_over), "promise 6: a session beyond its limit");
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
                Wait::Callback | Wait::SignIn | Wait::UserInfo => continue,
            };
            assert!(now - since <= bound_ms, "waiter {waiter} for {wait:?} waits for {} ms", now - since);
        }
    }
}
