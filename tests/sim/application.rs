//! What the application does with its client, and what the browser does to the page.

use serde_json::Value;
use strongroom::engine::{
    Aim, Entropy, InFull, Input, Secret, Settled, SignInRequest, Status, TransportFailure, WaiterId,
};
use zeroize::Zeroizing;

use super::form;
use super::setup::{API, REDIRECT_URI};
use super::tab::{Call, CallOutcome, Wait};
use super::token_endpoint::PASSWORD;
use super::witness::Observed;
use super::world::{Happening, World};

impl World {
    pub fn call(&mut self, tab: usize) -> usize {
        self.call_to(tab, API)
    }

    pub fn call_to(&mut self, tab: usize, url: &str) -> usize {
        let now = self.now(tab);
        let client = &mut self.tabs[tab];
        let call = client.calls.len();
        client.calls.push(Call {
            outcome: CallOutcome::Pending,
            waiter: None,
            sent_with: None,
            is_resent: false,
            url: url.into(),
            aim: Aim::default(),
        });
        let aim = client.session.config().resources.find(url).expect("a resource").aim;
        client.calls[call].aim = aim;
        // As the driver: only the session's own token is kept at hand.
        if let Some(lease) = client.lease_at_hand(now).filter(|lease| lease.aim == aim).cloned() {
            client.calls[call].sent_with = Some(lease.generation);
            self.send_call(tab, call, lease.access_token);
        } else {
            let waiter = client.new_waiter(Wait::Call(call));
            client.calls[call].waiter = Some(waiter);
            self.input(tab, Observed::Waits(waiter, Wait::Call(call)), Input::Demand(waiter, aim));
        }
        call
    }

    /// A call that runs to its end; its HTTP status.
    pub fn call_and_wait(&mut self, tab: usize) -> CallOutcome {
        self.call_to_and_wait(tab, API)
    }

    pub fn call_to_and_wait(&mut self, tab: usize, url: &str) -> CallOutcome {
        let call = self.call_to(tab, url);
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
        self.ask(tab, Wait::SignOut, |waiter| Input::SignOut { waiter, redirect: None })
    }

    /// The server shows the application's page for it in a frame, at this URL.
    #[cfg(feature = "full")]
    pub fn front_channel_logout(&mut self, tab: usize, href: &str) -> WaiterId {
        let href = Secret::new(href);
        self.ask(tab, Wait::SignOut, |waiter| Input::FrontChannelLogout { waiter, href })
    }

    /// And on to the server's own sign-out.
    pub fn sign_out_by_redirect(&mut self, tab: usize) -> WaiterId {
        let redirect = Some(Entropy(Zeroizing::new(self.random.bytes())));
        self.ask(tab, Wait::SignOut, |waiter| Input::SignOut { waiter, redirect })
    }

    pub fn begin_sign_in(&mut self, tab: usize, request: SignInRequest) -> WaiterId {
        let entropy = Entropy(Zeroizing::new(self.random.bytes()));
        self.ask(tab, Wait::SignIn, |waiter| Input::SignIn { waiter, request, entropy })
    }

    pub fn begin_sign_in_by_password(&mut self, tab: usize, password: &str) -> WaiterId {
        let typed = [("username", "ada"), ("password", password)];
        let credentials = typed.map(|(name, value)| (name.to_owned(), Secret::new(value))).to_vec();
        let credentials = InFull::new(Some(credentials));
        self.begin_sign_in(tab, SignInRequest { credentials, ..SignInRequest::default() })
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

    pub fn user_info(&mut self, tab: usize) -> WaiterId {
        self.ask(tab, Wait::UserInfo, Input::UserInfo)
    }

    pub fn touch(&mut self, tab: usize) {
        self.input(tab, Observed::Touches, Input::Touch);
    }

    pub fn close(&mut self, tab: usize) {
        self.input(tab, Observed::Closes, Input::Close);
    }

    fn ask(&mut self, tab: usize, wait: Wait, input: impl FnOnce(WaiterId) -> Input) -> WaiterId {
        let waiter = self.tabs[tab].new_waiter(wait);
        self.input(tab, Observed::Waits(waiter, wait), input(waiter));
        waiter
    }
}

impl World {
    pub fn wake(&mut self, tab: usize) {
        self.input(tab, Observed::Other, Input::Wake);
    }

    pub fn restore(&mut self, tab: usize) {
        self.input(tab, Observed::Asked, Input::Restored);
    }

    pub fn notice(&mut self, tab: usize) {
        self.input(tab, Observed::Noticed, Input::Noticed);
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

    /// Somebody signs in at the BFF's own page.
    pub fn give_cookie(&mut self) {
        let grant = self.server.grant_elsewhere(&mut self.random, self.clock.truth());
        let token = |name: &str| grant[name].as_str().map(String::from);
        (self.browser.cookie, self.browser.access_token) = (token("refresh_token"), token("access_token"));
    }

    /// At its own page, which leaves nothing but a cookie. The check of the page after it counts as the sign-in's request.
    fn sign_in_at_bff(&mut self, tab: usize) {
        self.begin_sign_in(tab, SignInRequest::default());
        let address = self.tabs[tab].address.take().expect("the page was taken to the back end");
        assert!(address.ends_with("/sign-in?returnTo=%2F"), "{address}");
        self.give_cookie();
        self.reload(tab);
        let waiter = self.complete_sign_in(tab, REDIRECT_URI);
        self.run_until("the sign-in ends", |world| world.tabs[tab].is_settled(waiter));
        assert_eq!(self.tabs[tab].session.status(), Status::SignedIn);
        if let Some(request) = self.server.token_requests.last_mut() {
            request.grant_type = "password".into();
        }
    }

    /// A whole sign-in that succeeds.
    pub fn sign_in(&mut self, tab: usize) {
        if self.setup.kind == "bff" {
            return self.sign_in_at_bff(tab);
        }
        if self.setup.is_back_end() {
            let waiter = self.begin_sign_in_by_password(tab, PASSWORD);
            self.run_until("the sign-in ends", |world| world.tabs[tab].is_settled(waiter));
            assert!(matches!(self.tabs[tab].outcome(waiter), Ok(Settled::SignedIn { .. })));
            return;
        }
        self.begin_sign_in(tab, SignInRequest::default());
        self.run_until("the page leaves", |world| world.tabs[tab].address.is_some());
        let waiter = self.follow_redirect(tab);
        self.run_until("the sign-in ends", |world| world.tabs[tab].is_settled(waiter));
        match self.tabs[tab].outcome(waiter) {
            Ok(Settled::SignedIn { .. }) => {}
            other => panic!("the sign-in failed: {other:?}"),
        }
    }
}
