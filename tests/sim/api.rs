use super::AuthorizationServer;
use super::ledger::Kind;

/// An API that asks the authorization server's ledger about every token.
#[derive(Debug, Default)]
pub struct Api {
    /// It refuses even good tokens.
    pub refuses_all: bool,
    pub calls_served: u32,
    pub calls_refused: u32,
    /// Expired tokens that it was sent.
    pub expired_seen: u32,
}

impl Api {
    /// The HTTP status.
    pub fn answer(&mut self, token: &str, at: u64, server: &AuthorizationServer) -> u16 {
        if server.ledger.find(token, Kind::Access).is_some_and(|issued| issued.expires_at <= at) {
            self.expired_seen += 1;
        }
        if self.refuses_all || !server.ledger.is_good(token, Kind::Access, at) {
            self.calls_refused += 1;
            401
        } else {
            self.calls_served += 1;
            200
        }
    }
}
