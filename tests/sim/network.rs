use std::collections::{BTreeMap, VecDeque};

use super::Random;

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Api,
    Keys,
    Metadata,
    Pushing,
    Revocation,
    Token,
    UserInfo,
}

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Delivered,
    /// Delivered after so many milliseconds more.
    Late(u64),
    /// It never arrives, and the client is told.
    RequestLost,
    /// The server does what it asks, but the client hears only that the connection broke.
    ResponseLost,
    /// It never arrives, and nobody says so.
    RequestHangs,
    /// The server does what it asks, and the client hears nothing.
    ResponseHangs,
    /// The answer is larger than any token response.
    TooLarge,
}

impl Fate {
    pub const fn reaches_server(self) -> bool {
        !matches!(self, Self::RequestLost | Self::RequestHangs)
    }
}

#[derive(Debug)]
pub struct Network {
    pub is_online: bool,
    pub latency_ms: u64,
    /// Of a hundred requests, so many meet a random fate.
    pub trouble_percent: u64,
    scripted: BTreeMap<Target, VecDeque<Fate>>,
}

impl Network {
    pub fn new() -> Self {
        Self { is_online: true, latency_ms: 40, trouble_percent: 0, scripted: BTreeMap::new() }
    }

    /// The next requests to `target` meet these fates, in this order.
    pub fn script(&mut self, target: Target, fates: &[Fate]) {
        self.scripted.entry(target).or_default().extend(fates);
    }

    pub fn forget_script(&mut self) {
        self.scripted.clear();
    }

    pub fn fate(&mut self, target: Target, random: &mut Random) -> Fate {
        if let Some(fate) = self.scripted.get_mut(&target).and_then(VecDeque::pop_front) {
            return fate;
        }
        if !random.chance(self.trouble_percent) {
            return Fate::Delivered;
        }
        let late = Fate::Late(random.between(1, 40_000));
        random.pick(&[
            late,
            Fate::RequestLost,
            Fate::ResponseLost,
            Fate::RequestHangs,
            Fate::ResponseHangs,
            Fate::TooLarge,
        ])
    }
}
