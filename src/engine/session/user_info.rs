//! The application asks who the user is (OpenID Connect Core 1.0 §5.3): one request with the access token, and with a newer
//! one if that was refused.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::dpop::TokenType;
use super::super::token_response::TokenResponse;
use super::super::user_info::{self, Expected, UserInfo, invalid};
use super::super::{
    Code, Error, Full, Generation, HttpAnswer, HttpRequest, InFull, Lease, Output, RequestId, Secret,
    Settled, TransportFailure, UnixMs, WaiterId,
};
use super::Session;
use super::verification::Purpose;
use super::waiters::Want;

/// Those who ask; where the application wants none of it there is no such thing.
#[derive(Debug)]
pub struct Inquiries {
    full: Full,
    under_way: Vec<Inquiry>,
}

#[derive(Debug)]
struct Inquiry {
    waiter: WaiterId,
    request: RequestId,
    generation: Generation,
    /// The ID token's `sub` when it was sent.
    subject: String,
    is_second: bool,
    /// The answer is here, and its signature being verified.
    is_answered: bool,
    deadline: UnixMs,
}

impl Inquiries {
    pub fn new(full: Full) -> Self {
        Self { full, under_way: Vec::new() }
    }

    pub fn is_of(&self, request: RequestId) -> bool {
        self.under_way.iter().any(|one| one.request == request)
    }

    pub fn first_deadline(&self) -> Option<UnixMs> {
        self.under_way.iter().map(|one| one.deadline).min()
    }

    fn take(&mut self, is_wanted: impl Fn(&Inquiry) -> bool) -> Option<Inquiry> {
        let at = self.under_way.iter().position(is_wanted)?;
        Some(self.under_way.remove(at))
    }
}

impl Session {
    pub(super) fn handle_user_info(&mut self, now: UnixMs, waiter: WaiterId) {
        match self.inquiries.get() {
            Some(inquiries) => {
                let want = Want::UserInfo(inquiries.full);
                self.touch(now, true);
                self.demand(now, waiter, want);
            }
            None => {
                let error = Error::option("provider.userInfo", "must be true for userInfo()");
                self.settle(waiter, Err(error));
            }
        }
    }

    /// There is a token to ask with.
    pub(super) fn ask_user_info(&mut self, now: UnixMs, waiter: WaiterId, lease: Lease, is_second: bool) {
        let generation = lease.generation;
        let sent = match self.backend() {
            Some(_) => self.ask_back_end_for_user_info(now, &lease),
            None => self.send_inquiry(now, lease),
        };
        match sent {
            Ok((request, subject, deadline)) => {
                let Some(inquiries) = self.inquiries.get_mut() else { return };
                let is_answered = false;
                inquiries.under_way.push(Inquiry {
                    waiter,
                    request,
                    generation,
                    subject,
                    is_second,
                    is_answered,
                    deadline,
                });
            }
            Err(error) => self.settle(waiter, Err(error)),
        }
    }

    fn send_inquiry(&mut self, now: UnixMs, lease: Lease) -> Result<(RequestId, String, UnixMs), Error> {
        let identity = self.tokens.as_ref().and_then(|tokens| tokens.identity.as_ref());
        let href = self.metadata().and_then(|metadata| Some(metadata.endpoints.user_info.get()?.clone()));
        match (identity, href) {
            (None, _) => Err(invalid("the session has no ID token, whose sub it must have")),
            (_, None) => Err(Error::with_detail(Code::Metadata, "userinfo_endpoint is not known")),
            (Some(identity), Some(href)) => {
                let subject = identity.subject.clone();
                let deadline = now.saturating_add(self.config.timeout_ms);
                Ok((self.send_with_token(href, lease), subject, deadline))
            }
        }
    }

    /// In the header.
    pub(super) fn send_bearer(&mut self, href: String, lease: Lease) -> RequestId {
        self.last_request = self.last_request.wrapping_add(1);
        let (id, bearer) = (self.last_request, InFull::new(Some(lease)));
        self.outputs.push_back(Output::Send(HttpRequest { bearer, ..HttpRequest::new(id, href, None) }));
        id
    }

    pub(super) fn finish_user_info(
        &mut self,
        now: UnixMs,
        request: RequestId,
        answer: Result<HttpAnswer, TransportFailure>,
    ) {
        let Some(inquiries) = self.inquiries.get_mut() else { return };
        let full = inquiries.full;
        let Some(mut one) = inquiries.take(|one| one.request == request) else { return };
        let is_refused = matches!(answer, Ok(HttpAnswer { status: 401, .. }));
        if is_refused && !one.is_second {
            let want = Want::UserInfoAgain(full);
            return if one.generation == self.generation {
                self.refuse(now, one.waiter, want)
            } else {
                self.demand(now, one.waiter, want)
            };
        }
        if one.is_second && !is_refused && one.generation == self.generation {
            self.refusal_pause.accepted();
        }
        let provider = &self.config.provider;
        let issuer = provider.issuer.as_deref().unwrap_or_default();
        let expected = Expected { issuer, client_id: &provider.client_id, subject: &one.subject };
        let judged = match self.backend() {
            Some(backend) => backend.judge_user_info(answer, now).map(UserInfo::Plain),
            None => user_info::judge(answer, &expected, now),
        };
        let Some(inquiries) = self.inquiries.get_mut() else { return };
        let outcome = match judged {
            Err(error) => Err(error),
            Ok(UserInfo::Plain(text)) => Ok(Settled::UserInfo(full, text)),
            Ok(UserInfo::Signed(token, claimed)) => {
                one.is_answered = true;
                one.deadline = now.saturating_add(self.config.timeout_ms);
                inquiries.under_way.push(one);
                // No token came with it.
                let response = TokenResponse {
                    access_token: Secret::new(""),
                    token_type: TokenType::Bearer,
                    is_exchanged: InFull::new(None),
                    refresh_token: None,
                    id_token: Some(token),
                    scope: None,
                    authorization_details: None,
                    expires_in_seconds: None,
                    session_seconds: None,
                };
                return self.verify(now, Purpose::UserInfo(full, request), response, claimed);
            }
        };
        self.settle(one.waiter, outcome);
    }

    /// The signature is good, or it is not.
    pub(super) fn conclude_user_info(&mut self, request: RequestId, verified: Result<String, Error>) {
        let Some(inquiries) = self.inquiries.get_mut() else { return };
        let full = inquiries.full;
        let Some(one) = inquiries.take(|one| one.request == request) else { return };
        let outcome = match verified {
            Ok(text) => Ok(Settled::UserInfo(full, text)),
            Err(error) if error.code == Code::IdToken => Err(invalid(error.detail.unwrap_or_default())),
            Err(error) => Err(error),
        };
        self.settle(one.waiter, outcome);
    }

    /// The session is over, or another user's: what it asked is not for this one.
    pub(super) fn drop_overtaken_inquiries(&mut self) {
        let identity = self.tokens.as_ref().and_then(|tokens| tokens.identity.as_ref());
        let subject = identity.map(|identity| identity.subject.as_str());
        while let Some(one) =
            self.inquiries.get_mut().and_then(|all| all.take(|one| Some(one.subject.as_str()) != subject))
        {
            self.outputs.push_back(Output::Settle(one.waiter, Err(Error::new(Code::SessionEnded))));
        }
    }

    pub(super) fn expire_inquiries(&mut self, now: UnixMs) {
        while let Some(one) = self.inquiries.get_mut().and_then(|all| all.take(|one| one.deadline <= now)) {
            if !one.is_answered {
                self.outputs.push_back(Output::Abandon(one.request));
            }
            self.settle(one.waiter, Err(Error::new(Code::Timeout)));
        }
    }

    pub(super) fn close_inquiries(&mut self) {
        while let Some(one) = self.inquiries.get_mut().and_then(|all| all.take(|_| true)) {
            self.settle(one.waiter, Err(Error::new(Code::Closed)));
        }
    }
}
