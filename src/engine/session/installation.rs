//! Tokens take their place in the session, whoever brought them.

use alloc::string::String;

use super::super::dpop::TokenTypes;
use super::super::id_token::Identity;
use super::super::schedule::{RefusalPause, Schedule};
use super::super::token_response::{self, TokenResponse};
use super::super::tokens::Tokens;
use super::super::{Aim, Cause, Event, Secret, Settled, StepUp, UnixMs, WaiterId};
use super::Session;
use super::renewal::Errand;

impl Session {
    /// Puts new tokens in the place of the old: a new generation.
    pub(super) fn install(&mut self, tokens: Tokens) {
        self.tokens = Some(tokens);
        self.generation = self.generation.wrapping_add(1);
        if let Some(slides) = self.slides.get_mut() {
            slides.since = self.generation;
        }
        self.is_withheld = false;
        self.reason = None;
        self.backoff.succeed();
        self.last_failure = None;
    }

    /// The first tokens of a session. `asked`: by a sign-in for them, and when.
    pub(super) fn begin(&mut self, now: UnixMs, tokens: Tokens, asked: Option<(StepUp, UnixMs)>) {
        self.install(tokens);
        self.asked = asked;
        self.begin_limits(now);
        self.notify(Event::SignedIn { generation: self.generation });
    }

    /// `setTokens`: tokens from elsewhere replace the session's. An ID token among them is not used, because only
    /// its signature could vouch for it (OIDC-6); and tokens bound to a key would be bound to one that is not ours.
    pub(super) fn install_given(&mut self, now: UnixMs, waiter: WaiterId, response: &Secret) {
        let types = TokenTypes { dpop: false, ..self.token_types() };
        let given = match self.backend() {
            Some(_) => self.judge_given(now, response),
            None => token_response::parse(response.expose().as_bytes(), types).map(|tokens| (tokens, None)),
        };
        match given {
            Err(error) => self.settle(waiter, Err(error)),
            Ok((response, identity)) => {
                self.overtake_renewal();
                let tokens = self.first_tokens(now, response, identity, None);
                self.forget_check();
                self.begin(now, tokens, None);
                self.settle_waiters(now, Aim::default());
                self.settle(waiter, Ok(Settled::Done));
            }
        }
    }

    pub(super) fn install_renewed(
        &mut self,
        now: UnixMs,
        sent_at: UnixMs,
        mut response: TokenResponse,
        errand: Errand,
        identity: Option<Identity>,
    ) {
        let Errand { cause, aim } = errand;
        let Some(old) = self.tokens.take() else { return };
        let rotated = response.refresh_token.is_some() && response.refresh_token != old.refresh_token;
        let schedule = self.schedule(sent_at, &response);
        let id_token = self.kept_id_token(&mut response, &identity);
        let is_target = aim.get().is_some();
        let schedule =
            if is_target { self.keep_for_target(aim, &mut response, schedule, &old) } else { schedule };
        let tokens = Tokens {
            id_token: id_token.or(old.id_token),
            session_ends_at: session_ends_at(sent_at, &response).or(old.session_ends_at),
            access_token: response.access_token,
            token_type: response.token_type,
            refresh_token: response.refresh_token.or(old.refresh_token),
            identity: identity.or(old.identity),
            scope: response.scope.or(old.scope),
            authorization_details: response.authorization_details.or(old.authorization_details),
            schedule,
        };
        if is_target {
            self.tokens = Some(tokens);
        } else {
            self.install(tokens);
        }
        if self.target(aim).is_none_or(|target| !target.is_exchange) {
            self.count_renewal(now);
        }
        if cause == Cause::Refused {
            self.refusal_pause(aim).renewed(now);
        }
        self.notify(Event::Refreshed { aim, generation: self.generation_of(aim), rotated });
        self.settle_waiters(now, aim);
    }

    /// The tokens of a response that begins a session.
    pub(super) fn first_tokens(
        &mut self,
        sent_at: UnixMs,
        mut response: TokenResponse,
        identity: Option<Identity>,
        requested_scope: Option<String>,
    ) -> Tokens {
        self.refusal_pause = RefusalPause::default();
        self.forget_targets();
        Tokens {
            id_token: self.kept_id_token(&mut response, &identity),
            schedule: self.schedule(sent_at, &response),
            session_ends_at: session_ends_at(sent_at, &response),
            access_token: response.access_token,
            token_type: response.token_type,
            refresh_token: response.refresh_token,
            identity,
            scope: response.scope.or(requested_scope),
            authorization_details: response.authorization_details,
        }
    }

    /// One that was not validated is not used at all (OIDC-6).
    fn kept_id_token(&self, response: &mut TokenResponse, identity: &Option<Identity>) -> Option<Secret> {
        let id_token = response.id_token.take();
        id_token.filter(|_| self.config.provider.id_token_hint && identity.is_some())
    }

    fn schedule(&mut self, sent_at: UnixMs, response: &TokenResponse) -> Schedule {
        if let Some(slides) = self.slides.get_mut() {
            slides.lifetime_seconds = response.expires_in_seconds;
        }
        Schedule::new(sent_at, response.expires_in_seconds, self.config.lead_ms, &mut self.jitter)
    }
}

fn session_ends_at(sent_at: UnixMs, response: &TokenResponse) -> Option<UnixMs> {
    let seconds = u64::try_from(response.session_seconds?).ok().filter(|seconds| *seconds > 0)?;
    sent_at.checked_add(seconds.checked_mul(1_000)?)
}
