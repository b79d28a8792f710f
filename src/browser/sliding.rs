//! Takes the next token out of an answer, where the resource has such.

use alloc::rc::Rc;
use alloc::string::String;

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::global::Response;
use crate::engine::sliding::{Field, Slid};
use crate::engine::{Input, Lease, UnixMs};

#[wasm_bindgen(module = "/src/browser/sliding.js")]
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
    let resource = session.config().resources.find(href);
    let Some((resource, sliding)) =
        resource.and_then(|one| Some((one.as_str().into(), one.sliding.get()?.clone())))
    else {
        return answer;
    };
    // A redirect may have led to somebody who has no say in what our token is.
    let answered = if answer.redirected() { session.config().resources.find(&answer.url()) } else { None };
    let is_its_own = !answer.redirected() || answered.is_some_and(|one| one.sliding.get() == Some(&sliding));
    drop(session);
    if !is_its_own {
        return answer;
    }
    let value = answer.headers().get(&sliding.header);
    let field = match &value {
        // How some say that none is due.
        Some(value) if value.is_empty() => Field::None { is_foreign: false },
        Some(value) => sliding.take(value),
        // An error may well be somebody else's answer, such as a gateway's.
        None => Field::None {
            is_foreign: (200..300).contains(&answer.status())
                && answer.unchecked_ref::<Answer>().kind() == "cors",
        },
    };
    let told = if value.is_some() { without(&answer, &sliding.header) } else { answer };
    if matches!(field, Field::Token { .. }) {
        // The same token with another end would not show.
        driver.shown.take();
    }
    let (generation, order, sent_at) = (lease.generation, sent.order, sent.at);
    driver.dispatch(Input::Slid(Slid { generation, order, sent_at, resource, field }));
    told
}
