//! DPoP (RFC 9449) as the engine does it: which of its requests carry a proof, with which nonce, and what an answer to
//! one means. The proofs' bytes are the unit tests' of `dpop.rs` and, checked by another library, tests/e2e's.

#![cfg(feature = "full")]

mod sim;

use serde_json::{Value, json};
use strongroom::engine::dpop::{Algorithm, Proof};
use strongroom::engine::{
    Code, Config, Error, HttpAnswer, HttpRequest, Input, Options, Output, Secret, Session, Settled,
    SignInRequest, Status, TransportFailure, UnixMs,
};
use zeroize::Zeroizing;

use self::sim::{MINUTE, SECOND, form, setup};

const SENT_AT: UnixMs = 1_800_000_000_000;
const TOKEN_ENDPOINT: &str = "https://id.example/token";
const ANSWER: &str = "?code=c&state=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

struct Client {
    session: Session,
    now: UnixMs,
    sent: Vec<HttpRequest>,
    /// The key's thumbprint, if the platform has one to give, and how often it was asked for.
    jkt: Option<String>,
    thumbprints: usize,
    settled: Vec<Result<Settled, Error>>,
}

impl Client {
    /// With metadata that lists these algorithms.
    fn new(policy: &str, algorithms: &Value) -> Self {
        let mut client = Self::unopened(policy, &json!({ "issuer": "https://id.example" }));
        client.begin(algorithms);
        client
    }

    /// Begins a sign-in, for which metadata comes that lists these algorithms.
    fn begin(&mut self, algorithms: &Value) {
        self.input(Input::SignIn { waiter: 1, request: Default::default(), entropy: entropy() });
        self.answer(
            200,
            None,
            &json!({
                "issuer": "https://id.example",
                "authorization_endpoint": "https://id.example/authorize",
                "token_endpoint": TOKEN_ENDPOINT,
                "revocation_endpoint": "https://id.example/revoke",
                "userinfo_endpoint": "https://id.example/me",
                "jwks_uri": "https://id.example/jwks",
                "dpop_signing_alg_values_supported": algorithms,
            }),
        );
    }

    fn unopened(policy: &str, more: &Value) -> Self {
        let mut options = json!({
            "provider": {
                "type": "oauth", "clientId": setup::CLIENT_ID, "redirectUri": setup::REDIRECT_URI, "dpop": policy,
            },
            "resources": [setup::API],
            "isolation": "page",
        });
        options["provider"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let options = Options::parse(&options.to_string()).expect("JSON");
        let session = Session::new(Config::new(options, &setup::normalize).expect("good options"), 1);
        Self { session, now: SENT_AT, sent: Vec::new(), jkt: None, thumbprints: 0, settled: Vec::new() }
    }

    fn input(&mut self, input: Input) {
        self.session.handle_input(self.now, input);
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send(request) => self.sent.push(request),
                Output::Settle(_, outcome) => self.settled.push(outcome),
                Output::Verify(signed) => {
                    self.session.handle_input(self.now, Input::Verified(signed.id, Some(vec![0; 32])));
                }
                Output::Digest { state, .. } => {
                    self.session.handle_input(self.now, Input::Digested { state, sha256: [7; 32] });
                }
                Output::Thumbprint { state, .. } => {
                    self.thumbprints += 1;
                    let jkt = self.jkt.clone();
                    self.session.handle_input(self.now, Input::Thumbprinted { state, jkt });
                }
                _ => {}
            }
        }
    }

    fn answered(&mut self, answer: Result<HttpAnswer, TransportFailure>) {
        let request = self.sent.pop().expect("a request").id;
        self.input(Input::Answered(request, answer));
    }

    fn answer(&mut self, status: u16, nonce: Option<&str>, body: &Value) {
        let body = Zeroizing::new(body.to_string().into_bytes());
        let dpop_nonce = nonce.map(Into::into);
        self.answered(Ok(HttpAnswer { status, retry_after: None, dpop_nonce, body }));
    }

    fn come_back(&mut self) {
        let href = Secret::new([setup::REDIRECT_URI, ANSWER].concat());
        self.input(Input::Callback { waiter: 2, href, remembered: None });
    }

    /// The proof of the one request under way.
    fn proof(&self) -> Option<Proof> {
        let [request] = self.sent.as_slice() else { panic!("{:?}", self.sent) };
        request.proof.clone()
    }

    fn outcome(&mut self) -> Result<Settled, Error> {
        self.settled.pop().expect("somebody was settled")
    }

    /// Signed in, with a DPoP-bound token.
    fn signed_in() -> Self {
        let mut client = Self::new("auto", &json!(["ES256"]));
        client.come_back();
        client.answer(200, Some("as-1"), &tokens("DPoP"));
        assert!(matches!(client.outcome(), Ok(Settled::SignedIn { .. })));
        client
    }
}

fn entropy() -> strongroom::engine::Entropy {
    strongroom::engine::Entropy(Zeroizing::new([7; 96]))
}

fn tokens(token_type: &str) -> Value {
    json!({"access_token": "at", "token_type": token_type, "expires_in": 600, "refresh_token": "rt"})
}

/// Of the sign-in that all here are; its signature is good because the tests say so.
fn id_token(issued_at: UnixMs) -> String {
    let iat = issued_at / 1_000;
    let claims = json!({
        "iss": "https://id.example", "sub": "ada", "aud": setup::CLIENT_ID, "iat": iat, "exp": iat + 3_600,
        "nonce": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
    });
    let segment = |value: Value| strongroom::engine::base64url::encode(value.to_string().as_bytes());
    [&segment(json!({"alg": "RS256"})), ".", &segment(claims), ".AAAA"].concat()
}

fn keys() -> Value {
    let key = json!({"kty": "RSA", "n": "A".repeat(342), "e": "AQAB", "alg": "RS256", "use": "sig"});
    json!({ "keys": [key] })
}

fn demand() -> Value {
    json!({"error": "use_dpop_nonce"})
}

fn es256(nonce: Option<&str>) -> Option<Proof> {
    Some(Proof { algorithm: Algorithm::Es256, nonce: nonce.map(Into::into) })
}

#[test]
fn dpop_25_the_metadata_and_the_option_decide_whether_token_requests_are_proved() {
    for (policy, algorithms, wanted) in [
        ("off", json!(["ES256"]), None),
        ("auto", json!(["ES256"]), Some(Algorithm::Es256)),
        ("auto", json!(["RS256", "EdDSA"]), Some(Algorithm::EdDsa)),
        ("auto", json!(["RS256"]), None),
        ("auto", Value::Null, None),
        ("require", json!(["RS256", "Ed25519", "EdDSA"]), Some(Algorithm::Ed25519)),
    ] {
        let mut client = Client::new(policy, &algorithms);
        client.come_back();
        assert_eq!(client.proof().map(|proof| proof.algorithm), wanted, "{policy} {algorithms}");
    }
    for algorithms in [json!(["RS256"]), json!([]), Value::Null] {
        let error = Client::new("require", &algorithms).outcome().expect_err("no server for this policy");
        assert_eq!(error.code, Code::Metadata, "{algorithms}");
    }
    let endpoints = json!({"endpoints": {"authorization": "https://id.example/a", "token": TOKEN_ENDPOINT}});
    for (policy, wanted) in [("auto", None), ("require", es256(None))] {
        let mut client = Client::unopened(policy, &endpoints);
        client.input(Input::SignIn { waiter: 1, request: Default::default(), entropy: entropy() });
        client.come_back();
        assert_eq!(client.proof(), wanted, "{policy} with endpoints given by hand");
    }
}

#[test]
fn dpop_8_a_token_type_is_understood_only_where_it_can_be() {
    for (policy, token_type, wanted) in [
        ("auto", "DPoP", Some(true)),
        ("auto", "dpop", Some(true)),
        ("auto", "Bearer", Some(false)),
        ("require", "DPOP", Some(true)),
        ("require", "Bearer", None),
        ("off", "DPoP", None),
        ("off", "Bearer", Some(false)),
    ] {
        let mut client = Client::new(policy, &json!(["ES256"]));
        client.come_back();
        client.answer(200, None, &tokens(token_type));
        let outcome = client.outcome();
        let lease = client.session.standing_lease(client.now);
        assert_eq!(lease.map(|lease| lease.token_type.is_bound()), wanted, "{policy} {token_type}");
        assert_eq!(outcome.err().map(|error| error.code), wanted.is_none().then_some(Code::BadResponse));
    }
    // What the application brings is bound to a key that is not ours.
    for (policy, token_type, wanted) in
        [("auto", "DPoP", false), ("auto", "Bearer", true), ("require", "Bearer", false)]
    {
        let mut client = Client::new(policy, &json!(["ES256"]));
        client.input(Input::Install { waiter: 9, response: Secret::new(tokens(token_type).to_string()) });
        assert_eq!(client.outcome().is_ok(), wanted, "{policy} {token_type}");
    }
}

#[test]
fn dpop_13_and_15_a_nonce_that_is_demanded_costs_one_more_try_and_no_second() {
    let mut client = Client::new("auto", &json!(["ES256"]));
    client.come_back();
    let first = client.sent[0].form.clone();
    assert_eq!(client.proof(), es256(None), "DPoP-16");
    client.answer(400, Some("n1"), &demand());
    assert_eq!(client.proof(), es256(Some("n1")));
    assert_eq!((&client.sent[0].form, &*client.sent[0].href), (&first, TOKEN_ENDPOINT));
    client.answer(400, Some("n2"), &demand());
    assert_eq!(client.sent.len(), 0, "a second demand is the answer");
    let error = client.outcome().expect_err("no tokens");
    assert_eq!((error.code, error.error.as_deref()), (Code::Refused, Some("use_dpop_nonce")));
}

#[test]
fn dpop_15_and_17_without_a_new_nonce_there_is_no_other_try() {
    for (status, nonce, body) in [
        (400, None, demand()),
        (400, Some("with \"quotes\""), demand()),
        (400, Some("n1"), json!({"error": "invalid_request"})),
        (400, Some("n1"), json!("use_dpop_nonce")),
    ] {
        let mut client = Client::new("auto", &json!(["ES256"]));
        client.come_back();
        client.answer(status, nonce, &body);
        assert_eq!(client.sent.len(), 0, "{status} {nonce:?} {body}");
        assert!(client.outcome().is_err());
    }
    let mut client = Client::signed_in();
    client.input(Input::Refresh(3));
    client.answer(400, Some("as-1"), &demand());
    assert_eq!(client.sent.len(), 0, "the nonce is the one that was sent");
}

#[test]
fn dpop_7_and_12_a_refresh_is_proved_with_the_newest_nonce_which_a_success_may_have_brought() {
    let mut client = Client::signed_in();
    client.input(Input::Refresh(3));
    assert_eq!(client.proof(), es256(Some("as-1")));
    client.answer(400, Some("as-2"), &demand());
    assert_eq!(client.proof(), es256(Some("as-2")));
    assert_eq!(form::read(client.sent[0].form.as_ref().unwrap().expose())["refresh_token"], "rt");
    client.answer(200, Some("as-3"), &tokens("DPoP"));
    assert!(matches!(client.outcome(), Ok(Settled::Done)));
    client.input(Input::Refresh(4));
    assert_eq!(client.proof(), es256(Some("as-3")));
    // The demand of a nonce does not make a lost answer's one more try the last (5.1.9).
    client.answer(400, Some("as-4"), &demand());
    client.answered(Err(TransportFailure::Unreachable));
    assert_eq!(client.proof(), es256(Some("as-4")));
    client.answer(400, Some("as-5"), &demand());
    client.answer(200, None, &tokens("DPoP"));
    assert_eq!(client.session.status(), Status::SignedIn);
    assert_eq!(client.session.generation(), 3);
}

#[test]
fn dpop_14_an_apis_nonce_is_not_the_authorization_servers() {
    let mut client = Client::signed_in();
    client.session.learn_nonce("https://api.example/orders?x", "rs-1");
    assert_eq!(client.session.nonce("https://api.example/other"), Some("rs-1"));
    assert_eq!(client.session.nonce(TOKEN_ENDPOINT), Some("as-1"));
    client.input(Input::Refresh(3));
    assert_eq!(client.proof(), es256(Some("as-1")));
}

#[test]
fn a_nonce_is_not_answered_for_somebody_who_signed_out_or_gave_up() {
    let mut client = Client::signed_in();
    client.input(Input::Refresh(3));
    let refresh = client.sent.pop().expect("a refresh");
    client.input(Input::SignOut { waiter: 4, redirect: None });
    assert_eq!(client.proof(), None, "a revocation");
    client.sent.clear();
    let body = Zeroizing::new(demand().to_string().into_bytes());
    let answer = HttpAnswer { status: 400, retry_after: None, dpop_nonce: Some("as-2".into()), body };
    client.input(Input::Answered(refresh.id, Ok(answer)));
    assert_eq!(client.sent.len(), 0);
}

#[test]
fn an_abandoned_request_is_forgotten_and_its_successor_is_proved_anew() {
    let mut client = Client::signed_in();
    client.input(Input::Refresh(3));
    let first = client.sent.pop().expect("a refresh");
    client.now += 20 * SECOND;
    client.input(Input::Wake);
    assert_eq!(client.proof(), es256(Some("as-1")), "DPoP-11: the shell signs each anew");
    assert_ne!(client.sent[0].id, first.id);
}

#[test]
fn a_platform_that_cannot_prove_is_no_reason_to_try_on() {
    let mut client = Client::new("require", &json!(["Ed25519"]));
    client.come_back();
    client.answered(Err(TransportFailure::Unprovable));
    assert_eq!(client.outcome().expect_err("no proof").code, Code::InsecureContext);
    assert_eq!(client.sent.len(), 0);
}

#[test]
fn dpop_20_the_servers_clock_is_read_off_the_id_token_of_the_sign_in() {
    for (server_ahead_seconds, answered_after_ms, wanted) in [
        (0, 0, 0),
        (0, 5 * SECOND, 0),
        (120, 0, 120),
        (120, 5 * SECOND, 115),
        (-90, 5 * SECOND, -90),
        (-5 * 60, 0, -5 * 60),
        (-5 * 60 - 1, 0, 0),
    ] {
        let mut client = Client::unopened("auto", &json!({"type": "oidc", "issuer": "https://id.example"}));
        client.input(Input::SignIn { waiter: 1, request: Default::default(), entropy: entropy() });
        client.answer(
            200,
            None,
            &json!({
                "issuer": "https://id.example",
                "authorization_endpoint": "https://id.example/authorize",
                "token_endpoint": TOKEN_ENDPOINT,
                "jwks_uri": "https://id.example/jwks",
                "dpop_signing_alg_values_supported": ["ES256"],
            }),
        );
        client.come_back();
        client.now += answered_after_ms;
        let mut response = tokens("DPoP");
        response["id_token"] = id_token(SENT_AT.saturating_add_signed(server_ahead_seconds * 1_000)).into();
        client.answer(200, None, &response);
        client.answer(200, None, &keys());
        assert!(matches!(client.outcome(), Ok(Settled::SignedIn { .. })), "{server_ahead_seconds}");
        let later = client.now + MINUTE;
        let claims = client.session.proof_claims(later, [0; 16], ("GET", "https://api.example/"), None, None);
        let saw = claims.iat_seconds as i64 - (later / 1_000) as i64;
        assert_eq!(saw, wanted, "{server_ahead_seconds} s ahead, answered after {answered_after_ms} ms");
    }
}

/// A sign-in with this metadata. Gives how often the key was asked for, and the authorization request.
fn left(stays: bool, metadata: &Value, jkt: Option<&str>) -> (usize, Option<String>) {
    let mut client = Client::unopened("auto", &json!({ "issuer": "https://id.example" }));
    client.jkt = jkt.map(Into::into);
    let request = SignInRequest { stays, ..Default::default() };
    client.input(Input::SignIn { waiter: 1, request, entropy: entropy() });
    client.answer(200, None, metadata);
    if let Some(pushed) = client.sent.pop() {
        return (client.thumbprints, pushed.form.map(|form| form.expose().into()));
    }
    match client.outcome() {
        Ok(Settled::Leaving { href, .. }) => {
            (client.thumbprints, href.split_once('?').map(|(_, query)| query.into()))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn dpop_19_a_code_is_bound_to_the_key_where_the_page_stays_pushed_or_not() {
    let jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    for pushes in [false, true] {
        for (stays, algorithms, key, wanted) in [
            (true, json!(["ES256"]), Some(jkt), (1, Some(jkt))),
            (false, json!(["ES256"]), Some(jkt), (0, None)),
            (true, json!(["RS256"]), Some(jkt), (0, None)),
            (true, json!(["ES256"]), None, (1, None)),
        ] {
            let mut metadata = json!({
                "issuer": "https://id.example",
                "authorization_endpoint": "https://id.example/authorize",
                "token_endpoint": TOKEN_ENDPOINT,
                "dpop_signing_alg_values_supported": algorithms,
            });
            if pushes {
                metadata["pushed_authorization_request_endpoint"] = "https://id.example/par".into();
            }
            let (asked, query) = left(stays, &metadata, key);
            let query = form::read(&query.expect("a query"));
            let bound = query.get("dpop_jkt").map(String::as_str);
            assert_eq!((asked, bound), wanted, "stays {stays}, pushes {pushes}, {algorithms}");
        }
    }
}

#[test]
fn dpop_19_the_application_cannot_bind_a_code_to_another_key() {
    let mut client = Client::new("auto", &json!(["ES256"]));
    let parameters = vec![("dpop_jkt".into(), "other".into())];
    let request = SignInRequest { parameters, ..Default::default() };
    client.input(Input::SignIn { waiter: 5, request, entropy: entropy() });
    let error = client.outcome().expect_err("it is ours");
    assert_eq!((error.code, error.option.as_deref()), (Code::InvalidOption, Some("parameters.dpop_jkt")));
}

#[test]
fn a_key_is_kept_for_the_codes_that_are_bound_to_it() {
    let mut client = Client::signed_in();
    let request = SignInRequest { stays: true, ..Default::default() };
    client.input(Input::SignIn {
        waiter: 5,
        request,
        entropy: strongroom::engine::Entropy(Zeroizing::new([8; 96])),
    });
    client.now += 2 * MINUTE;
    client.input(Input::Refresh(6));
    client.answer(400, None, &json!({"error": "invalid_grant"}));
    assert_eq!((client.session.status(), client.session.is_key_free()), (Status::SignedOut, false));
    client.input(Input::SignOut { waiter: 7, redirect: None });
    assert!(client.session.is_key_free());
}

/// Signed in with an ID token and a token of this type, and `userInfo()` asked.
fn asked(token_type: &str) -> Client {
    let mut client =
        Client::unopened("auto", &json!({"type": "oidc", "issuer": "https://id.example", "userInfo": true}));
    client.begin(&json!(["ES256"]));
    client.come_back();
    let mut response = tokens(token_type);
    response["id_token"] = id_token(SENT_AT).into();
    client.answer(200, Some("n1"), &response);
    client.answer(200, None, &keys());
    assert!(matches!(client.outcome(), Ok(Settled::SignedIn { .. })));
    client.input(Input::UserInfo(3));
    client
}

#[test]
fn dpop_9_and_16_userinfo_is_asked_with_a_proof_if_the_token_is_bound() {
    for (token_type, proof) in [("DPoP", es256(Some("n1"))), ("Bearer", None)] {
        let mut client = asked(token_type);
        assert_eq!(client.proof(), proof, "{token_type}");
        let [request] = client.sent.as_slice() else { panic!() };
        let lease = request.bearer.get().expect("its token");
        assert_eq!((&*request.href, request.form.is_none()), ("https://id.example/me", true));
        assert_eq!((lease.access_token.expose(), lease.token_type.is_bound()), ("at", proof.is_some()));
        client.answer(200, Some("n2"), &json!({"sub": "ada"}));
        assert!(matches!(client.outcome(), Ok(Settled::UserInfo(..))));
        client.input(Input::UserInfo(4));
        assert_eq!(client.proof(), proof.and(es256(Some("n2"))), "DPoP-12");
    }
}

#[test]
fn dpop_13_and_15_userinfo_is_asked_once_more_with_a_new_nonce_and_then_with_a_new_token() {
    let mut client = asked("DPoP");
    // What it demands stands in a header that may not be exposed.
    client.answer(401, Some("n2"), &json!({}));
    assert_eq!(client.proof(), es256(Some("n2")));
    assert_eq!(client.sent[0].bearer.get().unwrap().access_token.expose(), "at");
    // Not the nonce, then: the token.
    client.answer(401, Some("n3"), &json!({}));
    assert_eq!(&*client.sent[0].href, TOKEN_ENDPOINT);
    let mut response = tokens("DPoP");
    response["access_token"] = "newer".into();
    client.answer(200, None, &response);
    assert_eq!(client.proof(), es256(Some("n3")));
    assert_eq!(client.sent[0].bearer.get().unwrap().access_token.expose(), "newer");
    client.answer(401, Some("n3"), &json!({}));
    assert_eq!(client.sent.len(), 0, "the nonce is the one that was sent, and the token new");
    assert_eq!(client.outcome().expect_err("a refusal").code, Code::UserInfo);
}

#[test]
fn no_nonce_is_answered_to_a_userinfo_endpoint_for_somebody_who_signed_out() {
    for status in [401, 200] {
        let mut client = asked("DPoP");
        let id = client.sent.pop().expect("a question").id;
        client.input(Input::SignOut { waiter: 4, redirect: None });
        client.sent.clear();
        let body = Zeroizing::new(b"{}".to_vec());
        let answer = HttpAnswer { status, retry_after: None, dpop_nonce: Some("n2".into()), body };
        client.input(Input::Answered(id, Ok(answer)));
        assert_eq!(client.sent.len(), 0);
    }
}
