//! `signIn({credentials})`: the password grant (RFC 6749 §4.3) of a server that has nothing better (9700-8).

#![cfg(feature = "full")]

mod sim;

use serde_json::{Value, json};
use strongroom::engine::{
    Aim, Code, Config, Entropy, Error, HttpAnswer, HttpRequest, Input, Options, Output, Session, Settled,
    SignInRequest, Status, TransportFailure, UnixMs,
};
use zeroize::Zeroizing;

use self::sim::{MINUTE, SECOND, setup};

const NOW: UnixMs = 1_800_000_000_000;
const PASSWORD: &str = "p&ss w\u{f6}rd";

struct Client {
    session: Session,
    now: UnixMs,
    sent: Vec<HttpRequest>,
    settled: Vec<Result<Settled, Error>>,
    /// All that the engine said, as text.
    said: String,
}

impl Client {
    fn new(more: &Value) -> Self {
        let mut provider = json!({
            "type": "oauth", "clientId": "spa", "scope": "api", "legacyPasswordGrant": true,
            "endpoints": { "token": "https://id.example/token" },
        });
        provider.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let options = json!({ "provider": provider, "resources": [setup::API], "isolation": "page" });
        let options = Options::parse(&options.to_string()).expect("JSON");
        let session = Session::new(Config::new(options, &setup::normalize).expect("good options"), 1);
        Self { session, now: NOW, sent: Vec::new(), settled: Vec::new(), said: String::new() }
    }

    fn input(&mut self, input: Input) {
        self.session.handle_input(self.now, input);
        while let Some(output) = self.session.poll_output() {
            self.said += &format!("{output:?}");
            match output {
                Output::Send(request) => self.sent.push(request),
                Output::Settle(_, outcome) => self.settled.push(outcome),
                _ => {}
            }
        }
    }

    fn sign_in(&mut self, options: &Value) {
        let options = Options::parse(&options.to_string()).expect("JSON");
        match SignInRequest::new(&options) {
            Ok(request) => {
                self.said += &format!("{request:?}");
                let entropy = Entropy(Zeroizing::new([7; 96]));
                self.input(Input::SignIn { waiter: 1, request, entropy });
            }
            Err(error) => self.settled.push(Err(error)),
        }
    }

    fn answer(&mut self, status: u16, body: &Value) {
        let id = self.sent.pop().expect("a request").id;
        let body = Zeroizing::new(body.to_string().into_bytes());
        let answer = HttpAnswer { status, retry_after: None, dpop_nonce: None, body };
        self.input(Input::Answered(id, Ok(answer)));
    }

    fn form(&self) -> Vec<(String, String)> {
        let [request] = self.sent.as_slice() else { panic!("{:?}", self.sent) };
        strongroom::engine::form::parse_query(request.form.as_ref().expect("a form").expose())
    }

    fn outcome(&mut self) -> Result<Settled, Error> {
        self.settled.pop().expect("somebody was settled")
    }
}

fn ada() -> Value {
    json!({ "credentials": { "username": "ada", "password": PASSWORD }, "returnTo": "/orders" })
}

fn tokens() -> Value {
    json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 600, "refresh_token": "rt-1" })
}

#[test]
fn a_password_is_sent_once_and_renewals_do_without() {
    let mut client = Client::new(&json!({}));
    let mut options = ada();
    options["scope"] = json!("offline_access");
    options["parameters"] = json!({ "acr_values": "tenant:7" });
    client.sign_in(&options);
    assert_eq!(client.session.status(), Status::SigningIn);
    let expected = [
        ("grant_type", "password"),
        ("username", "ada"),
        ("password", PASSWORD),
        ("scope", "api offline_access"),
        ("client_id", "spa"),
        ("acr_values", "tenant:7"),
    ];
    assert_eq!(client.form(), expected.map(|(name, value)| (name.into(), value.into())));
    client.answer(200, &tokens());
    assert!(matches!(client.outcome(), Ok(Settled::SignedIn { return_to }) if return_to == "/orders"));
    assert_eq!(client.session.status(), Status::SignedIn);
    client.now += 10 * MINUTE;
    client.input(Input::Demand(2, Aim::default()));
    assert_eq!(client.form()[0], ("grant_type".into(), "refresh_token".into()));
    assert!(client.form().iter().all(|(_, value)| !value.contains("ada") && value != PASSWORD));
}

#[test]
fn a_wrong_password_has_a_code_of_its_own_and_nothing_is_tried_again() {
    let mut client = Client::new(&json!({}));
    client.sign_in(&ada());
    client.answer(400, &json!({ "error": "invalid_grant", "error_description": PASSWORD }));
    let error = client.outcome().expect_err("refused");
    assert_eq!(
        (error.code, error.status, error.error.as_deref()),
        (Code::Credentials, Some(400), Some("invalid_grant"))
    );
    assert_eq!(client.session.status(), Status::SignedOut);

    client.sign_in(&ada());
    client.answer(401, &json!({ "error": "invalid_client" }));
    assert_eq!(client.outcome().expect_err("refused").code, Code::Refused);

    client.sign_in(&ada());
    client.answer(503, &json!({}));
    assert_eq!(client.outcome().expect_err("unavailable").code, Code::Unavailable);

    client.sign_in(&ada());
    let id = client.sent.pop().expect("a request").id;
    client.input(Input::Answered(id, Err(TransportFailure::Unreachable)));
    assert_eq!(client.outcome().expect_err("unreachable").code, Code::Unreachable);

    client.sign_in(&ada());
    client.sent.clear();
    client.now += 20 * SECOND;
    client.input(Input::Wake);
    assert_eq!(client.outcome().expect_err("late").code, Code::Timeout);
    client.now += 60 * MINUTE;
    client.input(Input::Wake);
    client.input(Input::Online);
    assert!(client.sent.is_empty(), "{:?}", client.sent);
    assert!(!client.said.contains(PASSWORD) && !client.said.contains("p%26ss"), "a password was shown");
}

#[test]
fn a_session_stays_when_another_sign_in_fails() {
    let mut client = Client::new(&json!({}));
    client.sign_in(&ada());
    client.answer(200, &tokens());
    client.sign_in(&ada());
    client.answer(400, &json!({ "error": "invalid_grant" }));
    assert_eq!(client.outcome().expect_err("refused").code, Code::Credentials);
    assert_eq!(client.session.status(), Status::SignedIn);
}

#[test]
fn a_sign_out_overtakes_a_password() {
    let mut client = Client::new(&json!({}));
    client.sign_in(&ada());
    client.input(Input::SignOut { waiter: 2, redirect: None });
    client.answer(200, &tokens());
    assert_eq!(client.session.status(), Status::SignedOut);
}

#[test]
fn what_is_wrong_with_credentials_is_named() {
    let with = |member: &str, value: Value| {
        let mut options = ada();
        options[member] = value;
        options
    };
    let wrong = [
        ("credentials", with("credentials", json!({}))),
        ("credentials", with("credentials", json!({ "username": "ada" }))),
        ("credentials", with("credentials", json!({ "username": "ada", "password": "p", "otp": "1" }))),
        ("credentials", with("credentials", json!("ada"))),
        ("credentials.password", with("credentials", json!({ "username": "ada", "password": 7 }))),
        ("parameters.grant_type", with("parameters", json!({ "grant_type": "x" }))),
        ("parameters.password", with("parameters", json!({ "password": "x" }))),
        ("parameters.client_id", with("parameters", json!({ "client_id": "x" }))),
        ("scope", with("scope", json!("a  b"))),
    ];
    for (path, options) in wrong {
        let mut client = Client::new(&json!({}));
        client.sign_in(&options);
        let error = client.outcome().expect_err(path);
        assert_eq!((error.code, error.option.as_deref()), (Code::InvalidOption, Some(path)));
        assert!(client.sent.is_empty());
    }
    let mut client = Client::new(&json!({ "legacyPasswordGrant": false }));
    client.sign_in(&ada());
    assert_eq!(client.outcome().expect_err("not wanted").option.as_deref(), Some("credentials"));
    assert!(client.sent.is_empty());
}

#[test]
fn without_a_refresh_token_the_user_types_again() {
    let mut client = Client::new(&json!({}));
    client.sign_in(&ada());
    client.answer(200, &json!({ "access_token": "at-1", "token_type": "bearer", "expires_in": 60 }));
    client.settled.clear();
    client.now += 2 * MINUTE;
    client.input(Input::Demand(2, Aim::default()));
    assert_eq!(client.outcome().expect_err("expired").code, Code::NotRenewable);
    assert!(client.sent.is_empty());
}
