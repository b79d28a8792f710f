//! What an answer of the back end means.

use alloc::string::String;

use super::super::json::{self, Json};
use super::super::options::{OneOf, Reader};
use super::super::token_response::{Consequence, Failure, is_unavailable, unavailable, undelivered};
use super::super::{Code, Error, HttpAnswer, TransportFailure, UnixMs, user_info};
use super::{Asked, Backend, BackendResponse, condition};

const SIGNED_OUT: &str = "signed-out";
const WRONG_CREDENTIALS: &str = "wrong-credentials";
const TRY_LATER: &str = "try-later";
const MEANINGS: OneOf = (
    &[SIGNED_OUT, WRONG_CREDENTIALS, TRY_LATER, "refused"],
    "must be \"signed-out\", \"wrong-credentials\", \"try-later\" or \"refused\"",
);

/// The option `errors`.
pub fn check_errors(provider: &Reader) {
    const KNOWN: &str = "means status path equals notEquals exists";
    for (path, value) in provider.list("errors").unwrap_or_default() {
        let given = provider.item(path, value, KNOWN);
        if given.one_of("means", MEANINGS).is_none() {
            given.refuse("means", "is required");
        }
        condition::check(&given);
    }
}

/// An error of a sign-in says nothing of a session, nor the other way round.
fn fits(means: &str, asked: Option<Asked>) -> bool {
    match means {
        SIGNED_OUT => asked == Some(Asked::Refresh),
        WRONG_CREDENTIALS => asked == Some(Asked::SignIn),
        _ => true,
    }
}

impl Backend {
    /// Judges an answer that should hold tokens, or tell that there is a session.
    pub fn judge(
        &self,
        asked: Asked,
        answer: Result<HttpAnswer, TransportFailure>,
        now: UnixMs,
    ) -> Result<BackendResponse, Failure> {
        let (status, mut body) = self.accept(Some(asked), answer, now)?;
        self.take(&mut body, now)
            .map_err(|error| Failure { consequence: Consequence::Paused, error: error.at_status(status) })
    }

    /// The status of a success, for an answer that the application hands over without one.
    pub fn success_status(&self) -> u16 {
        self.options.get("success").and_then(condition::first_status).unwrap_or(200)
    }

    /// Judges an answer that says who the user is. Gives it as JSON text.
    ///
    /// # Errors
    /// [`Code::UserInfo`], [`Code::Unavailable`] or [`Code::Unreachable`].
    pub fn judge_user_info(
        &self,
        answer: Result<HttpAnswer, TransportFailure>,
        now: UnixMs,
    ) -> Result<String, Error> {
        let (status, body) = self.accept(None, answer, now).map_err(|failure| match failure.error.code {
            Code::Unavailable | Code::Unreachable => failure.error,
            _ => {
                let detail = failure.error.detail.unwrap_or("the back end refuses");
                let error = user_info::invalid(detail);
                match failure.error.status {
                    Some(status) => error.at_status(status),
                    None => error,
                }
            }
        })?;
        match body.as_object() {
            Some(_) => Ok(body.to_text()),
            None => Err(user_info::invalid("it is not a JSON object").at_status(status)),
        }
    }

    /// The JSON of an answer that is a success, or what it means that it is none. `asked`: nothing for questions that say
    /// nothing of the session.
    fn accept(
        &self,
        asked: Option<Asked>,
        answer: Result<HttpAnswer, TransportFailure>,
        now: UnixMs,
    ) -> Result<(u16, Json), Failure> {
        let answer = answer.map_err(undelivered)?;
        let status = answer.status;
        let body = json::parse(&answer.body);
        let json = body.as_ref().ok();
        let error = json.and_then(|body| body.text("error")).filter(|error| !error.is_empty());
        let errors = self.options.get("errors").and_then(Json::as_array).unwrap_or_default();
        let told = errors.iter().find(|known| {
            fits(known.text("means").unwrap_or_default(), asked) && condition::holds(known, status, json)
        });
        let means = told.and_then(|known| known.text("means"));
        let success = self.options.get("success").filter(|success| !success.is_null());
        let names_status = success.is_some_and(|success| success.get("status").is_some());
        let is_success = success.is_none_or(|success| condition::holds(success, status, json))
            && (names_status || (200..300).contains(&status));
        let is_gone = || match status {
            401 => true,
            400 => error == Some("invalid_grant"),
            204 => self.is_bff,
            _ => self.is_bff && is_success && json.is_some_and(is_nobody),
        };
        let means = means.or_else(|| match asked? {
            Asked::SignIn => is_gone().then_some(WRONG_CREDENTIALS),
            Asked::Refresh => is_gone().then_some(SIGNED_OUT),
        });
        let refused = |consequence| {
            let refused = Error::new(Code::Refused).at_status(status);
            let error = match error {
                Some(error) => refused.from_server(error),
                None => refused,
            };
            Failure { consequence, error }
        };
        match means {
            Some(SIGNED_OUT) => return Err(refused(Consequence::Ended)),
            Some(WRONG_CREDENTIALS) => {
                let Failure { consequence, error } = refused(Consequence::Stuck);
                return Err(Failure { consequence, error: error.of_credentials() });
            }
            Some(TRY_LATER) => return Err(unavailable(&answer, now)),
            Some(_) => return Err(refused(Consequence::Stuck)),
            None => {}
        }
        let unusable = |detail| Failure {
            consequence: Consequence::Paused,
            error: Error::with_detail(Code::BadResponse, detail).at_status(status),
        };
        if is_success {
            return body.map(|body| (status, body)).map_err(|error| unusable(error.message()));
        }
        Err(match status {
            status if is_unavailable(status) => unavailable(&answer, now),
            400..500 => refused(Consequence::Stuck),
            _ => unusable("it is neither `success` nor one of `errors`"),
        })
    }
}

/// How back ends without a session answer.
fn is_nobody(body: &Json) -> bool {
    matches!(body, Json::Null | Json::Bool(false)) || body.as_object().is_some_and(<[_]>::is_empty)
}
