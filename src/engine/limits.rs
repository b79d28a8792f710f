//! How long a session may last, whatever the server allows: without activity, and altogether (BBA-5).

use alloc::vec::Vec;

use super::UnixMs;
use super::full::Full;
use super::options::Reader;

/// A year.
const LIMIT_MAX_SECONDS: u64 = 31_536_000;
/// Nobody counts further.
const RENEWALS_MAX: u64 = 1_000_000;
const WARNING_DEFAULT_MS: u64 = 60_000;
/// Calls so soon after one that was noticed count as that one, so that they need not ask the engine.
const NOTICED_MS: u64 = 1_000;

/// Which limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Counts from the sign-in.
    Absolute(Full),
    /// Counts from the last activity.
    Idle(Full),
    /// The server renews no more: counts from the last renewal to its token's expiry.
    Renewals(Full),
}

impl Limit {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absolute(_) => "absolute",
            Self::Idle(_) => "idle",
            Self::Renewals(_) => "renewals",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bound {
    limit: Limit,
    length_ms: u64,
    /// How long before its end the application is warned.
    warning_ms: u64,
    since: UnixMs,
    is_warned: bool,
}

impl Bound {
    fn ends_at(&self) -> UnixMs {
        self.since.saturating_add(self.length_ms)
    }

    fn warns_at(&self) -> UnixMs {
        self.ends_at().saturating_sub(self.warning_ms)
    }

    fn begin(&mut self, now: UnixMs) {
        self.since = now;
        self.is_warned = false;
    }
}

/// The limits that the application configured, and how far the session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    full: Full,
    bounds: Vec<Bound>,
    counts_calls: bool,
    /// How many the server allows.
    renewals_max: Option<u64>,
    renewals: u64,
    warn_ms: u64,
}

impl Limits {
    /// What is wrong with the options, they are told.
    pub fn new(options: &Reader) -> Option<Self> {
        let full = Full::PROOF?;
        let session =
            options.object("session", "idleSeconds absoluteSeconds maxRenewals warnSeconds countsCalls")?;
        let warn_ms = session.seconds("warnSeconds", 0, LIMIT_MAX_SECONDS).unwrap_or(WARNING_DEFAULT_MS);
        let mut bounds = Vec::with_capacity(3);
        for (name, limit) in [("absoluteSeconds", Limit::Absolute(full)), ("idleSeconds", Limit::Idle(full))]
        {
            if let Some(length_ms) = session.seconds(name, 1, LIMIT_MAX_SECONDS) {
                let warning_ms = warn_ms.min(length_ms / 2);
                bounds.push(Bound { limit, length_ms, warning_ms, since: 0, is_warned: false });
            }
        }
        let counts_calls = session.bool("countsCalls").unwrap_or(true);
        let renewals_max = session.count("maxRenewals", RENEWALS_MAX);
        Some(Self { full, bounds, counts_calls, renewals_max, renewals: 0, warn_ms })
    }

    /// Somebody has signed in.
    pub fn begin(&mut self, now: UnixMs) {
        let renewals = Limit::Renewals(self.full);
        self.renewals = 0;
        self.bounds.retain(|bound| bound.limit != renewals);
        self.bounds.iter_mut().for_each(|bound| bound.begin(now));
    }

    /// The session was renewed, with a token until `expires_at`. Gives whether that was the last time: then the session ends
    /// with the token, if it is known when.
    pub fn renewed(&mut self, now: UnixMs, expires_at: Option<UnixMs>) -> bool {
        self.renewals += 1;
        let is_last = self.renewals_max == Some(self.renewals);
        if let Some(expires_at) = expires_at.filter(|_| is_last) {
            let length_ms = expires_at.saturating_sub(now);
            let warning_ms = self.warn_ms.min(length_ms / 2);
            let limit = Limit::Renewals(self.full);
            self.bounds.push(Bound { limit, length_ms, warning_ms, since: now, is_warned: false });
        }
        is_last
    }

    /// The user is there. Gives the limit that was warned of and is off now.
    pub fn touch(&mut self, now: UnixMs, is_call: bool) -> Option<Limit> {
        if is_call && !self.counts_calls {
            return None;
        }
        let idle = Limit::Idle(self.full);
        let bound = self.bounds.iter_mut().find(|bound| bound.limit == idle)?;
        let was_warned = bound.is_warned;
        bound.begin(now);
        was_warned.then_some(idle)
    }

    /// The limit that is reached.
    pub fn reached(&self, now: UnixMs) -> Option<Limit> {
        let first = self.bounds.iter().min_by_key(|bound| bound.ends_at())?;
        (first.ends_at() <= now).then_some(first.limit)
    }

    /// The limit to warn of now, and how far it is; each once.
    pub fn warning(&mut self, now: UnixMs) -> Option<(Limit, u64)> {
        let due = self.bounds.iter_mut().find(|bound| !bound.is_warned && bound.warns_at() <= now)?;
        due.is_warned = true;
        Some((due.limit, due.ends_at().saturating_sub(now)))
    }

    pub fn deadline(&self) -> Option<UnixMs> {
        let next = |bound: &Bound| if bound.is_warned { bound.ends_at() } else { bound.warns_at() };
        self.bounds.iter().map(next).min()
    }

    /// Until when calls need not ask: each limit's end, and so that activity is noticed.
    pub fn standing_until(&self) -> Option<UnixMs> {
        let until = |bound: &Bound| match bound.limit {
            Limit::Idle(_) if self.counts_calls => {
                bound.ends_at().min(bound.since.saturating_add(NOTICED_MS))
            }
            _ => bound.ends_at(),
        };
        self.bounds.iter().map(until).min()
    }
}
