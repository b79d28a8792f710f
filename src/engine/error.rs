use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::ops::Deref;

use super::InFull;
use super::cut::Cut as _;

/// What went wrong, in one stable word. The documentation of each says what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The authorization server answered the sign-in with an error (RFC 6749 §4.1.2.1); see `error`.
    Authorization,
    /// A token response breaks RFC 6749 §5; the detail names the member.
    BadResponse,
    /// The callback is not an answer to a sign-in of this browser; the detail says why.
    Callback,
    /// The client was closed.
    Closed,
    /// The server does not know who was named in `signIn({credentials})`, or the password is wrong.
    #[cfg(feature = "full")]
    Credentials,
    /// The vault has another configuration already, from an earlier tab; it keeps that one.
    Configured,
    /// The ID token breaks OpenID Connect Core §3.1.3.7; the detail names the claim.
    IdToken,
    /// The platform has no WebCrypto here, because the page came neither over https nor from loopback.
    InsecureContext,
    /// An option has a wrong value or is unknown.
    InvalidOption,
    /// The authorization server's metadata cannot be used; the detail says why.
    Metadata,
    /// An access token is not given to the page: `exposeAccessToken` was not set.
    NotExposed,
    /// There are tokens, but no refresh token to get newer ones with.
    NotRenewable,
    /// Nobody is signed in.
    NotSignedIn,
    /// The token endpoint refused the request (RFC 6749 §5.2); see `error` and `status`.
    Refused,
    /// The session ended while the caller waited: the refresh token is no longer good, or somebody signed out.
    SessionEnded,
    /// An answer did not come within its bound.
    Timeout,
    /// The server said that it cannot answer now (408, 425, 429 or 5xx); see `status` and `retryAfterSeconds`.
    Unavailable,
    /// The server could not be reached, or its answer was kept from script by CORS: the browser does not say which.
    Unreachable,
    /// The UserInfo endpoint's answer breaks OpenID Connect Core §5.3; the detail says how.
    UserInfo,
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "ERR_AUTHORIZATION",
            Self::BadResponse => "ERR_BAD_RESPONSE",
            Self::Callback => "ERR_CALLBACK",
            Self::Closed => "ERR_CLOSED",
            Self::Configured => "ERR_CONFIGURED",
            #[cfg(feature = "full")]
            Self::Credentials => "ERR_CREDENTIALS",
            Self::IdToken => "ERR_ID_TOKEN",
            Self::InsecureContext => "ERR_INSECURE_CONTEXT",
            Self::InvalidOption => "ERR_INVALID_OPTION",
            Self::Metadata => "ERR_METADATA",
            Self::NotExposed => "ERR_NOT_EXPOSED",
            Self::NotRenewable => "ERR_NOT_RENEWABLE",
            Self::NotSignedIn => "ERR_NOT_SIGNED_IN",
            Self::Refused => "ERR_REFUSED",
            Self::SessionEnded => "ERR_SESSION_ENDED",
            Self::Timeout => "ERR_TIMEOUT",
            Self::Unavailable => "ERR_UNAVAILABLE",
            Self::Unreachable => "ERR_UNREACHABLE",
            Self::UserInfo => "ERR_USER_INFO",
        }
    }

    /// One sentence: what was wrong and what helps. It never holds anything that was received.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Authorization => "The authorization server refused the sign-in, or the user did.",
            Self::BadResponse => "The authorization server's answer is not a valid response.",
            Self::Callback => "This is not the answer to a pending sign-in; sign in again.",
            Self::Closed => "The client was closed; create a new one.",
            Self::Configured => {
                "The vault has another configuration, and the first one stays; close the application's other tabs, or use the same options."
            }
            #[cfg(feature = "full")]
            Self::Credentials => "The credentials are wrong.",
            Self::IdToken => "The ID token is not valid for this client and sign-in.",
            Self::InsecureContext => "WebCrypto is missing: serve the page over https, or from localhost.",
            Self::InvalidOption => "An option is wrong.",
            Self::Metadata => "The authorization server's metadata cannot be used.",
            Self::NotExposed => "Access tokens are not given to the page without `exposeAccessToken: true`.",
            Self::NotRenewable => "There is no refresh token; sign in again.",
            Self::NotSignedIn => "Nobody is signed in; call `signIn()` or `setTokens()` first.",
            Self::Refused => "The token endpoint refused the request; see `error`.",
            Self::SessionEnded => "The session ended; sign in again.",
            Self::Timeout => "No answer came in time; the session is kept, try again later.",
            Self::Unavailable => {
                "The authorization server cannot answer now; the session is kept, try again later."
            }
            Self::Unreachable => {
                "The authorization server could not be reached, or CORS hid its answer; the session is kept, try again later."
            }
            Self::UserInfo => "What the server says of the user cannot be used.",
        }
    }
}

const CODE_MAX_BYTES: usize = 64;
/// The longest word of a registered code is `authentication`; an unguessable token of letters alone is longer than this.
const WORD_MAX_BYTES: usize = 20;

/// A failure, behind one pointer, so that results stay small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Circumstances>);

/// What is known of a failure. Nothing in it was a token, code, verifier or key: texts are our own, and `error` is kept
/// only if it looks like an OAuth error code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    pub code: Code,
    /// Which member, claim, parameter or rule, in our words.
    pub detail: Option<&'static str>,
    /// The OAuth error code that the server sent, such as `invalid_grant`.
    pub error: Option<String>,
    /// The path of the option, for [`Code::InvalidOption`].
    pub option: Option<String>,
    /// The URL of the resource whose token it is about.
    pub resource: InFull<String>,
    pub retry_after_ms: Option<u64>,
    pub status: Option<u16>,
}

impl Error {
    pub fn new(code: Code) -> Self {
        Self(Box::new(Circumstances {
            code,
            detail: None,
            error: None,
            option: None,
            resource: InFull::new(None),
            retry_after_ms: None,
            status: None,
        }))
    }

    #[inline(never)]
    pub fn with_detail(code: Code, detail: &'static str) -> Self {
        let mut error = Self::new(code);
        error.0.detail = Some(detail);
        error
    }

    pub fn option(path: impl Into<String>, detail: &'static str) -> Self {
        let mut error = Self::with_detail(Code::InvalidOption, detail);
        error.0.option = Some(path.into());
        error
    }

    /// The refusal of a request that carried what the user typed.
    #[cfg(feature = "full")]
    pub fn of_credentials(mut self) -> Self {
        self.0.code = Code::Credentials;
        self
    }

    #[cfg(not(feature = "full"))]
    pub const fn of_credentials(self) -> Self {
        self
    }

    pub fn at_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    pub fn of_resource(mut self, url: Option<String>) -> Self {
        self.0.resource = InFull::new(url);
        self
    }

    pub fn to_retry_after(mut self, retry_after_ms: Option<u64>) -> Self {
        self.0.retry_after_ms = retry_after_ms;
        self
    }

    /// Keeps a received OAuth error code if it looks like one (RFC 6749 §5.2, §11.4), short words of small letters with
    /// `_` between; anything else becomes `unknown_error`, because a hostile or broken server may echo a secret there.
    pub fn from_server(mut self, error: &str) -> Self {
        let is_word = |word: &str| {
            (1..=WORD_MAX_BYTES).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())
        };
        let is_code = error.len() <= CODE_MAX_BYTES && error.parts('_').all(is_word);
        self.0.error = Some(if is_code { error } else { "unknown_error" }.into());
        self
    }
}

impl Deref for Error {
    type Target = Circumstances;

    fn deref(&self) -> &Circumstances {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.message())?;
        for part in [self.option.as_deref(), self.detail, self.error.as_deref()].into_iter().flatten() {
            f.write_str(" [")?;
            f.write_str(part)?;
            f.write_str("]")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn only_what_looks_like_a_code_is_kept() {
        let kept =
            ["invalid_grant", "access_denied", "use_dpop_nonce", "insufficient_user_authentication", "a"];
        let dropped = [
            "",
            "_",
            "invalid__grant",
            "Invalid_grant",
            "invalid grant",
            "rt-8Zp",
            "abcdefghijklmnopqrstuvwxyzab",
            "invalid_abcdefghijklmnopqrstu",
            &"word_".repeat(13),
        ];
        for error in kept {
            assert_eq!(Error::new(Code::Refused).from_server(error).error.as_deref(), Some(error));
        }
        for error in dropped {
            let shown = Error::new(Code::Refused).from_server(error);
            assert_eq!(shown.error.as_deref(), Some("unknown_error"), "{error:?}");
            assert!(error.len() < 3 || !shown.to_string().contains(error));
        }
    }
}
