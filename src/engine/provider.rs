//! Who gives the tokens: an authorization server, or a back end of the application's own.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::backend::Backend;
use super::cut::Cut as _;
use super::dpop::Policy;
use super::full::{Full, InFull};
use super::options::{Normalize, Reader};
use super::step_up::are_words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    OAuth,
    Oidc,
}

/// The endpoints of an authorization server, each secure, without fragment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    pub authorization: Option<String>,
    pub token: String,
    pub revocation: Option<String>,
    pub pushed_authorization_request: Option<String>,
    /// Where the keys are that ID tokens are signed with.
    pub jwks: Option<String>,
    pub end_session: Option<String>,
    pub user_info: InFull<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    pub kind: ProviderKind,
    /// The issuer identifier, code point for code point as configured (8414-3).
    pub issuer: Option<String>,
    /// Given by hand; without them they are discovered from the issuer.
    pub endpoints: Option<Rc<Endpoints>>,
    /// Origins beside the issuer's where discovered endpoints may be (8414-6).
    pub endpoint_origins: Vec<String>,
    pub client_id: String,
    /// As configured: what goes over the wire, compared there letter by letter (BBA-3).
    pub redirect_uri: Option<String>,
    /// As the platform writes it in the page's URL.
    pub redirect_href: Option<String>,
    /// The two again, for the way back of a sign-out.
    pub post_logout_redirect_uri: Option<String>,
    pub post_logout_redirect_href: Option<String>,
    /// The page gets the ID token for the form of a sign-out by redirect.
    pub id_token_hint: bool,
    /// The application may ask the UserInfo endpoint.
    pub user_info: Option<Full>,
    /// No authorization request is pushed, though the server would take it.
    pub pushes_nothing: Option<Full>,
    /// `signIn({credentials})` may send a password (RFC 6749 §4.3).
    pub legacy_password_grant: Option<Full>,
    pub scope: Option<String>,
    pub dpop: Policy,
    /// The application's own, in place of an authorization server.
    pub backend: InFull<Backend>,
}

impl Provider {
    /// The option `provider`.
    pub(super) fn read(options: &Reader, normalize: Normalize) -> Option<Self> {
        const KNOWN: &str = "type issuer endpoints endpointOrigins clientId redirectUri postLogoutRedirectUri idTokenHint \
             +userInfo scope dpop +pushedAuthorizationRequests +legacyPasswordGrant";
        let Some(provider) = options.any_object("provider") else {
            options.refuse("provider", "is required");
            return None;
        };
        let kind = match provider.text("type") {
            Some("oauth") => ProviderKind::OAuth,
            Some("oidc") => ProviderKind::Oidc,
            Some("json" | "bff") if Full::PROOF.is_some() => {
                return Self::read_back_end(&provider, normalize);
            }
            _ => {
                let detail = "must be \"oidc\" or \"oauth\", in strongroom/full \"json\" or \"bff\"";
                provider.refuse("type", detail);
                return None;
            }
        };
        provider.check_known(KNOWN);
        let issuer = issuer(&provider);
        let endpoints = endpoints(&provider, normalize);
        if issuer.is_none() && (kind == ProviderKind::Oidc || endpoints.is_none()) {
            provider.refuse("issuer", "is required, but for type \"oauth\" with `endpoints`");
        }
        let dpop = Policy::read(provider.text("dpop")).unwrap_or_else(|detail| {
            provider.refuse("dpop", detail);
            Policy::Off
        });
        let user_info = provider.full("userInfo");
        if user_info.is_some() && kind == ProviderKind::OAuth {
            provider.refuse("userInfo", "needs type \"oidc\"");
        }
        let legacy_password_grant = provider.full("legacyPasswordGrant");
        if legacy_password_grant.is_some() && kind == ProviderKind::Oidc {
            provider.refuse("legacyPasswordGrant", "needs type \"oauth\"");
        }
        let place = |name: &str| -> Option<(String, String)> {
            let uri = provider.text(name)?;
            let href = provider.secure(&provider.path_of(name), uri, normalize)?;
            Some((uri.into(), href.as_str().into()))
        };
        let (redirect_uri, redirect_href) = place("redirectUri").unzip();
        let (post_logout_redirect_uri, post_logout_redirect_href) = place("postLogoutRedirectUri").unzip();
        Some(Self {
            kind,
            issuer,
            endpoints,
            endpoint_origins: endpoint_origins(&provider, normalize),
            client_id: client_id(&provider),
            redirect_uri,
            redirect_href,
            post_logout_redirect_uri,
            post_logout_redirect_href,
            user_info,
            pushes_nothing: pushes_nothing(&provider),
            legacy_password_grant,
            id_token_hint: provider.bool("idTokenHint").unwrap_or(false),
            scope: scope(&provider, kind),
            dpop,
            backend: InFull::new(None),
        })
    }

    /// One that knows nothing of OAuth.
    fn read_back_end(provider: &Reader, normalize: Normalize) -> Option<Self> {
        let full = Full::PROOF?;
        let backend = Backend::read(provider, normalize)?;
        Some(Self {
            kind: ProviderKind::OAuth,
            issuer: None,
            endpoints: Some(Rc::default()),
            endpoint_origins: Vec::new(),
            client_id: String::new(),
            redirect_uri: None,
            redirect_href: None,
            post_logout_redirect_uri: None,
            post_logout_redirect_href: None,
            id_token_hint: false,
            user_info: backend.user_info.is_some().then_some(full),
            pushes_nothing: None,
            legacy_password_grant: None,
            scope: None,
            dpop: Policy::Off,
            backend: InFull::new(Some(backend)),
        })
    }

    /// All is in cookies.
    pub fn has_no_token(&self) -> bool {
        self.backend.get().is_some_and(|backend| backend.is_bff)
    }

    /// Why no resource may say where its calls carry the token. One that is bound to a key has its one place (RFC 9449 §7.1).
    pub(super) fn unplaced(&self) -> Option<&'static str> {
        if self.has_no_token() {
            return Some("must not be where there is no token");
        }
        (!self.dpop.is_off()).then_some("must not be with `dpop`")
    }
}

fn pushes_nothing(provider: &Reader) -> Option<Full> {
    const NAME: &str = "pushedAuthorizationRequests";
    let (full, given) = provider.text_in_full(NAME)?;
    if !matches!(given, "auto" | "off") {
        provider.refuse(NAME, "must be \"auto\" or \"off\"");
    }
    (given == "off").then_some(full)
}

/// Code point for code point as given: the platform's parser must not touch it (8414-3).
fn issuer(provider: &Reader) -> Option<String> {
    let issuer = provider.text("issuer")?;
    let href = provider.secure("provider.issuer", issuer, &|url| Some(url.into()))?;
    if href.query().is_some() {
        provider.refuse("issuer", "must have no query");
    }
    Some(issuer.into())
}

fn client_id(provider: &Reader) -> String {
    let id = provider.text("clientId").unwrap_or_default();
    if id.is_empty() || !id.bytes().all(|b| (0x20..=0x7E).contains(&b)) {
        provider.refuse("clientId", "must be printable ASCII and not empty");
    }
    id.into()
}

fn endpoints(provider: &Reader, normalize: Normalize) -> Option<Rc<Endpoints>> {
    const KNOWN: &str = "authorization token revocation pushedAuthorizationRequest jwks endSession userInfo";
    let given = provider.object("endpoints", KNOWN)?;
    let one = |name: &str| -> Option<String> {
        let url = given.text(name)?;
        Some(given.secure(&given.path_of(name), url, normalize)?.as_str().into())
    };
    let Some(token) = one("token") else {
        given.refuse("token", "is required");
        return None;
    };
    Some(Rc::new(Endpoints {
        authorization: one("authorization"),
        token,
        revocation: one("revocation"),
        pushed_authorization_request: one("pushedAuthorizationRequest"),
        jwks: one("jwks"),
        end_session: one("endSession"),
        user_info: InFull::new(one("userInfo")),
    }))
}

fn endpoint_origins(provider: &Reader, normalize: Normalize) -> Vec<String> {
    let mut origins = Vec::new();
    for (path, url) in provider.list("endpointOrigins").unwrap_or_default() {
        let href = provider.url(&path, url).and_then(|url| provider.secure(&path, url, normalize));
        if let Some(href) = href {
            origins.push(href.origin().into());
        }
    }
    origins
}

fn scope(provider: &Reader, kind: ProviderKind) -> Option<String> {
    let is_oidc = kind == ProviderKind::Oidc;
    let Some(scope) = provider.text("scope") else {
        return is_oidc.then(|| "openid".into());
    };
    if !are_words(scope) {
        provider.refuse("scope", "must be scope tokens with one space between");
    }
    if is_oidc && !scope.parts(' ').any(|token| token == "openid") {
        provider.refuse("scope", "must contain \"openid\" for type \"oidc\"");
    }
    Some(scope.into())
}
