//! An authorization server with a code grant, PKCE, rotating refresh tokens with reuse detection, and revocation.

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::ledger::{Kind, Ledger};
use super::setup::{CLIENT_ID, ISSUER, Reply, Setup, TokenFor};
use super::{DAY, MINUTE, Random, SECOND, form, keys};

/// What our references begin with; only the client must not care.
const REQUEST_URI: &str = "urn:example:push & pull:";

/// What users type.
pub const PASSWORD: &str = "pw-s3cr3t & + %";

pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// One request to the token endpoint, and how it went.
#[derive(Clone, Debug)]
pub struct TokenRequest {
    pub at: u64,
    pub grant_type: String,
    /// The code, the refresh token, or the token to exchange.
    pub spent: String,
    pub token_for: TokenFor,
    pub status: u16,
    pub error: Option<String>,
}

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
    challenges: BTreeMap<String, (String, String)>,
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

    fn token(&mut self, pairs: &BTreeMap<String, String>, random: &mut Random, at: u64) -> Reply {
        assert_eq!(pairs["client_id"], CLIENT_ID);
        let grant_type = pairs["grant_type"].clone();
        let spent = match grant_type.as_str() {
            "authorization_code" => pairs["code"].clone(),
            "refresh_token" => pairs.get("refresh_token").cloned().unwrap_or_default(),
            "password" => pairs["username"].clone(),
            EXCHANGE => pairs["subject_token"].clone(),
            _ => panic!("the client asked for {grant_type}"),
        };
        let text = |name: &str| pairs.get(name).cloned().unwrap_or_default();
        let token_for =
            TokenFor { resource: text("resource"), scope: text("scope"), audience: text("audience") };
        let reply = match self.scripted.pop_front() {
            Some(reply) => reply,
            None if grant_type == "refresh_token" => self.refresh(&spent, &token_for, random, at),
            None if grant_type == "password" => self.sign_in(pairs, random, at),
            None if grant_type == EXCHANGE => self.exchange(pairs, &token_for, random, at),
            None => self.redeem(&spent, pairs, random, at),
        };
        let error = serde_json::from_slice(&reply.body)
            .ok()
            .and_then(|body: Value| Some(body["error"].as_str()?.into()));
        self.token_requests.push(TokenRequest {
            at,
            grant_type,
            spent,
            token_for,
            status: reply.status,
            error,
        });
        reply
    }

    fn redeem(
        &mut self,
        code: &str,
        pairs: &BTreeMap<String, String>,
        random: &mut Random,
        at: u64,
    ) -> Reply {
        let Some(issued) = self.ledger.find(code, Kind::Code).cloned() else {
            return Reply::error(400, "invalid_grant");
        };
        if issued.spent_at.is_some() {
            self.ledger.grants[issued.grant].is_revoked = true;
            return Reply::error(400, "invalid_grant");
        }
        let verifier = &pairs["code_verifier"];
        assert!((43..=128).contains(&verifier.len()), "RFC 7636 section 4.1");
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let is_proven = self.challenges[code] == (digest, pairs["redirect_uri"].clone());
        if !is_proven || !self.ledger.is_good(code, Kind::Code, at) {
            return Reply::error(400, "invalid_grant");
        }
        self.ledger.spend(code, at);
        let mut response = self.token_response(issued.grant, random, at);
        if self.setup.kind == "oidc" {
            let subject = self.ledger.grants[issued.grant].subject.clone();
            response["id_token"] = json!(self.id_token(issued.grant, &subject, at));
        }
        Reply::json(200, &response)
    }

    fn sign_in(&mut self, pairs: &BTreeMap<String, String>, random: &mut Random, at: u64) -> Reply {
        if pairs["password"] != PASSWORD {
            return Reply::error(400, "invalid_grant");
        }
        let grant = self.ledger.grant(&self.subject.clone(), None);
        Reply::json(200, &self.token_response(grant, random, at))
    }

    /// 8693-1: the session's own access token for another.
    fn exchange(
        &mut self,
        pairs: &BTreeMap<String, String>,
        token_for: &TokenFor,
        random: &mut Random,
        at: u64,
    ) -> Reply {
        assert_eq!(pairs["subject_token_type"], "urn:ietf:params:oauth:token-type:access_token");
        assert!(!pairs.contains_key("refresh_token") && !pairs.contains_key("actor_token_type"));
        let subject_token = &pairs["subject_token"];
        let issued = self.ledger.find(subject_token, Kind::Access).expect("a token of ours").clone();
        assert_eq!(issued.token_for, TokenFor::default(), "a resource's token is exchanged");
        if !self.ledger.is_good(subject_token, Kind::Access, at) {
            return Reply::error(400, "invalid_request");
        }
        if self.refused_target.as_ref().is_some_and(|refused| *refused == token_for.audience) {
            return Reply::error(400, "invalid_target");
        }
        if let Some(error) = self.exchanged["error"].as_str() {
            return Reply::error(400, error);
        }
        let lifetime_seconds = self.setup.lifetime_seconds;
        let token = self.ledger.issue(Kind::Access, issued.grant, at + lifetime_seconds * SECOND, random);
        self.ledger.dedicate(&token, token_for.clone());
        let mut response = json!({
            "access_token": token,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": self.setup.advertises_lifetime.then_some(lifetime_seconds),
        });
        let members = response.as_object_mut().expect("an object");
        members.extend(self.exchanged.as_object().expect("an object").clone());
        members.retain(|_, value| !value.is_null());
        Reply::json(200, &response)
    }

    fn refresh(&mut self, refresh_token: &str, token_for: &TokenFor, random: &mut Random, at: u64) -> Reply {
        let Some(issued) = self.ledger.find(refresh_token, Kind::Refresh).cloned() else {
            return Reply::error(400, "invalid_grant");
        };
        if self.ledger.grants[issued.grant].is_revoked || issued.is_revoked || at >= issued.expires_at {
            return Reply::error(400, "invalid_grant");
        }
        let TokenFor { resource, scope, .. } = token_for;
        if !resource.is_empty()
            && (!self.asked_resources.is_empty()
                && !self.asked_resources.split(' ').any(|asked| asked == resource)
                || self.refused_target.as_ref() == Some(resource))
        {
            return Reply::error(400, "invalid_target");
        }
        if scope
            .split(' ')
            .any(|word| !word.is_empty() && !self.setup.scope.split(' ').any(|one| one == word))
        {
            return Reply::error(400, "invalid_scope");
        }
        if let Some(spent_at) = issued.spent_at {
            let is_forgiven =
                at - spent_at < self.setup.reuse_interval_ms && self.ledger.is_newest_of_spent(&issued);
            if !is_forgiven {
                self.reuse_detections += 1;
                self.ledger.grants[issued.grant].is_revoked = true;
                return Reply::error(400, "invalid_grant");
            }
        } else if self.setup.rotates {
            self.ledger.spend(refresh_token, at);
        }
        let mut response = self.token_response(issued.grant, random, at);
        self.ledger.dedicate(response["access_token"].as_str().expect("a token"), token_for.clone());
        if self.setup.kind == "oidc" && self.setup.id_token_in_refresh {
            let subject = self.switched_subject.as_ref().unwrap_or(&self.ledger.grants[issued.grant].subject);
            response["id_token"] = json!(self.id_token(issued.grant, subject, at));
        }
        if let (Some(switched), true) = (&self.switched_subject, self.setup.is_back_end()) {
            response["sub"] = json!(switched);
        }
        if !self.setup.rotates {
            response.as_object_mut().expect("an object").remove("refresh_token");
        }
        Reply::json(200, &response)
    }

    fn token_response(&mut self, grant: usize, random: &mut Random, at: u64) -> Value {
        let lifetime_seconds = self.setup.lifetime_seconds;
        let access_token = self.ledger.issue(Kind::Access, grant, at + lifetime_seconds * SECOND, random);
        let mut response =
            json!({ "access_token": access_token, "token_type": "Bearer", "scope": self.setup.scope });
        if self.setup.is_back_end() {
            response["sub"] = json!(self.ledger.grants[grant].subject);
        }
        if self.setup.advertises_lifetime {
            response["expires_in"] = json!(lifetime_seconds);
        }
        if let Some(details) = &self.granted_details {
            response["authorization_details"] = details.clone();
        }
        if self.setup.issues_refresh_tokens {
            response["refresh_token"] =
                json!(self.ledger.issue(Kind::Refresh, grant, at + 400 * DAY, random));
        }
        response
    }

    fn id_token(&self, grant: usize, subject: &str, at: u64) -> String {
        let grant = &self.ledger.grants[grant];
        let nonce = if self.spoils_nonce { Some("spoiled".into()) } else { grant.nonce.clone() };
        let mut claims = json!({
            "iss": ISSUER,
            "sub": subject,
            "aud": CLIENT_ID,
            "iat": at / SECOND,
            "exp": at / SECOND + 600,
            "nonce": nonce,
        });
        let kid = &self.signing_key["kid"];
        let mut header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
        for (part, changes) in [(&mut header, &self.id_token_header), (&mut claims, &self.id_token_claims)] {
            let members = part.as_object_mut().expect("an object");
            members.extend(changes.as_object().expect("an object").clone());
            members.retain(|_, value| !value.is_null());
        }
        keys::sign(&self.signing_key, &header, &claims, self.spoils_signature)
    }
}
