use js_sys::Uint8Array;
use wasm_bindgen::{JsCast as _, JsValue};
use zeroize::Zeroizing;

use super::global::CRYPTO;
use super::task::Task;
use crate::engine::{Entropy, Secret};

pub fn entropy() -> Entropy {
    let mut bytes = Zeroizing::new([0; 96]);
    CRYPTO.with(|crypto| crypto.get_random_values(bytes.as_mut_slice()));
    Entropy(bytes)
}

/// A seed that differs from client to client; it need not be secret.
pub fn jitter_seed() -> u64 {
    let mut bytes = [0; 8];
    CRYPTO.with(|crypto| crypto.get_random_values(&mut bytes));
    u64::from_le_bytes(bytes)
}

/// `None` where WebCrypto is missing: the page is no secure context.
pub async fn sha256(task: &Task, text: &Secret) -> Option<[u8; 32]> {
    let data = Uint8Array::from(text.expose().as_bytes());
    let digest = CRYPTO.with(|crypto| Some(crypto.subtle()?.digest("SHA-256", &data)))?;
    let buffer: JsValue = task.wait(&digest).await.ok()?;
    let mut bytes = [0; 32];
    Uint8Array::new(buffer.unchecked_ref::<js_sys::ArrayBuffer>()).copy_to(&mut bytes);
    Some(bytes)
}
