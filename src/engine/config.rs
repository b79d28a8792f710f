use core::fmt;

use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::Error;
use super::href::Href;
use super::resource::{Resource, Resources};

const TIMEOUT_DEFAULT_SECONDS: u32 = 20;
const WAIT_DEFAULT_SECONDS: u32 = 30;
const SECONDS_MAX: u32 = 86_400;

/// The application's options as they come, before [`Config::new`] has judged them. Field by field they are
/// documented in `js/types.ts`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    pub provider: ProviderOptions,
    pub resources: Vec<ResourceOptions>,
    pub isolation: Option<String>,
    pub expose_access_token: Option<bool>,
    pub refresh: Option<RefreshOptions>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderOptions {
    #[serde(rename = "type")]
    pub kind: String,
    pub issuer: Option<String>,
    pub endpoints: Option<EndpointOptions>,
    pub endpoint_origins: Option<Vec<String>>,
    pub client_id: String,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointOptions {
    pub authorization: Option<String>,
    pub token: String,
    pub revocation: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshOptions {
    pub lead_seconds: Option<u32>,
    pub timeout_seconds: Option<u32>,
    pub wait_seconds: Option<u32>,
}

/// A URL alone, or an object with one.
#[derive(Debug)]
pub struct ResourceOptions {
    pub url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceObject {
    url: String,
}

impl<'de> Deserialize<'de> for ResourceOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UrlOrObject;

        impl<'de> Visitor<'de> for UrlOrObject {
            type Value = ResourceOptions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a URL or an object with a `url`")
            }

            fn visit_str<E: de::Error>(self, url: &str) -> Result<Self::Value, E> {
                Ok(ResourceOptions { url: url.into() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let ResourceObject { url } = ResourceObject::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ResourceOptions { url })
            }
        }

        deserializer.deserialize_any(UrlOrObject)
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
}

#[derive(Debug)]
pub struct Provider {
    pub kind: ProviderKind,
    /// The issuer identifier, code point for code point as configured (8414-3).
    pub issuer: Option<String>,
    /// Given by hand; without them they are discovered from the issuer.
    pub endpoints: Option<Endpoints>,
    /// Origins beside the issuer's where discovered endpoints may be (8414-6).
    pub endpoint_origins: Vec<String>,
    pub client_id: String,
    pub redirect_uri: Option<String>,
    pub scope: Option<String>,
}

/// Options that have been judged. Nothing changes it afterwards (promise 3).
#[derive(Debug)]
pub struct Config {
    pub provider: Provider,
    pub resources: Resources,
    pub expose_access_token: bool,
    pub lead_ms: Option<u64>,
    /// How long one request of the engine may take.
    pub timeout_ms: u64,
    /// How long a call waits for a token.
    pub wait_ms: u64,
}

impl Config {
    /// Judges the options; `normalize` is the platform's URL parser (`new URL(text).href`), `None` where it throws.
    ///
    /// # Errors
    /// [`super::Code::InvalidOption`] with the path of the first option that is wrong.
    pub fn new(options: Options, normalize: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        match options.isolation.as_deref() {
            Some("page") => {}
            Some("auto" | "worker" | "shared") | None => {
                return Err(Error::option("isolation", "this version has only \"page\" isolation, and it must be asked for by name"));
            }
            Some(_) => return Err(Error::option("isolation", "must be \"page\"")),
        }
        let refresh = options.refresh.unwrap_or(RefreshOptions { lead_seconds: None, timeout_seconds: None, wait_seconds: None });
        let timeout_ms = milliseconds("refresh.timeoutSeconds", refresh.timeout_seconds, 1, TIMEOUT_DEFAULT_SECONDS)?;
        let wait_ms = milliseconds("refresh.waitSeconds", refresh.wait_seconds, 1, WAIT_DEFAULT_SECONDS)?;
        let lead_ms = match refresh.lead_seconds {
            Some(_) => Some(milliseconds("refresh.leadSeconds", refresh.lead_seconds, 0, 0)?),
            None => None,
        };
        Ok(Self {
            provider: provider(options.provider, normalize)?,
            resources: resources(&options.resources, normalize)?,
            expose_access_token: options.expose_access_token.unwrap_or(false),
            lead_ms,
            timeout_ms,
            wait_ms,
        })
    }
}

fn milliseconds(path: &'static str, seconds: Option<u32>, min: u32, default: u32) -> Result<u64, Error> {
    let seconds = seconds.unwrap_or(default);
    if !(min..=SECONDS_MAX).contains(&seconds) {
        return Err(Error::option(path, "must be a whole number of seconds, at least 1 (leadSeconds: 0) and at most 86400"));
    }
    Ok(u64::from(seconds) * 1_000)
}

fn provider(options: ProviderOptions, normalize: &dyn Fn(&str) -> Option<String>) -> Result<Provider, Error> {
    let kind = match options.kind.as_str() {
        "oauth" => ProviderKind::OAuth,
        "oidc" => ProviderKind::Oidc,
        _ => return Err(Error::option("provider.type", "must be \"oidc\" or \"oauth\"")),
    };
    if options.client_id.is_empty() || !options.client_id.bytes().all(|b| (0x20..=0x7E).contains(&b)) {
        return Err(Error::option("provider.clientId", "must be printable ASCII and not empty (RFC 6749 appendix A.1)"));
    }
    if let Some(issuer) = &options.issuer {
        let href = secure("provider.issuer", issuer)?;
        if href.query().is_some() {
            return Err(Error::option("provider.issuer", "must have no query (RFC 8414 section 2)"));
        }
    }
    let endpoints = options.endpoints.map(|given| endpoints(given, normalize)).transpose()?;
    match (kind, &options.issuer, &endpoints) {
        (ProviderKind::Oidc, None, _) => return Err(Error::option("provider.issuer", "is required for type \"oidc\"")),
        (ProviderKind::OAuth, None, None) => {
            return Err(Error::option("provider.issuer", "is required where no `endpoints` are given"));
        }
        _ => {}
    }
    let endpoint_origins = options.endpoint_origins.unwrap_or_default().into_iter().enumerate().map(|(at, url)| {
        let path = indexed("provider.endpointOrigins", at);
        let href = normalized(&path, &url, normalize)?;
        Ok(secure(&path, &href)?.origin().to_owned())
    });
    if let Some(uri) = &options.redirect_uri {
        secure("provider.redirectUri", &normalized("provider.redirectUri", uri, normalize)?)?;
    }
    let scope = options.scope.or_else(|| (kind == ProviderKind::Oidc).then(|| "openid".into()));
    if let Some(scope) = &scope {
        let is_scope = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        if !scope.split(' ').all(|token| !token.is_empty() && token.bytes().all(is_scope)) {
            return Err(Error::option("provider.scope", "must be scope tokens with one space between (RFC 6749 section 3.3)"));
        }
        if kind == ProviderKind::Oidc && !scope.split(' ').any(|token| token == "openid") {
            return Err(Error::option("provider.scope", "must contain \"openid\" for type \"oidc\""));
        }
    }
    Ok(Provider {
        kind,
        endpoint_origins: endpoint_origins.collect::<Result<_, Error>>()?,
        issuer: options.issuer,
        endpoints,
        client_id: options.client_id,
        redirect_uri: options.redirect_uri,
        scope,
    })
}

fn endpoints(given: EndpointOptions, normalize: &dyn Fn(&str) -> Option<String>) -> Result<Endpoints, Error> {
    let one = |path: &'static str, url: &str| {
        let href = normalized(path, url, normalize)?;
        secure(path, &href)?;
        Ok(href)
    };
    Ok(Endpoints {
        token: one("provider.endpoints.token", &given.token)?,
        authorization: given.authorization.map(|url| one("provider.endpoints.authorization", &url)).transpose()?,
        revocation: given.revocation.map(|url| one("provider.endpoints.revocation", &url)).transpose()?,
    })
}

fn resources(given: &[ResourceOptions], normalize: &dyn Fn(&str) -> Option<String>) -> Result<Resources, Error> {
    given
        .iter()
        .enumerate()
        .map(|(at, ResourceOptions { url })| {
            let path = indexed("resources", at);
            Resource::parse(&normalized(&path, url, normalize)?)
                .map_err(|_| Error::option(path, "must be an https URL (http on loopback) without user, query or fragment"))
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Resources)
}

fn normalized(path: &str, url: &str, normalize: &dyn Fn(&str) -> Option<String>) -> Result<String, Error> {
    normalize(url).ok_or_else(|| Error::option(path, "must be an absolute URL"))
}

fn secure(path: &str, url: &str) -> Result<Href, Error> {
    Href::parse(url)
        .ok()
        .filter(|href| href.is_secure() && !href.has_fragment())
        .ok_or_else(|| Error::option(path, "must be an https URL (http on loopback) without user and fragment"))
}

/// `resources` and 2 give `resources[2]`.
fn indexed(list: &str, at: usize) -> String {
    let mut path = String::from(list);
    path.push('[');
    path.push_str(&at.to_string());
    path.push(']');
    path
}
