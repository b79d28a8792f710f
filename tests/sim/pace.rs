//! How fast a client may renew (promise 9): a storm is a pause that is too short for what happened before it.

use strongroom::engine::{Cause, Event, UnixMs};

use super::SECOND;

/// The pauses that the engine promises after failures and after refusals.
const BACKOFF_BASE_MS: u64 = 1_000;
const BACKOFF_MAX_MS: u64 = 300_000;
const REFUSAL_PAUSE_MIN_MS: u64 = 10_000;
const NOTICE_INTERVAL_MS: u64 = 60_000;

#[derive(Clone, Copy, Debug)]
enum Before {
    Failed { at: UnixMs, in_a_row: u32 },
    Nothing,
    Succeeded,
}

#[derive(Debug)]
pub struct Pace {
    before: Before,
    started_at: UnixMs,
    cause: Cause,
    /// Half of the lifetime that the server gives, or `None` if it does not say.
    gap_ms: Option<u64>,
    last_refusal_cured_at: Option<UnixMs>,
    last_notice_heeded_at: Option<UnixMs>,
    /// Something other than the passing of time asks for a renewal: it need not keep the pause.
    pub is_asked_for: bool,
    pub renewals: u32,
}

impl Pace {
    pub fn new(lifetime_seconds: Option<u64>) -> Self {
        Self {
            before: Before::Nothing,
            started_at: 0,
            cause: Cause::Schedule,
            gap_ms: lifetime_seconds.map(|seconds| seconds * SECOND / 2),
            last_refusal_cured_at: None,
            last_notice_heeded_at: None,
            is_asked_for: false,
            renewals: 0,
        }
    }

    pub fn observe(&mut self, now: UnixMs, event: &Event) {
        match event {
            Event::RefreshStarted { cause, attempt, .. } => {
                self.check_start(now, *cause, *attempt);
                self.started_at = now;
                if *cause == Cause::Notice {
                    self.last_notice_heeded_at = Some(now);
                }
                self.cause = *cause;
                self.is_asked_for = false;
                self.renewals += 1;
            }
            Event::Refreshed { .. } => {
                self.before = Before::Succeeded;
                if self.cause == Cause::Refused {
                    self.last_refusal_cured_at = Some(now);
                }
            }
            Event::RefreshFailed { retry_at, .. } => {
                assert!(retry_at.is_none_or(|at| at > now), "a retry is due before the failure");
                let in_a_row =
                    if let Before::Failed { in_a_row, .. } = self.before { in_a_row + 1 } else { 1 };
                self.before = Before::Failed { at: now, in_a_row };
            }
            Event::SignedIn { .. } | Event::SignedOut { .. } => {
                self.before = Before::Nothing;
                self.last_refusal_cured_at = None;
            }
            Event::SessionContinues { .. } | Event::SessionEnding { .. } => {}
            #[cfg(feature = "full")]
            Event::SlidingTokenMissed { .. } => {}
        }
    }

    /// It answered another's request: what fails now is the first failure.
    pub fn server_is_well(&mut self) {
        if let Before::Failed { in_a_row, .. } = &mut self.before {
            *in_a_row = 0;
        }
    }

    /// The API took the new token, so the next refusal is another story.
    pub fn refusal_was_cured(&mut self) {
        self.last_refusal_cured_at = None;
    }

    fn check_start(&self, now: UnixMs, cause: Cause, attempt: u32) {
        if cause == Cause::Refused
            && let Some(at) = self.last_refusal_cured_at
        {
            let since_ms = now - at;
            assert!(
                since_ms >= REFUSAL_PAUSE_MIN_MS,
                "promise 9: two renewals for refusals within {since_ms} ms"
            );
        }
        if cause == Cause::Notice
            && let Some(at) = self.last_notice_heeded_at
        {
            let since_ms = now - at;
            assert!(
                since_ms >= NOTICE_INTERVAL_MS,
                "promise 9: two renewals for notices within {since_ms} ms"
            );
        }
        if self.is_asked_for {
            return;
        }
        match self.before {
            Before::Nothing => {}
            Before::Failed { at, in_a_row } => {
                let pause_ms = BACKOFF_BASE_MS
                    .saturating_mul(1 << in_a_row.saturating_sub(1).min(16))
                    .min(BACKOFF_MAX_MS)
                    / 4;
                let paused_ms = now - at;
                assert!(
                    paused_ms >= pause_ms,
                    "promise 9: attempt {attempt} for {cause:?} only {paused_ms} ms after failure {in_a_row}"
                );
            }
            Before::Succeeded if cause == Cause::Notice => {}
            Before::Succeeded => match self.gap_ms {
                None => {
                    panic!("promise 9: a renewal for {cause:?} although nothing says when the token expires")
                }
                Some(gap_ms) => {
                    let passed_ms = now - self.started_at;
                    assert!(
                        passed_ms >= gap_ms,
                        "promise 9: a renewal for {cause:?} only {passed_ms} ms after the one before"
                    );
                }
            },
        }
    }
}
