use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;
use zeroize::Zeroizing;

use super::global;
use super::task::Task;
use crate::engine::{Entropy, Secret};

pub fn entropy() -> Entropy {
    let mut bytes = Zeroizing::new([0; 96]);
    global::get_random_values(bytes.as_mut_slice());
    Entropy(bytes)
}

/// A seed that differs from client to client; it need not be secret.
pub fn jitter_seed() -> u64 {
    let mut bytes = [0; 8];
    global::get_random_values(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// `None` where WebCrypto is missing: the page is no secure context.
pub async fn sha256(task: &Task, text: &Secret) -> Option<[u8; 32]> {
    let digest = global::sha256(text.expose().as_bytes());
    let digest: Uint8Array = task.wait(&digest).await.ok()?.unchecked_into();
    let mut bytes = [0; 32];
    digest.copy_to(&mut bytes);
    Some(bytes)
}
