//! The authorization request, pushed to the server before the page leaves with a reference to it (RFC 9126).

use alloc::string::String;

use super::super::json::Json;
use super::super::token_response;
use super::super::{
    Code, Error, HttpAnswer, Output, RequestId, Secret, TransportFailure, UnixMs, WaiterId, form,
};
use super::Session;

/// A pushed authorization request under way.
#[derive(Debug)]
pub struct Pushing {
    pub waiter: WaiterId,
    state: String,
    request: RequestId,
    pub deadline: UnixMs,
}

impl Session {
    pub(super) fn push(
        &mut self,
        now: UnixMs,
        waiter: WaiterId,
        state: String,
        href: String,
        parameters: String,
    ) {
        let request = self.send(href, Some(Secret::new(parameters)));
        let deadline = now.saturating_add(self.config.timeout_ms);
        self.sign_ins.pushing.push(Pushing { waiter, state, request, deadline });
    }

    /// Gives the answer back if it is not to a pushed request.
    pub(super) fn finish_pushing(
        &mut self,
        now: UnixMs,
        request: RequestId,
        answer: Result<HttpAnswer, TransportFailure>,
    ) -> Option<Result<HttpAnswer, TransportFailure>> {
        let Some(at) = self.sign_ins.pushing.iter().position(|one| one.request == request) else {
            return Some(answer);
        };
        let Pushing { waiter, state, .. } = self.sign_ins.pushing.remove(at);
        let accepted = token_response::accept(answer, now, 201, Code::Authorization);
        match accepted.map_err(|failure| failure.error).and_then(|body| request_uri(&body)) {
            Err(error) => {
                self.sign_ins.pending.take(&state);
                self.settle(waiter, Err(error));
            }
            // Only these two, and this reference only here: it is used once (9126-2).
            Ok(request_uri) => {
                let mut query = String::new();
                form::append(&mut query, "client_id", &self.config.provider.client_id);
                form::append(&mut query, "request_uri", &request_uri);
                self.leave(now, waiter, state, &query);
            }
        }
        None
    }

    pub(super) fn expire_pushing(&mut self, now: UnixMs) {
        while let Some(at) = self.sign_ins.pushing.iter().position(|one| one.deadline <= now) {
            let Pushing { waiter, state, request, .. } = self.sign_ins.pushing.remove(at);
            self.sign_ins.pending.take(&state);
            self.outputs.push_back(Output::Abandon(request));
            self.settle(waiter, Err(Error::new(Code::Timeout)));
        }
    }
}

/// 9126-2: the reference, with its lifetime, which is shorter than the sign-in's and the server's to enforce.
fn request_uri(body: &Json) -> Result<String, Error> {
    let request_uri = body.text("request_uri").filter(|uri| !uri.is_empty());
    match (request_uri, token_response::seconds(body.get("expires_in"))) {
        (Some(request_uri), Some(1..)) => Ok(request_uri.into()),
        _ => {
            let detail = "request_uri or expires_in is missing (RFC 9126 section 2.2)";
            Err(Error::with_detail(Code::BadResponse, detail).at_status(201))
        }
    }
}
