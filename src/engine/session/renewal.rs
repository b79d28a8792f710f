//! One renewal at a time (promise 4), and what its end means (promise 5).

use super::super::backend::Asked;
use super::super::id_token::{self, Expected, Identity, Refusal};
use super::super::token_response::{Consequence, Failure, TokenResponse};
use super::super::{
    Aim, Cause, Code, Error, Event, HttpAnswer, Output, RequestId, Secret, TransportFailure, UnixMs, grant,
};
use super::Session;
use super::sign_out::Reason;
use super::verification::Purpose;

/// Whoever comes so much later than a bound was not here.
const ABSENCE_MS: u64 = 1_000;
const EXTENSION_MS: u64 = 5_000;
/// Any script of the origin can send a notice; so often at most does one cause a request.
const NOTICE_INTERVAL_MS: u64 = 60_000;

/// What a renewal is for: for whose token, and why it began.
#[derive(Clone, Copy, Debug)]
pub struct Errand {
    pub cause: Cause,
    pub aim: Aim,
}

impl Errand {
    /// For the session's own token.
    pub fn of(cause: Cause) -> Self {
        Self { cause, aim: Aim::default() }
    }
}

#[derive(Debug)]
pub enum Renewal {
    Idle,
    /// The token endpoint is not known yet.
    Discovering(Errand),
    InFlight {
        request: RequestId,
        errand: Errand,
        sent_at: UnixMs,
        deadline: UnixMs,
        /// Its time was over while nobody was here, and it was given a moment more.
        is_extended: bool,
        /// The first answer was lost; this is the one more try with the same token.
        is_second: bool,
    },
    /// Its ID token is being verified.
    Verifying {
        id: RequestId,
        errand: Errand,
        deadline: UnixMs,
    },
}

impl Renewal {
    pub fn is_for(&self, aim: Aim) -> bool {
        match self {
            Self::Idle => false,
            Self::Discovering(errand) | Self::InFlight { errand, .. } | Self::Verifying { errand, .. } => {
                errand.aim == aim
            }
        }
    }
}

impl Session {
    /// The clock decides, whoever woke us: on every input, what is due is done.
    pub(super) fn renew_if_due(&mut self, now: UnixMs) {
        if self.targets.get().is_some() {
            return self.renew_next(now);
        }
        let Some(tokens) = self.tokens.as_ref().filter(|tokens| tokens.refresh_token.is_some()) else {
            return;
        };
        if self.backoff.is_paused(now) {
            return;
        }
        if !self.waiters.is_empty() {
            self.start_renewal(now, Errand::of(Cause::Call));
        } else if self.backoff.failures() > 0 || tokens.schedule.is_due(now) {
            self.start_renewal(now, Errand::of(Cause::Schedule));
        }
    }

    /// Starts a renewal if none is under way. The caller has checked that there is a refresh token.
    pub(super) fn start_renewal(&mut self, now: UnixMs, errand: Errand) {
        if !matches!(self.renewal, Renewal::Idle) {
            return;
        }
        let errand = self.first_errand(now, errand);
        let Errand { cause, aim } = errand;
        self.notify(Event::RefreshStarted { aim, attempt: self.attempt(aim), cause });
        self.renewal = Renewal::Discovering(errand);
        if self.metadata().is_some() {
            self.send_renewal(now, false);
        } else {
            self.discover(now);
        }
    }

    /// The endpoint is known, or the first answer was lost: sends the request.
    pub(super) fn send_renewal(&mut self, now: UnixMs, is_second: bool) {
        let (Renewal::Discovering(errand) | Renewal::InFlight { errand, .. }) = self.renewal else { return };
        let sent = match self.backend() {
            Some(_) => self.send_refresh(now),
            None => self.send_grant(now, errand.aim),
        };
        let Some((request, deadline)) = sent else {
            self.renewal = Renewal::Idle;
            return;
        };
        self.renewal =
            Renewal::InFlight { request, errand, sent_at: now, deadline, is_extended: false, is_second };
    }

    fn send_grant(&mut self, now: UnixMs, aim: Aim) -> Option<(RequestId, UnixMs)> {
        let href = self.metadata()?.endpoints.token.clone();
        let form = self.renewal_form(aim)?;
        Some((self.send_proved(href, form), now.saturating_add(self.config.timeout_ms)))
    }

    fn renewal_form(&self, aim: Aim) -> Option<Secret> {
        let tokens = self.tokens.as_ref()?;
        let client_id = &self.config.provider.client_id;
        let refresh_token = tokens.refresh_token.as_ref();
        match self.target(aim) {
            Some(target) => target.request(client_id, refresh_token, &tokens.access_token),
            None => Some(grant::refresh_token(client_id, refresh_token?)),
        }
    }

    pub(super) fn handle_restored(&mut self, now: UnixMs) {
        // Back from the sign-in page of a back end, or from anywhere; but a sign-out is not undone by that.
        if self.sign_ins.navigating_until.take().is_some() || self.reason.is_none() {
            self.ask_back_end(now, None);
        }
        let is_renewable = self.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some());
        if is_renewable && !self.backoff.is_paused(now) {
            self.is_withheld = true;
            self.renew_targets_on_use();
            self.start_renewal(now, Errand::of(Cause::Restored));
        }
    }

    /// Only the server knows whether the session ended: one renewal asks it, and the tokens stay good meanwhile.
    pub(super) fn handle_notice(&mut self, now: UnixMs) {
        let is_renewable = self.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some());
        let is_recent = self.noticed_at.is_some_and(|at| now < at.saturating_add(NOTICE_INTERVAL_MS));
        let is_idle = matches!(self.renewal, Renewal::Idle) && !self.backoff.is_paused(now);
        if is_renewable && is_idle && !is_recent {
            self.noticed_at = Some(now);
            self.start_renewal(now, Errand::of(Cause::Notice));
        }
    }

    pub(super) fn finish_renewal(&mut self, now: UnixMs, answer: Result<HttpAnswer, TransportFailure>) {
        let Renewal::InFlight { sent_at, is_second, errand, .. } = self.renewal else { return };
        match self.judge(now, Asked::Refresh, answer) {
            Ok((response, identity)) if self.is_another(identity.as_ref()) => {
                self.renewal = Renewal::Idle;
                self.end_as_anothers(now, response);
            }
            Ok((mut response, identity)) => {
                if let Some(error) = self.check_exchanged(errand.aim, &mut response) {
                    return self.fail_target(now, errand.aim, error);
                }
                self.renewal = Renewal::Idle;
                self.receive_renewal(now, sent_at, response, errand, identity);
            }
            Err(Failure { consequence: Consequence::Lost, .. }) if !is_second => self.send_renewal(now, true),
            Err(failure) if self.is_of_target(errand.aim, &failure) => {
                self.fail_target(now, errand.aim, failure.error);
            }
            Err(Failure { consequence: Consequence::Ended, .. }) => {
                self.renewal = Renewal::Idle;
                self.end(Reason::SessionEnded);
            }
            Err(failure) => self.fail_renewal(now, errand.aim, failure.consequence, failure.error),
        }
    }

    /// No answer came within its bound: as good as lost. But where nobody was here at the bound, because the machine
    /// slept or its clock was set, the answer may be at the door (promises 7 and 9).
    pub(super) fn time_out_renewal(&mut self, now: UnixMs) {
        let Renewal::InFlight { request, errand, is_second, deadline, is_extended, .. } = &mut self.renewal
        else {
            return;
        };
        if !*is_extended && now > *deadline + ABSENCE_MS {
            *is_extended = true;
            *deadline = now.saturating_add(EXTENSION_MS);
            return;
        }
        let (request, aim, is_second) = (*request, errand.aim, *is_second);
        self.outputs.push_back(Output::Abandon(request));
        if is_second {
            self.fail_renewal(now, aim, Consequence::Paused, Error::new(Code::Timeout));
        } else {
            self.send_renewal(now, true);
        }
    }

    pub(super) fn fail_renewal(&mut self, now: UnixMs, aim: Aim, consequence: Consequence, error: Error) {
        self.renewal = Renewal::Idle;
        self.is_withheld = false;
        self.release_targets(aim);
        let attempt = self.backoff.failures() + 1;
        let retry_at = match consequence {
            Consequence::Stuck => self.backoff.fail_hard(now),
            _ => self.backoff.fail(now, error.retry_after_ms, &mut self.jitter),
        };
        self.last_failure = Some(error.clone());
        self.notify(Event::RefreshFailed { aim, attempt, error: error.clone(), retry_at: Some(retry_at) });
        self.settle_waiters_after_failure(now, &error);
    }

    /// Newer tokens or a sign-out came before the answer: what it brings is not wanted any more.
    pub(super) fn overtake_renewal(&mut self) {
        if let Renewal::InFlight { request, deadline, .. } = self.renewal {
            self.late.push((request, deadline));
        }
        self.renewal = Renewal::Idle;
        self.is_withheld = false;
    }

    /// `told`: who it is, by the word of the application's own back end.
    fn receive_renewal(
        &mut self,
        now: UnixMs,
        sent_at: UnixMs,
        response: TokenResponse,
        errand: Errand,
        told: Option<Identity>,
    ) {
        let before = self.tokens.as_ref().and_then(|tokens| tokens.identity.as_ref());
        let (Some(id_token), Some(issuer), Some(before)) =
            (&response.id_token, &self.config.provider.issuer, before)
        else {
            return self.install_renewed(now, sent_at, response, errand, told);
        };
        let client_id = &self.config.provider.client_id;
        let expected =
            Expected { issuer, client_id, nonce: None, max_age_seconds: None, before: Some(before) };
        match id_token::read(id_token, &expected, now) {
            Ok(claimed) => {
                // Before it is verified, nobody else may begin one.
                let (id, deadline) =
                    (self.last_request.wrapping_add(1), now.saturating_add(self.config.timeout_ms));
                self.renewal = Renewal::Verifying { id, errand, deadline };
                self.verify(now, Purpose::Renewal { sent_at, errand }, response, claimed);
            }
            Err(Refusal::AccountSwitch) => self.end_as_anothers(now, response),
            Err(Refusal::Invalid(error)) => self.refuse_renewal(now, errand.aim, response, error),
        }
    }

    /// A renewal brought another user's tokens. A cookie is that user's by then.
    fn end_as_anothers(&mut self, now: UnixMs, response: TokenResponse) {
        if self.sign_ins.check.get().is_none() {
            self.revoke_late(now, response);
        }
        self.end(Reason::AccountSwitch);
    }

    /// The server has rotated, whatever is wrong with its answer.
    pub(super) fn refuse_renewal(&mut self, now: UnixMs, aim: Aim, response: TokenResponse, error: Error) {
        if let Some(tokens) = &mut self.tokens {
            tokens.refresh_token = response.refresh_token.or(tokens.refresh_token.take());
        }
        self.fail_renewal(now, aim, Consequence::Paused, error);
    }
}
