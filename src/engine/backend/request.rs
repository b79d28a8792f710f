//! One request to the application's own back end: its options, and what is sent when they are filled.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::super::cut::Cut as _;
use super::super::json::Json;
use super::super::options::{Normalize, OneOf, Reader};
use super::super::sign_in_request::authorization_href;
use super::super::{Error, Secret, header};
use super::template::{self, Piece, Values};
use super::{Backend, headers};

const METHODS: OneOf = (
    &["GET", "POST", "PUT", "PATCH", "DELETE"],
    "must be \"GET\", \"POST\", \"PUT\", \"PATCH\" or \"DELETE\"",
);
const CREDENTIALS: OneOf =
    (&["omit", "same-origin", "include"], "must be \"omit\", \"same-origin\" or \"include\"");
const TIMEOUT_MAX_SECONDS: u64 = 86_400;
/// One byte as `\u001F` in JSON; as `%1F` it takes less.
const ESCAPED_MAX_BYTES: usize = 6;
/// Where placeholders may be. The headers come first: what is there has rules of its own.
const PARTS: [&str; 4] = ["headers", "json", "form", "unsafeQuery"];

/// A request as configured, in which placeholders stand for what is known later.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// Without `unsafeQuery`.
    pub href: String,
    /// The option of the provider.
    name: &'static str,
    method: &'static str,
    credentials: &'static str,
    timeout_ms: Option<u64>,
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
    /// The names of the headers that every request of the provider has.
    pub headers: &'a [String],
    /// The placeholders that there are, with a space between; `None`: those that the application names.
    pub names: Option<&'static str>,
    /// One that must be there.
    pub required: &'static str,
    pub method: &'static str,
    /// Whether a cookie goes with it, if it does not say.
    pub credentials: &'static str,
}

impl Request {
    /// Reads the object of this name; where a GET is meant, a URL alone will do.
    pub fn read(options: &Reader, name: &'static str, rules: Rules) -> Option<Self> {
        const KNOWN: &str = "url method headers json form unsafeQuery credentials timeoutSeconds";
        let Rules { mut method, mut credentials, .. } = rules;
        let mut timeout_ms = None;
        let (path, url) = match options.get(name)? {
            Json::String(url) if method == "GET" => (options.path_of(name), Some(url.as_str())),
            _ => {
                let given = options.object(name, KNOWN)?;
                method = given.one_of("method", METHODS).unwrap_or(method);
                credentials = given.one_of("credentials", CREDENTIALS).unwrap_or(credentials);
                timeout_ms = given.seconds("timeoutSeconds", 1, TIMEOUT_MAX_SECONDS);
                check_parts(&given, method, rules);
                (given.path_of("url"), given.text("url"))
            }
        };
        let Some(url) = url else {
            options.refuse_at(&path, "is required");
            return None;
        };
        if url.has('{') {
            options.refuse_at(&path, "has a {, and no placeholders; see `unsafeQuery`");
        }
        let href = options.secure(&path, url, rules.normalize)?.as_str().into();
        Some(Self { href, name, method, credentials, timeout_ms })
    }

    pub fn has_no_cookie(&self) -> bool {
        self.credentials == "omit"
    }
}

fn check_parts(request: &Reader, method: &str, rules: Rules) {
    let mut has_required = rules.required.is_empty();
    let mut header_names = rules.headers.to_vec();
    for part in PARTS {
        let Some(value) = request.get(part) else { continue };
        if part != "json" {
            let Some(pairs) = request.any_object(part) else { continue };
            for (name, _) in pairs.members() {
                let text = pairs.text(name).unwrap_or_default();
                if part == "headers" {
                    headers::check_name(&pairs, name, name, &mut header_names);
                    if !header::is_value(text) {
                        pairs.refuse(name, "must be printable ASCII");
                    }
                }
            }
        }
        template::walk(value, &request.path_of(part), &mut |path, text, is_name| {
            if is_name && text.has('{') {
                request.refuse_at(path, "has a { in its name; placeholders are in values alone");
            }
            let is_well_formed = is_name
                || template::read(text, &mut |piece| {
                    let Piece::Name(name) = piece else { return };
                    has_required |= name == rules.required;
                    if rules.names.is_some_and(|known| !known.parts(' ').any(|known| known == name)) {
                        request.refuse_at(path, "has a placeholder that stands for nothing here");
                    }
                });
            if !is_well_formed {
                request.refuse_at(path, "has a { that begins no placeholder; write {{ for a { itself");
            }
        });
        if method == "GET" && matches!(part, "json" | "form") {
            request.refuse(part, "must not be with GET");
        }
    }
    if request.get("json").and(request.get("form")).is_some() {
        request.refuse("form", "must not be beside `json`");
    }
    if !has_required {
        request.refuse_at(request.path(), "must have {refreshToken}, or `refreshToken` be \"cookie\"");
    }
}

impl Backend {
    /// What is sent when these values stand for the request's placeholders.
    ///
    /// # Errors
    /// [`super::super::Code::InvalidOption`] with `credentials.<name>`.
    pub fn fill(&self, request: &Request, values: Values) -> Result<Prepared, Error> {
        let options = self.options.get(request.name);
        let part = |name: &str| options.and_then(|options| options.get(name)).filter(|part| !part.is_null());
        let mut names = Vec::new();
        let mut names_in_headers = 0;
        for name in PARTS {
            if let Some(part) = part(name) {
                template::walk(part, "", &mut |_, text, is_name| {
                    let mut add = |piece| {
                        if let Piece::Name(name) = piece {
                            names.push(name);
                        }
                    };
                    let _ = is_name || template::read(text, &mut add);
                });
            }
            if name == "headers" {
                names_in_headers = names.len();
            }
        }
        let is_sign_in = request.name == "signIn";
        let refused = |name: &str, detail| Err(Error::option(["credentials.", name].concat(), detail));
        let mut longest = 0;
        for (name, value) in values {
            if is_sign_in && !names.contains(name) {
                return refused(name, "is no placeholder of `provider.signIn`");
            }
            if !header::is_value(value.expose())
                && names.iter().take(names_in_headers).any(|used| used == name)
            {
                return refused(name, "must be printable ASCII in a header");
            }
            longest = longest.max(value.expose().len());
        }
        for name in &names {
            if is_sign_in && !values.iter().any(|(given, _)| given == name) {
                return refused(name, "is required");
            }
        }
        let room = names.len() * longest * ESCAPED_MAX_BYTES;
        let secret = |write: &dyn Fn(Values, &mut String)| Secret::new(written(room, values, write));
        let mut headers = Vec::new();
        if let Some((name, value)) = self.call_header() {
            headers.push((name.into(), Secret::new(value)));
        }
        for of_all in [self.options.get("headers"), part("headers")] {
            for (name, template) in template::texts(of_all) {
                let value = secret(&|values, out| {
                    template::fill(template, values, &mut |piece| out.push_str(piece));
                });
                headers.push((name.into(), value));
            }
        }
        let (mut body, mut content_type) = (None, "application/json");
        if let Some(json) = part("json") {
            body = Some(secret(&|values, out| template::fill_json(json, values, out)));
        }
        if let Some(form) = part("form") {
            body = Some(secret(&|values, out| template::fill_pairs(form, "+", values, out)));
            content_type = "application/x-www-form-urlencoded";
        }
        let href = secret(&|values, out| match part("unsafeQuery") {
            None => out.push_str(&request.href),
            Some(query) => {
                out.push_str(&authorization_href(&request.href, ""));
                template::fill_pairs(query, "%20", values, out);
            }
        });
        let Request { method, credentials, timeout_ms, .. } = *request;
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

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    #[test]
    fn what_is_filled_never_outgrows_its_buffer() {
        let pairs = json::parse(br#"{"a b":"{x}, {x}{{"}"#).expect("JSON");
        for worst in ["\u{1}", "\u{1F600}", "\"", "\\", "a", ""].map(|one| one.repeat(50)) {
            let secret = Secret::new(worst);
            let values: Values = &[("x", &secret)];
            let room = 2 * secret.expose().len() * ESCAPED_MAX_BYTES;
            let json = |values: Values, out: &mut String| template::fill_json(&pairs, values, out);
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
