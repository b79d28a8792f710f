//! One call: is it ours, lease, attach, send, look at the answer, at most once again (DESIGN.md §7).
//!
//! The page's own quick way (`js/engine/fetch.ts`) sends the common call itself and comes here with what is uncommon.

use alloc::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::dpop;
use super::driver::Driver;
use super::error::closed;
use super::global::{Call, Response, Settle};
use super::task::Task;
use super::waiting::Answer;
use crate::engine::challenge::{Verdict, judge, may_challenge};
use crate::engine::{Aim, Error, Generation, Input, Lease, Settled};

/// The whole way of a call, or the rest of it: what the quick way got with the token of a generation needs a look. What
/// the caller gave is read and copied before this returns: it may be changed then.
pub fn fetch(
    driver: Rc<Driver>,
    input: &JsValue,
    init: &JsValue,
    answered: Option<(Response, Generation)>,
) -> Promise {
    let mut target = Call::resolve(input);
    let href = target.as_string().unwrap_or_default();
    let aim = driver.aim_of(&href);
    if aim.is_none() {
        target = JsValue::UNDEFINED;
    }
    let aim = aim.unwrap_or_default();
    let call = Call::of(&target, input, init);
    let settle = Settle::new();
    let promise = settle.promise();
    Task::spawn(|task| async move { settle.settle(go(&task, &driver, call, (aim, &href), answered).await) });
    promise
}

async fn go(
    task: &Rc<Task>,
    driver: &Rc<Driver>,
    call: Result<Call, JsValue>,
    (aim, href): (Aim, &str),
    answered: Option<(Response, Generation)>,
) -> Result<JsValue, JsValue> {
    let call = call?;
    // For an API's nonce.
    let mut may_repeat = true;
    let is_ours = call.is_ours() && !dpop::is_given(driver, &call, href);
    let (spare, response, generation) = match answered {
        Some((response, _)) if !is_ours => return Ok(response.into()),
        None if !is_ours => return task.wait(&call.send(&JsValue::UNDEFINED)?).await,
        Some((response, generation)) => (Some(call), response, generation),
        None => {
            let lease = match dpop::standing_lease(driver, aim) {
                Some(lease) => lease,
                None => {
                    lease(&call, task, driver, aim, None).await?.map_err(|error| driver.to_error(&error))?
                }
            };
            let spare = call.spare()?;
            (spare, dpop::send(call, task, driver, (&lease, href), &mut may_repeat).await?, lease.generation)
        }
    };
    if !is_token_refused(driver, aim, &response) {
        return Ok(response.into());
    }
    let Some(call) = spare else {
        // Its body is spent, so nobody waits; but the calls after it need a new token.
        driver.ask(aim, Some(generation), None);
        return Ok(response.into());
    };
    // The engine judges a refusal; if it has a newer token, the call goes out once more and that answer stands (F-21).
    let Ok(lease) = lease(&call, task, driver, aim, Some(generation)).await? else {
        return Ok(response.into());
    };
    Call::drop(&response);
    driver.host.event("retried", super::snapshot::retried(lease.generation));
    let response = dpop::send(call, task, driver, (&lease, href), &mut may_repeat).await?;
    if response.status() != 401 {
        driver.dispatch(Input::Accepted(lease.generation, aim));
    }
    // It stands, whatever it is; but it may demand a sign-in.
    is_token_refused(driver, aim, &response);
    Ok(response.into())
}

/// Whether the resource says that the token is not accepted. Tells the application of what only a sign-in can cure.
fn is_token_refused(driver: &Driver, aim: Aim, response: &Response) -> bool {
    let status = response.status();
    if !may_challenge(status) {
        return false;
    }
    let verdict = judge(status, response.headers().get("www-authenticate").as_deref());
    // The refusal counts if it is the resource's: a redirect may have led where the token did not go (F-14).
    let is_resource = || !response.redirected() || driver.aim_of(&response.url()) == Some(aim);
    if matches!(verdict, Verdict::TokenRefused | Verdict::StepUp(_)) && is_resource() {
        let Verdict::StepUp(demand) = verdict else { return true };
        let is_repeated = driver.is_repeated(&demand);
        let detail = super::snapshot::step_up(&response.url(), &demand, is_repeated);
        driver.host.event("step-up-required", detail);
    }
    false
}

/// Waits for a lease, newer than the `refused` one if there is one, no longer than the caller wants to: an abort
/// ends this wait and nobody else's (F-6).
///
/// # Errors
/// The signal's own reason (F-5); the engine's answer is the inner result.
async fn lease(
    call: &Call,
    task: &Rc<Task>,
    driver: &Rc<Driver>,
    aim: Aim,
    refused: Option<Generation>,
) -> Result<Result<Lease, Error>, JsValue> {
    call.check()?;
    task.prepare();
    let answer = Answer::default();
    let waiter = driver.ask(aim, refused, Some((Rc::clone(task), Rc::clone(&answer))));
    let listener: Closure<dyn FnMut()> = Closure::new({
        let (driver, task) = (Rc::clone(driver), Rc::clone(task));
        move || {
            driver.forget(waiter);
            task.resume(Ok(JsValue::UNDEFINED));
        }
    });
    call.listen(listener.as_ref());
    let _ = task.resumed().await;
    call.unlisten(listener.as_ref());
    match answer.take() {
        Some(Ok(Settled::Leased(lease))) => Ok(Ok(lease)),
        Some(Err(error)) => Ok(Err(error)),
        _ => call.check().map(|()| Err(closed())),
    }
}

pub async fn send(call: Call, task: &Task, driver: &Driver, lease: &Lease) -> Result<Response, JsValue> {
    task.wait(&call.send(&driver.header(lease).value)?).await.map(JsCast::unchecked_into)
}
