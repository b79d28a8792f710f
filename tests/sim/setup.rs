//! What differs from world to world: the client's options and the server's habits.

use serde_json::{Value, json};
use strongroom::engine::{Aim, Config, Options};

pub const ISSUER: &str = "https://id.example";
pub const CLIENT_ID: &str = "spa";
pub const REDIRECT_URI: &str = "https://app.example/callback";
pub const API: &str = "https://api.example/";

/// One answer, as a server gives it.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, retry_after: None, body: body.to_string().into_bytes() }
    }

    pub fn error(status: u16, error: &str) -> Self {
        Self::json(status, &json!({ "error": error }))
    }

    pub fn html(status: u16) -> Self {
        Self { status, retry_after: None, body: b"<!doctype html><title>Oops</title>".to_vec() }
    }

    pub fn retry_after(self, field: &str) -> Self {
        Self { retry_after: Some(field.into()), ..self }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Limits {
    pub idle_seconds: Option<u32>,
    pub absolute_seconds: Option<u32>,
    pub max_renewals: Option<u32>,
    pub warn_seconds: Option<u32>,
    pub counts_calls: Option<bool>,
}

/// What an access token was asked for; nothing of it for the session's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFor {
    pub resource: String,
    pub scope: String,
    pub audience: String,
}

#[derive(Clone, Debug)]
pub struct Setup {
    /// "oidc", "oauth", or for a back end of the application's own "json" with the refresh token in its answers, "cookie" with
    /// that in a cookie, or "bff" with all tokens behind one.
    pub kind: &'static str,
    /// The client discovers the endpoints; otherwise it is given them by hand.
    pub discovers: bool,
    pub issuer: &'static str,
    pub redirect_uri: &'static str,
    pub scope: &'static str,
    pub lead_seconds: Option<u32>,
    pub timeout_seconds: u32,
    pub wait_seconds: u32,
    /// The option `session`.
    pub limits: Option<Limits>,
    /// Items of the option `resources`, beside [`API`].
    pub resources: Vec<Value>,

    /// How long access tokens really live.
    pub lifetime_seconds: u64,
    /// The server says so with `expires_in`.
    pub advertises_lifetime: bool,
    pub issues_refresh_tokens: bool,
    pub rotates: bool,
    /// For so long after a rotation the refresh token before the newest is forgiven.
    pub reuse_interval_ms: u64,
    pub has_revocation: bool,
    /// The server has an endpoint for pushed authorization requests (RFC 9126).
    pub has_pushing: bool,
    /// The server has a sign-out of its own (RP-Initiated Logout 1.0).
    pub has_end_session: bool,
    pub post_logout_redirect_uri: Option<&'static str>,
    pub id_token_hint: bool,
    /// The client may ask for UserInfo, and the server has it.
    pub user_info: bool,
    /// The server takes no others, and says so.
    pub requires_pushing: bool,
    /// Option `provider.pushedAuthorizationRequests`.
    pub pushing: Option<&'static str>,
    /// The server announces and sends `iss` (RFC 9207).
    pub sends_iss: bool,
    pub id_token_in_refresh: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            kind: match env!("CARGO_CRATE_NAME") {
                "json_back_end" => "json",
                "cookie_back_end" => "cookie",
                "bff" => "bff",
                _ => "oidc",
            },
            discovers: true,
            issuer: ISSUER,
            redirect_uri: REDIRECT_URI,
            scope: "openid offline_access",
            lead_seconds: None,
            timeout_seconds: 20,
            wait_seconds: 30,
            limits: None,
            resources: Vec::new(),
            lifetime_seconds: 600,
            advertises_lifetime: true,
            issues_refresh_tokens: true,
            rotates: true,
            reuse_interval_ms: 0,
            has_revocation: true,
            has_pushing: false,
            has_end_session: false,
            post_logout_redirect_uri: None,
            id_token_hint: false,
            user_info: false,
            requires_pushing: false,
            pushing: None,
            sends_iss: true,
            id_token_in_refresh: true,
        }
    }
}

impl Setup {
    pub fn max_renewals(&self) -> Option<u32> {
        self.limits.as_ref()?.max_renewals
    }

    /// Whether the token that is meant is got without the refresh token.
    pub fn is_exchange(&self, aim: Aim) -> bool {
        let mut targets = Vec::<Value>::new();
        for resource in &self.resources {
            let mut target = resource.clone();
            let of_target = |name: &str| matches!(name, "resource" | "scope" | "exchange");
            let Some(members) = target.as_object_mut() else { continue };
            members.retain(|name, _| of_target(name));
            if !members.is_empty() && !targets.contains(&target) {
                targets.push(target);
            }
        }
        aim.get().and_then(|at| targets.get(*at)).is_some_and(|target| !target["exchange"].is_null())
    }

    pub fn is_back_end(&self) -> bool {
        matches!(self.kind, "json" | "cookie" | "bff")
    }

    /// Whether a cookie holds the session.
    pub fn has_cookie(&self) -> bool {
        matches!(self.kind, "cookie" | "bff")
    }

    /// An authorization server, in whatever test this is.
    pub fn oidc() -> Self {
        Self { kind: "oidc", ..Self::default() }
    }

    /// Where there is a token in the browser at all.
    pub fn with_tokens() -> Self {
        let setup = Self::default();
        if setup.kind == "bff" { Self { kind: "cookie", ..setup } } else { setup }
    }

    /// Where script has the refresh token, if there is one.
    pub fn without_cookie() -> Self {
        let setup = Self::default();
        if setup.has_cookie() { Self { kind: "json", ..setup } } else { setup }
    }

    /// The same server, but that the client takes it for the application's own.
    fn back_end(&self) -> Value {
        let form = |grant_type: &str| json!({ "grant_type": grant_type, "client_id": CLIENT_ID });
        let (mut sign_in, mut refresh) = (form("password"), form("refresh_token"));
        sign_in["username"] = json!("{username}");
        sign_in["password"] = json!("{password}");
        let mut sign_out = json!({ "client_id": CLIENT_ID });
        if self.kind == "json" {
            refresh["refresh_token"] = json!("{refreshToken}");
            sign_out["token"] = json!("{refreshToken}");
            sign_out["access_token"] = json!("{accessToken}");
        }
        let request = |path: &str, form: Value| json!({ "url": format!("{ISSUER}{path}"), "form": form, "method": "POST" });
        if self.kind == "bff" {
            return json!({
                "type": "bff",
                "session": request("/token", refresh),
                "signIn": { "navigate": format!("{ISSUER}/sign-in") },
                "signOut": self.has_revocation.then(|| request("/revoke", sign_out)),
                "response": { "expiresIn": "expires_in" },
            });
        }
        json!({
            "type": "json",
            "refreshToken": if self.kind == "json" { "body" } else { "cookie" },
            "signIn": request("/token", sign_in),
            "refresh": request("/token", refresh),
            "signOut": self.has_revocation.then(|| request("/revoke", sign_out)),
            "response": { "subject": "sub" },
        })
    }

    pub fn options(&self) -> Value {
        let mut provider = json!({
            "type": self.kind,
            "issuer": self.issuer,
            "clientId": CLIENT_ID,
            "redirectUri": self.redirect_uri,
            "scope": self.scope,
            "postLogoutRedirectUri": self.post_logout_redirect_uri,
            "idTokenHint": self.id_token_hint,
            "userInfo": self.user_info,
            "pushedAuthorizationRequests": self.pushing,
        });
        if !self.discovers {
            let mut endpoints = json!({
                "authorization": format!("{ISSUER}/authorize"),
                "token": format!("{ISSUER}/token"),
            });
            if self.has_revocation {
                endpoints["revocation"] = json!(format!("{ISSUER}/revoke"));
            }
            if self.has_end_session {
                endpoints["endSession"] = json!(format!("{ISSUER}/end"));
            }
            if self.has_pushing {
                endpoints["pushedAuthorizationRequest"] = json!(format!("{ISSUER}/par"));
            }
            if self.kind == "oidc" {
                endpoints["jwks"] = json!(format!("{ISSUER}/jwks"));
            }
            provider["endpoints"] = endpoints;
        }
        if self.is_back_end() {
            provider = self.back_end();
        }
        let session = self.limits.as_ref().map(|limits| {
            json!({
                "idleSeconds": limits.idle_seconds,
                "absoluteSeconds": limits.absolute_seconds,
                "maxRenewals": limits.max_renewals,
                "warnSeconds": limits.warn_seconds,
                "countsCalls": limits.counts_calls,
            })
        });
        let resources = [vec![json!(API)], self.resources.clone()].concat();
        json!({
            "provider": provider,
            "session": session,
            "resources": resources,
            "isolation": "page",
            "refresh": {
                "leadSeconds": self.lead_seconds,
                "timeoutSeconds": self.timeout_seconds,
                "waitSeconds": self.wait_seconds,
            },
        })
    }

    /// What a token has to be for, to be sent to this URL: that of the longest item.
    pub fn token_for(&self, url: &str) -> TokenFor {
        let item = |item: &&Value| item["url"].as_str().filter(|known| url.starts_with(known)).map(str::len);
        let item = self.resources.iter().filter(|one| item(one).is_some()).max_by_key(item);
        let text = |object: &Value, name: &str| object[name].as_str().unwrap_or_default().to_owned();
        item.map_or(TokenFor::default(), |item| {
            let asked = item.get("exchange").unwrap_or(item);
            TokenFor {
                resource: text(asked, "resource"),
                scope: text(asked, "scope"),
                audience: text(asked, "audience"),
            }
        })
    }

    pub fn config(&self) -> Config {
        let options = Options::parse(&self.options().to_string()).expect("the options are JSON");
        Config::new(options, &normalize).expect("the options are good")
    }
}

/// As much of `new URL(text).href` as the tests need: an empty path becomes `/`.
pub fn normalize(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    Some(match rest.find(['/', '?', '#']) {
        None => [text, "/"].concat(),
        Some(at) if !rest[at..].starts_with('/') => {
            let (origin, query) = text.split_at(text.len() - rest.len() + at);
            [origin, "/", query].concat()
        }
        Some(_) => text.into(),
    })
}
