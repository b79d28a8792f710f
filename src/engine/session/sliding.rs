//! The newest token that an API gave along with an answer becomes the session's.

use super::super::jwt;
use super::super::schedule::Schedule;
use super::super::sliding::{Field, Slid};
use super::super::{Event, UnixMs};
use super::Session;
use super::waiters::Want;

impl Session {
    /// Nothing brings a session back (promise 6): without one, or with another one than the call was sent in, it is dropped.
    pub(super) fn handle_slid(&mut self, now: UnixMs, slid: Slid) {
        let Some(slides) = self.slides.get_mut().filter(|_| self.tokens.is_some()) else { return };
        if let Some(missed) = slides.missed(&slid.field) {
            self.notify(Event::SlidingTokenMissed { resource: slid.resource, missed });
            return;
        }
        let is_newest = self.slides.get_mut().is_some_and(|slides| slides.is_newest(&slid));
        let Field::Token { token, reads_jwt } = slid.field else { return };
        if !is_newest {
            return;
        }
        let told = self.slides.get().and_then(|slides| slides.lifetime_seconds);
        let lifetime_seconds = if reads_jwt { jwt::lifetime_seconds(token.expose()) } else { told };
        let schedule = Schedule::new(slid.sent_at, lifetime_seconds, self.config.lead_ms, &mut self.jitter);
        let Some(tokens) = &mut self.tokens else { return };
        tokens.schedule = schedule;
        if tokens.access_token != token {
            tokens.access_token = token;
            self.generation = self.generation.wrapping_add(1);
        }
        self.serve_with_slid(now);
    }

    /// Who waits for a lease need not wait for the renewal under way. It goes on, and who waits for that very one does too: so does
    /// everybody while the tokens are withheld, because only a renewal can say that the session still is.
    fn serve_with_slid(&mut self, now: UnixMs) {
        for waiter in self.waiters.take_all() {
            match (waiter.want, self.lease(now, waiter.want.aim())) {
                (want @ (Want::Lease(_) | Want::UserInfo(_)), Some(lease)) => {
                    self.serve(now, waiter.id, want, lease)
                }
                _ => self.waiters.add(waiter),
            }
        }
    }
}
