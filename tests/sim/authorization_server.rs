//! An authorization server with a code grant, PKCE, rotating refresh tokens with reuse detection, and revocation.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::ledger::{Kind, Ledger};
use super::setup::{CLIENT_ID, ISSUER, Reply, Setup, TokenFor};
use super::token_endpoint::TokenRequest;
use super::{MINUTE, Random, SECOND, form, keys};

/// What our references begin with; only the client must not care.
const REQUEST_URI: &str = "urn:example:push & pull:";

#[derive(Debug)]
pub struct AuthorizationServer {
    pub setup: Setup,
    pub ledger: Ledger,
    /// Who is signed in at the server's own pages.
    pub subject: String,
    /// Refreshed ID tokens name this account instead.
    pub switched_subject: Option<String>,
    /// Refreshed ID tokens have another nonce than the sign-in.
    pub spoils_nonce: bool,
    /// The JWK Set.
    pub keys: Value,
    pub signing_key: Value,
    /// What the next request for the keys is answered, instead of them.
    pub scripted_keys: Option<Reply>,
    /// Members that replace those of an ID token's header, and of its claims; `null` takes one out.
    pub id_token_header: Value,
    pub id_token_claims: Value,
    pub spoils_signature: bool,
    pub key_requests: u32,
    /// What is known of the user beside `sub`; `null` takes that out.
    pub user_info_claims: Value,
    /// As a JWT, with these members in its header.
    pub user_info_header: Option<Value>,
    /// What the next requests for UserInfo are answered, instead.
    pub scripted_user_info: VecDeque<Reply>,
    pub user_info_requests: u32,
    /// Answers to the next token requests, instead of its own.
    pub scripted: VecDeque<Reply>,
    /// Every endpoint answers this.
    pub down: Option<Reply>,
    /// Members that replace those of the metadata; `null` takes one out.
    pub metadata: Value,
    /// Only the second of the two well-known places has the document.
    pub hides_first_place: bool,

    pub token_requests: Vec<TokenRequest>,
    pub metadata_requests: u32,
    pub revoked: Vec<String>,
    pub reuse_detections: u32,
    /// What token responses say was granted (RFC 9396 §7).
    pub granted_details: Option<Value>,
    /// What the last authorization request asked for in detail.
    pub asked_details: Option<String>,
    /// What the next pushed authorization request is answered, instead of its own.
    pub scripted_push: Option<Reply>,
    /// Every pushed authorization request, by its number; taken out when it is used.
    pub pushed: BTreeMap<usize, BTreeMap<String, String>>,
    pub push_requests: usize,
    /// What the last authorization request named, with a space between (RFC 8707 §2.1).
    pub asked_resources: String,
    /// The resource or audience that it issues no token for.
    pub refused_target: Option<String>,
    /// Members that replace those of the answer to an exchange; `null` takes one out.
    pub exchanged: Value,
    /// By code: the challenge, and where the code is sent.
    pub challenges: BTreeMap<String, (String, String)>,
}

impl AuthorizationServer {
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            ledger: Ledger::default(),
            subject: "alice".into(),
            switched_subject: None,
            spoils_nonce: false,
            keys: keys::set(&["a"]),
            signing_key: keys::key("a"),
            scripted_keys: None,
            id_token_header: json!({}),
            id_token_claims: json!({}),
            spoils_signature: false,
            key_requests: 0,
            user_info_claims: json!({ "name": "Alice" }),
            user_info_header: None,
            scripted_user_info: VecDeque::new(),
            user_info_requests: 0,
            scripted: VecDeque::new(),
            down: None,
            metadata: json!({}),
            hides_first_place: false,
            token_requests: Vec::new(),
            metadata_requests: 0,
            revoked: Vec::new(),
            reuse_detections: 0,
            granted_details: None,
            asked_details: None,
            scripted_push: None,
            pushed: BTreeMap::new(),
            push_requests: 0,
            asked_resources: String::new(),
            refused_target: None,
            exchanged: json!({}),
            challenges: BTreeMap::new(),
        }
    }

    /// Signs with another key from now on, and shows it alone.
    pub fn rotate_keys(&mut self, name: &str) {
        self.signing_key = keys::key(name);
        self.keys = keys::set(&[name]);
    }

    /// How many requests asked for the token of this URL.
    pub fn requests_for(&self, url: &str) -> usize {
        let wanted = self.setup.token_for(url);
        self.token_requests.iter().filter(|request| request.token_for == wanted).count()
    }

    /// How many refresh requests arrived.
    pub fn refreshes(&self) -> usize {
        self.token_requests.iter().filter(|request| request.grant_type == "refresh_token").count()
    }

    /// What the user meets at the authorization endpoint: signs in, and is sent back to this URL.
    pub fn authorize(&mut self, href: &str, random: &mut Random, at: u64) -> String {
        assert!(href.starts_with(&format!("{ISSUER}/authorize?")), "the client went elsewhere: {href}");
        let query = self.authorization_request(href);
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], CLIENT_ID);
        assert_eq!(query["redirect_uri"], self.setup.redirect_uri);
        assert!(query["scope"].starts_with(self.setup.scope), "a step-up may ask for more");
        assert_eq!(query["code_challenge_method"], "S256");
        self.asked_resources = query.get("resource").cloned().unwrap_or_default();
        self.asked_details = query.get("authorization_details").cloned();
        let grant = self.ledger.grant(&self.subject.clone(), query.get("nonce").cloned());
        let code = self.ledger.issue(Kind::Code, grant, at + MINUTE, random);
        self.challenges
            .insert(code.clone(), (query["code_challenge"].clone(), query["redirect_uri"].clone()));
        let joint = if self.setup.redirect_uri.contains('?') { '&' } else { '?' };
        let iss = if self.setup.sends_iss { format!("&iss={}", form::encode(ISSUER)) } else { String::new() };
        let state = form::encode(&query["state"]);
        format!("{}{joint}code={}&state={state}{iss}", self.setup.redirect_uri, form::encode(&code))
    }

    /// The parameters, from the URL or as they were pushed; a reference is used once (9126-2).
    fn authorization_request(&mut self, href: &str) -> BTreeMap<String, String> {
        let query = form::query(href);
        let Some(request_uri) = query.get("request_uri") else {
            assert!(!self.setup.requires_pushing, "9126-2: the request was not pushed");
            return query;
        };
        assert_eq!(query.len(), 2, "9126-2: only client_id and request_uri");
        assert_eq!(query["client_id"], CLIENT_ID);
        let number = request_uri.strip_prefix(REQUEST_URI).expect("our reference").parse().expect("a number");
        self.pushed.remove(&number).expect("9126-2: a reference is used once")
    }

    fn push(&mut self, pairs: BTreeMap<String, String>) -> Reply {
        self.push_requests += 1;
        assert_eq!(pairs["client_id"], CLIENT_ID, "9126-1");
        assert!(!pairs.contains_key("request_uri") && !pairs.contains_key("client_secret"), "9126-1");
        for name in ["state", "code_challenge"] {
            assert_eq!(pairs[name].len(), 43, "9126-3: {name}");
        }
        if let Some(reply) = self.scripted_push.take() {
            return reply;
        }
        self.pushed.insert(self.push_requests, pairs);
        let request_uri = format!("{REQUEST_URI}{}", self.push_requests);
        Reply::json(201, &json!({ "request_uri": request_uri, "expires_in": 60 }))
    }

    /// A token response for a new grant, as another part of the application might have got it.
    pub fn grant_elsewhere(&mut self, random: &mut Random, at: u64) -> Value {
        let grant = self.ledger.grant(&self.subject.clone(), None);
        self.token_response(grant, random, at)
    }

    pub fn answer(&mut self, href: &str, body: Option<&str>, random: &mut Random, at: u64) -> Reply {
        if href.contains("/.well-known/") {
            self.metadata_requests += 1;
        }
        if let Some(reply) = &self.down {
            return reply.clone();
        }
        match (href.strip_prefix(ISSUER), body) {
            (Some("/.well-known/openid-configuration"), None) => self.document(self.setup.kind == "oidc"),
            (Some("/.well-known/oauth-authorization-server"), None) => {
                self.document(self.setup.kind == "oauth")
            }
            (Some("/jwks"), None) => {
                self.key_requests += 1;
                self.scripted_keys.take().unwrap_or_else(|| Reply::json(200, &self.keys))
            }
            (Some("/token"), Some(body)) => self.token(&form::read(body), random, at),
            (Some("/par"), Some(body)) if self.setup.has_pushing => self.push(form::read(body)),
            (Some("/revoke"), Some(body)) if self.setup.has_revocation => {
                let pairs = form::read(body);
                assert_eq!(pairs["client_id"], CLIENT_ID);
                let given = ["token", "access_token"].iter().filter_map(|name| pairs.get(*name));
                if let Some(token) = given.into_iter().find(|token| !token.is_empty()) {
                    self.ledger.revoke(token);
                    self.revoked.push(token.clone());
                }
                Reply { status: 200, retry_after: None, body: Vec::new() }
            }
            _ => panic!("the client sent something to {href}"),
        }
    }

    /// OpenID Connect Core §5.3.
    pub fn user_info(&mut self, access_token: &str, at: u64) -> Reply {
        self.user_info_requests += 1;
        if let Some(reply) = self.down.clone().or_else(|| self.scripted_user_info.pop_front()) {
            return reply;
        }
        if !self.ledger.is_good(access_token, Kind::Access, at) {
            return Reply { status: 401, retry_after: None, body: Vec::new() };
        }
        let grant = self.ledger.find(access_token, Kind::Access).expect("a token").grant;
        let mut claims = json!({ "sub": self.ledger.grants[grant].subject });
        let members = claims.as_object_mut().expect("an object");
        members.extend(self.user_info_claims.as_object().expect("an object").clone());
        members.retain(|_, value| !value.is_null());
        match &self.user_info_header {
            None => Reply::json(200, &claims),
            Some(changes) => {
                let mut header = json!({ "alg": "RS256", "kid": self.signing_key["kid"] });
                header.as_object_mut().expect("an object").extend(changes.as_object().expect("one").clone());
                let jwt = keys::sign(&self.signing_key, &header, &claims, self.spoils_signature);
                Reply { status: 200, retry_after: None, body: jwt.into_bytes() }
            }
        }
    }

    fn document(&self, is_first_place: bool) -> Reply {
        if is_first_place && self.hides_first_place {
            return Reply::html(404);
        }
        let mut document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": format!("{ISSUER}/authorize"),
            "token_endpoint": format!("{ISSUER}/token"),
            "jwks_uri": format!("{ISSUER}/jwks"),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": self.setup.sends_iss,
        });
        if self.setup.has_revocation {
            document["revocation_endpoint"] = json!(format!("{ISSUER}/revoke"));
        }
        if self.setup.has_pushing {
            document["pushed_authorization_request_endpoint"] = json!(format!("{ISSUER}/par"));
        }
        if self.setup.has_end_session {
            document["end_session_endpoint"] = json!(format!("{ISSUER}/end"));
        }
        if self.setup.user_info {
            document["userinfo_endpoint"] = json!(format!("{ISSUER}/userinfo"));
        }
        if self.setup.requires_pushing {
            document["require_pushed_authorization_requests"] = json!(true);
        }
        let changes = self.metadata.as_object().expect("an object");
        document.as_object_mut().expect("an object").extend(changes.clone());
        Reply::json(200, &document)
    }
}
