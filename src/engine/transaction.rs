use alloc::string::String;
use alloc::vec::Vec;

use super::sign_in_request::is_local_path;
use super::{Code, Entropy, Error, Full, Secret, StepUp, UnixMs, decimal, form, pkce};

/// A sign-in must come back within this (promise 1).
pub const LIFETIME_MS: u64 = 600_000;
/// So many sign-ins may be pending at once; one more drops the oldest.
const PENDING_MAX: usize = 16;

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
    /// By a redirect on load, which asks whether the server knows the user.
    pub single_sign_on: Option<Full>,
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
            single_sign_on: None,
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
            #[cfg(feature = "full")]
            ("sso", if self.single_sign_on.is_some() { "1" } else { "" }),
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
            single_sign_on: Full::PROOF.filter(|_| take("sso").is_some()),
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
}
