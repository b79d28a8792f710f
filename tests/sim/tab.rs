use std::collections::BTreeMap;

use strongroom::engine::{
    Aim, Clock, Error, Event, Generation, Lease, RequestId, Secret, Session, Settled, UnixMs, WaiterId,
};

use super::witness::Witness;

/// What a waiter waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    Callback,
    /// The lease of this call.
    Call(usize),
    Install,
    Refresh,
    SignIn,
    SignOut,
    UserInfo,
}

#[derive(Debug)]
pub struct Waiter {
    pub wait: Wait,
    pub outcome: Option<Result<Settled, Error>>,
    pub is_forgotten: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CallOutcome {
    Aborted,
    /// The client was replaced by a new page.
    Gone,
    /// The engine gave no lease.
    Failed(Error),
    /// The API's own request failed, as `fetch` fails.
    NetworkFailed,
    Pending,
    Status(u16),
}

#[derive(Debug)]
pub struct Call {
    pub outcome: CallOutcome,
    pub waiter: Option<WaiterId>,
    /// The generation that it was last sent with.
    pub sent_with: Option<Generation>,
    pub is_resent: bool,
    pub url: String,
    pub aim: Aim,
}

/// One page with one client: what `src/browser` does for the engine, done in the world.
pub struct Tab {
    pub session: Session,
    pub clock: Clock,
    /// What the driver keeps at hand, renewed after every input.
    pub standing: Option<Lease>,
    pub waiters: BTreeMap<WaiterId, Waiter>,
    pub calls: Vec<Call>,
    pub events: Vec<Event>,
    /// The engine's own requests that nobody answered or abandoned yet.
    pub in_flight: Vec<RequestId>,
    /// `sessionStorage`: transactions by `state`. It outlives the page.
    pub remembered: BTreeMap<String, Secret>,
    /// Where the page was taken to.
    pub address: Option<String>,
    /// And what it posts there, if it does.
    pub posted: Option<std::collections::BTreeMap<String, String>>,
    /// When the one timer fires, on the monotonic clock.
    pub timer: Option<u64>,
    pub witness: Witness,
    /// Which page of this tab it is; happenings for an earlier page find nobody.
    pub page: u32,
    last_waiter: WaiterId,
}

impl Tab {
    pub fn new(session: Session, clock: Clock, witness: Witness) -> Self {
        Self {
            session,
            clock,
            standing: None,
            waiters: BTreeMap::new(),
            calls: Vec::new(),
            events: Vec::new(),
            in_flight: Vec::new(),
            remembered: BTreeMap::new(),
            address: None,
            posted: None,
            timer: None,
            witness,
            page: 0,
            last_waiter: 0,
        }
    }

    /// The page is gone and another one stands in its place.
    pub fn reload(&mut self, session: Session, clock: Clock, witness: Witness) {
        self.session = session;
        self.clock = clock;
        self.witness = witness;
        self.standing = None;
        self.waiters.clear();
        self.in_flight.clear();
        self.timer = None;
        self.page += 1;
        for call in &mut self.calls {
            if call.outcome == CallOutcome::Pending {
                call.outcome = CallOutcome::Gone;
            }
        }
    }

    pub fn new_waiter(&mut self, wait: Wait) -> WaiterId {
        self.last_waiter += 1;
        self.waiters.insert(self.last_waiter, Waiter { wait, outcome: None, is_forgotten: false });
        self.last_waiter
    }

    /// How a wait ended; panics if it did not.
    pub fn outcome(&self, waiter: WaiterId) -> &Result<Settled, Error> {
        self.waiters[&waiter].outcome.as_ref().expect("the waiter was settled")
    }

    pub fn is_settled(&self, waiter: WaiterId) -> bool {
        self.waiters[&waiter].outcome.is_some()
    }

    pub fn lease_at_hand(&self, now: UnixMs) -> Option<&Lease> {
        self.standing.as_ref().filter(|lease| lease.until.is_none_or(|until| now < until))
    }

    pub fn count(&self, is_counted: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| is_counted(event)).count()
    }
}
