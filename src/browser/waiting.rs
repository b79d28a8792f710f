use futures_channel::oneshot;
use js_sys::{Function, Promise};
use slab::Slab;
use wasm_bindgen::JsValue;

use super::error::to_error;
use super::host::Host;
use crate::engine::{Error, Settled, WaiterId};

type Outcome = Result<Settled, Error>;

enum Waiter {
    /// A future of the shell.
    Future(oneshot::Sender<Outcome>),
    /// A promise of the page, fulfilled without a value. It keeps nothing in wasm memory, which never shrinks:
    /// ten thousand calls may wait at once.
    Promise { resolve: Function, reject: Function },
}

/// Those who wait for the engine, by number.
#[derive(Default)]
pub struct Waiting(Slab<Waiter>);

impl Waiting {
    pub fn future(&mut self) -> (WaiterId, oneshot::Receiver<Outcome>) {
        let (sender, receiver) = oneshot::channel();
        (self.0.insert(Waiter::Future(sender)) as WaiterId, receiver)
    }

    pub fn promise(&mut self) -> (WaiterId, Promise) {
        let mut id = 0;
        let promise = Promise::new(&mut |resolve, reject| {
            id = self.0.insert(Waiter::Promise { resolve, reject }) as WaiterId;
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
        match (self.0, outcome) {
            // A receiver that is gone had a caller that aborted.
            (Waiter::Future(sender), outcome) => drop(sender.send(outcome)),
            (Waiter::Promise { resolve, .. }, Ok(_)) => {
                drop(resolve.call1(&JsValue::UNDEFINED, &JsValue::UNDEFINED))
            }
            (Waiter::Promise { reject, .. }, Err(error)) => {
                drop(reject.call1(&JsValue::UNDEFINED, &to_error(host, &error)));
            }
        }
    }
}
