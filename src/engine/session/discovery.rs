//! Finding the authorization server's endpoints, once, when something first needs them.

use super::super::metadata::{self, Metadata};
use super::super::token_response::Consequence;
use super::super::{Code, Error, HttpAnswer, Provider, RequestId, TransportFailure, UnixMs};
use super::Session;
use super::renewal::Renewal;

#[derive(Debug)]
pub enum Discovery {
    Unknown,
    Loading {
        request: RequestId,
        /// Which of the two well-known places.
        place: usize,
        deadline: UnixMs,
    },
    Known(Metadata),
}

impl Discovery {
    pub fn new(provider: &Provider) -> Self {
        let given = |endpoints| Self::Known(Metadata::given(endpoints, provider.dpop));
        provider.endpoints.clone().map_or(Self::Unknown, given)
    }
}

impl Session {
    pub(super) fn metadata(&self) -> Option<&Metadata> {
        match &self.discovery {
            Discovery::Known(metadata) => Some(metadata),
            _ => None,
        }
    }

    pub(super) fn discover(&mut self, now: UnixMs) {
        if matches!(self.discovery, Discovery::Unknown) {
            self.ask_well_known(now, 0);
        }
    }

    pub(super) fn finish_discovery(&mut self, now: UnixMs, answer: Result<HttpAnswer, TransportFailure>) {
        let Discovery::Loading { place, .. } = self.discovery else { return };
        match metadata::judge(&self.config.provider, answer) {
            Ok(Some(metadata)) => {
                self.discovery = Discovery::Known(metadata);
                if matches!(self.renewal, Renewal::Discovering(_)) {
                    self.send_renewal(now, false);
                }
                self.continue_sign_ins(now);
                self.continue_revocations();
            }
            Ok(None) if place == 0 => self.ask_well_known(now, 1),
            Ok(None) => self
                .fail_discovery(now, Error::with_detail(Code::Metadata, "it is at neither well-known place")),
            Err(error) => self.fail_discovery(now, error),
        }
    }

    /// Everybody who waited for the endpoints hears of it; the next who needs them asks again.
    pub(super) fn fail_discovery(&mut self, now: UnixMs, error: Error) {
        self.discovery = Discovery::Unknown;
        if let Renewal::Discovering(errand) = self.renewal {
            let consequence =
                if error.code == Code::Metadata { Consequence::Stuck } else { Consequence::Paused };
            self.fail_renewal(now, errand.aim, consequence, error.clone());
        }
        self.fail_sign_ins_without_endpoint(&error);
        self.finish_idle_revocations();
    }

    fn ask_well_known(&mut self, now: UnixMs, place: usize) {
        let Some(issuer) = &self.config.provider.issuer else { return };
        let href = metadata::well_known(self.config.provider.kind, issuer, place);
        let request = self.send(href, None);
        self.discovery =
            Discovery::Loading { request, place, deadline: now.saturating_add(self.config.timeout_ms) };
    }
}
