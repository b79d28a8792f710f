use alloc::rc::{Rc, Weak};
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::{JsString, Promise, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};

use super::dpop::{self, Prover};
use super::global::Exchange;
use super::host::Host;
use super::lifecycle::Lifecycle;
use super::snapshot;
use super::task::Task;
use super::time::{Alarm, Time};
use super::waiting::{Answer, Waiting};
use super::{crypto, error};
use crate::engine::dpop::TokenType;
use crate::engine::{
    Aim, Config, Error, Generation, InFull, Input, Lease, Output, RequestId, Secret, Session, Signed, Status,
    StepUp, UnixMs, WaiterId,
};

/// The one loop of the shell: one input, all its outputs, one timer. No borrow is held while anything outside is
/// called.
pub struct Driver {
    pub host: Host,
    pub session: RefCell<Session>,
    pub prover: Prover,
    alarm: Alarm,
    /// The engine's requests under way.
    requests: RefCell<Vec<(RequestId, Exchange)>>,
    pub time: Time,
    waiting: RefCell<Waiting>,
    lifecycle: RefCell<Option<Lifecycle>>,
    header: RefCell<Option<Header>>,
    shown: Cell<Option<Shown>>,
    /// Calls that may bring a next token, so far.
    #[cfg(feature = "full")]
    pub calls_sent: Cell<u64>,
}

/// The `Authorization` value of one generation, made once.
#[derive(Clone)]
pub struct Header {
    pub value: JsString,
    pub generation: Generation,
    aim: Aim,
    token_type: TokenType,
    until: Option<UnixMs>,
}

/// What the last snapshot depended on.
type Shown = (Status, Generation, Option<UnixMs>, Option<&'static str>, InFull<UnixMs>);

impl Driver {
    pub fn new(config: Config, host: Host) -> Rc<Self> {
        let driver = Rc::new_cyclic(|driver: &Weak<Self>| Self {
            host,
            session: RefCell::new(Session::new(config, crypto::jitter_seed())),
            prover: Default::default(),
            alarm: Alarm::new({
                let driver = driver.clone();
                move || {
                    if let Some(driver) = driver.upgrade() {
                        driver.alarm.rung();
                        driver.dispatch(Input::Wake);
                    }
                }
            }),
            requests: RefCell::default(),
            time: Time::new(),
            waiting: RefCell::default(),
            lifecycle: RefCell::new(None),
            header: RefCell::new(None),
            shown: Cell::new(None),
            #[cfg(feature = "full")]
            calls_sent: Cell::new(0),
        });
        let listening = Rc::downgrade(&driver);
        driver.lifecycle.replace(Some(Lifecycle::new(move |input| {
            if let Some(driver) = listening.upgrade() {
                driver.dispatch(input);
            }
        })));
        driver.dispatch(Input::Joined);
        driver
    }

    /// Feeds one input and carries out everything the engine asks for.
    pub fn dispatch(self: &Rc<Self>, input: Input) {
        let now = self.time.now();
        self.session.borrow_mut().handle_input(now, input);
        self.publish_lease(now);
        loop {
            // The borrow ends on this line: performing may call back into us.
            let Some(output) = self.session.borrow_mut().poll_output() else { break };
            self.perform(output);
        }
        self.show();
        let deadline = self.session.borrow().poll_timeout().map(|(deadline, _)| deadline);
        self.alarm.arm(now, deadline);
    }

    /// Asks the engine for a lease, in place of the `refused` one if there is one. The task that waits for the answer is
    /// resumed by it.
    pub fn ask(
        self: &Rc<Self>,
        aim: Aim,
        refused: Option<Generation>,
        waits: Option<(Rc<Task>, Answer)>,
    ) -> WaiterId {
        let waiter = self.waiting.borrow_mut().task(waits);
        self.dispatch(match refused {
            None => Input::Demand(waiter, aim),
            Some(generation) => Input::Refused(waiter, generation, aim),
        });
        waiter
    }

    /// Asks the engine, for a promise of the page. The question is put before the promise is given, so that a call
    /// after this one sees what it did.
    pub fn promise(self: &Rc<Self>, shows_token: bool, input: impl FnOnce(WaiterId) -> Input) -> Promise {
        let (waiter, promise) = self.waiting.borrow_mut().promise(shows_token);
        self.dispatch(input(waiter));
        promise
    }

    /// Nobody waits any more.
    pub fn forget(self: &Rc<Self>, waiter: WaiterId) {
        let gone = self.waiting.borrow_mut().take(waiter);
        if gone.is_some() {
            self.dispatch(Input::Forget(waiter));
        }
    }

    pub fn close(self: &Rc<Self>) {
        self.dispatch(Input::Close);
        self.lifecycle.borrow_mut().take();
        let requests = self.requests.take();
        self.prover.forget();
        requests.iter().for_each(|(_, exchange)| exchange.abort());
    }

    pub fn is_stale(&self, remembered: &Secret) -> bool {
        self.session.borrow().is_stale(self.time.now(), remembered)
    }

    pub fn is_repeated(&self, demand: &StepUp) -> bool {
        self.session.borrow().is_repeated(self.time.now(), demand)
    }

    /// Whose token a call to this serialised URL gets; `None`: it is not ours.
    pub fn aim_of(&self, href: &str) -> Option<Aim> {
        self.session.borrow().config().resources.find(href).map(|resource| resource.aim)
    }

    pub fn to_error(&self, error: &Error) -> JsValue {
        error::to_error(&self.host, error)
    }

    /// Whether calls may need a proof.
    #[cfg(feature = "full")]
    pub fn proves_calls(&self) -> bool {
        !self.session.borrow().config().provider.dpop.is_off()
    }

    /// Whether the one standing lease is right for all calls.
    pub fn is_quick(&self) -> bool {
        let session = self.session.borrow();
        let config = session.config();
        config.provider.dpop.is_off()
            && config.provider.backend.get().is_none_or(|backend| !backend.is_bff)
            && config.targets.get().is_none_or(Vec::is_empty)
            && config.resources.0.iter().all(|resource| resource.placement.get().is_none())
            && !config.resources.have_sliding()
    }

    /// The header for this lease; of one generation there is one string.
    pub fn header(&self, lease: &Lease) -> Header {
        let is_same = |header: &&Header| header.generation == lease.generation && header.aim == lease.aim;
        if let Some(header) = self.header.borrow().as_ref().filter(is_same) {
            return header.clone();
        }
        let Lease { access_token, token_type, aim, generation, until } = lease;
        let mut text = zeroize::Zeroizing::new(String::with_capacity(7 + access_token.expose().len()));
        text.push_str(token_type.as_str());
        text.push(' ');
        text.push_str(access_token.expose());
        let value = JsString::from(text.as_str());
        Header { value, generation: *generation, aim: *aim, token_type: *token_type, until: *until }
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Abandon(id) => {
                if let Some(exchange) = self.ended(id) {
                    exchange.abort();
                }
            }
            Output::Digest { state, verifier } => {
                let driver = Rc::clone(self);
                Task::spawn(|task| async move {
                    driver.dispatch(match crypto::sha256(&task, &verifier).await {
                        Some(sha256) => Input::Digested { state, sha256 },
                        None => Input::DigestFailed { state },
                    });
                });
            }
            Output::Notify(event) => {
                self.prover.hear(&event, &self.session);
                let (kind, detail) = snapshot::event(&event, &self.session, &self.time);
                self.host.event(kind, detail);
            }
            Output::Send(request) => {
                let exchange = Exchange::new();
                self.requests.borrow_mut().push((request.id, exchange.clone()));
                let driver = Rc::clone(self);
                Task::spawn(|task| async move {
                    let answer = dpop::request(&task, &driver, &request, &exchange).await;
                    // One that is gone from the list was abandoned.
                    if driver.ended(request.id).is_some() {
                        driver.dispatch(Input::Answered(request.id, answer));
                    }
                });
            }
            #[cfg(feature = "full")]
            Output::Thumbprint { state, algorithm } => dpop::thumbprint(Rc::clone(self), state, algorithm),
            Output::Verify(Signed { id, algorithm, jwk, token, access_token }) => {
                let verifying = self.host.verify(&algorithm, &jwk, token.expose(), access_token.expose());
                let driver = Rc::clone(self);
                Task::spawn(|task| async move {
                    let digest = task.wait(&verifying).await.ok();
                    let digest = digest.and_then(|digest| digest.dyn_into::<Uint8Array>().ok());
                    driver.dispatch(Input::Verified(id, digest.map(|digest| digest.to_vec())));
                });
            }
            Output::Settle(waiter, outcome) => {
                let settlement = self.waiting.borrow_mut().take(waiter);
                if let Some(settlement) = settlement {
                    settlement.deliver(&self.host, outcome);
                }
            }
        }
    }

    /// Takes a request out of those under way.
    fn ended(&self, id: RequestId) -> Option<Exchange> {
        let mut requests = self.requests.borrow_mut();
        let at = requests.iter().position(|(known, _)| *known == id)?;
        Some(requests.swap_remove(at).1)
    }

    /// Tells the host the standing lease whenever it is another. One that is bound needs a proof for each call, which is
    /// ours to make.
    fn publish_lease(&self, now: UnixMs) {
        let lease = self.session.borrow().standing_lease(now);
        let header = lease.map(|lease| Header { until: lease.until, ..self.header(&lease) });
        let key = |header: &Option<Header>| header.as_ref().map(|header| (header.generation, header.until));
        let is_known = key(&header) == key(&self.header.borrow());
        self.header.replace(header.clone());
        if is_known {
            return;
        }
        match header {
            Some(Header { value, generation, until, token_type: TokenType::Bearer, .. }) => {
                let until_ms = until.map_or(f64::INFINITY, |until| self.time.to_wall(until) as f64);
                self.host.leased(&value, until_ms, generation);
            }
            _ => self.host.leased(&JsValue::UNDEFINED, 0.0, 0),
        }
    }

    fn show(&self) {
        let session = self.session.borrow();
        // A token that slides may be given another end.
        let expires_at = InFull::new(session.expires_at());
        let (status, refresh_at) = (session.status(), session.refresh_at());
        let shown = Some((status, session.generation(), refresh_at, session.reason(), expires_at));
        if self.shown.replace(shown) == shown {
            return;
        }
        let snapshot = snapshot::snapshot(&session, &self.time);
        drop(session);
        self.host.changed(snapshot);
    }
}
