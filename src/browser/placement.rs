//! Sends calls whose resource takes the token in another place than `Authorization: Bearer`.

use alloc::string::String;

use js_sys::{JsString, Promise};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::driver::Driver;
use super::global::{Call, Response};
use super::task::Task;
use crate::engine::{Lease, Placement};

#[wasm_bindgen(module = "/src/browser/placement.js")]
extern "C" {
    /// Whether the caller sends such a header itself, or such a parameter.
    fn has(call: &Call, href: &str, name: &str, is_header: bool) -> bool;
    fn in_header(call: &Call, name: &str, value: &JsValue) -> Promise;
    fn in_query(call: &Call, href: &str, name: &str, value: &JsValue) -> Promise;
}

pub fn of(driver: &Driver, href: &str) -> Option<Placement> {
    driver.session.borrow().config().resources.find(href)?.placement.get().cloned()
}

pub fn is_given(driver: &Driver, call: &Call, href: &str) -> bool {
    of(driver, href).is_some_and(|placement| {
        has(call, href, placement.name(), matches!(placement, Placement::Header { .. }))
    })
}

pub async fn send(
    call: Call,
    task: &Task,
    (lease, href): (&Lease, &str),
    placement: &Placement,
) -> Result<Response, JsValue> {
    let token = lease.access_token.expose();
    let sending = match placement {
        Placement::Header { name, scheme } => {
            let mut text = Zeroizing::new(String::with_capacity(scheme.len() + 1 + token.len()));
            if !scheme.is_empty() {
                text.push_str(scheme);
                text.push(' ');
            }
            text.push_str(token);
            in_header(&call, name, &JsString::from(text.as_str()))
        }
        Placement::Query { name } => in_query(&call, href, name, &JsString::from(token)),
    };
    task.wait(&sending).await.map(JsCast::unchecked_into)
}
