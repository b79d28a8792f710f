//! Rust that awaits promises. No queue, no wakers: a task is resumed by what it waits for, and by nothing else.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;

type Outcome = Result<JsValue, JsValue>;
type Listener = Closure<dyn FnMut(JsValue)>;

#[derive(Default)]
pub struct Task {
    /// Nothing while it runs.
    future: RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>,
    /// How the last wait ended.
    outcome: Cell<Option<Outcome>>,
    /// What its promises call. It holds the task, until that is at its end.
    listeners: RefCell<Option<[Listener; 2]>>,
}

impl Task {
    /// Runs it up to its first wait.
    pub fn spawn<F: Future<Output = ()> + 'static>(run: impl FnOnce(Rc<Self>) -> F) {
        let task = Rc::<Self>::default();
        let listener = |outcome: fn(JsValue) -> Outcome| {
            let task = Rc::clone(&task);
            Closure::new(move |value| task.resume(outcome(value)))
        };
        task.listeners.replace(Some([listener(Ok), listener(Err)]));
        task.future.replace(Some(Box::pin(run(Rc::clone(&task)))));
        task.resume(Ok(JsValue::UNDEFINED));
    }

    /// Ends the wait; without effect on a task that runs, unless it begins to wait.
    pub fn resume(&self, outcome: Outcome) {
        self.outcome.set(Some(outcome));
        let Some(mut future) = self.future.take() else { return };
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => drop(self.future.replace(Some(future))),
            Poll::Ready(()) => drop(self.listeners.take()),
        }
    }

    /// Waits for a promise.
    ///
    /// # Errors
    /// What it is rejected with.
    pub async fn wait(&self, promise: &Promise) -> Outcome {
        self.prepare();
        if let Some([fulfilled, rejected]) = &*self.listeners.borrow() {
            let _ = promise.then2(fulfilled, rejected);
        }
        self.resumed().await
    }

    /// Whatever was before does not end the next wait.
    pub fn prepare(&self) {
        self.outcome.take();
    }

    /// Waits for [`Task::resume`].
    ///
    /// # Errors
    /// The outcome itself.
    pub fn resumed(&self) -> impl Future<Output = Outcome> {
        poll_fn(|_| self.outcome.take().map_or(Poll::Pending, Poll::Ready))
    }
}
