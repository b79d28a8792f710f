//! One call: is it ours, lease, attach, send, look at the answer, at most once again (DESIGN.md §7).
//!
//! The page's own quick way (`js/engine/fetch.ts`) sends the common call itself and comes here with what is uncommon.

use alloc::rc::Rc;
use alloc::string::String;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

use super::call_body::{self, CallBody};
use super::driver::{Driver, Header};
use super::error::closed;
use super::global::{self, AbortSignal, Headers, Request, Response, member};
use super::task::Task;
use super::waiting::{Answer, Settle};
use crate::engine::challenge::{Verdict, judge};
use crate::engine::{Error, Generation, Input, Lease, Settled};

/// The whole way of a call. What the caller gave is read and copied before this returns: it may be changed then.
pub fn fetch(driver: Rc<Driver>, input: &JsValue, init: &JsValue) -> Promise {
    let route = Route::of(&driver, input, init);
    promise(|task| async move {
        let call = match route? {
            Route::Native { input, init } => return task.wait(&global::fetch(&input, &init)?).await,
            Route::Ours(call) => call,
        };
        let lease = call.lease(&task, &driver, None).await?.map_err(|error| driver.to_error(&error))?;
        let spare = call.spare();
        let sending = call.send(&driver.header(&lease))?;
        let response = task.wait(&sending).await?.unchecked_into();
        conclude(task, driver, spare, response, lease.generation).await
    })
}

/// The quick way got an answer that needs a look: the call went out with the token of `generation`.
pub fn look(
    driver: Rc<Driver>,
    input: &JsValue,
    init: &JsValue,
    response: Response,
    generation: Generation,
) -> Promise {
    let route = Route::of(&driver, input, init);
    promise(|task| async move {
        match route? {
            Route::Native { .. } => Ok(response.into()),
            Route::Ours(call) => conclude(task, driver, Some(call), response, generation).await,
        }
    })
}

fn promise<F>(call: impl FnOnce(Rc<Task>) -> F) -> Promise
where
    F: Future<Output = Result<JsValue, JsValue>> + 'static,
{
    Settle::promise(|settle| {
        Task::spawn(|task| {
            let call = call(task);
            async move { settle.settle(call.await) }
        })
    })
}

/// The engine judges a refusal; if it has a newer token, the call goes out once more and that answer stands (F-21).
async fn conclude(
    task: Rc<Task>,
    driver: Rc<Driver>,
    spare: Option<Call>,
    response: Response,
    generation: Generation,
) -> Result<JsValue, JsValue> {
    let challenge = response.headers().get("www-authenticate");
    let is_refused = judge(response.status(), challenge.as_deref()) == Verdict::TokenRefused;
    // The refusal counts if it is the resource's: a redirect may have led where the token did not go (F-14).
    let is_resource =
        || !response.redirected() || driver.session.borrow().config().resources.matches(&response.url());
    if !is_refused || !is_resource() {
        return Ok(response.into());
    }
    let Some(call) = spare else {
        // Its body is spent, so nobody waits; but the calls after it need a new token.
        driver.ask(Some(generation), None);
        return Ok(response.into());
    };
    let Ok(lease) = call.lease(&task, &driver, Some(generation)).await? else {
        return Ok(response.into());
    };
    if let Some(body) = response.body() {
        Task::spawn(|task| async move {
            // Whether the dropped answer could be cancelled changes nothing.
            let _ = task.wait(&body.cancel()).await;
        });
    }
    driver.host.event("retried", super::snapshot::retried(lease.generation));
    let response: Response = task.wait(&call.send(&driver.header(&lease))?).await?.unchecked_into();
    if response.status() != 401 {
        driver.dispatch(Input::Accepted(lease.generation));
    }
    Ok(response.into())
}

enum Route {
    /// No resource, or not ours to authorise: the caller did it, or the mode would drop the header (F-11).
    Native {
        input: JsValue,
        init: JsValue,
    },
    Ours(Call),
}

/// A call to a resource, with what it takes to send it.
struct Call {
    form: Form,
    signal: Option<AbortSignal>,
    is_one_shot: bool,
}

enum Form {
    Plain {
        href: String,
        init: JsValue,
        headers: Headers,
    },
    /// The platform's own object: the caller gave one, or a body that the caller may change meanwhile.
    Built(Request),
}

impl Route {
    /// # Errors
    /// What the platform says about arguments that it does not take.
    fn of(driver: &Driver, input: &JsValue, init: &JsValue) -> Result<Self, JsValue> {
        let native = || Self::Native { input: input.clone(), init: init.clone() };
        let given = input.dyn_ref::<Request>();
        let href = match given {
            Some(request) => Some(request.url()),
            None => global::string(input).ok().and_then(|url| global::resolve(&url)),
        };
        let Some(href) = href.filter(|href| driver.session.borrow().config().resources.matches(href)) else {
            return Ok(native());
        };
        let is_plain = is_plain(init);
        let (body, kept) = call_body::keep(member(init, "body"));
        let init = if is_plain { with_body(init, &kept)? } else { init.clone() };
        let is_one_shot = body == CallBody::OneShot;
        if given.is_none() && is_plain && body != CallBody::Changeable {
            let headers = Headers::new(&member(&init, "headers"))?;
            let is_no_cors = member(&init, "mode").as_string().as_deref() == Some("no-cors");
            if is_no_cors || headers.has("authorization") {
                return Ok(native());
            }
            let signal = member(&init, "signal").dyn_into::<AbortSignal>().ok();
            return Ok(Self::Ours(Call { form: Form::Plain { href, init, headers }, signal, is_one_shot }));
        }
        let request = match given {
            Some(_) => Request::new(input, &init)?,
            None => Request::new(&href.into(), &init)?,
        };
        if request.mode() == "no-cors" || request.headers().has("authorization") {
            return Ok(Self::Native { input: request.into(), init: JsValue::UNDEFINED });
        }
        let signal = Some(request.signal());
        Ok(Self::Ours(Call { form: Form::Built(request), signal, is_one_shot }))
    }
}

impl Call {
    /// Waits for a lease, newer than the `refused` one if there is one, no longer than the caller wants to: an abort
    /// ends this wait and nobody else's (F-6).
    ///
    /// # Errors
    /// The signal's own reason (F-5); the engine's answer is the inner result.
    async fn lease(
        &self,
        task: &Rc<Task>,
        driver: &Rc<Driver>,
        refused: Option<Generation>,
    ) -> Result<Result<Lease, Error>, JsValue> {
        if let Some(signal) = self.signal.as_ref().filter(|signal| signal.aborted()) {
            return Err(signal.reason());
        }
        task.prepare();
        let answer = Answer::default();
        let waiter = driver.ask(refused, Some((Rc::clone(task), Rc::clone(&answer))));
        let listener = self.signal.as_ref().map(|signal| {
            let (driver, task) = (Rc::clone(driver), Rc::clone(task));
            OnAbort::new(signal, move || {
                driver.forget(waiter);
                task.resume(Ok(JsValue::UNDEFINED));
            })
        });
        let _ = task.resumed().await;
        drop(listener);
        match (answer.take(), &self.signal) {
            (Some(Ok(Settled::Leased(lease))), _) => Ok(Ok(lease)),
            (Some(Err(error)), _) => Ok(Err(error)),
            (_, Some(signal)) if signal.aborted() => Err(signal.reason()),
            _ => Ok(Err(closed())),
        }
    }

    /// The same call once more, taken before it is sent; none if its body is a stream, which is never teed.
    fn spare(&self) -> Option<Self> {
        let form = match &self.form {
            _ if self.is_one_shot => return None,
            Form::Plain { href, init, headers } => {
                Form::Plain { href: href.clone(), init: init.clone(), headers: headers.clone() }
            }
            Form::Built(request) => Form::Built(request.duplicate()),
        };
        Some(Self { form, signal: self.signal.clone(), is_one_shot: false })
    }

    fn send(self, header: &Header) -> Result<Promise, JsValue> {
        match self.form {
            Form::Plain { href, init, headers } => {
                headers.set("authorization", &header.value);
                Reflect::set(&init, &"headers".into(), &headers)?;
                global::fetch(&href.into(), &init)
            }
            Form::Built(request) => {
                request.headers().set("authorization", &header.value);
                global::fetch(&request, &JsValue::UNDEFINED)
            }
        }
    }
}

/// Calls back when the signal aborts, until it is dropped.
struct OnAbort {
    signal: AbortSignal,
    listener: Closure<dyn FnMut()>,
}

impl OnAbort {
    fn new(signal: &AbortSignal, listener: impl FnMut() + 'static) -> Self {
        let listener = Closure::new(listener);
        signal.add_event_listener("abort", listener.as_ref());
        Self { signal: signal.clone(), listener }
    }
}

impl Drop for OnAbort {
    fn drop(&mut self) {
        self.signal.remove_event_listener("abort", self.listener.as_ref());
    }
}

/// An `init` whose own members are all there is to it; one with a class may answer from its prototype.
fn is_plain(init: &JsValue) -> bool {
    init.is_undefined() || init.is_null() || {
        let prototype = Object::get_prototype_of(init);
        prototype.is_null() || Object::get_prototype_of(&prototype).is_null()
    }
}

/// A copy of a plain `init`, with the body that we keep.
fn with_body(init: &JsValue, body: &JsValue) -> Result<JsValue, JsValue> {
    let copy = Object::assign(&Object::new(), init.unchecked_ref());
    if !body.is_undefined() {
        Reflect::set(&copy, &"body".into(), body)?;
    }
    Ok(copy.into())
}
