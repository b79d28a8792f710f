use super::AuthorizationServer;
use super::ledger::Kind;

/// An API that asks the authorization server's ledger about every token.
#[derive(Debug, Default)]
pub struct Api {
    /// It refuses even good tokens.
    pub refuses_all: bool,
    /// And those at this URL.
    pub refuses: Option<String>,
    pub calls_served: u32,
    pub calls_refused: u32,
    /// Tokens that it was sent and that are another resource's.
    pub foreign_seen: u32,
    /// Expired tokens that it was sent.
    pub expired_seen: u32,
}

impl Api {
    /// The HTTP status.
    pub fn answer(&mut self, url: &str, token: &str, at: u64, server: &AuthorizationServer) -> u16 {
        if server.ledger.find(token, Kind::Access).is_some_and(|issued| issued.expires_at <= at) {
            self.expired_seen += 1;
        }
        let is_foreign = |issued: &super::ledger::Issued| issued.token_for != server.setup.token_for(url);
        if server.ledger.find(token, Kind::Access).is_none_or(is_foreign) {
            self.foreign_seen += 1;
        }
        let is_refused =
            self.refuses_all || self.refuses.as_deref().is_some_and(|refused| url.starts_with(refused));
        if is_refused || !server.ledger.is_good(token, Kind::Access, at) {
            self.calls_refused += 1;
            401
        } else {
            self.calls_served += 1;
            200
        }
    }
}
