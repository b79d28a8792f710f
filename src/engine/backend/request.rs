//! One request to the application's own back end: as configured, and filled to be sent.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::super::config::{self, Normalize};
use super::super::cut::Cut as _;
use super::super::json::Json;
use super::super::options::{OneOf, Reader};
use super::super::sign_in_request::authorization_href;
use super::super::{Error, Secret, decimal, header};
use super::headers::{self, Headers};
use super::template::{self, Piece, Values};

const METHODS: OneOf = (
    &["GET", "POST", "PUT", "PATCH", "DELETE"],
    "must be \"GET\", \"POST\", \"PUT\", \"PATCH\" or \"DELETE\"",
);
const CREDENTIALS: OneOf =
    (&["omit", "same-origin", "include"], "must be \"omit\", \"same-origin\" or \"include\"");
const TIMEOUT_MAX_SECONDS: u64 = 86_400;
/// One byte as `\u001F` in JSON; as `%1F` it takes less.
const ESCAPED_MAX_BYTES: usize = 6;

/// A request as configured, in which placeholders stand for what is known later.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// Without `unsafeQuery`.
    pub href: String,
    method: &'static str,
    /// Names in lower case, each once; the provider's own come first.
    headers: Headers,
    body: Body,
    query: Vec<(String, String)>,
    credentials: &'static str,
    timeout_ms: Option<u64>,
    /// Of the placeholders, as often as each is there.
    names: Vec<String>,
    /// How many of the names, the first, are in headers.
    names_in_headers: usize,
    /// Its values are what the user typed: all that is given is used, and all that is used is given.
    is_sign_in: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Body {
    None,
    Json(Json),
    Form(Vec<(String, String)>),
}

/// A request that can be sent.
pub struct Prepared {
    /// Secret because of `unsafeQuery`.
    pub href: Secret,
    pub method: &'static str,
    pub headers: Vec<(String, Secret)>,
    pub body: Option<Secret>,
    /// Of the body.
    pub content_type: &'static str,
    pub credentials: &'static str,
    pub timeout_ms: Option<u64>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared([redacted])")
    }
}

/// What a request's options are read by.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub normalize: Normalize<'a>,
    /// Of every request of the provider.
    pub headers: &'a [(String, String)],
    /// The placeholders that there are, with a space between; `None`: those that the application names.
    pub names: Option<&'static str>,
    pub method: &'static str,
    /// A cookie goes with it by default.
    pub is_with_cookie: bool,
}

impl Rules<'_> {
    fn credentials(&self) -> &'static str {
        if self.is_with_cookie { "include" } else { "omit" }
    }
}

impl Request {
    /// Reads the object of this name; where a GET is meant, a URL alone will do.
    pub fn read(options: &Reader, name: &str, rules: Rules) -> Option<Self> {
        const KNOWN: &str = "url method headers json form unsafeQuery credentials timeoutSeconds";
        if let (Json::String(url), "GET") = (options.get(name)?, rules.method) {
            return Self::of_url(options, name, url, rules);
        }
        let given = options.object(name, KNOWN)?;
        let Some(url) = given.text("url") else {
            given.refuse("url", "is required");
            return None;
        };
        let href = config::secure(&given, &given.path_of("url"), url, rules.normalize);
        let mut names = Vec::new();
        let mut templates = Templates { rules, names: &mut names };
        let headers = templates.headers(&given);
        let names_in_headers = templates.names.len();
        let query = templates.pairs(&given, "unsafeQuery").unwrap_or_default();
        let body = match (given.get("json"), templates.pairs(&given, "form")) {
            (None, None) => Body::None,
            (None, Some(pairs)) => Body::Form(pairs),
            (Some(json), pairs) => {
                if pairs.is_some() {
                    given.refuse("form", "must not be beside `json`");
                }
                templates.check_json(&given, &given.path_of("json"), json);
                Body::Json(json.clone())
            }
        };
        let method = given.one_of("method", METHODS).unwrap_or(rules.method);
        if method == "GET" && body != Body::None {
            given.refuse(if matches!(body, Body::Form(_)) { "form" } else { "json" }, "must not be with GET");
        }
        Some(Self {
            href: href?.as_str().into(),
            method,
            headers,
            body,
            query,
            credentials: given.one_of("credentials", CREDENTIALS).unwrap_or(rules.credentials()),
            timeout_ms: given.seconds("timeoutSeconds", 1, TIMEOUT_MAX_SECONDS),
            names,
            names_in_headers,
            is_sign_in: rules.names.is_none(),
        })
    }

    fn of_url(options: &Reader, name: &str, url: &str, rules: Rules) -> Option<Self> {
        let href = config::secure(options, &options.path_of(name), url, rules.normalize)?;
        Some(Self {
            href: href.as_str().into(),
            method: "GET",
            headers: rules.headers.to_vec(),
            body: Body::None,
            query: Vec::new(),
            credentials: rules.credentials(),
            timeout_ms: None,
            names: Vec::new(),
            names_in_headers: 0,
            is_sign_in: false,
        })
    }

    pub fn uses(&self, name: &str) -> bool {
        self.names.iter().any(|used| used == name)
    }

    pub fn has_no_cookie(&self) -> bool {
        self.credentials == "omit"
    }

    /// # Errors
    /// [`super::super::Code::InvalidOption`] with `credentials.<name>`.
    pub fn fill(&self, values: Values) -> Result<Prepared, Error> {
        let refused = |name: &str, detail| Err(Error::option(["credentials.", name].concat(), detail));
        let mut longest = 0;
        for (name, value) in values {
            if self.is_sign_in && !self.uses(name) {
                return refused(name, "is no placeholder of `provider.signIn`");
            }
            let in_headers = self.names.get(..self.names_in_headers).unwrap_or_default();
            if !header::is_value(value.expose()) && in_headers.iter().any(|used| used == name) {
                return refused(name, "must be printable ASCII in a header");
            }
            longest = longest.max(value.expose().len());
        }
        for name in &self.names {
            if self.is_sign_in && !values.iter().any(|(given, _)| given == name) {
                return refused(name, "is required");
            }
        }
        let room = self.names.len() * longest * ESCAPED_MAX_BYTES;
        let secret = |write: &dyn Fn(Values, &mut String)| Secret::new(written(room, values, write));
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let value =
                secret(&|values, out| template::fill(value, values, &mut |piece| out.push_str(piece)));
            headers.push((name.clone(), value));
        }
        let (body, content_type) = match &self.body {
            Body::None => (None, ""),
            Body::Json(json) => {
                (Some(secret(&|values, out| template::fill_json(json, values, out))), "application/json")
            }
            Body::Form(pairs) => (
                Some(secret(&|values, out| template::fill_pairs(pairs, "+", values, out))),
                "application/x-www-form-urlencoded",
            ),
        };
        let href = if self.query.is_empty() {
            Secret::new(self.href.as_str())
        } else {
            secret(&|values, out| {
                out.push_str(&authorization_href(&self.href, ""));
                template::fill_pairs(&self.query, "%20", values, out);
            })
        };
        let Self { method, credentials, timeout_ms, .. } = *self;
        Ok(Prepared { href, method, headers, body, content_type, credentials, timeout_ms })
    }
}

/// What `write` writes, in a buffer with `room` for the values from the start, so that none of them leaves a copy behind.
fn written(room: usize, values: Values, write: &dyn Fn(Values, &mut String)) -> String {
    let mut empty = String::new();
    write(&[], &mut empty);
    let mut text = String::with_capacity(empty.len() + room);
    write(values, &mut text);
    text
}

/// Reads the parts of a request that may hold placeholders.
struct Templates<'a> {
    rules: Rules<'a>,
    names: &'a mut Vec<String>,
}

impl Templates<'_> {
    fn check(&mut self, options: &Reader, path: &str, text: &str) {
        let is_well_formed = template::read(text, &mut |piece| {
            if let Piece::Name(name) = piece {
                if self.rules.names.is_some_and(|known| !known.parts(' ').any(|known| known == name)) {
                    options.refuse_at(path, "has a placeholder that stands for nothing here");
                }
                self.names.push(name.into());
            }
        });
        if !is_well_formed {
            options.refuse_at(path, "has a { that begins no placeholder; write {{ for a { itself");
        }
    }

    fn check_name(options: &Reader, path: &str, name: &str) {
        if name.has('{') {
            options.refuse_at(path, "has a { in its name; placeholders are in values alone");
        }
    }

    fn pairs(&mut self, options: &Reader, name: &str) -> Option<Vec<(String, String)>> {
        let given = options.any_object(name)?;
        let mut pairs = Vec::new();
        for (name, _) in given.members() {
            let path = given.path_of(name);
            Self::check_name(&given, &path, name);
            if let Some(text) = given.text(name) {
                self.check(&given, &path, text);
                pairs.push((name.clone(), text.into()));
            }
        }
        Some(pairs)
    }

    fn check_json(&mut self, options: &Reader, path: &str, value: &Json) {
        if let Some(text) = value.as_str() {
            self.check(options, path, text);
        }
        for (at, item) in value.as_array().unwrap_or_default().iter().enumerate() {
            self.check_json(options, &[path, "[", &decimal::write(at as u64), "]"].concat(), item);
        }
        for (name, member) in value.as_object().unwrap_or_default() {
            let path = [path, ".", name].concat();
            Self::check_name(options, &path, name);
            self.check_json(options, &path, member);
        }
    }

    fn headers(&mut self, options: &Reader) -> Headers {
        let mut headers = self.rules.headers.to_vec();
        for (name, value) in self.pairs(options, "headers").unwrap_or_default() {
            let path = [&options.path_of("headers"), ".", &name].concat();
            headers::push(options, (&path, &name), (&path, &value), &mut headers);
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_never_outgrows_its_buffer() {
        for worst in ["\u{1}", "\u{1F600}", "\"", "\\", "a", ""].map(|one| one.repeat(50)) {
            let (secret, pairs) = (Secret::new(worst), [("a b".into(), "{x}, {x}{{".into())]);
            let values: Values = &[("x", &secret)];
            let room = 2 * secret.expose().len() * ESCAPED_MAX_BYTES;
            let json = |values: Values, out: &mut String| {
                template::fill_json(&Json::String(String::from("{x}: {x}").into()), values, out);
            };
            let form = |values: Values, out: &mut String| template::fill_pairs(&pairs, "%20", values, out);
            for write in [&json as &dyn Fn(Values, &mut String), &form] {
                let text = written(room, values, write);
                let mut empty = String::new();
                write(&[], &mut empty);
                assert_eq!(text.capacity(), empty.len() + room, "{}", text.len());
            }
        }
    }
}
