use alloc::vec::Vec;

use super::super::{Full, Generation, UnixMs, WaiterId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    Lease,
    /// A lease of a newer generation than the one that an API refused.
    NewerLease(Generation),
    /// New tokens, whatever the old ones are.
    Renewal,
    /// A lease, to ask the UserInfo endpoint with.
    UserInfo(Full),
    /// And a newer one, if that was refused.
    UserInfoAgain(Full),
}

#[derive(Debug)]
pub struct Waiter {
    pub id: WaiterId,
    pub want: Want,
    pub deadline: UnixMs,
}

/// Those who wait for the tokens, in the order in which they came. All wait equally long and time never goes
/// back, so that is also the order of their deadlines.
#[derive(Debug, Default)]
pub struct Waiters(Vec<Waiter>);

impl Waiters {
    pub fn add(&mut self, waiter: Waiter) {
        self.0.push(waiter);
    }

    pub fn remove(&mut self, id: WaiterId) {
        self.0.retain(|waiter| waiter.id != id);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn first_deadline(&self) -> Option<UnixMs> {
        self.0.first().map(|waiter| waiter.deadline)
    }

    pub fn take_expired(&mut self, now: UnixMs) -> Vec<Waiter> {
        let count = self.0.partition_point(|waiter| waiter.deadline <= now);
        let rest = self.0.split_off(count);
        core::mem::replace(&mut self.0, rest)
    }

    pub fn take_all(&mut self) -> Vec<Waiter> {
        core::mem::take(&mut self.0)
    }
}
