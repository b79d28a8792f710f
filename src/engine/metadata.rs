//! Authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0).

use alloc::rc::Rc;
use alloc::string::String;

use super::dpop::{Algorithm, Policy};
use super::full::InFull;
use super::href::Href;
use super::json::{self, Json};
use super::{Code, Endpoints, Error, HttpAnswer, Provider, ProviderKind, TransportFailure};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub endpoints: Rc<Endpoints>,
    /// RFC 9207: the server says that every authorization response of its carries `iss`.
    pub iss_parameter_supported: bool,
    /// RFC 9126 §5: the server takes no authorization request that was not pushed.
    pub requires_pushing: bool,
    /// With which algorithm token requests are proved; `None`: they are not.
    pub dpop: Option<Algorithm>,
}

impl Metadata {
    /// What endpoints given by hand say.
    pub fn given(endpoints: Rc<Endpoints>, dpop: Policy) -> Self {
        let dpop = if dpop.is_required() { Algorithm::ALL.first().copied() } else { None };
        Self { endpoints, iss_parameter_supported: false, requires_pushing: false, dpop }
    }
}

/// Where the metadata is, at its first `place` (0) and its second: OpenID Connect appends its well-known path to the issuer, RFC 8414
/// inserts its own between host and path (8414-1).
pub fn well_known(kind: ProviderKind, issuer: &str, place: usize) -> String {
    let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
    let href = Href::parse(issuer);
    let path = href.as_ref().map_or("", Href::path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let origin = issuer.strip_suffix(path).unwrap_or(issuer);
    if (kind == ProviderKind::Oidc) == (place == 0) {
        [issuer, "/.well-known/openid-configuration"].concat()
    } else {
        [origin, "/.well-known/oauth-authorization-server", path].concat()
    }
}

/// Judges one answer. `Ok(None)`: the server gives nothing at this place, the other may be asked.
///
/// # Errors
/// Transient ones ([`Code::Unreachable`], [`Code::Unavailable`]) or [`Code::Metadata`] with what is wrong.
pub fn judge(
    provider: &Provider,
    answer: Result<HttpAnswer, TransportFailure>,
) -> Result<Option<Metadata>, Error> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(TransportFailure::Unreachable) => return Err(Error::new(Code::Unreachable)),
        Err(_) => return bad("it is too large"),
    };
    match answer.status {
        200 => {}
        status @ (408 | 425 | 429 | 500..) => return Err(Error::new(Code::Unavailable).at_status(status)),
        _ => return Ok(None),
    }
    let body =
        json::parse(&answer.body).map_err(|error| Error::with_detail(Code::Metadata, error.message()))?;
    read(provider, &body).map(Some)
}

fn read(provider: &Provider, body: &Json) -> Result<Metadata, Error> {
    if body.as_object().is_none() {
        return bad("it is not a JSON object");
    }
    if body.text("issuer") != provider.issuer.as_deref() {
        return bad("its issuer is not the configured one (RFC 8414 section 3.3)");
    }
    if let Some(methods) = body.get("code_challenge_methods_supported") {
        let has_s256 =
            methods.as_array().is_some_and(|all| all.iter().any(|one| one.as_str() == Some("S256")));
        if !has_s256 {
            return bad("code_challenge_methods_supported lacks S256 (RFC 7636 section 7.2)");
        }
    }
    let Some(token) = endpoint(
        provider,
        body,
        "token_endpoint",
        "token_endpoint is not a secure URL of an allowed origin",
    )?
    else {
        return bad("token_endpoint is missing");
    };
    Ok(Metadata {
        endpoints: Rc::new(Endpoints {
            token,
            authorization: endpoint(
                provider,
                body,
                "authorization_endpoint",
                "authorization_endpoint is not a secure URL of an allowed origin",
            )?,
            revocation: endpoint(
                provider,
                body,
                "revocation_endpoint",
                "revocation_endpoint is not a secure URL of an allowed origin",
            )?,
            pushed_authorization_request: endpoint(
                provider,
                body,
                "pushed_authorization_request_endpoint",
                "pushed_authorization_request_endpoint is not a secure URL of an allowed origin",
            )?,
            jwks: endpoint(provider, body, "jwks_uri", "jwks_uri is not a secure URL of an allowed origin")?,
            end_session: endpoint(
                provider,
                body,
                "end_session_endpoint",
                "end_session_endpoint is not a secure URL of an allowed origin",
            )?,
            user_info: InFull::new(match provider.user_info {
                None => None,
                Some(_) => endpoint(
                    provider,
                    body,
                    "userinfo_endpoint",
                    "userinfo_endpoint is not a secure URL of an allowed origin",
                )?,
            }),
        }),
        dpop: dpop(provider.dpop, body)?,
        iss_parameter_supported: says(body, "authorization_response_iss_parameter_supported"),
        requires_pushing: says(body, "require_pushed_authorization_requests"),
    })
}

fn says(body: &Json, name: &str) -> bool {
    body.get(name).and_then(Json::as_bool).unwrap_or(false)
}

fn dpop(policy: Policy, body: &Json) -> Result<Option<Algorithm>, Error> {
    if policy.is_off() {
        return Ok(None);
    }
    match Algorithm::choose(body.get("dpop_signing_alg_values_supported")) {
        None if policy.is_required() => {
            bad("dpop_signing_alg_values_supported lacks ES256 and Ed25519 (RFC 9449 section 5.1)")
        }
        algorithm => Ok(algorithm),
    }
}

/// An endpoint where refresh tokens may go: secure, and of the issuer's or a listed origin (8414-6).
fn endpoint(
    provider: &Provider,
    body: &Json,
    name: &str,
    detail: &'static str,
) -> Result<Option<String>, Error> {
    let value = match body.get(name) {
        None | Some(Json::Null) => return Ok(None),
        Some(value) => value,
    };
    let issuer = provider.issuer.as_deref().and_then(|issuer| Href::parse(issuer).ok());
    let is_allowed = |href: &Href| {
        let origin = href.origin();
        issuer.as_ref().is_some_and(|issuer| issuer.origin() == origin)
            || provider.endpoint_origins.iter().any(|allowed| allowed == origin)
    };
    match value.as_str().and_then(|url| Href::parse(url).ok()) {
        Some(href) if href.is_secure() && !href.has_fragment() && is_allowed(&href) => {
            Ok(Some(href.as_str().into()))
        }
        _ => bad(detail),
    }
}

fn bad<T>(detail: &'static str) -> Result<T, Error> {
    Err(Error::with_detail(Code::Metadata, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_paths_are_appended_or_inserted() {
        let table = [
            (
                "https://h",
                "https://h/.well-known/openid-configuration",
                "https://h/.well-known/oauth-authorization-server",
            ),
            (
                "https://h/",
                "https://h/.well-known/openid-configuration",
                "https://h/.well-known/oauth-authorization-server",
            ),
            (
                "https://h/a",
                "https://h/a/.well-known/openid-configuration",
                "https://h/.well-known/oauth-authorization-server/a",
            ),
            (
                "https://h:8443/a/b/",
                "https://h:8443/a/b/.well-known/openid-configuration",
                "https://h:8443/.well-known/oauth-authorization-server/a/b",
            ),
        ];
        for (issuer, appended, inserted) in table {
            let both = |kind| [0, 1].map(|place| well_known(kind, issuer, place));
            assert_eq!(both(ProviderKind::Oidc), [appended, inserted]);
            assert_eq!(both(ProviderKind::OAuth), [inserted, appended]);
        }
    }
}
