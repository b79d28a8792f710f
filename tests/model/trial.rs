use strongroom::engine::{Code, SignInRequest, UnixMs};

use crate::operation::{self, Answer, Operation};
use crate::sim::ledger::Kind;
use crate::sim::token_endpoint::PASSWORD;
use crate::sim::*;

/// One random world, before it happened.
#[derive(Clone, Debug)]
pub struct Trial {
    pub seed: u64,
    pub setup: Setup,
    pub operations: Vec<Operation>,
}

/// How a call fares when everything is well again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    Closed,
    /// The server had ended the session, or there is no refresh token.
    GrantLost,
    Served,
    SignedOut,
}

impl Trial {
    pub fn from_seed(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut setup = operation::setup(&mut random);
        // From a source of its own, so that nothing else is another.
        setup.limits = operation::limits(&mut Random::new(!seed));
        setup.resources = operation::resources(&mut Random::new(seed.rotate_left(32)));
        operation::take_back_end(&mut setup, &mut Random::new(seed.rotate_left(16)));
        let length = random.between(3, 40);
        let operations = (0..length).map(|_| Operation::random(&mut random)).collect();
        Self { seed, setup, operations }
    }

    pub fn run(&self) -> Ending {
        let mut run =
            Run { world: World::new(self.seed, self.setup.clone()), is_closed: false, callbacks: Vec::new() };
        run.world.clock.monotonic_stops_in_sleep = self.seed.is_multiple_of(2);
        run.perform(&Operation::SignIn { to_same_page: true });
        for operation in &self.operations {
            run.perform(operation);
        }
        run.heal_and_judge()
    }
}

struct Run {
    world: World,
    is_closed: bool,
    callbacks: Vec<String>,
}

impl Run {
    fn perform(&mut self, operation: &Operation) {
        let world = &mut self.world;
        match *operation {
            Operation::Abort => {
                let is_pending = |call: &tab::Call| call.outcome == CallOutcome::Pending;
                if let Some(call) = world.tabs[TAB].calls.iter().rposition(is_pending) {
                    world.abort(TAB, call);
                }
            }
            Operation::ApiRefuses(refuses_all) => world.api.refuses_all = refuses_all,
            Operation::Call(calls) => {
                for at in 0..calls as usize {
                    let urls = urls(&world.setup);
                    world.call_to(TAB, &urls[at % urls.len()]);
                }
            }
            Operation::Close => {
                world.close(TAB);
                self.is_closed = true;
            }
            Operation::GoOffline => world.go_offline(),
            Operation::GoOnline => world.go_online(),
            Operation::ReplayCallback => {
                if let Some(callback) = self.callbacks.last() {
                    let waiter = world.complete_sign_in(TAB, &callback.clone());
                    assert!(world.tabs[TAB].outcome(waiter).is_err(), "a callback was taken twice");
                }
            }
            Operation::MeetFate(target, fate) => world.network.script(target, &[fate]),
            Operation::Notice => world.notice(TAB),
            Operation::Pass(ms) => world.pass(ms),
            Operation::Refresh => _ = world.refresh(TAB),
            Operation::Reload => {
                world.reload(TAB);
                self.is_closed = false;
            }
            Operation::Restore => world.restore(TAB),
            Operation::RevokeAccessTokens => world.server.ledger.revoke_access_tokens(),
            Operation::RevokeGrants => world.server.ledger.revoke_all_grants(),
            Operation::Script(answer, times) => {
                world.server.scripted.extend((0..times).map(|_| reply(answer)));
            }
            Operation::ServerDown(answer) => world.server.down = answer.map(reply),
            Operation::SetTokens => {
                let response = world.server.grant_elsewhere(&mut world.random, world.clock.truth());
                world.set_tokens(TAB, &response);
            }
            Operation::SetTokensWrongly => {
                _ = world.set_tokens(TAB, &serde_json::json!({ "access_token": [MARK] }));
            }
            Operation::SetWall(by_ms) => world.clock.set_wall(by_ms),
            Operation::SignIn { to_same_page } => self.sign_in(to_same_page),
            Operation::SignOut => _ = world.sign_out(TAB),
            Operation::Sleep { ms, connections_break, wakes } => {
                world.sleep(ms, connections_break);
                if wakes {
                    world.wake(TAB);
                }
            }
            Operation::SwitchAccount(switches) => {
                world.server.switched_subject = switches.then(|| "mallory".into());
            }
            Operation::SpoilIdTokens(spoils) => world.server.spoils_nonce = spoils,
            Operation::Trouble(percent) => world.network.trouble_percent = percent,
            Operation::Wake => world.wake(TAB),
        }
    }

    /// Out to the server, as far as that succeeds, and back again.
    fn sign_in(&mut self, to_same_page: bool) {
        let world = &mut self.world;
        if world.setup.is_back_end() {
            if !to_same_page {
                world.reload(TAB);
                self.is_closed = false;
            }
            if world.setup.kind == "bff" {
                return self.sign_in_at_bff();
            }
            let password = if world.random.chance(90) { PASSWORD } else { "wr0ng" };
            world.begin_sign_in_by_password(TAB, password);
            if world.random.chance(70) {
                world.pass(SECOND);
            }
            return;
        }
        world.tabs[TAB].address = None;
        let waiter = world.begin_sign_in(TAB, SignInRequest::default());
        world.pass(2 * SECOND);
        let Some(address) = world.tabs[TAB].address.take() else { return };
        assert!(world.tabs[TAB].outcome(waiter).is_ok());
        let callback = world.server.authorize(&address, &mut world.random, world.clock.truth());
        if !to_same_page {
            world.reload(TAB);
            self.is_closed = false;
        }
        world.complete_sign_in(TAB, &callback);
        if self.world.random.chance(70) {
            self.world.pass(SECOND);
        }
        self.callbacks.push(callback);
    }

    /// At the back end's own page; a page comes back from there.
    fn sign_in_at_bff(&mut self) {
        let world = &mut self.world;
        world.tabs[TAB].address = None;
        world.begin_sign_in(TAB, SignInRequest::default());
        if world.tabs[TAB].address.take().is_some() && world.network.is_online {
            world.give_cookie();
            world.reload(TAB);
            self.is_closed = false;
        }
    }

    /// Everything works again, and stays so long enough for every pause to end.
    fn heal_and_judge(mut self) -> Ending {
        let world = &mut self.world;
        world.network.forget_script();
        world.network.trouble_percent = 0;
        world.server.down = None;
        world.server.scripted.clear();
        world.server.switched_subject = None;
        world.server.spoils_nonce = false;
        world.api.refuses_all = false;
        world.go_online();
        world.pass(3 * MINUTE);
        world.sleep(2 * HOUR, true);
        world.wake(TAB);
        world.pass(3 * MINUTE);
        assert_eq!(world.tabs[TAB].witness.waiting(), 0, "somebody was never settled");
        let is_pending = |call: &tab::Call| call.outcome == CallOutcome::Pending;
        assert!(!world.tabs[TAB].calls.iter().any(is_pending), "a call never ended");

        if world.setup.is_back_end() && !self.is_closed {
            // Until it is known whether the cookie still holds a session, and whose it is.
            world.complete_sign_in(TAB, setup::REDIRECT_URI);
            world.refresh(TAB);
            world.pass(SECOND);
        }
        let is_signed_in = world.tabs[TAB].witness.is_signed_in();
        let now = world.clock.truth();
        // One renewal each: not where they are counted.
        let are_renewable = is_renewable(world, now) && world.setup.max_renewals().is_none();
        let urls = urls(&world.setup);
        for url in &urls[1..] {
            let outcome = world.call_to_and_wait(TAB, url);
            let is_served = outcome == CallOutcome::Status(200);
            let is_expected = is_signed_in && are_renewable && !self.is_closed;
            assert!(is_served || !is_expected, "a call to {url} in a healthy world: {outcome:?}");
            assert!(!is_served || is_signed_in, "nobody is signed in");
        }
        assert_eq!(world.api.foreign_seen, 0, "a token of one resource was sent to another");
        let (is_signed_in, is_renewable) = (world.tabs[TAB].witness.is_signed_in(), is_renewable(world, now));
        let outcome = world.call_and_wait(TAB);
        match (&outcome, self.is_closed, is_signed_in, is_renewable) {
            (CallOutcome::Failed(error), true, ..) if error.code == Code::Closed => Ending::Closed,
            (CallOutcome::Failed(error), false, false, _) if error.code == Code::NotSignedIn => {
                Ending::SignedOut
            }
            (CallOutcome::Status(200), false, true, true) => Ending::Served,
            (CallOutcome::Status(_) | CallOutcome::Failed(_), false, true, false) => Ending::GrantLost,
            expected => panic!("a call in a healthy world: {expected:?}"),
        }
    }
}

/// Whether the server would renew the session.
fn is_renewable(world: &World, now: UnixMs) -> bool {
    let witness = &world.tabs[TAB].witness;
    let is_good = |token: &String| world.server.ledger.is_good(token, Kind::Refresh, now);
    let has_cookie = world.setup.has_cookie();
    let refresh_token =
        if has_cookie { world.browser.cookie.as_ref() } else { witness.refresh_token.as_ref() };
    !witness.is_spent() && refresh_token.is_some_and(is_good)
}

/// Every resource's, the session's own first.
fn urls(setup: &Setup) -> Vec<String> {
    let others = setup.resources.iter().filter_map(|one| one["url"].as_str());
    [setup::API].into_iter().chain(others).map(String::from).collect()
}

fn reply(answer: Answer) -> Reply {
    match answer {
        Answer::Empty => Reply { status: 200, retry_after: None, body: Vec::new() },
        Answer::Html => Reply::html(200),
        Answer::InvalidClient => Reply::error(401, "invalid_client"),
        Answer::InvalidGrant => Reply::error(400, "invalid_grant"),
        Answer::RetryAfter => Reply::html(503).retry_after("90"),
        Answer::TooMany => Reply::html(429),
        Answer::Unavailable => Reply::html(503),
    }
}
