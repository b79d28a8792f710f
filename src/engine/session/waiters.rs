use alloc::vec::Vec;

use super::super::{Aim, Cause, Full, Generation, UnixMs, WaiterId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    Lease(Aim),
    /// A lease of a newer generation than the one that an API refused.
    NewerLease(Generation, Aim),
    /// New tokens, whatever the old ones are.
    Renewal,
    /// A lease, to ask the UserInfo endpoint with.
    UserInfo(Full),
    /// And a newer one, if that was refused.
    UserInfoAgain(Full),
}

impl Want {
    /// Whose token.
    pub fn aim(self) -> Aim {
        match self {
            Self::Lease(aim) | Self::NewerLease(_, aim) => aim,
            Self::Renewal | Self::UserInfo(_) | Self::UserInfoAgain(_) => Aim::default(),
        }
    }

    /// Why a renewal that is for this begins.
    pub fn cause(self) -> Cause {
        match self {
            Self::Lease(_) | Self::UserInfo(_) => Cause::Call,
            Self::NewerLease(..) | Self::UserInfoAgain(_) => Cause::Refused,
            Self::Renewal => Cause::Manual,
        }
    }
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

    pub fn first(&self) -> Option<&Waiter> {
        self.0.first()
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
