//! The token endpoint of the authorization server.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::authorization_server::AuthorizationServer;
use super::ledger::Kind;
use super::setup::{CLIENT_ID, ISSUER, Reply, TokenFor};
use super::{DAY, Random, SECOND, keys};

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

impl AuthorizationServer {
    pub fn token(&mut self, pairs: &BTreeMap<String, String>, random: &mut Random, at: u64) -> Reply {
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

    pub fn token_response(&mut self, grant: usize, random: &mut Random, at: u64) -> Value {
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
