use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};
use strongroom::engine::{
    Clock, Entropy, HttpAnswer, HttpRequest, Input, Output, RequestId, Secret, Session, Settled,
    SignInRequest, TransportFailure, WaiterId,
};
use zeroize::Zeroizing;

use super::browser::Browser;
use super::clock::WorldClock;
use super::network::Network;
use super::setup::Reply;
use super::tab::{Call, CallOutcome, Tab, Wait};
use super::witness::{Observed, Witness};
use super::{Api, AuthorizationServer, DAY, Fate, MINUTE, Random, SECOND, Setup, Target};

/// The first tab, which is the only one in most stories.
pub const TAB: usize = 0;

/// More happenings than this at one moment are a loop, even if ten thousand calls are made.
const AT_ONCE_MAX: u32 = 100_000;

pub type Answer = Result<HttpAnswer, TransportFailure>;

/// Something that will happen.
pub enum Happening {
    AnswerArrives { tab: usize, page: u32, request: RequestId, answer: Answer },
    ApiAnswers { tab: usize, call: usize, status: Option<u16> },
    ApiHears { tab: usize, call: usize, token: Secret, fate: Fate },
    Digested { tab: usize, page: u32, state: String, sha256: Option<[u8; 32]> },
    ServerHears { tab: usize, page: u32, request: HttpRequest, fate: Fate },
    Verified { tab: usize, page: u32, id: RequestId, id_token: String, digest: Option<Vec<u8>> },
}

pub struct World {
    pub setup: Setup,
    pub random: Random,
    pub clock: WorldClock,
    pub server: AuthorizationServer,
    pub api: Api,
    pub network: Network,
    pub tabs: Vec<Tab>,
    pub browser: Browser,
    /// Pages that were not loaded securely have no `crypto.subtle`.
    pub has_web_crypto: bool,
    pub happenings: BTreeMap<(u64, u64), Happening>,
    last_happening: u64,
    last_step: u64,
    steps_now: u32,
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
            browser: Browser::default(),
            has_web_crypto: true,
            setup,
            happenings: BTreeMap::new(),
            last_happening: 0,
            last_step: 0,
            steps_now: 0,
        };
        world.open_tab();
        world
    }

    /// A world with one tab that is signed in.
    pub fn signed_in(setup: Setup) -> Self {
        let mut world = Self::new(1, setup);
        if world.setup.has_cookie() {
            // Until it is known that nobody is signed in; then as if it never was.
            world.pass(SECOND);
            world.server.token_requests.clear();
        }
        world.sign_in(TAB);
        world
    }

    pub fn open_tab(&mut self) -> usize {
        let (session, clock, witness) = self.new_client();
        self.tabs.push(Tab::new(session, clock, witness));
        let tab = self.tabs.len() - 1;
        self.input(tab, Observed::Other, Input::Joined);
        tab
    }

    /// The page is loaded anew: a new client, and whatever was under way goes on without it.
    pub fn reload(&mut self, tab: usize) {
        let (session, clock, witness) = self.new_client();
        self.tabs[tab].reload(session, clock, witness);
        self.pass_turn();
        self.input(tab, Observed::Other, Input::Joined);
    }

    fn new_client(&mut self) -> (Session, Clock, Witness) {
        let session = Session::new(self.setup.config(), self.random.next());
        (session, Clock::new(self.clock.wall(), self.clock.monotonic()), Witness::new(self.setup.clone()))
    }

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
        self.steps_now = if self.last_step == self.clock.truth() { self.steps_now + 1 } else { 0 };
        self.last_step = self.clock.truth();
        assert!(
            self.steps_now < AT_ONCE_MAX,
            "promise 9: no time passes any more, but things go on happening"
        );
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

    pub fn later(&mut self, at: u64, happening: Happening) {
        self.last_happening += 1;
        self.happenings.insert((at, self.last_happening), happening);
    }

    pub fn happen(&mut self, at: u64, happening: Happening) {
        match happening {
            Happening::AnswerArrives { tab, page, request, answer } => {
                self.give_answer(tab, page, request, answer)
            }
            Happening::ApiAnswers { tab, call, status } => self.finish_call(tab, call, status),
            Happening::ApiHears { tab, call, token, fate } => {
                let token = match self.setup.kind {
                    "bff" => self.browser.access_token.clone().unwrap_or_default(),
                    _ => token.expose().into(),
                };
                let status = self.api.answer(&self.tabs[tab].calls[call].url, &token, at, &self.server);
                let status = (fate != Fate::ResponseLost).then_some(status);
                self.later(at + self.network.latency_ms, Happening::ApiAnswers { tab, call, status });
            }
            Happening::Digested { tab, page, state, sha256 } => {
                if self.tabs[tab].page == page {
                    let input = match sha256 {
                        Some(sha256) => Input::Digested { state, sha256 },
                        None => Input::DigestFailed { state },
                    };
                    self.input(tab, Observed::Other, input);
                }
            }
            Happening::Verified { tab, page, id, id_token, digest } => {
                if self.tabs[tab].page == page {
                    let observed = self.tabs[tab].witness.read_verified(&id_token);
                    self.input(tab, observed, Input::Verified(id, digest));
                }
            }
            Happening::ServerHears { tab, page, request, fate } => {
                let body = self.body_of(&request);
                let reply = match request.bearer.get() {
                    Some(lease) => {
                        let reply = self.server.user_info(lease.access_token.expose(), at);
                        let pace = &mut self.tabs[tab].witness.pace;
                        match reply.status {
                            200 => pace.refusal_was_cured(),
                            401 => pace.is_asked_for = true,
                            _ => {}
                        }
                        reply
                    }
                    None => self.server.answer(&request.href, body.as_deref(), &mut self.random, at),
                };
                if let Some(answer) =
                    as_answer(fate, reply).map(|answer| self.keep_cookie(&request.href, answer))
                {
                    let at = at + self.network.latency_ms;
                    self.later(at, Happening::AnswerArrives { tab, page, request: request.id, answer });
                }
            }
        }
    }

    /// As the browser sends it, with its cookie.
    fn body_of(&self, request: &HttpRequest) -> Option<String> {
        let mut body = super::body(request)?.to_owned();
        if self.setup.has_cookie()
            && let Some(cookie) = &self.browser.cookie
        {
            let name = if request.href.ends_with("/revoke") { "token" } else { "refresh_token" };
            if !body.contains("password") {
                body = format!("{body}&{name}={}", super::form::encode(cookie));
            }
        }
        Some(body)
    }

    /// What the cookie holds goes into the jar and not to the page, if the answer arrives.
    fn keep_cookie(&mut self, href: &str, mut answer: Answer) -> Answer {
        let Ok(given) = &mut answer else { return answer };
        if !self.setup.has_cookie() {
            return answer;
        }
        if href.ends_with("/revoke") {
            self.browser.cookie = None;
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(&given.body) else { return answer };
        let mut take = |name: &str| match body.as_object_mut()?.remove(name)? {
            Value::String(token) => Some(token),
            _ => None,
        };
        if let Some(token) = take("refresh_token") {
            self.browser.cookie = Some(token);
        }
        if self.setup.kind == "bff"
            && let Some(token) = take("access_token")
        {
            self.browser.access_token = Some(token);
        }
        given.body = Zeroizing::new(body.to_string().into_bytes());
        answer
    }

    /// Nobody waits any more once things have been quiet for a while.
    pub fn check_nobody_waits(&mut self) {
        self.pass(5 * MINUTE);
        assert_eq!(self.api.foreign_seen, 0, "promise 3: a token of one resource was sent to another");
        for tab in &self.tabs {
            assert_eq!(tab.witness.waiting(), 0, "somebody was never settled");
            tab.witness.check_nothing_unverified();
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
            dpop_nonce: None,
            body: Zeroizing::new(reply.body),
        })),
    }
}
