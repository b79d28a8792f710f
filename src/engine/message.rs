//! What the engine is told and what it asks for.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::backend::Prepared;
use super::dpop::Proof;
use super::{Aim, Error, Full, Generation, InFull, Lease, Limit, Secret, UnixMs};

/// Whoever waits for an answer of the engine. The driver gives each number once.
pub type WaiterId = u32;
/// One HTTP request of the engine's own.
pub type RequestId = u32;

/// Random bytes for one sign-in: `state`, `nonce` and `code_verifier`, 256 bits each (6749-21, 7636-1).
pub struct Entropy(pub Zeroizing<[u8; 96]>);

/// What the application asked of a sign-in.
#[derive(Clone, Debug, Default)]
pub struct SignInRequest {
    /// Where the application wants to be afterwards: a path of its own origin, as in `/orders?page=2`.
    pub return_to: Option<String>,
    /// More parameters of the authorization request, by wire name, such as `prompt` or `login_hint`.
    pub parameters: Vec<(String, String)>,
    /// Beside the configured scope.
    pub scope: Option<String>,
    /// What the user typed, by name. With it the page goes nowhere.
    pub credentials: InFull<Vec<(String, Secret)>>,
    /// On load, for a user whom the server may know: that it does not is an answer then.
    pub single_sign_on: Option<Full>,
    /// The page stays where it is: the answer comes to this engine, which then has the keys that it has now.
    pub stays: bool,
}

#[derive(Debug)]
pub struct HttpAnswer {
    pub status: u16,
    /// `Retry-After` as received, where CORS lets script read it.
    pub retry_after: Option<String>,
    /// `DPoP-Nonce` as received, where CORS lets script read it and the request had a proof.
    pub dpop_nonce: Option<String>,
    pub body: Zeroizing<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportFailure {
    /// The body is larger than any token response.
    TooLarge,
    /// `fetch` rejected: no network, reset, CORS, a redirect; the browser does not say which.
    Unreachable,
    /// The platform could not make the proof, so nothing was sent.
    Unprovable,
}

/// Something happened.
pub enum Input {
    /// An API took the token of this generation from a call that had been refused before.
    Accepted(Generation, Aim),
    /// An answer to [`Output::Send`], or word that none will come.
    Answered(RequestId, Result<HttpAnswer, TransportFailure>),
    /// The page is at this URL, and this is what the host kept for its `state` ([`Settled::Leaving`]), now deleted.
    Callback {
        waiter: WaiterId,
        href: Secret,
        remembered: Option<Secret>,
    },
    /// The application closes the client.
    Close,
    /// A call needs a lease.
    Demand(WaiterId, Aim),
    /// The SHA-256 digest that [`Output::Digest`] asked for.
    Digested {
        state: String,
        sha256: [u8; 32],
    },
    /// The platform cannot hash: the page is no secure context.
    DigestFailed {
        state: String,
    },
    /// The thumbprint that [`Output::Thumbprint`] asked for; none if the platform cannot make the key.
    #[cfg(feature = "full")]
    Thumbprinted {
        state: String,
        jkt: Option<String>,
    },
    /// The waiter is gone: its caller aborted. What it waited for goes on (promise 7).
    Forget(WaiterId),
    /// The page was loaded by the server, from this URL, as word that its session is over.
    #[cfg(feature = "full")]
    FrontChannelLogout {
        waiter: WaiterId,
        href: Secret,
    },
    /// The application hands over a token response, as JSON.
    Install {
        waiter: WaiterId,
        response: Secret,
    },
    /// Another tab, with a vault of its own, says that its session ended. A hint, which anybody may forge.
    Noticed,
    /// A page has come to this engine.
    Joined,
    /// The network came back.
    Online,
    /// The application wants new tokens now.
    Refresh(WaiterId),
    /// An API refused the access token of this generation.
    Refused(WaiterId, Generation, Aim),
    /// The page came back from the back/forward cache.
    Restored,
    SignIn {
        waiter: WaiterId,
        request: SignInRequest,
        entropy: Entropy,
    },
    /// The application says that the user is there.
    Touch,
    /// The application asks who the user is.
    UserInfo(WaiterId),
    /// What [`Output::Verify`] found: the digest of the access token by the signature's own hash function (for `at_hash`), or
    /// `None` if the signature is not good, or the platform cannot tell.
    Verified(RequestId, Option<Vec<u8>>),
    /// `redirect`: the page wants to go on to the server's own sign-out.
    SignOut {
        waiter: WaiterId,
        redirect: Option<Entropy>,
    },
    /// An answer said something of the next token.
    #[cfg(feature = "full")]
    Slid(super::sliding::Slid),
    /// Time may have passed: a timer fired, the page became visible, the machine woke.
    Wake,
}

/// One HTTP request that the driver sends: no cookies, no cache, no redirects followed (standards 5.2.4).
#[derive(Debug)]
pub struct HttpRequest {
    pub id: RequestId,
    pub href: String,
    /// A form body to POST; without one the request is a GET for JSON.
    pub form: Option<Secret>,
    /// A `DPoP` header to make for it.
    pub proof: Option<Proof>,
    /// With its access token, for the UserInfo endpoint alone.
    pub bearer: InFull<Lease>,
    /// For the application's own back end: all that makes it another request than the above.
    pub prepared: InFull<Box<Prepared>>,
    /// Of the requests with this name one is sent at a time, among all tabs and vaults of the origin. Before it is sent,
    /// [`super::Session::is_wanted`] says whether it still is.
    pub turn: InFull<String>,
}

impl HttpRequest {
    /// A POST of the form, or a GET.
    pub fn new(id: RequestId, href: String, form: Option<Secret>) -> Self {
        let (proof, bearer) = (None, InFull::new(None));
        Self { id, href, form, proof, bearer, prepared: InFull::new(None), turn: InFull::new(None) }
    }
}

/// How a waiter's wait ended.
#[derive(Debug)]
pub enum Settled {
    Done,
    Leased(Lease),
    /// The page that asked for the sign-in is to go to `href`. Where the engine does not survive that, its host keeps
    /// `transaction` under `state` for the way back, for at most ten minutes (promise 1 documents it).
    Leaving {
        href: String,
        state: String,
        transaction: Secret,
        /// To be posted; without one the page just goes there.
        form: Option<Secret>,
    },
    /// The page is no callback, so there was nothing to complete.
    NoCallback,
    /// The page is the way back of a sign-out of ours.
    SignedOut,
    /// The sign-in is complete; the application wanted to be at this path.
    SignedIn {
        return_to: String,
    },
    /// The server would have to ask the user, who is known to it only so far (OpenID Connect Core §3.1.2.6).
    NotSignedIn {
        full: Full,
        return_to: String,
        error: &'static str,
    },
    /// The claims, as JSON text.
    UserInfo(Full, String),
}

/// A JWT whose signature is to be verified with one key.
#[derive(Debug)]
pub struct Signed {
    pub id: RequestId,
    /// The `alg` of the JWT's header: one of RFC 7518 §3.1 for public keys, `Ed25519` or `EdDSA`.
    pub algorithm: String,
    /// The public key as a JWK, JSON.
    pub jwk: String,
    pub token: Secret,
    /// What came with it.
    pub access_token: Secret,
}

/// Something is to be done.
#[derive(Debug)]
pub enum Output {
    /// Stop waiting for this request's answer.
    Abandon(RequestId),
    /// Hash the verifier with SHA-256 and come back with [`Input::Digested`].
    Digest {
        state: String,
        verifier: Secret,
    },
    Notify(Event),
    Send(HttpRequest),
    Settle(WaiterId, Result<Settled, Error>),
    /// Take the thumbprint of the key that will prove the token request, and come back with [`Input::Thumbprinted`].
    #[cfg(feature = "full")]
    Thumbprint {
        state: String,
        algorithm: super::dpop::Algorithm,
    },
    /// Verify a signature and come back with [`Input::Verified`].
    Verify(Signed),
}

/// Why a renewal began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Call,
    Manual,
    Notice,
    Refused,
    Restored,
    Schedule,
}

impl Cause {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Manual => "manual",
            Self::Notice => "notice",
            Self::Refused => "refused",
            Self::Restored => "restored",
            Self::Schedule => "schedule",
        }
    }
}

/// For people and logs: what the engine did. Nothing secret in it. `aim`: whose token is renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    RefreshStarted {
        aim: Aim,
        attempt: u32,
        cause: Cause,
    },
    Refreshed {
        aim: Aim,
        generation: Generation,
        rotated: bool,
    },
    RefreshFailed {
        aim: Aim,
        attempt: u32,
        error: Error,
        retry_at: Option<UnixMs>,
    },
    /// A limit that was warned of is off: the user is there.
    SessionContinues {
        limit: Limit,
    },
    SessionEnding {
        limit: Limit,
        in_ms: u64,
    },
    /// Answers of this resource bring no next token, though they should.
    #[cfg(feature = "full")]
    SlidingTokenMissed {
        resource: String,
        missed: super::sliding::Missed,
    },
    SignedIn {
        generation: Generation,
    },
    SignedOut {
        reason: &'static str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Signed in, but the last renewal failed; another will be tried.
    RenewalDelayed,
    SignedIn,
    SignedOut,
    SigningIn,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RenewalDelayed => "renewal-delayed",
            Self::SignedIn => "signed-in",
            Self::SignedOut => "signed-out",
            Self::SigningIn => "signing-in",
        }
    }
}
