//! Every answer that a token endpoint may give (`vectors/token_response.json`), and what it does to a session.
//!
//! Each row is given once to a refresh and once to a code exchange. In its text `$RT` is the refresh token that was
//! sent, `$AT` and `$NEW` are a new access and refresh token, and `$A4096` is so many letters. `session` is what
//! becomes of the session: "renewed", "kept" (tried again soon), "stuck" (tried again late) or "ended".

mod sim;

use serde_json::{Value, json};
use strongroom::engine::{
    Aim, Config, Entropy, Error, Event, HttpAnswer, HttpRequest, Input, Options, Output, Secret, Session,
    Settled, SignInRequest, Status, TransportFailure, UnixMs,
};
use zeroize::Zeroizing;

use self::sim::{MARK, MINUTE, SECOND, form, setup};

const REFRESH_TOKEN: &str = "rt-s3cr3t-old";
const ACCESS_TOKEN: &str = "at-s3cr3t-new";
const NEW_REFRESH_TOKEN: &str = "rt-s3cr3t-new";
/// What `Entropy` of sevens makes of it.
const STATE: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const SENT_AT: UnixMs = 1_800_000_000_000;

/// A client without a driver: the test itself answers what is sent.
struct Client {
    session: Session,
    now: UnixMs,
    sent: Vec<HttpRequest>,
    events: Vec<Event>,
    settled: Vec<Result<Settled, Error>>,
    remembered: Option<Secret>,
}

impl Client {
    fn new() -> Self {
        let options = json!({
            "provider": {
                "type": "oauth",
                "clientId": setup::CLIENT_ID,
                "redirectUri": setup::REDIRECT_URI,
                "endpoints": { "authorization": "https://id.example/authorize", "token": "https://id.example/token" },
            },
            "resources": [setup::API],
            "isolation": "page",
        });
        let options = Options::parse(&options.to_string()).expect("JSON");
        let session = Session::new(Config::new(options, &setup::normalize).expect("good options"), 1);
        Self {
            session,
            now: SENT_AT,
            sent: Vec::new(),
            events: Vec::new(),
            settled: Vec::new(),
            remembered: None,
        }
    }

    /// One input; checks that nothing that comes of it shows a secret.
    fn input(&mut self, input: Input) {
        self.session.handle_input(self.now, input);
        while let Some(output) = self.session.poll_output() {
            let shown = format!("{output:?} {output:#?}");
            assert!(!shown.contains(MARK) && !shown.contains("aaaa"), "promise 1: a secret shows in {shown}");
            match output {
                Output::Send(request) => self.sent.push(request),
                Output::Settle(_, Ok(Settled::Leaving { transaction, .. })) => {
                    self.remembered = Some(transaction);
                }
                Output::Notify(event) => self.events.push(event),
                Output::Settle(_, outcome) => {
                    let text = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
                    assert!(
                        !text.contains(MARK) && !text.contains("aaaa"),
                        "promise 1: a secret shows in {text}"
                    );
                    self.settled.push(outcome);
                }
                _ => {}
            }
        }
    }

    fn answer(&mut self, row: &Value) {
        let request = self.sent.pop().expect("a request").id;
        self.input(Input::Answered(request, answer(row)));
    }

    /// The refresh token of the next refresh.
    fn next_refresh_token(&mut self) -> String {
        self.now += 6 * MINUTE;
        self.sent.clear();
        self.input(Input::Wake);
        self.input(Input::Refresh(99));
        let form = self.sent.pop().expect("a refresh").form.expect("a body");
        form::read(form.expose())["refresh_token"].clone()
    }
}

fn answer(row: &Value) -> Result<HttpAnswer, TransportFailure> {
    match row["transport"].as_str() {
        Some("unreachable") => return Err(TransportFailure::Unreachable),
        Some("too-large") => return Err(TransportFailure::TooLarge),
        _ => {}
    }
    Ok(HttpAnswer {
        status: row["status"].as_u64().unwrap_or(200) as u16,
        retry_after: row["retryAfter"].as_str().map(Into::into),
        dpop_nonce: None,
        body: Zeroizing::new(body(row)),
    })
}

fn body(row: &Value) -> Vec<u8> {
    if let Some(hex) = row["hex"].as_str() {
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits");
        return (0..hex.len()).step_by(2).map(digits).collect();
    }
    let text = row["text"].as_str().expect("a text").replace("$RT", REFRESH_TOKEN);
    let text = text.replace("$AT", ACCESS_TOKEN).replace("$NEW", NEW_REFRESH_TOKEN);
    match text.split_once("$A") {
        None => text.into_bytes(),
        Some((before, rest)) => {
            let digits = rest.chars().take_while(char::is_ascii_digit).count();
            let letters = "a".repeat(rest[..digits].parse().expect("a number"));
            [before, &letters, &rest[digits..]].concat().into_bytes()
        }
    }
}

fn check_error(error: &Error, row: &Value) -> Result<(), String> {
    expect("code", Some(error.code.as_str()), row["code"].as_str())?;
    expect("error", error.error.as_deref(), row["error"].as_str())?;
    expect(
        "retryAfterMs",
        error.retry_after_ms.unwrap_or(0).min(30_000),
        match &row["retryAfterMs"] {
            Value::Null if row["retryAfter"] == "3155760000" => 30_000,
            wanted => wanted.as_u64().unwrap_or(0),
        },
    )?;
    let status = row["transport"].is_null().then(|| row["status"].as_u64().unwrap_or(200));
    expect("status", error.status.map(u64::from), status)
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, saw: T, wanted: T) -> Result<(), String> {
    if saw == wanted { Ok(()) } else { Err(format!("{what}: saw {saw:?}, wanted {wanted:?}")) }
}

/// It counts from when the request left, not from when the answer came (6749-15).
fn check_lifetime(client: &Client, sent_at: UnixMs, row: &Value) -> Result<(), String> {
    let lifetime_ms = client.session.expires_at().map(|at| at - sent_at);
    expect("lifetime", lifetime_ms, row["lifetime"].as_u64().map(|seconds| seconds * SECOND))
}

fn refresh(row: &Value) -> Result<(), String> {
    let mut client = Client::new();
    let first = json!({
        "access_token": "at-s3cr3t-old", "token_type": "Bearer", "expires_in": 3_600,
        "refresh_token": REFRESH_TOKEN, "scope": "orders:read orders:write orders:delete",
        "authorization_details": [{ "type": "before" }],
    });
    client.input(Input::Install { waiter: 1, response: Secret::new(first.to_string()) });
    client.input(Input::Refresh(2));
    let sent_at = client.now;
    client.now += SECOND / 10;
    client.answer(row);
    if row["transport"] == "unreachable" {
        expect("one more try at once", client.sent.len(), 1)?;
        client.answer(row);
    }
    expect("requests at once", client.sent.len(), 0)?;
    let outcome = client.settled.pop().ok_or("nobody was settled")?;
    if row["session"] == "renewed" {
        outcome.map_err(|error| format!("{error:?}"))?;
        expect("status", client.session.status(), Status::SignedIn)?;
        check_lifetime(&client, sent_at, row)?;
        let scope = row["scope"].as_str().unwrap_or("orders:read orders:write orders:delete");
        expect("scope", client.session.scope(), Some(scope))?;
        let details = row["details"].as_str().unwrap_or(r#"[{"type":"before"}]"#);
        expect("details", client.session.authorization_details(), Some(details))?;
        let rotated = row["rotated"].as_bool().unwrap_or(false);
        expect(
            "event",
            client.events.last(),
            Some(&Event::Refreshed { aim: Aim::default(), generation: 2, rotated }),
        )?;
        return expect("rotated", client.next_refresh_token() != REFRESH_TOKEN, rotated);
    }
    let error = outcome.err().ok_or("it was taken for a success")?;
    if row["session"] == "ended" {
        expect("code", error.code.as_str(), "ERR_SESSION_ENDED")?;
        expect("status", client.session.status(), Status::SignedOut)?;
        return expect("reason", client.session.reason(), Some("session-ended"));
    }
    check_error(&error, row)?;
    expect("status", client.session.status(), Status::RenewalDelayed)?;
    if client.session.standing_lease(client.now).is_none() {
        return Err("the token that is still good is no longer used".into());
    }
    let pause_ms = client.session.refresh_at().ok_or("no retry is planned")? - client.now;
    let asked_ms = if row["retryAfter"] == "3155760000" { 60 * MINUTE } else { 30 * SECOND };
    match row["session"].as_str() {
        Some("kept") if pause_ms <= asked_ms => {}
        Some("stuck") if pause_ms == 5 * MINUTE => {}
        _ => return Err(format!("{error:?}: the next try is in {pause_ms} ms")),
    }
    if pause_ms < 10 * MINUTE {
        expect("kept token", client.next_refresh_token().as_str(), REFRESH_TOKEN)?;
    }
    Ok(())
}

fn redeem(row: &Value) -> Result<(), String> {
    let mut page_before = Client::new();
    let entropy = Entropy(Zeroizing::new([7; 96]));
    page_before.input(Input::SignIn { waiter: 1, request: SignInRequest::default(), entropy });
    page_before.input(Input::Digested { state: STATE.into(), sha256: [0; 32] });
    let mut client = Client::new();
    let href = Secret::new(format!("{}?code=code-{MARK}&state={STATE}", setup::REDIRECT_URI));
    client.input(Input::Callback { waiter: 2, href, remembered: page_before.remembered });
    let sent_at = client.now;
    client.now += SECOND / 10;
    client.answer(row);
    expect("requests", client.sent.len(), 0)?;
    let outcome = client.settled.pop().ok_or("nobody was settled")?;
    if row["session"] == "renewed" {
        outcome.map_err(|error| format!("{error:?}"))?;
        expect("status", client.session.status(), Status::SignedIn)?;
        return check_lifetime(&client, sent_at, row);
    }
    let error = outcome.err().ok_or("it was taken for a success")?;
    expect("status", client.session.status(), Status::SignedOut)?;
    check_error(&error, row)
}

fn run(check: impl Fn(&Value) -> Result<(), String>) {
    let rows: Vec<Value> = serde_json::from_str(include_str!("vectors/token_response.json")).expect("JSON");
    assert!(rows.len() >= 150, "the table has only {} rows", rows.len());
    let failures: Vec<String> =
        rows.iter().filter_map(|row| Some(format!("{}: {}", row["name"], check(row).err()?))).collect();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

#[test]
fn promise_5_answers_to_a_refresh() {
    run(refresh);
}

#[test]
fn answers_to_a_code_exchange() {
    run(redeem);
}
