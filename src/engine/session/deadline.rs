//! Every wait has an end, and every answer its owner.

use super::super::{Code, Error, HttpAnswer, Output, RequestId, TransportFailure, UnixMs};
use super::Session;
use super::discovery::Discovery;
use super::renewal::Renewal;
use super::user_info::Inquiries;

impl Session {
    pub(super) fn handle_answer(
        &mut self,
        now: UnixMs,
        request: RequestId,
        answer: Result<HttpAnswer, TransportFailure>,
    ) {
        if self.has_sent_again(request, &answer) {
            return;
        }
        if matches!(self.discovery, Discovery::Loading { request: loading, .. } if loading == request) {
            self.finish_discovery(now, answer);
        } else if matches!(self.renewal, Renewal::InFlight { request: renewing, .. } if renewing == request) {
            self.finish_renewal(now, answer);
        } else if matches!(self.key_ring.loading, Some((loading, _)) if loading == request) {
            self.finish_keys(now, answer);
        } else if self.is_check(request) {
            self.finish_check(now, answer);
        } else if self.inquiries.get().is_some_and(|inquiries| inquiries.is_of(request)) {
            self.finish_user_info(now, request, answer);
        } else if let Some(at) = self.late.iter().position(|(late, _)| *late == request) {
            self.late.remove(at);
            self.finish_late(now, answer);
        } else {
            self.finish_revocation(request, &answer);
            let Some(answer) = self.finish_pushing(now, request, answer) else { return };
            self.finish_redeeming(now, request, answer);
        }
    }

    /// Ends every wait whose time is over.
    pub(super) fn expire(&mut self, now: UnixMs) {
        for waiter in self.waiters.take_expired(now) {
            self.settle(waiter.id, Err(Error::new(Code::Timeout)));
        }
        if let Discovery::Loading { request, deadline, .. } = self.discovery
            && deadline <= now
        {
            self.outputs.push_back(Output::Abandon(request));
            self.fail_discovery(now, Error::new(Code::Timeout));
        }
        if matches!(self.renewal, Renewal::InFlight { deadline, .. } if deadline <= now) {
            self.time_out_renewal(now);
        }
        if let Renewal::Verifying { id, deadline, .. } = self.renewal
            && deadline <= now
        {
            self.time_out_verification(now, id);
        }
        if let Some((request, deadline)) = self.key_ring.loading
            && deadline <= now
        {
            self.outputs.push_back(Output::Abandon(request));
            self.fail_keys(now, &Error::new(Code::Timeout));
        }
        self.expire_sign_ins(now);
        self.expire_revocations(now);
        self.expire_inquiries(now);
        while let Some(at) = self.late.iter().position(|(_, deadline)| *deadline <= now) {
            let (request, _) = self.late.remove(at);
            self.outputs.push_back(Output::Abandon(request));
        }
    }

    pub(super) fn next_deadline(&self) -> Option<(UnixMs, &'static str)> {
        if self.is_closed {
            return None;
        }
        let discovery = match self.discovery {
            Discovery::Loading { deadline, .. } => Some(deadline),
            _ => None,
        };
        let (renewal, refresh) = match self.renewal {
            Renewal::InFlight { deadline, .. } | Renewal::Verifying { deadline, .. } => {
                (Some(deadline), None)
            }
            Renewal::Discovering(_) => (None, None),
            Renewal::Idle => (None, self.refresh_at()),
        };
        let target = self.targets.get().filter(|_| matches!(self.renewal, Renewal::Idle));
        let late = self.late.iter().map(|(_, deadline)| *deadline).min();
        let revocation = self.revocations.iter().map(|revocation| revocation.deadline).min();
        let mut next: Option<(UnixMs, &'static str)> = None;
        for (deadline, reason) in [
            (self.waiters.first_deadline(), "a call waits for a token"),
            (discovery, "metadata request"),
            (renewal, "refresh request"),
            (refresh, "refresh due"),
            (target.and_then(|targets| targets.due_at), "refresh of a resource's token due"),
            (self.key_ring.loading.map(|(_, deadline)| deadline), "keys request"),
            (self.sign_ins.first_deadline(), "sign-in"),
            (revocation, "revocation request"),
            (late, "late token request"),
            (self.inquiries.get().and_then(Inquiries::first_deadline), "user info"),
            (self.limits_deadline(), "session limit"),
        ] {
            if let Some(deadline) = deadline
                && next.is_none_or(|(first, _)| deadline < first)
            {
                next = Some((deadline, reason));
            }
        }
        next
    }
}
