//! The engine's own requests.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsCast as _;
use zeroize::Zeroizing;

use super::driver::Driver;
use super::global::Exchange;
use super::task::Task;
use crate::engine::{HttpAnswer, HttpRequest, Secret, TransportFailure};

pub async fn send(
    task: &Task,
    driver: &Driver,
    request: &HttpRequest,
    exchange: &Exchange,
) -> Result<HttpAnswer, TransportFailure> {
    if let Some(lease) = request.bearer.get() {
        exchange.set_authorization(&driver.header(lease).value);
    }
    let sending = begin(request, exchange);
    let body = task.wait(&sending).await.map_err(|_| TransportFailure::Unreachable)?;
    let body = body.dyn_into::<Uint8Array>().map_err(|_| TransportFailure::TooLarge)?;
    let bytes = Zeroizing::new(body.to_vec());
    body.fill(0, 0, body.length());
    let headers = exchange.headers();
    Ok(HttpAnswer {
        status: exchange.status(),
        retry_after: headers.get("retry-after"),
        dpop_nonce: request.proof.as_ref().and_then(|_| headers.get("dpop-nonce")),
        body: bytes,
    })
}

fn begin(request: &HttpRequest, exchange: &Exchange) -> Promise {
    #[cfg(feature = "full")]
    if let Some(prepared) = request.prepared.get() {
        return super::back_end::begin(prepared, exchange);
    }
    exchange.send(&request.href, request.form.as_ref().map(Secret::expose))
}
