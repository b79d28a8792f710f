use super::UnixMs;

/// Makes one time that never goes back out of two clocks that each fail in their own way (promise 9).
///
/// The wall clock (`Date.now()`) jumps when somebody sets it; the monotonic clock (`performance.now()`) may stand
/// still while a laptop sleeps. The engine's time advances by whichever of the two advanced more since the last
/// reading: a sleep is counted, a wall clock set back is not followed, and a wall clock set forward costs at most
/// one early refresh.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: UnixMs,
    wall: UnixMs,
    monotonic_ms: u64,
}

impl Clock {
    pub fn new(wall: UnixMs, monotonic_ms: u64) -> Self {
        Self { now: wall, wall, monotonic_ms }
    }

    /// The engine's time for these two readings.
    pub fn read(&mut self, wall: UnixMs, monotonic_ms: u64) -> UnixMs {
        let by_wall = wall.saturating_sub(self.wall);
        let by_monotonic = monotonic_ms.saturating_sub(self.monotonic_ms);
        self.now = self.now.saturating_add(by_wall.max(by_monotonic));
        self.wall = wall;
        self.monotonic_ms = monotonic_ms;
        self.now
    }

    /// What the wall clock will show at this engine time, if nobody sets it meanwhile.
    pub fn to_wall(&self, at: UnixMs) -> UnixMs {
        if at >= self.now {
            self.wall.saturating_add(at - self.now)
        } else {
            self.wall.saturating_sub(self.now - at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_set_back_does_not_stop_time() {
        let mut clock = Clock::new(1_000_000, 0);
        assert_eq!(clock.read(400_000, 5_000), 1_005_000);
        assert_eq!(clock.to_wall(1_006_000), 401_000);
        assert_eq!(clock.to_wall(1_004_000), 399_000);
    }

    #[test]
    fn a_sleep_that_only_the_wall_clock_saw_is_counted() {
        let mut clock = Clock::new(1_000_000, 0);
        assert_eq!(clock.read(4_600_000, 10), 4_600_000);
    }

    #[test]
    fn two_clocks_that_agree_give_their_time() {
        let mut clock = Clock::new(1_000_000, 50);
        assert_eq!(clock.read(1_000_700, 750), 1_000_700);
        assert_eq!(clock.read(1_000_700, 750), 1_000_700);
    }
}
