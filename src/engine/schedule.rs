use super::UnixMs;

/// The share of a lifetime that a refresh comes early by default, as a divisor: one tenth.
const LEAD_DIVISOR: u64 = 10;
const LEAD_MAX_MS: u64 = 60_000;
/// A token that would expire while its request travels is not sent.
const EDGE_MAX_MS: u64 = 1_000;
/// No schedule renews faster than this, however short the lifetime.
const INTERVAL_MIN_MS: u64 = 1_000;
/// RFC 6749 sets no bound; more than ten years is a mistake and counts as unknown (standards 5.1.1).
const LIFETIME_MAX_SECONDS: i64 = 10 * 366 * 86_400;

const BACKOFF_BASE_MS: u64 = 1_000;
const BACKOFF_MAX_MS: u64 = 300_000;
const RETRY_AFTER_MAX_MS: u64 = 3_600_000;
/// So many failures in a row open the circuit: calls then fail at once instead of waiting.
const BREAKER_FAILURES: u32 = 5;

const REFUSAL_PAUSE_BASE_MS: u64 = 10_000;
const REFUSAL_PAUSE_MAX_MS: u64 = 300_000;

/// Jitter only, never a secret: SplitMix64 from a seed that the shell gives.
#[derive(Clone, Debug)]
pub struct Jitter(u64);

impl Jitter {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `max`, both included.
    pub fn up_to(&mut self, max: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        max.checked_add(1).map_or(z, |span| z % span)
    }
}

/// When one set of tokens is used, renewed and gone, in engine time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When the access token expires; `None`: unknown, so it is used until an API refuses it.
    pub expires_at: Option<UnixMs>,
    /// From when on it is no longer sent.
    pub usable_until: Option<UnixMs>,
    /// When a renewal is due.
    pub refresh_at: Option<UnixMs>,
}

impl Schedule {
    /// `lifetime_seconds` counts from `sent_at`, when the request left (6749-15). A lifetime that is absent, zero,
    /// negative or absurd is unknown. `lead_ms` is the application's, else the default; never more than half of
    /// the lifetime, so that a short-lived token is not renewed without end.
    pub fn new(
        sent_at: UnixMs,
        lifetime_seconds: Option<i64>,
        lead_ms: Option<u64>,
        jitter: &mut Jitter,
    ) -> Self {
        let Some(lifetime_ms) = lifetime_seconds
            .filter(|seconds| (1..=LIFETIME_MAX_SECONDS).contains(seconds))
            .map(|seconds| seconds as u64 * 1_000)
        else {
            return Self { expires_at: None, usable_until: None, refresh_at: None };
        };
        let lead_ms = lead_ms.unwrap_or((lifetime_ms / LEAD_DIVISOR).min(LEAD_MAX_MS)).min(lifetime_ms / 2);
        let early_ms = lead_ms + jitter.up_to(lead_ms / 2).min(lifetime_ms / 2 - lead_ms);
        let expires_at = sent_at.saturating_add(lifetime_ms);
        Self {
            expires_at: Some(expires_at),
            usable_until: Some(expires_at - EDGE_MAX_MS.min(lifetime_ms / LEAD_DIVISOR)),
            refresh_at: Some((expires_at - early_ms).max(sent_at.saturating_add(INTERVAL_MIN_MS))),
        }
    }

    pub fn is_usable(&self, now: UnixMs) -> bool {
        self.usable_until.is_none_or(|until| now < until)
    }

    pub fn is_due(&self, now: UnixMs) -> bool {
        self.refresh_at.is_some_and(|at| now >= at)
    }
}

/// The pause after failed renewals, shared by everybody who waits: exponential with full jitter, a server's
/// `Retry-After` honoured within bounds (RA-1), and a circuit that opens after several failures in a row.
#[derive(Clone, Debug, Default)]
pub struct Backoff {
    failures: u32,
    until: UnixMs,
    asked_by_server: bool,
}

impl Backoff {
    pub fn fail(&mut self, now: UnixMs, retry_after_ms: Option<u64>, jitter: &mut Jitter) -> UnixMs {
        let ceiling_ms = BACKOFF_BASE_MS.saturating_mul(1 << self.failures.min(16)).min(BACKOFF_MAX_MS);
        let pause_ms = ceiling_ms / 4 + jitter.up_to(ceiling_ms * 3 / 4);
        let asked_ms = retry_after_ms.unwrap_or(0).min(RETRY_AFTER_MAX_MS);
        self.failures = self.failures.saturating_add(1);
        self.asked_by_server = asked_ms > 0;
        self.until = now.saturating_add(pause_ms.max(asked_ms));
        self.until
    }

    /// A failure that another try will hardly cure, such as `invalid_client`: the longest pause at once.
    pub fn fail_hard(&mut self, now: UnixMs) -> UnixMs {
        self.failures = self.failures.saturating_add(1).max(BREAKER_FAILURES);
        self.asked_by_server = false;
        self.until = now.saturating_add(BACKOFF_MAX_MS);
        self.until
    }

    pub fn succeed(&mut self) {
        *self = Self::default();
    }

    /// The pause ends now, for instance because the network is back; a server's own `Retry-After` stands.
    pub fn cut_short(&mut self, now: UnixMs) {
        if !self.asked_by_server {
            self.until = self.until.min(now);
        }
    }

    pub fn until(&self) -> Option<UnixMs> {
        (self.failures > 0).then_some(self.until)
    }

    pub fn is_paused(&self, now: UnixMs) -> bool {
        self.until().is_some_and(|until| now < until)
    }

    pub fn is_open(&self) -> bool {
        self.failures >= BREAKER_FAILURES
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    pub fn is_asked_by_server(&self) -> bool {
        self.asked_by_server
    }
}

/// Keeps an API that refuses every token from causing a renewal per call: tokens that a refusal fetched and that
/// are refused again soon are not renewed for a while that doubles.
#[derive(Clone, Debug, Default)]
pub struct RefusalPause {
    pause_ms: u64,
    until: UnixMs,
}

impl RefusalPause {
    /// A renewal that a refusal caused brought new tokens. "Soon" is within one more pause after the last.
    pub fn renewed(&mut self, now: UnixMs) {
        let is_soon = now < self.until.saturating_add(self.pause_ms);
        self.pause_ms =
            if is_soon { (self.pause_ms * 2).min(REFUSAL_PAUSE_MAX_MS) } else { REFUSAL_PAUSE_BASE_MS };
        self.until = now.saturating_add(self.pause_ms);
    }

    /// The new token cured the refusal, so that the next refusal may be cured at once.
    pub fn accepted(&mut self) {
        *self = Self::default();
    }

    pub fn is_paused(&self, now: UnixMs) -> bool {
        now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lead_is_a_tenth_and_at_most_a_minute() {
        for (lifetime, lead_s, name) in
            [(30, 3, "half a minute"), (600, 60, "ten minutes"), (86_400, 60, "a day")]
        {
            for seed in 0..200 {
                let schedule = Schedule::new(0, Some(lifetime), None, &mut Jitter::new(seed));
                let early_ms = schedule.expires_at.unwrap() - schedule.refresh_at.unwrap();
                assert!((lead_s * 1_000..=lead_s * 1_500).contains(&early_ms), "{name}: {early_ms}");
            }
        }
    }

    #[test]
    fn refreshes_of_a_fleet_spread_out() {
        let times: std::collections::BTreeSet<_> = (0..100)
            .map(|seed| Schedule::new(0, Some(3_600), None, &mut Jitter::new(seed)).refresh_at)
            .collect();
        assert!(times.len() > 80, "{}", times.len());
    }

    #[test]
    fn a_lifetime_that_makes_no_sense_is_unknown() {
        for seconds in
            [None, Some(0), Some(-1), Some(i64::MIN), Some(i64::MAX), Some(LIFETIME_MAX_SECONDS + 1)]
        {
            let schedule = Schedule::new(5, seconds, None, &mut Jitter::new(1));
            assert_eq!(
                schedule,
                Schedule { expires_at: None, usable_until: None, refresh_at: None },
                "{seconds:?}"
            );
            assert!(schedule.is_usable(u64::MAX) && !schedule.is_due(u64::MAX));
        }
    }

    #[test]
    fn a_lead_longer_than_the_lifetime_does_not_renew_without_end() {
        for lifetime in 1..40 {
            let schedule = Schedule::new(0, Some(lifetime), Some(3_600_000), &mut Jitter::new(9));
            assert!(schedule.refresh_at.unwrap() >= (lifetime as u64 * 500).max(INTERVAL_MIN_MS));
        }
    }

    #[test]
    fn backoff_grows_is_bounded_and_honours_retry_after() {
        let mut jitter = Jitter::new(3);
        let mut backoff = Backoff::default();
        assert!(!backoff.is_paused(0) && backoff.until().is_none());
        for failures in 1..40_u32 {
            let pause = backoff.fail(0, None, &mut jitter);
            assert!((250..=BACKOFF_MAX_MS).contains(&pause), "{failures}: {pause}");
            assert_eq!(backoff.is_open(), failures >= BREAKER_FAILURES);
        }
        assert!(backoff.fail(0, Some(900_000), &mut jitter) >= 900_000);
        backoff.cut_short(10);
        assert!(backoff.is_paused(800_000), "a server's Retry-After is not cut short");
        assert!(backoff.fail(0, Some(u64::MAX), &mut jitter) <= RETRY_AFTER_MAX_MS);
        backoff.succeed();
        assert!(!backoff.is_paused(0));
    }

    #[test]
    fn refusals_in_a_row_pause_longer_each_time() {
        let mut pause = RefusalPause::default();
        assert!(!pause.is_paused(0));
        pause.renewed(0);
        assert!(pause.is_paused(9_999) && !pause.is_paused(10_000));
        pause.renewed(10_000);
        assert!(pause.is_paused(29_999) && !pause.is_paused(30_000));
        pause.renewed(10_000_000);
        pause.renewed(20_000_000);
        assert!(!pause.is_paused(20_020_000), "long quiet forgives");
    }
}
