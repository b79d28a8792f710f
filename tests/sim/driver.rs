//! What `src/browser` does for the engine: one input, all its outputs, one timer.

use sha2::{Digest, Sha256};
use strongroom::engine::{
    Error, HttpRequest, Input, Output, RequestId, Secret, Settled, TransportFailure, WaiterId,
};

use super::tab::{CallOutcome, Wait};
use super::witness::Observed;
use super::world::{Answer, Happening, World};
use super::{DAY, Fate, Target, keys};

impl World {
    pub fn now(&mut self, tab: usize) -> u64 {
        self.tabs[tab].clock.read(self.clock.wall(), self.clock.monotonic())
    }

    /// One input, all its outputs, one timer.
    pub fn input(&mut self, tab: usize, observed: Observed, input: Input) {
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
            Output::Abandon(request) => {
                client.in_flight.retain(|id| *id != request);
                self.pass_turn();
            }
            Output::Digest { state, verifier } => {
                let sha256 = self.has_web_crypto.then(|| Sha256::digest(verifier.expose()).into());
                let happening = Happening::Digested { tab, page: client.page, state, sha256 };
                self.later(self.clock.truth(), happening);
            }
            Output::Notify(event) => client.events.push(event),
            Output::Send(request) => {
                client.in_flight.push(request.id);
                if request.turn.get().is_some() {
                    self.browser.queue.push_back((tab, client.page, request));
                    self.pass_turn();
                } else {
                    self.send(tab, request);
                }
            }
            Output::Settle(waiter, outcome) => self.settle(tab, waiter, outcome),
            #[cfg(feature = "full")]
            Output::Thumbprint { .. } => {}
            Output::Verify(signed) => {
                let digest = keys::verify(&signed);
                let id_token = signed.token.expose().into();
                let happening =
                    Happening::Verified { tab, page: client.page, id: signed.id, id_token, digest };
                self.later(self.clock.truth(), happening);
            }
        }
    }

    fn send(&mut self, tab: usize, request: HttpRequest) {
        let target = match () {
            () if request.href.contains("/.well-known/") => Target::Metadata,
            () if request.href.ends_with("/jwks") => Target::Keys,
            () if request.href.ends_with("/par") => Target::Pushing,
            () if request.href.ends_with("/userinfo") => Target::UserInfo,
            () if request.href.ends_with("/revoke") => Target::Revocation,
            () => Target::Token,
        };
        let page = self.tabs[tab].page;
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

    /// One at a time, as by a Web Lock; who is not wanted any more by then is not sent.
    pub fn pass_turn(&mut self) {
        let is_there = |world: &Self, (tab, page, id): (usize, u32, RequestId)| {
            world.tabs[tab].page == page && world.tabs[tab].in_flight.contains(&id)
        };
        if self.browser.on_turn.is_some_and(|turn| is_there(self, turn)) {
            return;
        }
        self.browser.on_turn = None;
        while let Some((tab, page, request)) = self.browser.queue.pop_front() {
            let turn = (tab, page, request.id);
            if !is_there(self, turn) {
                continue;
            }
            if self.tabs[tab].session.is_wanted(request.id) {
                self.browser.on_turn = Some(turn);
                return self.send(tab, request);
            }
            let answer = Err(TransportFailure::Unreachable);
            let happening = Happening::AnswerArrives { tab, page, request: request.id, answer };
            self.later(self.clock.truth(), happening);
        }
    }

    fn settle(&mut self, tab: usize, id: WaiterId, outcome: Result<Settled, Error>) {
        let client = &mut self.tabs[tab];
        let Some(waiter) = client.waiters.get_mut(&id) else { return };
        assert!(waiter.outcome.is_none(), "waiter {id} is settled twice");
        if let Ok(Settled::Leaving { href, state, transaction, form }) = &outcome {
            client.posted = form.as_ref().map(|form| super::form::read(form.expose()));
            client.address = Some(href.clone());
            client.remembered.insert(state.clone(), transaction.clone());
        }
        let Wait::Call(call) = waiter.wait else {
            waiter.outcome = Some(outcome);
            return;
        };
        let state = &mut client.calls[call];
        state.waiter = None;
        match (outcome, state.sent_with) {
            (Ok(Settled::Leased(lease)), sent_with) => {
                state.is_resent = sent_with.is_some();
                assert_eq!(lease.aim, state.aim, "another resource's token");
                state.sent_with = Some(lease.generation);
                self.send_call(tab, call, lease.access_token);
            }
            // The API's own answer is what the caller gets when nothing cured it.
            (Err(_), Some(_)) => state.outcome = CallOutcome::Status(401),
            (Err(error), None) => state.outcome = CallOutcome::Failed(error),
            (Ok(other), _) => panic!("a call was settled with {other:?}"),
        }
    }

    pub fn send_call(&mut self, tab: usize, call: usize, token: Secret) {
        let fate = self.network.fate(Target::Api, &mut self.random);
        let at =
            self.clock.truth() + self.network.latency_ms + if let Fate::Late(ms) = fate { ms } else { 0 };
        if !self.network.is_online || !fate.reaches_server() || fate == Fate::ResponseHangs {
            self.later(at, Happening::ApiAnswers { tab, call, status: None });
        } else {
            self.later(at, Happening::ApiHears { tab, call, token, fate });
        }
    }

    pub fn finish_call(&mut self, tab: usize, call: usize, status: Option<u16>) {
        let client = &mut self.tabs[tab];
        let state = &mut client.calls[call];
        if state.outcome != CallOutcome::Pending {
            return;
        }
        let aim = state.aim;
        match (status, state.sent_with) {
            (None, _) => state.outcome = CallOutcome::NetworkFailed,
            (Some(401), Some(generation)) if !state.is_resent => {
                let waiter = client.new_waiter(Wait::Call(call));
                client.calls[call].waiter = Some(waiter);
                self.input(tab, Observed::Refused(waiter), Input::Refused(waiter, generation, aim));
            }
            (Some(status), Some(generation)) => {
                state.outcome = CallOutcome::Status(status);
                if state.is_resent && status != 401 {
                    self.input(tab, Observed::Accepted(generation, aim), Input::Accepted(generation, aim));
                }
            }
            (Some(_), None) => panic!("the API answers a call that was not sent"),
        }
    }

    pub fn give_answer(&mut self, tab: usize, page: u32, request: RequestId, answer: Answer) {
        let client = &mut self.tabs[tab];
        let Some(at) = client.in_flight.iter().position(|id| *id == request).filter(|_| client.page == page)
        else {
            return;
        };
        client.in_flight.remove(at);
        self.pass_turn();
        let client = &mut self.tabs[tab];
        let (status, body) = match &answer {
            Ok(answer) => (Some(answer.status), answer.body.as_slice()),
            Err(_) => (None, &b""[..]),
        };
        let observed = client.witness.read_answer(request, status, body);
        self.input(tab, observed, Input::Answered(request, answer));
    }
}
