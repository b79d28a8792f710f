//! Stands in the place of `dpop.rs` in an engine without the feature `full`: nothing is proved.

use core::cell::RefCell;

use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::global::{Call, Exchange, Response};
use super::task::Task;
use super::{endpoint, fetch};
use crate::engine::{Aim, Event, HttpAnswer, HttpRequest, Lease, Session, TransportFailure};

#[derive(Default)]
pub struct Prover;

impl Prover {
    pub const fn forget(&self) {}

    pub const fn hear(&self, _: &Event, _: &RefCell<Session>) {}
}

pub const fn is_given(_: &Driver, _: &Call, _: &str) -> bool {
    false
}

pub const fn standing_lease(_: &Driver, _: Aim) -> Option<Lease> {
    None
}

pub fn request(
    task: &Task,
    driver: &Driver,
    request: &HttpRequest,
    exchange: &Exchange,
) -> impl Future<Output = Result<HttpAnswer, TransportFailure>> {
    endpoint::send(task, driver, request, exchange)
}

pub fn send(
    call: Call,
    task: &Task,
    driver: &Driver,
    (lease, _): (&Lease, &str),
    _: &mut bool,
) -> impl Future<Output = Result<Response, JsValue>> {
    fetch::send(call, task, driver, lease)
}
