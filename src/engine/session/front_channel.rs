//! The session's end by word of the server, in a frame (OpenID Connect Front-Channel Logout 1.0).

use super::super::json;
use super::super::{Event, Isolation, Secret, Settled, UnixMs, WaiterId, front_channel};
use super::Session;
use super::sign_out::Reason;

impl Session {
    /// What names another issuer or another session, or is not clear, changes nothing.
    pub(super) fn handle_front_channel_logout(&mut self, now: UnixMs, waiter: WaiterId, href: &Secret) {
        let issuer = self.config.provider.issuer.as_deref().unwrap_or_default();
        if let Some(sid) = front_channel::sid(href.expose(), issuer) {
            let claims = self.claims_text().and_then(|text| json::parse(text.as_bytes()).ok());
            if claims.is_some_and(|claims| claims.text("sid") == Some(&sid)) {
                self.end_and_revoke(now, Reason::SignOut);
            } else if self.tokens.is_none() && self.config.isolation == Isolation::Worker {
                // The session is another tab's, if it is at all: that tab hears a notice, and asks the server.
                self.notify(Event::SignedOut { reason: Reason::SignOut.as_str() });
            }
        }
        self.settle(waiter, Ok(Settled::Done));
    }
}
