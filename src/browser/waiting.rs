use alloc::rc::Rc;
use core::cell::Cell;

use js_sys::{JSON, Promise};
use slab::Slab;
use wasm_bindgen::JsValue;

use super::error::to_error;
use super::global::{Settle, leaving};
use super::host::Host;
use super::snapshot::Plain;
use super::task::Task;
use crate::engine::{Error, Secret, Settled, WaiterId};

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

impl Settle {
    pub fn settle(&self, outcome: Result<JsValue, JsValue>) {
        match outcome {
            Ok(value) => self.resolve(&value),
            Err(error) => self.reject(&error),
        }
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
        let settle = Settle::new();
        let promise = settle.promise();
        (self.0.insert(Waiter::Promise { settle, shows_token }) as WaiterId, promise)
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
                Ok(Settled::Leaving { href, state, transaction, form }) => {
                    Ok(leaving(&href, &state, transaction.expose(), form.as_ref().map(Secret::expose)))
                }
                Ok(Settled::SignedOut) => {
                    let mut object = Plain::default();
                    object.bool("signedOut", true);
                    Ok(object.value())
                }
                Ok(Settled::SignedIn { return_to }) => {
                    let mut object = Plain::default();
                    object.text("returnTo", Some(&return_to));
                    Ok(object.value())
                }
                Ok(Settled::NotSignedIn { return_to, error, .. }) => {
                    let mut object = Plain::default();
                    object.text("returnTo", Some(&return_to));
                    object.bool("signedIn", false);
                    object.text("error", Some(error));
                    Ok(object.value())
                }
                Ok(Settled::UserInfo(_, text)) => Ok(JSON::parse(&text).unwrap_or(JsValue::NULL)),
                Ok(Settled::NoCallback) => Ok(JsValue::NULL),
                Ok(Settled::Done | Settled::Leased(_)) => Ok(JsValue::UNDEFINED),
                Err(error) => Err(to_error(host, &error)),
            }),
        }
    }
}
