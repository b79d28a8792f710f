//! The session's own limits: checked on every input before anything else, so that no token is used after one is reached.

use super::super::{Event, UnixMs};
use super::Session;
use super::sign_out::Reason;

impl Session {
    /// A sleeping machine may have missed the deadline: what woke it, an answer too, comes after the end.
    pub(super) fn end_if_limited(&mut self, now: UnixMs) {
        let reached = self.limits.get().and_then(|limits| limits.reached(now));
        if let (Some(limit), Some(_)) = (reached, &self.tokens) {
            self.end_and_revoke(now, Reason::Limit(limit));
        }
    }

    pub(super) fn begin_limits(&mut self, now: UnixMs) {
        if let Some(limits) = self.limits.get_mut() {
            limits.begin(now);
        }
    }

    /// What the server would refuse is not asked: without a refresh token nothing begins a renewal.
    pub(super) fn count_renewal(&mut self, now: UnixMs) {
        if let (Some(limits), Some(tokens)) = (self.limits.get_mut(), &mut self.tokens)
            && limits.renewed(now, tokens.schedule.expires_at)
        {
            tokens.refresh_token = None;
            tokens.session_ends_at = tokens.schedule.expires_at;
        }
    }

    /// The user is there, as far as a program can tell.
    pub(super) fn touch(&mut self, now: UnixMs, is_call: bool) {
        if let Some(limits) = self.limits.get_mut()
            && let Some(limit) = limits.touch(now, is_call)
            && self.tokens.is_some()
        {
            self.notify(Event::SessionContinues { limit });
        }
    }

    pub(super) fn warn_of_limits(&mut self, now: UnixMs) {
        while self.tokens.is_some()
            && let Some((limit, in_ms)) = self.limits.get_mut().and_then(|limits| limits.warning(now))
        {
            self.notify(Event::SessionEnding { limit, in_ms });
        }
    }

    pub(super) fn limits_deadline(&self) -> Option<UnixMs> {
        self.limits.get().filter(|_| self.tokens.is_some())?.deadline()
    }
}
