//! The three times of the world: the truth, the wall clock that people set, and the monotonic clock that may stand
//! still while the machine sleeps.

const BEGINNING_MS: u64 = 1_800_000_000_000;

#[derive(Clone, Debug)]
pub struct WorldClock {
    true_ms: u64,
    wall_offset_ms: i64,
    slept_ms: u64,
    /// Chromium's and Safari's `performance.now()` stop in sleep on some systems, others' go on.
    pub monotonic_stops_in_sleep: bool,
}

impl WorldClock {
    pub fn new() -> Self {
        Self { true_ms: BEGINNING_MS, wall_offset_ms: 0, slept_ms: 0, monotonic_stops_in_sleep: true }
    }

    /// What the servers' clocks say.
    pub fn truth(&self) -> u64 {
        self.true_ms
    }

    /// What `Date.now()` says.
    pub fn wall(&self) -> u64 {
        self.true_ms.saturating_add_signed(self.wall_offset_ms)
    }

    /// What `performance.now()` says.
    pub fn monotonic(&self) -> u64 {
        self.true_ms - BEGINNING_MS - self.slept_ms
    }

    pub fn advance_to(&mut self, true_ms: u64) {
        self.true_ms = self.true_ms.max(true_ms);
    }

    pub fn sleep_until(&mut self, true_ms: u64) {
        let slept_ms = true_ms.saturating_sub(self.true_ms);
        self.advance_to(true_ms);
        if self.monotonic_stops_in_sleep {
            self.slept_ms += slept_ms;
        }
    }

    /// Somebody sets the wall clock.
    pub fn set_wall(&mut self, by_ms: i64) {
        self.wall_offset_ms += by_ms;
    }

    pub fn wall_is_off_by_ms(&self) -> u64 {
        self.wall_offset_ms.unsigned_abs()
    }
}
