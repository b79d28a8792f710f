//! Sends requests to the application's own back end, and calls that its cookies authorise.

use js_sys::{Array, Function, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::endpoint;
use super::global::{Call, Exchange, Response};
use super::task::Task;
use crate::engine::backend::Prepared;
use crate::engine::{HttpAnswer, HttpRequest, Secret, TransportFailure};

#[wasm_bindgen(module = "/src/browser/back_end.js")]
extern "C" {
    /// Fulfilled with the function that ends the turn.
    fn turn(exchange: &Exchange, name: &str) -> Promise;
    fn send(
        exchange: &Exchange,
        href: &str,
        method: &str,
        headers: Array,
        credentials: &str,
        body: Option<&str>,
    ) -> Promise;
    fn call(call: &Call, name: &str, value: &str) -> Promise;
}

/// Waits for the request's turn, if it has to, and looks then whether it is still wanted.
pub async fn request(
    task: &Task,
    driver: &Driver,
    request: &HttpRequest,
    exchange: &Exchange,
) -> Result<HttpAnswer, TransportFailure> {
    let Some(name) = request.turn.get() else { return endpoint::send(task, driver, request, exchange).await };
    let ending = task.wait(&turn(exchange, name)).await.map_err(|_| TransportFailure::Unreachable)?;
    let answer = if driver.session.borrow().is_wanted(request.id) {
        endpoint::send(task, driver, request, exchange).await
    } else {
        Err(TransportFailure::Unreachable)
    };
    let _ = ending.unchecked_into::<Function>().call0(&JsValue::UNDEFINED);
    answer
}

pub fn begin(prepared: &Prepared, exchange: &Exchange) -> Promise {
    let headers = Array::new();
    for (name, value) in &prepared.headers {
        headers.push(&JsString::from(name.as_str()));
        headers.push(&JsString::from(value.expose()));
    }
    let body = prepared.body.as_ref().map(Secret::expose);
    if body.is_some() {
        headers.push(&JsString::from("content-type"));
        headers.push(&JsString::from(prepared.content_type));
    }
    send(exchange, prepared.href.expose(), prepared.method, headers, prepared.credentials, body)
}

/// A call that goes with the browser's cookies, if the session has those in place of a token.
pub async fn send_call(task: &Task, driver: &Driver, sent: &Call) -> Option<Result<Response, JsValue>> {
    let sending = {
        let session = driver.session.borrow();
        let (name, value) = session.config().provider.backend.get()?.call_header()?;
        call(sent, name, value)
    };
    Some(task.wait(&sending).await.map(JsCast::unchecked_into))
}
