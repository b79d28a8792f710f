//! What the application asks of a sign-in, and the authorization request that this makes.

use alloc::string::String;
use alloc::vec::Vec;

use super::cut::Cut as _;
use super::json;
use super::options::{OneOf, Options, Reader};
use super::step_up::{MAX_AGE_MAX_SECONDS, are_words};
use super::transaction::Transaction;
use super::{
    Config, Error, Full, InFull, ProviderKind, Secret, SignInRequest, StepUp, callback, decimal, form, target,
};

/// The parameters that a sign-in sets itself and the application may not (RFC 6749 §4.1.1, RFC 7636 §4.3, …).
const RESERVED: &str = "response_type response_mode client_id redirect_uri scope state nonce code_challenge \
     code_challenge_method dpop_jkt request request_uri";

const MAX_AGE: &str = "maxAgeSeconds";
/// The options of `signIn()` that are a parameter (OpenID Connect Core §3.1.2.1) under another name.
const NAMED: [(&str, &str); 5] = [
    ("prompt", "prompt"),
    ("loginHint", "login_hint"),
    ("acrValues", "acr_values"),
    ("uiLocales", "ui_locales"),
    (MAX_AGE, "max_age"),
];

const SINGLE_SIGN_ON: OneOf = (&["sso"], "must be \"sso\"");

impl SignInRequest {
    /// Reads the options of `signIn()`, with the rules of [`checked_return_to`] still to come. The page has written
    /// `authorizationDetails` as JSON, with numbers that options do not have.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] with the path of what is wrong.
    pub fn new(options: &Options) -> Result<Self, Error> {
        const KNOWN: &str = "prompt loginHint acrValues uiLocales maxAgeSeconds returnTo parameters scope \
             authorizationDetails +credentials +mode";
        let reader = options.reader(KNOWN);
        let mut parameters = Vec::<(String, String)>::new();
        if let Some(given) = reader.any_object("parameters") {
            for (name, _) in given.members() {
                if let Some(value) = given.text(name) {
                    parameters.push((name.clone(), value.into()));
                }
            }
        }
        if let Some(details) = reader.text("authorizationDetails") {
            if !json::parse(details.as_bytes()).is_ok_and(|details| details.is_authorization_details()) {
                let detail = "must be an array of objects with a `type` (RFC 9396 section 2)";
                reader.refuse("authorizationDetails", detail);
            }
            if let Some(at) = parameters.iter().position(|(name, _)| name == "authorization_details") {
                parameters.remove(at);
            }
            parameters.push(("authorization_details".into(), details.into()));
        }
        for (option, name) in NAMED {
            let value = if option == MAX_AGE {
                let age_ms = reader.seconds(option, 0, MAX_AGE_MAX_SECONDS);
                age_ms.map(|ms| decimal::write(ms / 1_000))
            } else {
                reader.text(option).map(String::from)
            };
            let Some(value) = value else { continue };
            if parameters.iter().any(|(given, _)| given == name) {
                reader.refuse(option, "is given twice");
            }
            parameters.push((name.into(), value));
        }
        let text = |name: &str| reader.text(name).map(String::from);
        let (return_to, scope) = (text("returnTo"), text("scope"));
        let credentials = InFull::new(credentials(&reader));
        // The page keeps the other modes to itself.
        let single_sign_on = Full::PROOF.filter(|_| reader.one_of("mode", SINGLE_SIGN_ON).is_some());
        options.judged(Some(Self { return_to, parameters, scope, credentials, single_sign_on, stays: false }))
    }

    /// What it asks for that a step-up may demand.
    pub fn step_up(&self) -> StepUp {
        StepUp {
            acr_values: self.parameter("acr_values").map(String::from),
            max_age: self.parameter("max_age").and_then(decimal::read),
            scope: self.scope.clone(),
        }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

fn credentials(options: &Reader) -> Option<Vec<(String, Secret)>> {
    Full::PROOF?;
    let given = options.any_object("credentials")?;
    let mut credentials = Vec::new();
    for (name, _) in given.members() {
        if let Some(value) = given.text(name) {
            credentials.push((name.clone(), Secret::new(value)));
        }
    }
    Some(credentials)
}

/// The scope that a sign-in asks for: the configured one, with those words of `more` that it lacks.
pub fn requested_scope(configured: Option<&str>, more: Option<&str>) -> Option<String> {
    let Some(more) = more else { return configured.map(String::from) };
    let mut scope = String::from(configured.unwrap_or_default());
    for word in more.parts(' ') {
        if !scope.parts(' ').any(|other| other == word) {
            if !scope.is_empty() {
                scope.push(' ');
            }
            scope.push_str(word);
        }
    }
    Some(scope)
}

/// Judges what the application asked of a sign-in, and gives the path to return to.
///
/// # Errors
/// [`Code::InvalidOption`] with `returnTo`, `scope`, `prompt` (OIDC-14) or `parameters`.
pub fn checked_return_to(request: &SignInRequest) -> Result<String, Error> {
    for (name, value) in &request.parameters {
        if name == "prompt" && value != "none" && value.parts(' ').any(|word| word == "none") {
            return Err(Error::option("prompt", "`none` stands alone (OpenID Connect Core section 3.1.2.1)"));
        }
        if name.is_empty() || RESERVED.parts(' ').any(|reserved| reserved == name) {
            return Err(Error::option(["parameters.", name].concat(), "is set by the sign-in itself"));
        }
    }
    if !request.scope.as_deref().is_none_or(are_words) {
        return Err(Error::option("scope", "must be scope tokens with one space between"));
    }
    let return_to = request.return_to.as_deref().unwrap_or("/");
    if !is_local_path(return_to) {
        return Err(Error::option("returnTo", "must be a path that begins with one slash"));
    }
    Ok(return_to.into())
}

/// A path, with query and fragment if any, that no browser takes for another origin: one slash at its beginning,
/// no backslash that could be another, no control character (browsers drop tabs and line breaks before they parse).
pub fn is_local_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !callback::split(path).0.has('\\')
        && !path.chars().any(|c| c.is_control() || c == '\u{FEFF}')
}

/// The parameters of the authorization request (RFC 6749 §4.1.1), for its URL or to be pushed.
pub fn authorization_parameters(
    config: &Config,
    transaction: &Transaction,
    code_challenge: &str,
    parameters: &[(String, String)],
) -> String {
    let mut query = String::new();
    let provider = &config.provider;
    let scope = requested_scope(provider.scope.as_deref(), transaction.step_up.scope.as_deref());
    let own = [
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", provider.redirect_uri.as_deref().unwrap_or("")),
        ("scope", scope.as_deref().unwrap_or("")),
        ("state", &transaction.state),
        ("nonce", if provider.kind == ProviderKind::Oidc { &transaction.nonce } else { "" }),
        ("code_challenge", code_challenge),
        ("code_challenge_method", "S256"),
    ];
    let mut append = |name: &str, value: &str| {
        if !value.is_empty() {
            form::append(&mut query, name, value);
        }
    };
    for (name, value) in own {
        append(name, value);
    }
    if let Some(targets) = config.targets.get() {
        target::name_resources(targets, |resource| append("resource", resource));
    }
    for (name, value) in parameters {
        append(name, value);
    }
    query
}

/// An existing query of the endpoint is kept (6749-2).
pub fn authorization_href(endpoint: &str, query: &str) -> String {
    let joint = if endpoint.has('?') { "&" } else { "?" };
    [endpoint, joint, query].concat()
}

/// A page of the application's own back end, with where the user is to be afterwards.
pub fn navigation_href(
    href: &str,
    return_to_parameter: &str,
    return_to: &str,
    parameters: &[(String, String)],
) -> String {
    let mut pairs: Vec<(&str, &str)> = Vec::from([(return_to_parameter, return_to)]);
    for (name, value) in parameters {
        pairs.push((name, value));
    }
    authorization_href(href, form::secret(&pairs).expose())
}
#[cfg(test)]
mod tests {
    use super::is_local_path;

    #[test]
    fn a_path_to_return_to_stays_on_the_origin() {
        let good = ["/", "/orders", "/orders?page=2#top", "/a//b", "/%2F%2Fevil.example", "/a?q=b\\c#d\\e"];
        let bad = [
            "",
            "orders",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " /x",
            "\u{FEFF}//evil",
            "/a\\b",
            "/\u{0}",
        ];
        for path in good {
            assert!(is_local_path(path), "{path:?}");
        }
        for path in bad {
            assert!(!is_local_path(path), "{path:?}");
        }
    }
}
