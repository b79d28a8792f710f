use alloc::rc::Rc;
use core::cell::Cell;

use js_sys::{Function, Promise};
use slab::Slab;
use wasm_bindgen::JsValue;

use super::error::to_error;
use super::host::Host;
use super::snapshot::object;
use super::task::Task;
use crate::engine::{Error, Settled, WaiterId};

type Outcome = Result<Settled, Error>;
/// Where a task finds its answer.
pub type Answer = Rc<Cell<Option<Outcome>>>;

enum Waiter {
    /// A task of the shell; `None` where nobody looks at the answer.
    Task(Option<(Rc<Task>, Answer)>),
    /// A promise of the page. It keeps next to nothing in wasm memory, which never shrinks: ten thousand calls may
    /// wait at once.
    Promise { settle: Settle, shows_token: bool },
}

/// The two functions of a promise.
pub struct Settle {
    resolve: Function,
    reject: Function,
}

impl Settle {
    pub fn promise(take: impl FnOnce(Self)) -> Promise {
        let mut take = Some(take);
        Promise::new(&mut |resolve, reject| {
            if let Some(take) = take.take() {
                take(Self { resolve, reject });
            }
        })
    }

    pub fn settle(self, outcome: Result<JsValue, JsValue>) {
        let (function, value) = match outcome {
            Ok(value) => (self.resolve, value),
            Err(error) => (self.reject, error),
        };
        // The functions of a promise do not throw.
        let _ = function.call1(&JsValue::UNDEFINED, &value);
    }
}

/// Those who wait for the engine, by number.
#[derive(Default)]
pub struct Waiting(Slab<Waiter>);

impl Waiting {
    pub fn task(&mut self, waits: Option<(Rc<Task>, Answer)>) -> WaiterId {
        self.0.insert(Waiter::Task(waits)) as WaiterId
    }

    /// `shows_token`: a lease fulfils the promise with the access token, else with nothing.
    pub fn promise(&mut self, shows_token: bool) -> (WaiterId, Promise) {
        let mut id = 0;
        let promise = Settle::promise(|settle| {
            id = self.0.insert(Waiter::Promise { settle, shows_token }) as WaiterId;
        });
        (id, promise)
    }

    /// Takes the waiter out; [`Settlement::deliver`] tells it, when nothing is borrowed any more.
    pub fn take(&mut self, id: WaiterId) -> Option<Settlement> {
        self.0.try_remove(id as usize).map(Settlement)
    }
}

pub struct Settlement(Waiter);

impl Settlement {
    pub fn deliver(self, host: &Host, outcome: Outcome) {
        match self.0 {
            Waiter::Task(None) => {}
            Waiter::Task(Some((task, answer))) => {
                answer.set(Some(outcome));
                task.resume(Ok(JsValue::UNDEFINED));
            }
            Waiter::Promise { settle, shows_token } => settle.settle(match outcome {
                Ok(Settled::Leased(lease)) if shows_token => Ok(lease.access_token.expose().into()),
                Ok(Settled::Leaving { href, state, transaction, form }) => Ok(object(&[
                    ("href", href.into()),
                    ("state", state.into()),
                    ("transaction", transaction.expose().into()),
                    ("form", form.map_or(JsValue::UNDEFINED, |form| form.expose().into())),
                ])),
                Ok(Settled::SignedOut) => Ok(object(&[("signedOut", true.into())])),
                Ok(Settled::SignedIn { return_to }) => Ok(object(&[("returnTo", return_to.into())])),
                Ok(Settled::NoCallback) => Ok(JsValue::NULL),
                Ok(Settled::Done | Settled::Leased(_)) => Ok(JsValue::UNDEFINED),
                Err(error) => Err(to_error(host, &error)),
            }),
        }
    }
}
