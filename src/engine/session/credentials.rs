//! A sign-in by what the user typed into the application itself: the password grant (RFC 6749 §4.3) of servers that have
//! nothing better. RFC 9700 §2.4 forbids it (9700-8), so the application must ask for it by name.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::callback::{Callback, Outcome};
use super::super::sign_in_request::requested_scope;
use super::super::transaction::Transaction;
use super::super::{Entropy, Error, SignInRequest, UnixMs, WaiterId, grant};
use super::Session;
use super::redemption::Redeeming;

/// What the grant has of its own; the application adds neither to it by `parameters`.
const RESERVED: [&str; 3] = ["grant_type", "username", "password"];

impl Session {
    /// They are in the one form that is sent, once, and nowhere after it.
    pub(super) fn sign_in_with_credentials(
        &mut self,
        now: UnixMs,
        waiter: WaiterId,
        request: &SignInRequest,
        return_to: String,
        entropy: &Entropy,
    ) {
        let form = match self.password_form(request) {
            Ok(form) => form,
            Err(error) => return self.settle(waiter, Err(error)),
        };
        let issuer = self.config.provider.issuer.clone();
        let mut transaction = Transaction::new(now, entropy, issuer, return_to);
        transaction.step_up = request.step_up();
        let callback = Callback { state: String::new(), iss: None, outcome: form };
        self.sign_ins.redeeming.push(Redeeming::new(now, waiter, transaction, callback));
        self.discover(now);
        self.redeem_when_ready(now);
    }

    fn password_form(&self, request: &SignInRequest) -> Result<Outcome, Error> {
        let provider = &self.config.provider;
        let Some(full) = provider.legacy_password_grant else {
            return Err(Error::option("credentials", "needs `provider.legacyPasswordGrant`"));
        };
        let given = request.credentials.get().map(Vec::as_slice).unwrap_or_default();
        let find = |wanted: &str| given.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let (Some(username), Some(password), 2) = (find("username"), find("password"), given.len()) else {
            return Err(Error::option("credentials", "must be `username` and `password`"));
        };
        if let Some((name, _)) = request.parameters.iter().find(|(name, _)| RESERVED.contains(&name.as_str()))
        {
            return Err(Error::option(["parameters.", name].concat(), "is set by the sign-in itself"));
        }
        let scope = requested_scope(provider.scope.as_deref(), request.scope.as_deref());
        let form = grant::password(provider, scope.as_deref(), (username, password), &request.parameters);
        Ok(Outcome::Credentials(full, form))
    }
}
