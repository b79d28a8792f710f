use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::cut::Cut as _;
use super::dpop::Policy;
use super::href::Href;
use super::json::Json;
use super::options::{Options, Reader};
use super::resource::{Resource, Resources};
use super::step_up::are_words;
use super::{Code, Error};

const TIMEOUT_DEFAULT_MS: u64 = 20_000;
const WAIT_DEFAULT_MS: u64 = 30_000;
const SECONDS_MAX: u64 = 86_400;

/// The platform's URL parser, `new URL(text).href`; `None` where it throws.
pub type Normalize<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where the tokens live. The page turns "auto" into one of these before the engine hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    Shared,
    Worker,
    Page,
}

impl Isolation {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Worker => "worker",
            Self::Page => "page",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    OAuth,
    Oidc,
}

/// The endpoints of an authorization server, each secure, without fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    pub authorization: Option<String>,
    pub token: String,
    pub revocation: Option<String>,
    pub pushed_authorization_request: Option<String>,
    /// Where the keys are that ID tokens are signed with.
    pub jwks: Option<String>,
    pub end_session: Option<String>,
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
    pub scope: Option<String>,
    pub dpop: Policy,
}

/// Options that have been judged. Nothing changes it afterwards (promise 3).
#[derive(Debug, PartialEq, Eq)]
pub struct Config {
    pub provider: Provider,
    pub resources: Resources,
    pub isolation: Isolation,
    pub expose_access_token: bool,
    pub lead_ms: Option<u64>,
    /// How long one request of the engine may take.
    pub timeout_ms: u64,
    /// How long a call waits for a token.
    pub wait_ms: u64,
}

impl Config {
    /// The same policy, whatever way it was written down, is the one in force already.
    ///
    /// # Errors
    /// [`Code::Configured`] for another one: the first stays in force (promise 3).
    pub fn admit(&self, other: &Self) -> Result<(), Error> {
        if self == other { Ok(()) } else { Err(Error::new(Code::Configured)) }
    }

    /// Judges the options; each is documented in `js/types.ts`.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] with the path of the first option that is wrong.
    pub fn new(options: Options, normalize: Normalize) -> Result<Self, Error> {
        const KNOWN: &str = "provider resources isolation exposeAccessToken refresh";
        let options = options.reader(KNOWN)?;
        let isolation = match options.get("isolation").and_then(Json::as_str) {
            Some("shared") => Isolation::Shared,
            Some("worker") => Isolation::Worker,
            Some("page") => Isolation::Page,
            _ => {
                let detail = "must be \"auto\", \"shared\", \"worker\" or \"page\"";
                return Err(Error::option("isolation", detail));
            }
        };
        let refresh = options.object("refresh", "leadSeconds timeoutSeconds waitSeconds")?;
        let seconds = |name: &str, min: u64| match &refresh {
            Some(refresh) => refresh.seconds(name, min, SECONDS_MAX),
            None => Ok(None),
        };
        Ok(Self {
            provider: provider(&options, normalize)?,
            resources: resources(&options, normalize)?,
            isolation,
            expose_access_token: options.bool("exposeAccessToken")?.unwrap_or(false),
            lead_ms: seconds("leadSeconds", 0)?,
            timeout_ms: seconds("timeoutSeconds", 1)?.unwrap_or(TIMEOUT_DEFAULT_MS),
            wait_ms: seconds("waitSeconds", 1)?.unwrap_or(WAIT_DEFAULT_MS),
        })
    }
}

fn provider(options: &Reader, normalize: Normalize) -> Result<Provider, Error> {
    const KNOWN: &str = "type issuer endpoints endpointOrigins clientId redirectUri postLogoutRedirectUri idTokenHint scope dpop";
    let Some(provider) = options.object("provider", KNOWN)? else {
        return Err(Error::option("provider", "is required"));
    };
    let kind = match provider.text("type")? {
        Some("oauth") => ProviderKind::OAuth,
        Some("oidc") => ProviderKind::Oidc,
        _ => return Err(Error::option("provider.type", "must be \"oidc\" or \"oauth\"")),
    };
    let issuer = issuer(&provider)?;
    let endpoints = endpoints(&provider, normalize)?;
    if issuer.is_none() && (kind == ProviderKind::Oidc || endpoints.is_none()) {
        let detail = "is required, but for type \"oauth\" with `endpoints`";
        return Err(Error::option("provider.issuer", detail));
    }
    let place = |name: &str| match provider.text(name)? {
        None => Ok((None, None)),
        Some(uri) => {
            let href = secure(&provider.path_of(name), uri, normalize)?;
            Ok((Some(uri.into()), Some(href.as_str().into())))
        }
    };
    let (redirect_uri, redirect_href) = place("redirectUri")?;
    let (post_logout_redirect_uri, post_logout_redirect_href) = place("postLogoutRedirectUri")?;
    Ok(Provider {
        kind,
        issuer,
        endpoints,
        endpoint_origins: endpoint_origins(&provider, normalize)?,
        client_id: client_id(&provider)?,
        redirect_uri,
        redirect_href,
        post_logout_redirect_uri,
        post_logout_redirect_href,
        id_token_hint: provider.bool("idTokenHint")?.unwrap_or(false),
        scope: scope(&provider, kind)?,
        dpop: Policy::read(provider.text("dpop")?)
            .map_err(|detail| Error::option("provider.dpop", detail))?,
    })
}

/// Code point for code point as given: the platform's parser must not touch it (8414-3).
fn issuer(provider: &Reader) -> Result<Option<String>, Error> {
    let Some(issuer) = provider.text("issuer")? else { return Ok(None) };
    let href = secure("provider.issuer", issuer, &|url| Some(url.into()))?;
    if href.query().is_some() {
        return Err(Error::option("provider.issuer", "must have no query"));
    }
    Ok(Some(issuer.into()))
}

fn client_id(provider: &Reader) -> Result<String, Error> {
    match provider.text("clientId")? {
        Some(id) if !id.is_empty() && id.bytes().all(|b| (0x20..=0x7E).contains(&b)) => Ok(id.into()),
        _ => Err(Error::option("provider.clientId", "must be printable ASCII and not empty")),
    }
}

fn endpoints(provider: &Reader, normalize: Normalize) -> Result<Option<Rc<Endpoints>>, Error> {
    const KNOWN: &str = "authorization token revocation pushedAuthorizationRequest jwks endSession";
    let Some(given) = provider.object("endpoints", KNOWN)? else {
        return Ok(None);
    };
    let one = |name: &str| {
        given
            .text(name)?
            .map(|url| Ok(secure(&given.path_of(name), url, normalize)?.as_str().into()))
            .transpose()
    };
    let Some(token) = one("token")? else {
        return Err(Error::option(given.path_of("token"), "is required"));
    };
    Ok(Some(Rc::new(Endpoints {
        authorization: one("authorization")?,
        token,
        revocation: one("revocation")?,
        pushed_authorization_request: one("pushedAuthorizationRequest")?,
        jwks: one("jwks")?,
        end_session: one("endSession")?,
    })))
}

fn endpoint_origins(provider: &Reader, normalize: Normalize) -> Result<Vec<String>, Error> {
    let given = provider.list("endpointOrigins")?.unwrap_or_default();
    let mut origins = Vec::with_capacity(given.len());
    for (path, url) in given {
        origins.push(secure(&path, text(&path, url)?, normalize)?.origin().into());
    }
    Ok(origins)
}

fn scope(provider: &Reader, kind: ProviderKind) -> Result<Option<String>, Error> {
    let is_oidc = kind == ProviderKind::Oidc;
    let Some(scope) = provider.text("scope")? else {
        return Ok(is_oidc.then(|| "openid".into()));
    };
    if !are_words(scope) {
        let detail = "must be scope tokens with one space between";
        return Err(Error::option("provider.scope", detail));
    }
    if is_oidc && !scope.parts(' ').any(|token| token == "openid") {
        return Err(Error::option("provider.scope", "must contain \"openid\" for type \"oidc\""));
    }
    Ok(Some(scope.into()))
}

fn resources(options: &Reader, normalize: Normalize) -> Result<Resources, Error> {
    let Some(given) = options.list("resources")? else {
        return Err(Error::option("resources", "is required"));
    };
    let mut resources = Vec::with_capacity(given.len());
    for (path, value) in given {
        resources.push(resource(path, value, normalize)?);
    }
    Ok(Resources(resources))
}

/// A URL alone, or an object with one.
fn resource(path: String, value: &Json, normalize: Normalize) -> Result<Resource, Error> {
    let (path, url) = match value {
        Json::Object(_) => {
            let object = Reader::new(path, value, "url")?;
            let path = object.path_of("url");
            (path, object.text("url")?.ok_or_else(|| Error::option(object.path_of("url"), "is required"))?)
        }
        _ => {
            let url = text(&path, value)?;
            (path, url)
        }
    };
    Resource::parse(&normalized(&path, url, normalize)?).map_err(|error| Error::option(path, error.message()))
}

fn text<'a>(path: &str, value: &'a Json) -> Result<&'a str, Error> {
    value.as_str().ok_or_else(|| Error::option(path, "must be a URL"))
}

fn normalized(path: &str, url: &str, normalize: Normalize) -> Result<String, Error> {
    normalize(url).ok_or_else(|| Error::option(path, "must be an absolute URL"))
}

fn secure(path: &str, url: &str, normalize: Normalize) -> Result<Href, Error> {
    Href::parse(&normalized(path, url, normalize)?)
        .ok()
        .filter(|href| href.is_secure() && !href.has_fragment())
        .ok_or_else(|| {
            Error::option(path, "must be an https URL (http on loopback) without user and fragment")
        })
}
