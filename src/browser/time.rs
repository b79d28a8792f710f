use core::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;

use super::global;
use crate::engine::{Clock, UnixMs};

/// Timers are chained below this: longer ones overflow at 2^31 − 1 ms and fire at once.
const CHAIN_MAX_MS: u64 = 86_400_000;

/// The two clocks of the platform as the engine's one time.
pub struct Time(Cell<Clock>);

impl Time {
    pub fn new() -> Self {
        Self(Cell::new(Clock::new(wall(), monotonic())))
    }

    pub fn now(&self) -> UnixMs {
        let mut clock = self.0.get();
        let now = clock.read(wall(), monotonic());
        self.0.set(clock);
        now
    }

    /// What `Date.now()` will show at this engine time.
    pub fn to_wall(&self, at: UnixMs) -> UnixMs {
        self.0.get().to_wall(at)
    }
}

fn wall() -> UnixMs {
    js_sys::Date::now() as u64
}

fn monotonic() -> u64 {
    global::monotonic_ms() as u64
}

/// The driver's one timer.
pub struct Alarm {
    ring: Closure<dyn FnMut()>,
    armed: RefCell<Option<(UnixMs, JsValue)>>,
}

impl Alarm {
    pub fn new(ring: impl FnMut() + 'static) -> Self {
        Self { ring: Closure::new(ring), armed: RefCell::new(None) }
    }

    /// Rings at `deadline`, or earlier if that is far; `None` stops the timer. One that is set for this deadline stays.
    pub fn arm(&self, now: UnixMs, deadline: Option<UnixMs>) {
        let mut armed = self.armed.borrow_mut();
        if armed.as_ref().map(|(until, _)| *until) == deadline {
            return;
        }
        if let Some((_, timer)) = armed.take() {
            global::clear_timeout(&timer);
        }
        *armed = deadline.map(|deadline| {
            let delay_ms = deadline.saturating_sub(now).min(CHAIN_MAX_MS) as u32;
            (deadline, global::set_timeout(self.ring.as_ref(), delay_ms))
        });
    }

    /// The timer has fired: the next deadline, even the same one, needs a new timer.
    pub fn rung(&self) {
        self.armed.take();
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some((_, timer)) = self.armed.take() {
            global::clear_timeout(&timer);
        }
    }
}
