//! Proves calls and requests (RFC 9449). The key lives as long as the session.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::global::{self, Call, Exchange, Response};
use super::sliding::{self, Sent};
use super::task::Task;
use super::{back_end, crypto, endpoint, fetch, placement};
use crate::engine::challenge::{Verdict, judge};
use crate::engine::dpop::{self, Algorithm};
use crate::engine::{
    Aim, Code, Error, Event, Generation, HttpAnswer, HttpRequest, Input, Lease, Secret, Session,
    TransportFailure, base64url,
};

#[wasm_bindgen(module = "/src/browser/dpop.js")]
extern "C" {
    type Key;
    /// Fulfilled with a new one.
    #[wasm_bindgen(static_method_of = Key)]
    fn make(algorithm: &str) -> Promise;
    /// Whether the caller proves the call, with a key of its own.
    #[wasm_bindgen(static_method_of = Key)]
    fn proved(call: &Call) -> bool;
    #[wasm_bindgen(method, getter)]
    fn x(this: &Key) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn y(this: &Key) -> Option<String>;
    #[wasm_bindgen(method)]
    fn sign(this: &Key, data: &[u8]) -> Promise;

    /// As the caller wrote it; `None` for a GET.
    #[wasm_bindgen(catch)]
    fn method(call: &Call) -> Result<Option<String>, JsValue>;
    /// The newest nonce of the origin that answered.
    fn nonce(answer: &Response) -> Option<String>;
    /// It then follows no redirect.
    fn attach(call: &Call, proof: Option<&str>);
}

/// Whether the caller authorises the call itself, beside what every call is looked through for.
pub fn is_given(driver: &Driver, call: &Call, href: &str) -> bool {
    driver.proves_calls() && Key::proved(call) || placement::is_given(driver, call, href)
}

/// The session's key, and the digest of the access token last used.
#[derive(Default)]
pub struct Prover {
    key: RefCell<Option<Rc<Signer>>>,
    ath: RefCell<Option<(Aim, Generation, Rc<str>)>>,
    /// Random bytes that no proof has had yet: the platform takes as long for a few as for many.
    entropy: RefCell<Vec<u8>>,
}

const JTI_BYTES: usize = 16;

struct Signer {
    key: Key,
    /// The first segment of all its proofs.
    header: String,
    /// For its thumbprint.
    public_jwk: String,
}

impl Prover {
    /// Nobody is signed in: the next session gets another key.
    pub fn forget(&self) {
        self.key.take();
        self.ath.take();
    }

    pub fn hear(&self, event: &Event, session: &RefCell<Session>) {
        if matches!(event, Event::SignedOut { .. }) && session.borrow().is_key_free() {
            self.forget();
        }
    }

    async fn key(&self, task: &Task, algorithm: Algorithm) -> Option<Rc<Signer>> {
        let key = self.key.borrow().clone();
        if key.is_some() {
            return key;
        }
        let key: Key = task.wait(&Key::make(algorithm.as_str())).await.ok()?.unchecked_into();
        let public_jwk = dpop::public_jwk(algorithm, &key.x()?, &key.y().unwrap_or_default());
        let made = Rc::new(Signer { key, header: dpop::header(algorithm, &public_jwk), public_jwk });
        // Of two that were made at once, the first stays.
        Some(self.key.borrow_mut().get_or_insert(made).clone())
    }

    fn jti(&self) -> [u8; JTI_BYTES] {
        let mut entropy = self.entropy.borrow_mut();
        if entropy.is_empty() {
            entropy.resize(32 * JTI_BYTES, 0);
            global::get_random_values(&mut entropy);
        }
        let rest = entropy.len() - JTI_BYTES;
        let jti = entropy.split_off(rest);
        jti.try_into().unwrap_or_default()
    }

    async fn ath(&self, task: &Task, lease: &Lease) -> Option<Rc<str>> {
        if let Some((aim, generation, ath)) = &*self.ath.borrow()
            && (*aim, *generation) == (lease.aim, lease.generation)
        {
            return Some(Rc::clone(ath));
        }
        let ath: Rc<str> = base64url::encode(&crypto::sha256(task, &lease.access_token).await?).into();
        self.ath.replace(Some((lease.aim, lease.generation, Rc::clone(&ath))));
        Some(ath)
    }
}

/// Tells the engine the thumbprint of the session's key (RFC 7638).
pub fn thumbprint(driver: Rc<Driver>, state: String, algorithm: Algorithm) {
    Task::spawn(|task| async move {
        let jkt = async {
            let signer = driver.prover.key(&task, algorithm).await?;
            let digest = crypto::sha256(&task, &Secret::new(signer.public_jwk.clone())).await?;
            Some(base64url::encode(&digest))
        };
        let jkt = jkt.await;
        driver.dispatch(Input::Thumbprinted { state, jkt });
    });
}

/// A bound token that may be sent with now, without a question to the engine: the quick way is not for these.
/// Only our own is at hand.
pub fn standing_lease(driver: &Driver, aim: Aim) -> Option<Lease> {
    let now = driver.time.now();
    let lease = driver.session.borrow().standing_lease(now)?;
    let stands =
        lease.aim == aim && lease.token_type.is_bound() && lease.until.is_none_or(|until| now < until);
    stands.then_some(lease)
}

/// Sends a request of the engine's own, with a proof if it is to have one.
pub async fn request(
    task: &Task,
    driver: &Driver,
    request: &HttpRequest,
    exchange: &Exchange,
) -> Result<HttpAnswer, TransportFailure> {
    if request.prepared.get().is_some() {
        return back_end::request(task, driver, request, exchange).await;
    }
    if let Some(proof) = &request.proof {
        let signed = async {
            let signer = driver.prover.key(task, proof.algorithm).await?;
            let (htm, ath) = match request.bearer.get() {
                Some(lease) => ("GET", Some(driver.prover.ath(task, lease).await?)),
                None => ("POST", None),
            };
            sign(task, driver, &signer, (htm, &request.href), ath.as_deref(), proof.nonce.as_deref()).await
        };
        exchange.set_proof(&signed.await.ok_or(TransportFailure::Unprovable)?);
    }
    endpoint::send(task, driver, request, exchange).await
}

/// Sends a call, with a proof if its token is bound. If then the API demands another nonce and gives it, the call goes out once more, this one time
/// (DPoP-13, DPoP-15).
pub async fn send(
    mut call: Call,
    task: &Task,
    driver: &Rc<Driver>,
    (lease, href): (&Lease, &str),
    may_repeat: &mut bool,
) -> Result<Response, JsValue> {
    let has_neighbours = || driver.session.borrow().config().resources.has_neighbours(lease.aim, href);
    if !lease.token_type.is_bound() {
        if !driver.is_quick() && has_neighbours() {
            attach(&call, None);
        }
        if let Some(answer) = back_end::send_call(task, driver, &call).await {
            return answer;
        }
        let sent = Sent::now(driver);
        let answer = match placement::of(driver, href) {
            Some(placement) => placement::send(call, task, (lease, href), &placement).await,
            None => fetch::send(call, task, driver, lease).await,
        };
        return Ok(sliding::take(driver, (lease, href), sent, answer?));
    }
    let htm = method(&call)?;
    let target = (htm.as_deref().map_or("GET", dpop::method), href);
    loop {
        let spare = if *may_repeat { call.spare()? } else { None };
        let nonce = driver.session.borrow().nonce(href).map(String::from);
        let proof = async {
            let signer = driver.prover.key.borrow().clone()?;
            let ath = driver.prover.ath(task, lease).await?;
            sign(task, driver, &signer, target, Some(&ath), nonce.as_deref()).await
        };
        // Where the key is gone, so is its session.
        let proof = proof.await.ok_or_else(|| driver.to_error(&Error::new(Code::NotSignedIn)))?;
        attach(&call, Some(&proof));
        let answer = task.wait(&call.send(&driver.header(lease).value)?).await?;
        let answer: Response = answer.unchecked_into();
        let Some(newest) = self::nonce(&answer) else { return Ok(answer) };
        let mut session = driver.session.borrow_mut();
        session.learn_nonce(href, &newest);
        let has_new_nonce = session.nonce(href) != nonce.as_deref();
        drop(session);
        let verdict = || judge(answer.status(), answer.headers().get("www-authenticate").as_deref());
        match spare {
            Some(spare) if has_new_nonce && matches!(verdict(), Verdict::NonceDemanded) => call = spare,
            _ => return Ok(answer),
        }
        *may_repeat = false;
        Call::drop(&answer);
    }
}

async fn sign(
    task: &Task,
    driver: &Driver,
    signer: &Signer,
    target: (&str, &str),
    ath: Option<&str>,
    nonce: Option<&str>,
) -> Option<String> {
    let jti = driver.prover.jti();
    let claims = driver.session.borrow().proof_claims(driver.time.now(), jti, target, ath, nonce);
    let input = claims.signing_input(&signer.header);
    let signature = task.wait(&signer.key.sign(input.as_bytes())).await.ok()?;
    Some([&input, ".", &base64url::encode(&Uint8Array::new(&signature).to_vec())].concat())
}
