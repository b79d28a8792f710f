use alloc::string::String;
use alloc::vec::Vec;

use super::cut::Cut as _;
use super::json;
use super::options::Options;
use super::step_up::{MAX_AGE_MAX_SECONDS, are_words};
use super::{
    Code, Entropy, Error, Provider, ProviderKind, Secret, SignInRequest, StepUp, UnixMs, callback, decimal,
    form, pkce,
};

/// A sign-in must come back within this (promise 1).
pub const LIFETIME_MS: u64 = 600_000;
/// So many sign-ins may be pending at once; one more drops the oldest.
const PENDING_MAX: usize = 16;

/// The parameters that a sign-in sets itself and the application may not (RFC 6749 §4.1.1, RFC 7636 §4.3, …).
const RESERVED: &str = "response_type response_mode client_id redirect_uri scope state nonce code_challenge \
     code_challenge_method dpop_jkt request request_uri";

const MAX_AGE: &str = "maxAgeSeconds";
/// The options of `signIn()` that are a parameter (OpenID Connect Core §3.1.2.1) under another name.
const NAMED: [(&str, &str); 5] = [
    ("prompt", "prompt"),
    ("loginHint", "login_hint"),
    ("acrValues", "acr_values"),
    ("uiLocales", "ui_locales"),
    (MAX_AGE, "max_age"),
];

impl SignInRequest {
    /// Reads the options of `signIn()`, with the rules of [`checked_return_to`] still to come. The page has written
    /// `authorizationDetails` as JSON, with numbers that options do not have.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] with the path of what is wrong.
    pub fn new(options: &Options) -> Result<Self, Error> {
        const KNOWN: &str = "prompt loginHint acrValues uiLocales maxAgeSeconds returnTo parameters scope authorizationDetails";
        let reader = options.reader(KNOWN);
        let mut parameters = Vec::<(String, String)>::new();
        if let Some(given) = reader.any_object("parameters") {
            for (name, _) in given.members() {
                if let Some(value) = given.text(name) {
                    parameters.push((name.clone(), value.into()));
                }
            }
        }
        if let Some(details) = reader.text("authorizationDetails") {
            if !json::parse(details.as_bytes()).is_ok_and(|details| details.is_authorization_details()) {
                let detail = "must be an array of objects with a `type` (RFC 9396 section 2)";
                reader.refuse("authorizationDetails", detail);
            }
            if let Some(at) = parameters.iter().position(|(name, _)| name == "authorization_details") {
                parameters.remove(at);
            }
            parameters.push(("authorization_details".into(), details.into()));
        }
        for (option, name) in NAMED {
            let value = if option == MAX_AGE {
                let age_ms = reader.seconds(option, 0, MAX_AGE_MAX_SECONDS);
                age_ms.map(|ms| decimal::write(ms / 1_000))
            } else {
                reader.text(option).map(String::from)
            };
            let Some(value) = value else { continue };
            if parameters.iter().any(|(given, _)| given == name) {
                reader.refuse(option, "is given twice");
            }
            parameters.push((name.into(), value));
        }
        let text = |name: &str| reader.text(name).map(String::from);
        let (return_to, scope) = (text("returnTo"), text("scope"));
        options.judged(Some(Self { return_to, parameters, scope, stays: false }))
    }

    /// What it asks for that a step-up may demand.
    pub fn step_up(&self) -> StepUp {
        StepUp {
            acr_values: self.parameter("acr_values").map(String::from),
            max_age: self.parameter("max_age").and_then(decimal::read),
            scope: self.scope.clone(),
        }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// The scope that a sign-in asks for: the configured one, with those words of `more` that it lacks.
pub fn requested_scope(configured: Option<&str>, more: Option<&str>) -> Option<String> {
    let Some(more) = more else { return configured.map(String::from) };
    let mut scope = String::from(configured.unwrap_or_default());
    for word in more.parts(' ') {
        if !scope.parts(' ').any(|other| other == word) {
            if !scope.is_empty() {
                scope.push(' ');
            }
            scope.push_str(word);
        }
    }
    Some(scope)
}

/// One sign-in between its authorization request and its callback.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub state: String,
    pub nonce: String,
    pub code_verifier: Secret,
    /// The issuer that the request went to; the callback must come from it (9700-5).
    pub issuer: Option<String>,
    pub return_to: String,
    pub created_at: UnixMs,
    pub step_up: StepUp,
    /// With `prompt=none`: the user sees nothing of it. Not remembered.
    pub is_silent: bool,
}

impl Transaction {
    pub fn new(now: UnixMs, entropy: &Entropy, issuer: Option<String>, return_to: String) -> Self {
        let (state, rest) = entropy.0.split_at(32);
        let (nonce, verifier) = rest.split_at(32);
        Self {
            state: pkce::unguessable(state).expose().into(),
            nonce: pkce::unguessable(nonce).expose().into(),
            code_verifier: pkce::unguessable(verifier),
            issuer,
            return_to,
            created_at: now,
            step_up: StepUp::default(),
            is_silent: false,
        }
    }

    /// One from the future is not: the page before may have seen another clock.
    pub fn is_expired(&self, now: UnixMs) -> bool {
        now.saturating_sub(self.created_at) >= LIFETIME_MS
    }

    /// The text that the host keeps over a redirect; [`Transaction::recall`] reads it.
    pub fn remembered(&self) -> Secret {
        let created_at = decimal::write(self.created_at);
        let max_age = self.step_up.max_age.map(decimal::write);
        form::secret(&[
            ("state", self.state.as_str()),
            ("nonce", &self.nonce),
            ("code_verifier", self.code_verifier.expose()),
            ("issuer", self.issuer.as_deref().unwrap_or("")),
            ("return_to", &self.return_to),
            ("created_at", &created_at),
            ("acr_values", self.step_up.acr_values.as_deref().unwrap_or("")),
            ("max_age", max_age.as_deref().unwrap_or("")),
            ("scope", self.step_up.scope.as_deref().unwrap_or("")),
        ])
    }

    /// `None` for anything that [`Transaction::remembered`] did not write: storage is not trusted.
    pub fn recall(text: &Secret) -> Option<Self> {
        let mut pairs = form::parse_query(text.expose());
        let mut take = |name: &str| {
            let at = pairs.iter().position(|(key, value)| key == name && !value.is_empty())?;
            Some(pairs.swap_remove(at).1)
        };
        let created_at = decimal::read(&take("created_at")?)?;
        let recalled = Self {
            state: take("state").unwrap_or_default(),
            nonce: take("nonce").unwrap_or_default(),
            code_verifier: Secret::new(take("code_verifier").unwrap_or_default()),
            issuer: take("issuer"),
            return_to: take("return_to").unwrap_or_default(),
            created_at,
            step_up: StepUp {
                acr_values: take("acr_values"),
                max_age: take("max_age").as_deref().and_then(decimal::read),
                scope: take("scope"),
            },
            is_silent: false,
        };
        let is_whole = !recalled.state.is_empty()
            && !recalled.nonce.is_empty()
            && recalled.code_verifier.expose().len() == 43
            && is_local_path(&recalled.return_to);
        is_whole.then_some(recalled)
    }
}

/// The pending sign-ins: each is taken once, and only within its time.
#[derive(Debug, Default)]
pub struct Transactions {
    pending: Vec<Transaction>,
    /// The `state`s of the latest that came back. A duplicated tab remembers what its original has redeemed.
    spent: Vec<String>,
}

impl Transactions {
    pub fn add(&mut self, transaction: Transaction) {
        if self.pending.len() >= PENDING_MAX {
            self.pending.remove(0);
        }
        self.pending.push(transaction);
    }

    /// Takes the transaction of this `state` out, be it one that a page remembered, so that nobody redeems a code with
    /// it a second time (6749-9).
    pub fn spend(&mut self, state: &str, remembered: Option<Transaction>) -> Option<Transaction> {
        let spent = &self.spent;
        let remembered = remembered.filter(|one| one.state == state && !spent.contains(&one.state));
        let transaction = self.take(state).or(remembered)?;
        if self.spent.len() >= PENDING_MAX {
            self.spent.remove(0);
        }
        self.spent.push(state.into());
        Some(transaction)
    }

    /// Takes it out as one that never left.
    pub fn take(&mut self, state: &str) -> Option<Transaction> {
        let at = self.pending.iter().position(|pending| pending.state == state)?;
        Some(self.pending.remove(at))
    }

    pub fn find(&self, state: &str) -> Option<&Transaction> {
        self.pending.iter().find(|pending| pending.state == state)
    }

    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    pub fn forget_all(&mut self) {
        self.pending.clear();
    }
}

/// Judges what the application asked of a sign-in, and gives the path to return to.
///
/// # Errors
/// [`Code::InvalidOption`] with `returnTo`, `scope`, `prompt` (OIDC-14) or `parameters`.
pub fn checked_return_to(request: &SignInRequest) -> Result<String, Error> {
    for (name, value) in &request.parameters {
        if name == "prompt" && value != "none" && value.parts(' ').any(|word| word == "none") {
            return Err(Error::option("prompt", "`none` stands alone (OpenID Connect Core section 3.1.2.1)"));
        }
        if name.is_empty() || RESERVED.parts(' ').any(|reserved| reserved == name) {
            return Err(Error::option(["parameters.", name].concat(), "is set by the sign-in itself"));
        }
    }
    if !request.scope.as_deref().is_none_or(are_words) {
        return Err(Error::option("scope", "must be scope tokens with one space between"));
    }
    let return_to = request.return_to.as_deref().unwrap_or("/");
    if !is_local_path(return_to) {
        return Err(Error::option("returnTo", "must be a path that begins with one slash"));
    }
    Ok(return_to.into())
}

/// A path, with query and fragment if any, that no browser takes for another origin: one slash at its beginning,
/// no backslash that could be another, no control character (browsers drop tabs and line breaks before they parse).
fn is_local_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !callback::split(path).0.has('\\')
        && !path.chars().any(|c| c.is_control() || c == '\u{FEFF}')
}

/// The parameters of the authorization request (RFC 6749 §4.1.1), for its URL or to be pushed.
pub fn authorization_parameters(
    provider: &Provider,
    transaction: &Transaction,
    code_challenge: &str,
    parameters: &[(String, String)],
) -> String {
    let mut query = String::new();
    let scope = requested_scope(provider.scope.as_deref(), transaction.step_up.scope.as_deref());
    let own = [
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", provider.redirect_uri.as_deref().unwrap_or("")),
        ("scope", scope.as_deref().unwrap_or("")),
        ("state", &transaction.state),
        ("nonce", if provider.kind == ProviderKind::Oidc { &transaction.nonce } else { "" }),
        ("code_challenge", code_challenge),
        ("code_challenge_method", "S256"),
    ];
    let mut append = |name: &str, value: &str| {
        if !value.is_empty() {
            form::append(&mut query, name, value);
        }
    };
    for (name, value) in own {
        append(name, value);
    }
    for (name, value) in parameters {
        append(name, value);
    }
    query
}

/// An existing query of the endpoint is kept (6749-2).
pub fn authorization_href(endpoint: &str, query: &str) -> String {
    let joint = if endpoint.has('?') { "&" } else { "?" };
    [endpoint, joint, query].concat()
}

/// The refusal of a callback, in our own words.
pub fn refused(detail: &'static str) -> Error {
    Error::with_detail(Code::Callback, detail)
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn transaction(byte: u8) -> Transaction {
        let entropy = Entropy(Zeroizing::new([byte; 96]));
        Transaction::new(1_000, &entropy, Some("https://id.example".into()), "/a?b=c&d#e".into())
    }

    #[test]
    fn what_is_remembered_is_recalled() {
        let recalled = Transaction::recall(&transaction(7).remembered()).unwrap();
        assert_eq!(recalled.remembered(), transaction(7).remembered());
        assert_eq!(recalled.return_to, "/a?b=c&d#e");
    }

    #[test]
    fn what_was_tampered_with_is_not_recalled() {
        for text in
            ["", "state=a", "%", "{}", "state=&nonce=n&code_verifier=v&issuer=&return_to=/&created_at=1"]
        {
            assert!(Transaction::recall(&Secret::new(text)).is_none(), "{text}");
        }
        let evil =
            transaction(7).remembered().expose().replace("return_to=%2Fa", "return_to=%2F%2Fevil.example");
        assert!(Transaction::recall(&Secret::new(evil)).is_none());
    }

    #[test]
    fn each_is_taken_once() {
        let mut pending = Transactions::default();
        pending.add(transaction(1));
        pending.add(transaction(2));
        let state = transaction(1).state;
        assert!(pending.take(&state).is_some() && pending.take(&state).is_none());
        assert!(pending.find(&transaction(2).state).is_some());
        for byte in 10..40 {
            pending.add(transaction(byte));
        }
        assert_eq!(pending.pending.len(), PENDING_MAX);
    }

    #[test]
    fn a_path_to_return_to_stays_on_the_origin() {
        let good = ["/", "/orders", "/orders?page=2#top", "/a//b", "/%2F%2Fevil.example", "/a?q=b\\c#d\\e"];
        let bad = [
            "",
            "orders",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " /x",
            "\u{FEFF}//evil",
            "/a\\b",
            "/\u{0}",
        ];
        for path in good {
            assert!(is_local_path(path), "{path:?}");
        }
        for path in bad {
            assert!(!is_local_path(path), "{path:?}");
        }
    }
}
