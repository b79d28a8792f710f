//! The request headers that the application chooses. Names are in lower case.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::cut::Cut as _;
use super::super::header;
use super::super::options::Reader;

pub type Headers = Vec<(String, String)>;

/// The option `headers` of a provider: on all of its requests, without placeholders.
pub fn read_static(provider: &Reader) -> Headers {
    let mut headers = Vec::new();
    let Some(given) = provider.any_object("headers") else { return headers };
    for (name, _) in given.members() {
        let Some(value) = given.text(name) else { continue };
        let path = given.path_of(name);
        refuse_placeholder(&given, &path, value);
        push(&given, (&path, name), (&path, value), &mut headers);
    }
    headers
}

/// The one header that each request and call has at a BFF: no other site can set it without being asked for.
pub fn read_anti_forgery(provider: &Reader) -> Headers {
    let Some(given) = provider.object("antiForgery", "header value") else {
        return Vec::from([("x-csrf".into(), "1".into())]);
    };
    let mut headers = Vec::new();
    let required = |name: &str| {
        let text = given.text(name).filter(|text| !text.is_empty());
        if text.is_none() {
            given.refuse(name, "is required");
        }
        text.unwrap_or_default()
    };
    let (name, value) = (required("header"), required("value"));
    let (path_of_name, path_of_value) = (given.path_of("header"), given.path_of("value"));
    refuse_placeholder(&given, &path_of_value, value);
    push(&given, (&path_of_name, name), (&path_of_value, value), &mut headers);
    headers
}

fn refuse_placeholder(options: &Reader, path: &str, value: &str) {
    if value.has('{') {
        options.refuse_at(path, "must have no placeholder");
    }
}

/// Adds a header, or refuses it; each of name and value comes with its path.
pub fn push(
    options: &Reader,
    (path_of_name, name): (&str, &str),
    (path_of_value, value): (&str, &str),
    headers: &mut Headers,
) {
    let name = name.to_ascii_lowercase();
    if !header::is_token(&name) {
        options.refuse_at(path_of_name, "must be the name of a header");
    }
    if header::is_forbidden(&name) {
        options.refuse_at(path_of_name, "is a header that the browser sets");
    }
    if headers.iter().any(|(other, _)| *other == name) {
        options.refuse_at(path_of_name, "is there already");
    }
    if !header::is_value(value) {
        options.refuse_at(path_of_value, "must be printable ASCII");
    }
    headers.push((name, value.into()));
}
