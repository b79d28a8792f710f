//! What may be known of the session at any time. Never a token.

use super::super::{Config, Generation, Status, UnixMs};
use super::Session;

impl Session {
    pub fn status(&self) -> Status {
        match &self.tokens {
            Some(_) if self.last_failure.is_some() => Status::RenewalDelayed,
            Some(_) => Status::SignedIn,
            None if self.sign_ins.is_under_way() => Status::SigningIn,
            None => Status::SignedOut,
        }
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The validated ID token's claims, as JSON text.
    pub fn claims_text(&self) -> Option<&str> {
        let claims_text = self.tokens.as_ref()?.identity.as_ref()?.claims_text.as_str();
        Some(claims_text).filter(|text| !text.is_empty())
    }

    pub fn scope(&self) -> Option<&str> {
        self.tokens.as_ref()?.scope.as_deref()
    }

    /// The granted authorization details (RFC 9396 §7), as JSON text.
    pub fn authorization_details(&self) -> Option<&str> {
        self.tokens.as_ref()?.authorization_details.as_deref()
    }

    pub fn expires_at(&self) -> Option<UnixMs> {
        self.tokens.as_ref()?.schedule.expires_at
    }

    /// When the next renewal is due, by schedule or after a failure.
    pub fn refresh_at(&self) -> Option<UnixMs> {
        let tokens = self.tokens.as_ref().filter(|tokens| tokens.refresh_token.is_some())?;
        self.backoff.until().or(tokens.schedule.refresh_at)
    }

    pub fn session_ends_at(&self) -> Option<UnixMs> {
        self.tokens.as_ref()?.session_ends_at
    }

    pub fn reason(&self) -> Option<&'static str> {
        self.reason
    }

    pub fn generation(&self) -> Generation {
        self.generation
    }
}
