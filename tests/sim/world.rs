use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use strongroom::engine::{
    Clock, Entropy, HttpAnswer, HttpRequest, Input, Output, RequestId, Secret, Session, Settled,
    SignInRequest, TransportFailure, WaiterId,
};
use zeroize::Zeroizing;

use super::clock::WorldClock;
use super::network::Network;
use super::setup::Reply;
use super::tab::{Call, CallOutcome, Tab, Wait};
use super::witness::{Observed, Witness};
use super::{Api, AuthorizationServer, DAY, Fate, MINUTE, Random, Setup, Target};

/// The first tab, which is the only one in most stories.
pub const TAB: usize = 0;

type Answer = Result<HttpAnswer, TransportFailure>;

/// Something that will happen.
enum Happening {
    AnswerArrives { tab: usize, page: u32, request: RequestId, answer: Answer },
    ApiAnswers { tab: usize, call: usize, status: Option<u16> },
    ApiHears { tab: usize, call: usize, token: Secret, fate: Fate },
    Digested { tab: usize, page: u32, state: String, sha256: [u8; 32] },
    ServerHears { tab: usize, page: u32, request: HttpRequest, fate: Fate },
}

pub struct World {
    pub setup: Setup,
    pub random: Random,
    pub clock: WorldClock,
    pub server: AuthorizationServer,
    pub api: Api,
    pub network: Network,
    pub tabs: Vec<Tab>,
    happenings: BTreeMap<(u64, u64), Happening>,
    last_happening: u64,
}

impl World {
    /// A world with one tab, in which nobody is signed in.
    pub fn new(seed: u64, setup: Setup) -> Self {
        let mut world = Self {
            random: Random::new(seed),
            clock: WorldClock::new(),
            server: AuthorizationServer::new(setup.clone()),
            api: Api::default(),
            network: Network::new(),
            tabs: Vec::new(),
            setup,
            happenings: BTreeMap::new(),
            last_happening: 0,
        };
        world.open_tab();
        world
    }

    /// A world with one tab that is signed in.
    pub fn signed_in(setup: Setup) -> Self {
        let mut world = Self::new(1, setup);
        world.sign_in(TAB);
        world
    }

    pub fn open_tab(&mut self) -> usize {
        let (session, clock, witness) = self.new_client();
        self.tabs.push(Tab::new(session, clock, witness));
        self.tabs.len() - 1
    }

    /// The page is loaded anew: a new client, and whatever was under way goes on without it.
    pub fn reload(&mut self, tab: usize) {
        let (session, clock, witness) = self.new_client();
        self.tabs[tab].reload(session, clock, witness);
    }

    fn new_client(&mut self) -> (Session, Clock, Witness) {
        let session = Session::new(self.setup.config(), self.random.next());
        (session, Clock::new(self.clock.wall(), self.clock.monotonic()), Witness::new(self.setup.clone()))
    }

    // What the application does.

    pub fn call(&mut self, tab: usize) -> usize {
        let now = self.now(tab);
        let client = &mut self.tabs[tab];
        let call = client.calls.len();
        client.calls.push(Call {
            outcome: CallOutcome::Pending,
            waiter: None,
            sent_with: None,
            is_resent: false,
        });
        if let Some(lease) = client.lease_at_hand(now).cloned() {
            client.calls[call].sent_with = Some(lease.generation);
            self.send_call(tab, call, lease.access_token);
        } else {
            let waiter = client.new_waiter(Wait::Call(call));
            client.calls[call].waiter = Some(waiter);
            self.input(tab, Observed::Waits(waiter, Wait::Call(call)), Input::Demand(waiter));
        }
        call
    }

    /// A call that runs to its end; its HTTP status.
    pub fn call_and_wait(&mut self, tab: usize) -> CallOutcome {
        let call = self.call(tab);
        self.run_until("the call ends", |world| world.tabs[tab].calls[call].outcome != CallOutcome::Pending);
        self.tabs[tab].calls[call].outcome.clone()
    }

    pub fn abort(&mut self, tab: usize, call: usize) {
        let client = &mut self.tabs[tab];
        if client.calls[call].outcome != CallOutcome::Pending {
            return;
        }
        client.calls[call].outcome = CallOutcome::Aborted;
        if let Some(waiter) = client.calls[call].waiter.take() {
            client.waiters.get_mut(&waiter).expect("a waiter").is_forgotten = true;
            self.input(tab, Observed::Forgets(waiter), Input::Forget(waiter));
        }
    }

    pub fn refresh(&mut self, tab: usize) -> WaiterId {
        self.ask(tab, Wait::Refresh, Input::Refresh)
    }

    pub fn sign_out(&mut self, tab: usize) -> WaiterId {
        self.ask(tab, Wait::SignOut, Input::SignOut)
    }

    pub fn begin_sign_in(&mut self, tab: usize, request: SignInRequest) -> WaiterId {
        let entropy = Entropy(Zeroizing::new(self.random.bytes()));
        self.ask(tab, Wait::SignIn, |waiter| Input::SignIn { waiter, request, entropy })
    }

    /// The page asks the client to complete a sign-in from this URL; the host gives what it kept, once.
    pub fn complete_sign_in(&mut self, tab: usize, href: &str) -> WaiterId {
        let remembered =
            super::form::query_text(href, "state").and_then(|state| self.tabs[tab].remembered.remove(&state));
        let href = Secret::new(href);
        self.ask(tab, Wait::Callback, |waiter| Input::Callback { waiter, href, remembered })
    }

    pub fn set_tokens(&mut self, tab: usize, response: &Value) -> WaiterId {
        let refresh_token = response["refresh_token"].as_str().map(str::to_owned);
        let response = Secret::new(response.to_string());
        let waiter = self.tabs[tab].new_waiter(Wait::Install);
        self.input(tab, Observed::Installs(waiter, refresh_token), Input::Install { waiter, response });
        waiter
    }

    pub fn close(&mut self, tab: usize) {
        self.input(tab, Observed::Closes, Input::Close);
    }

    fn ask(&mut self, tab: usize, wait: Wait, input: impl FnOnce(WaiterId) -> Input) -> WaiterId {
        let waiter = self.tabs[tab].new_waiter(wait);
        self.input(tab, Observed::Waits(waiter, wait), input(waiter));
        waiter
    }

    // What the browser does.

    pub fn wake(&mut self, tab: usize) {
        self.input(tab, Observed::Other, Input::Wake);
    }

    pub fn restore(&mut self, tab: usize) {
        self.input(tab, Observed::Asked, Input::Restored);
    }

    pub fn go_online(&mut self) {
        self.network.is_online = true;
        for tab in 0..self.tabs.len() {
            self.input(tab, Observed::Asked, Input::Online);
        }
    }

    pub fn go_offline(&mut self) {
        self.network.is_online = false;
    }

    /// The machine sleeps. Servers go on; what they answer arrives on waking, or never if the connections broke.
    pub fn sleep(&mut self, ms: u64, connections_break: bool) {
        let until = self.clock.truth() + ms;
        while let Some((&key, _)) = self.happenings.iter().find(|((at, _), happening)| {
            *at <= until && matches!(happening, Happening::ServerHears { .. } | Happening::ApiHears { .. })
        }) {
            let happening = self.happenings.remove(&key).expect("it was there");
            self.happen(key.0, happening);
        }
        for (key, mut happening) in core::mem::take(&mut self.happenings) {
            if connections_break {
                match &mut happening {
                    Happening::AnswerArrives { answer, .. } => *answer = Err(TransportFailure::Unreachable),
                    Happening::ApiAnswers { status, .. } => *status = None,
                    _ => {}
                }
            }
            self.happenings.insert((key.0.max(until), key.1), happening);
        }
        self.clock.sleep_until(until);
    }

    /// The sign-in pages of the server, and the way back: a new page at the redirect URI.
    pub fn follow_redirect(&mut self, tab: usize) -> WaiterId {
        let address = self.tabs[tab].address.take().expect("the page was taken to the server");
        let callback = self.server.authorize(&address, &mut self.random, self.clock.truth());
        self.reload(tab);
        self.complete_sign_in(tab, &callback)
    }

    /// A whole sign-in that succeeds.
    pub fn sign_in(&mut self, tab: usize) {
        self.begin_sign_in(tab, SignInRequest::default());
        self.run_until("the page leaves", |world| world.tabs[tab].address.is_some());
        let waiter = self.follow_redirect(tab);
        self.run_until("the sign-in ends", |world| world.tabs[tab].is_settled(waiter));
        match self.tabs[tab].outcome(waiter) {
            Ok(Settled::SignedIn { .. }) => {}
            other => panic!("the sign-in failed: {other:?}"),
        }
    }

    // How time passes.

    pub fn pass(&mut self, ms: u64) {
        let until = self.clock.truth() + ms;
        while self.step(until) {}
        self.clock.advance_to(until);
    }

    /// Lets time pass until something is so, at most a day.
    pub fn run_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let until = self.clock.truth() + DAY;
        while !is_so(self) {
            assert!(self.step(until), "it never came to it that {what}");
        }
    }

    /// The next happening or timer up to then; `false` if there is none.
    fn step(&mut self, until: u64) -> bool {
        let timer = (0..self.tabs.len())
            .filter_map(|tab| {
                Some((self.clock.truth() + self.tabs[tab].timer?.saturating_sub(self.clock.monotonic()), tab))
            })
            .min();
        let next = self.happenings.first_key_value().map(|(key, _)| key.0);
        match (timer, next) {
            (Some((at, tab)), next) if at <= until && next.is_none_or(|next| at < next) => {
                self.clock.advance_to(at);
                self.tabs[tab].timer = None;
                self.wake(tab);
                true
            }
            (_, Some(at)) if at <= until => {
                let ((at, _), happening) = self.happenings.pop_first().expect("it was there");
                self.clock.advance_to(at);
                self.happen(at, happening);
                true
            }
            _ => false,
        }
    }

    fn later(&mut self, at: u64, happening: Happening) {
        self.last_happening += 1;
        self.happenings.insert((at, self.last_happening), happening);
    }

    fn happen(&mut self, at: u64, happening: Happening) {
        match happening {
            Happening::AnswerArrives { tab, page, request, answer } => {
                self.give_answer(tab, page, request, answer)
            }
            Happening::ApiAnswers { tab, call, status } => self.finish_call(tab, call, status),
            Happening::ApiHears { tab, call, token, fate } => {
                let status = self.api.answer(token.expose(), at, &self.server);
                let status = (fate != Fate::ResponseLost).then_some(status);
                self.later(at + self.network.latency_ms, Happening::ApiAnswers { tab, call, status });
            }
            Happening::Digested { tab, page, state, sha256 } => {
                if self.tabs[tab].page == page {
                    self.input(tab, Observed::Other, Input::Digested { state, sha256 });
                }
            }
            Happening::ServerHears { tab, page, request, fate } => {
                let body = request.form.as_ref().map(Secret::expose);
                let reply = self.server.answer(&request.href, body, &mut self.random, at);
                if let Some(answer) = as_answer(fate, reply) {
                    let at = at + self.network.latency_ms;
                    self.later(at, Happening::AnswerArrives { tab, page, request: request.id, answer });
                }
            }
        }
    }

    fn give_answer(&mut self, tab: usize, page: u32, request: RequestId, answer: Answer) {
        let client = &mut self.tabs[tab];
        let Some(at) = client.in_flight.iter().position(|id| *id == request).filter(|_| client.page == page)
        else {
            return;
        };
        client.in_flight.remove(at);
        let (status, body) = match &answer {
            Ok(answer) => (Some(answer.status), answer.body.as_slice()),
            Err(_) => (None, &b""[..]),
        };
        let observed = client.witness.read_answer(request, status, body);
        self.input(tab, observed, Input::Answered(request, answer));
    }

    // The driver.

    pub fn now(&mut self, tab: usize) -> u64 {
        self.tabs[tab].clock.read(self.clock.wall(), self.clock.monotonic())
    }

    /// One input, all its outputs, one timer.
    fn input(&mut self, tab: usize, observed: Observed, input: Input) {
        let now = self.now(tab);
        let client = &mut self.tabs[tab];
        client.session.handle_input(now, input);
        let outputs: Vec<Output> = core::iter::from_fn(|| client.session.poll_output()).collect();
        client.witness.observe(now, &observed, &outputs, &client.session);
        client.standing = client.session.standing_lease(now);
        let timeout = client.session.poll_timeout().map(|(at, _)| at.saturating_sub(now).min(DAY));
        client.timer = timeout.map(|ms| self.clock.monotonic() + ms);
        for output in outputs {
            self.perform(tab, output);
        }
    }

    fn perform(&mut self, tab: usize, output: Output) {
        let client = &mut self.tabs[tab];
        match output {
            Output::Abandon(request) => client.in_flight.retain(|id| *id != request),
            Output::Digest { state, verifier } => {
                let sha256 = Sha256::digest(verifier.expose()).into();
                let happening = Happening::Digested { tab, page: client.page, state, sha256 };
                self.later(self.clock.truth(), happening);
            }
            Output::Navigate(href) => client.address = Some(href),
            Output::Notify(event) => client.events.push(event),
            Output::Remember { state, transaction } => drop(client.remembered.insert(state, transaction)),
            Output::Send(request) => self.send(tab, request),
            Output::Settle(waiter, outcome) => self.settle(tab, waiter, outcome),
        }
    }

    fn send(&mut self, tab: usize, request: HttpRequest) {
        let target = match () {
            () if request.href.contains("/.well-known/") => Target::Metadata,
            () if request.href.ends_with("/revoke") => Target::Revocation,
            () => Target::Token,
        };
        let page = self.tabs[tab].page;
        self.tabs[tab].in_flight.push(request.id);
        let fate = self.network.fate(target, &mut self.random);
        let now = self.clock.truth();
        let latency_ms = self.network.latency_ms + if let Fate::Late(ms) = fate { ms } else { 0 };
        if !self.network.is_online || fate == Fate::RequestLost {
            let answer = Err(TransportFailure::Unreachable);
            let wait_ms = if self.network.is_online { latency_ms } else { 0 };
            self.later(now + wait_ms, Happening::AnswerArrives { tab, page, request: request.id, answer });
        } else if fate.reaches_server() {
            self.later(now + latency_ms, Happening::ServerHears { tab, page, request, fate });
        }
    }

    fn settle(&mut self, tab: usize, id: WaiterId, outcome: Result<Settled, strongroom::engine::Error>) {
        let client = &mut self.tabs[tab];
        let Some(waiter) = client.waiters.get_mut(&id) else { return };
        assert!(waiter.outcome.is_none(), "waiter {id} is settled twice");
        let Wait::Call(call) = waiter.wait else {
            waiter.outcome = Some(outcome);
            return;
        };
        let state = &mut client.calls[call];
        state.waiter = None;
        match (outcome, state.sent_with) {
            (Ok(Settled::Leased(lease)), sent_with) => {
                state.is_resent = sent_with.is_some();
                state.sent_with = Some(lease.generation);
                self.send_call(tab, call, lease.access_token);
            }
            // The API's own answer is what the caller gets when nothing cured it.
            (Err(_), Some(_)) => state.outcome = CallOutcome::Status(401),
            (Err(error), None) => state.outcome = CallOutcome::Failed(error),
            (Ok(other), _) => panic!("a call was settled with {other:?}"),
        }
    }

    fn send_call(&mut self, tab: usize, call: usize, token: Secret) {
        let fate = self.network.fate(Target::Api, &mut self.random);
        let at =
            self.clock.truth() + self.network.latency_ms + if let Fate::Late(ms) = fate { ms } else { 0 };
        if !self.network.is_online || !fate.reaches_server() || fate == Fate::ResponseHangs {
            self.later(at, Happening::ApiAnswers { tab, call, status: None });
        } else {
            self.later(at, Happening::ApiHears { tab, call, token, fate });
        }
    }

    fn finish_call(&mut self, tab: usize, call: usize, status: Option<u16>) {
        let client = &mut self.tabs[tab];
        let state = &mut client.calls[call];
        if state.outcome != CallOutcome::Pending {
            return;
        }
        match (status, state.sent_with) {
            (None, _) => state.outcome = CallOutcome::NetworkFailed,
            (Some(401), Some(generation)) if !state.is_resent => {
                let waiter = client.new_waiter(Wait::Call(call));
                client.calls[call].waiter = Some(waiter);
                self.input(tab, Observed::Refused(waiter), Input::Refused(waiter, generation));
            }
            (Some(status), _) => state.outcome = CallOutcome::Status(status),
        }
    }

    /// Nobody waits any more once things have been quiet for a while.
    pub fn check_nobody_waits(&mut self) {
        self.pass(5 * MINUTE);
        for tab in &self.tabs {
            assert_eq!(tab.witness.waiting(), 0, "somebody was never settled");
        }
    }
}

fn as_answer(fate: Fate, reply: Reply) -> Option<Answer> {
    match fate {
        Fate::ResponseHangs => None,
        Fate::ResponseLost => Some(Err(TransportFailure::Unreachable)),
        Fate::TooLarge => Some(Err(TransportFailure::TooLarge)),
        _ => Some(Ok(HttpAnswer {
            status: reply.status,
            retry_after: reply.retry_after,
            body: Zeroizing::new(reply.body),
        })),
    }
}
