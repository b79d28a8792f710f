//! What a provider says, as recorded in `vectors/providers/`, and one client that it is said to.
//!
//! Only shapes are recorded: names, types and oddities. In a recording `{issuer}`, `{client_id}`, `{nonce}`, `{state}`,
//! `{code}`, `{id_token}`, `{at_hash}`, `{origin}` (of the issuer) and `{modulus a}` stand for what they say, `{now+300}` and
//! `{start}` (of the sign-in) for times in seconds.
//! A change merges into the recording (RFC 7396: `null` takes a member out): `metadata`, `token`, `claims` and `header` of
//! the ID token, `options`, `sign_in`; `callback` and `token_text` replace all of it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use strongroom::engine::{
    Config, Entropy, Error, Event, HttpAnswer, HttpRequest, Input, Options, Output, Secret, Session, Settled,
    SignInRequest, WaiterId,
};
use zeroize::Zeroizing;

use crate::document::{Preset, preset};
use crate::sim::setup::normalize;
use crate::sim::{form, keys};

const START_MS: u64 = 1_800_000_000_000;
pub const REDIRECT_URI: &str = "https://app.example/callback";

/// One client, and the provider that it believes to talk to.
pub struct Client {
    pub recording: Value,
    pub change: Value,
    pub options: Value,
    pub session: Session,
    pub now: u64,
    sign_in: Value,
    last_waiter: WaiterId,
    settled: BTreeMap<WaiterId, Result<Settled, Error>>,
    pub events: Vec<Event>,
    /// Every request: where it went, and its form.
    pub sent: Vec<(String, Option<BTreeMap<String, String>>)>,
    /// The parameters of the authorization request, wherever they were.
    pub asked: BTreeMap<String, String>,
    /// What the token endpoint answers next.
    token_answer: (u16, String),
    /// The claims that the ID token has next.
    claims: Value,
}

impl Client {
    /// # Errors
    /// If the options of the document, changed, are refused.
    pub fn new(recording: &Value, change: &Value) -> Result<Self, Error> {
        let Preset { mut options, mut sign_in } = preset(recording["provider"].as_str().expect("a name"));
        merge(&mut options, &change["options"]);
        merge(&mut sign_in, &change["sign_in"]);
        let config = Config::new(Options::parse(&options.to_string())?, &normalize)?;
        Ok(Self {
            claims: recording["id_token"]["claims"].clone(),
            recording: recording.clone(),
            change: change.clone(),
            options,
            session: Session::new(config, 1),
            now: START_MS,
            sign_in,
            last_waiter: 0,
            settled: BTreeMap::new(),
            events: Vec::new(),
            sent: Vec::new(),
            asked: BTreeMap::new(),
            token_answer: (0, String::new()),
        })
    }

    /// # Errors
    /// What `signIn()` rejects with.
    pub fn begin_sign_in(&mut self) -> Result<String, Error> {
        let request = SignInRequest::new(&Options::parse(&self.sign_in.to_string())?)?;
        let entropy = Entropy(Zeroizing::new(core::array::from_fn(|at| at as u8)));
        match self.ask(|waiter| Input::SignIn { waiter, request, entropy })? {
            Settled::Leaving { href, form: None, .. } => {
                let query = form::query(&href);
                if !query.contains_key("request_uri") {
                    self.asked = query;
                }
                Ok(href)
            }
            other => panic!("{other:?}"),
        }
    }

    /// The way back, with this query; `None` for the recorded one.
    ///
    /// # Errors
    /// What `completeSignIn()` rejects with.
    pub fn come_back(&mut self, query: Option<&str>) -> Result<(), Error> {
        let (recording, change) = (self.recording.clone(), self.change.clone());
        let query =
            query.or(change["callback"].as_str()).or(recording["callback"].as_str()).expect("a query");
        let query = query.replace("{state}", &self.asked["state"]).replace("{code}", "made-up%2Fcode%3D");
        let href = format!("{REDIRECT_URI}?{query}");
        let is_changed = change["at"] != "renewal";
        self.prepare(
            &recording["token"]["document"],
            &Value::Null,
            if is_changed { &change } else { &Value::Null },
        );
        let remembered = None;
        match self.ask(|waiter| Input::Callback { waiter, href: Secret::new(href), remembered })? {
            Settled::SignedIn { .. } => Ok(()),
            other => panic!("{other:?}"),
        }
    }

    /// The way out and back.
    ///
    /// # Errors
    /// What `signIn()` or `completeSignIn()` rejects with.
    pub fn sign_in(&mut self) -> Result<(), Error> {
        self.begin_sign_in()?;
        self.come_back(None)
    }

    /// A minute later, a renewal that is answered with the last token response changed.
    ///
    /// # Errors
    /// What `refresh()` rejects with.
    pub fn renew(&mut self, renewal: &Value, change: &Value) -> Result<(), Error> {
        self.now += 60_000;
        let mut document = self.recording["token"]["document"].clone();
        merge(&mut document, &renewal["document"]);
        self.prepare(&document, &renewal["claims"], change);
        self.refresh()
    }

    /// A renewal that is answered with this.
    ///
    /// # Errors
    /// What `refresh()` rejects with.
    pub fn renew_with(&mut self, status: u16, document: &Value) -> Result<(), Error> {
        self.token_answer = (status, document.to_string());
        self.refresh()
    }

    fn refresh(&mut self) -> Result<(), Error> {
        self.ask(Input::Refresh).map(drop)
    }

    /// # Errors
    /// What `signOut()` rejects with.
    pub fn sign_out(&mut self, by_redirect: bool) -> Result<Settled, Error> {
        let redirect = by_redirect.then(|| Entropy(Zeroizing::new([7; 96])));
        self.ask(|waiter| Input::SignOut { waiter, redirect })
    }

    pub fn complete(&mut self, href: String) -> Settled {
        self.ask(|waiter| Input::Callback { waiter, href: Secret::new(href), remembered: None })
            .expect("no error")
    }

    pub fn token_requests(&self) -> usize {
        let is_token = |form: &BTreeMap<String, String>| form.contains_key("grant_type");
        self.sent.iter().filter(|(_, form)| form.as_ref().is_some_and(is_token)).count()
    }

    pub fn claims(&self) -> Value {
        serde_json::from_str(self.session.claims_text().expect("claims")).expect("JSON")
    }

    /// Makes the next answer of the token endpoint.
    fn prepare(&mut self, document: &Value, claims: &Value, change: &Value) {
        let mut document = document.clone();
        merge(&mut document, &change["token"]);
        let mut token_claims = self.claims.clone();
        let mut header = self.recording["id_token"]["header"].clone();
        merge(&mut token_claims, claims);
        merge(&mut token_claims, &change["claims"]);
        merge(&mut header, &change["header"]);
        let key = keys::key(change["key"].as_str().unwrap_or("a"));
        let digest = Sha256::digest(document["access_token"].as_str().unwrap_or_default());
        let at_hash = URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2]);
        let [header, token_claims] =
            [header, token_claims].map(|part| self.expand(part, &[("{at_hash}", &at_hash)]));
        let id_token = keys::sign(&key, &header, &token_claims, change["spoiled"] == true);
        let text = change["token_text"].as_str().map(String::from);
        let status = change["token_status"].as_u64().unwrap_or(200) as u16;
        let document = self.expand(document, &[("{id_token}", &id_token)]);
        self.token_answer = (status, text.unwrap_or_else(|| document.to_string()));
    }

    fn ask(&mut self, input: impl FnOnce(WaiterId) -> Input) -> Result<Settled, Error> {
        self.last_waiter += 1;
        self.input(input(self.last_waiter));
        self.settled.remove(&self.last_waiter).expect("everything is answered at once")
    }

    fn input(&mut self, input: Input) {
        self.session.handle_input(self.now, input);
        while let Some(output) = self.session.poll_output() {
            let next = match output {
                Output::Abandon(_) => None,
                Output::Digest { state, verifier } => {
                    Some(Input::Digested { state, sha256: Sha256::digest(verifier.expose()).into() })
                }
                Output::Notify(event) => {
                    self.events.push(event);
                    None
                }
                Output::Send(request) => Some(self.answer(request)),
                Output::Settle(waiter, outcome) => {
                    self.settled.insert(waiter, outcome);
                    None
                }
                #[cfg(feature = "full")]
                Output::Thumbprint { .. } => None,
                Output::Verify(signed) => Some(Input::Verified(signed.id, keys::verify(&signed))),
            };
            if let Some(input) = next {
                self.input(input);
            }
        }
    }

    /// What the provider answers at this place; a place that was not recorded is one where nothing may be sent.
    fn answer(&mut self, request: HttpRequest) -> Input {
        let form = request.form.as_ref().map(|form| form::read(form.expose()));
        let place = |name: &str| {
            let moved = self.change[format!("{name}_at")].as_str();
            let of = |from: &Value| from[name]["at"].as_str().map(String::from);
            moved.map(String::from).or_else(|| of(&self.change)).or_else(|| of(&self.recording))
        };
        let is_at = |name: &str| place(name).as_deref() == Some(request.href.as_str());
        let (status, body) = match &form {
            None if is_at("metadata") => {
                let mut document = self.recording["metadata"]["document"].clone();
                merge(&mut document, &self.change["metadata"]);
                (200, self.expand(document, &[]).to_string())
            }
            None if is_at("jwks") => {
                (200, self.expand(self.recording["jwks"]["document"].clone(), &[]).to_string())
            }
            Some(pairs) if is_at("push") => {
                self.asked = pairs.clone();
                let from = if self.change["push"].is_null() { &self.recording } else { &self.change };
                (201, from["push"]["document"].to_string())
            }
            Some(_) if is_at("token") => self.token_answer.clone(),
            Some(_) if self.recording["sign_out"]["revocation"] == request.href.as_str() => {
                (200, String::new())
            }
            _ => panic!("nobody recorded a request to {}", request.href),
        };
        self.sent.push((request.href, form));
        let body = Zeroizing::new(body.into_bytes());
        Input::Answered(request.id, Ok(HttpAnswer { status, retry_after: None, dpop_nonce: None, body }))
    }

    fn expand(&self, value: Value, more: &[(&str, &str)]) -> Value {
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.expand(item, more)).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(name, item)| (name, self.expand(item, more))).collect()
            }
            Value::String(text) => self.expand_text(&text, more),
            other => other,
        }
    }

    fn expand_text(&self, text: &str, more: &[(&str, &str)]) -> Value {
        if let Some(offset) = text.strip_prefix("{now").and_then(|rest| rest.strip_suffix('}')) {
            let offset: i64 =
                if offset.is_empty() { 0 } else { offset.parse().expect("an offset in seconds") };
            return json!((self.now / 1_000) as i64 + offset);
        }
        if text == "{start}" {
            return json!(START_MS / 1_000);
        }
        if let Some(name) = text.strip_prefix("{modulus ").and_then(|rest| rest.strip_suffix('}')) {
            return keys::key(name)["n"].clone();
        }
        let provider = &self.options["provider"];
        let own = |name: &str| provider[name].as_str().unwrap_or_default();
        let nonce = self.asked.get("nonce").map_or("", String::as_str);
        let origin = own("issuer").splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        let known = [
            ("{issuer}", own("issuer")),
            ("{origin}", &origin),
            ("{client_id}", own("clientId")),
            ("{nonce}", nonce),
        ];
        let put = |text: String, (name, value): &(&str, &str)| text.replace(name, value);
        known.iter().chain(more).fold(text.to_owned(), put).into()
    }
}

/// RFC 7396.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else { return };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, change) in changes {
        match change {
            Value::Null => drop(target.as_object_mut().expect("an object").remove(name)),
            Value::Object(_) => merge(&mut target[name], change),
            other => target[name] = other.clone(),
        }
    }
}
