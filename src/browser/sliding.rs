//! Takes the next token out of an answer, where the resource has such.

use alloc::rc::Rc;
use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::global::Response;
use crate::engine::sliding::Slid;
use crate::engine::{Input, Lease, UnixMs};

#[wasm_bindgen(module = "/src/browser/response.js")]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Object)]
    type Answer;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &Answer) -> String;
    fn without(answer: &Response, name: &str) -> Response;
}

/// A call on its way: the how manieth, and since when.
pub struct Sent {
    order: u64,
    at: UnixMs,
}

impl Sent {
    pub fn now(driver: &Driver) -> Self {
        driver.calls_sent.set(driver.calls_sent.get() + 1);
        Self { order: driver.calls_sent.get(), at: driver.time.now() }
    }
}

pub fn take(driver: &Rc<Driver>, (lease, href): (&Lease, &str), sent: Sent, answer: Response) -> Response {
    let session = driver.session.borrow();
    let landed = answer.redirected().then(|| answer.url());
    let Some((resource, sliding)) = session.config().resources.find_sliding(href, landed.as_deref()) else {
        return answer;
    };
    let value = answer.headers().get(&sliding.header);
    let is_foreign = answer.unchecked_ref::<Answer>().kind() == "cors";
    let field = sliding.read_answer(value.as_deref(), answer.status(), is_foreign);
    let (resource, header) = (resource.as_str().into(), sliding.header.clone());
    drop(session);
    let (generation, order, sent_at) = (lease.generation, sent.order, sent.at);
    driver.dispatch(Input::Slid(Slid { generation, order, sent_at, resource, field }));
    if value.is_some() { without(&answer, &header) } else { answer }
}
