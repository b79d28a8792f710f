//! The request headers that the application chooses.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::cut::Cut as _;
use super::super::header;
use super::super::options::Reader;

/// What the provider's own headers are called, in lower case.
pub fn check_static(provider: &Reader, is_bff: bool) -> Vec<String> {
    let mut names = Vec::new();
    let option = if is_bff { "antiForgery" } else { "headers" };
    let Some(given) = provider.any_object(option) else {
        if is_bff {
            names.push("x-csrf".into());
        }
        return names;
    };
    if is_bff {
        given.check_known("header value");
        let required = |name: &str| {
            let text = given.text(name).filter(|text| !text.is_empty());
            if text.is_none() {
                given.refuse(name, "is required");
            }
            text.unwrap_or_default()
        };
        check(&given, ("header", required("header")), ("value", required("value")), &mut names);
        return names;
    }
    for (name, _) in given.members() {
        check(&given, (name, name), (name, given.text(name).unwrap_or_default()), &mut names);
    }
    names
}

/// Of name and value each comes with its option. No value of these has a placeholder.
fn check(
    options: &Reader,
    (option_of_name, name): (&str, &str),
    (option_of_value, value): (&str, &str),
    others: &mut Vec<String>,
) {
    check_name(options, option_of_name, name, others);
    if !header::is_value(value) || value.has('{') {
        options.refuse(option_of_value, "must be printable ASCII without \"{\"");
    }
}

/// `others`: the names that are there, in lower case; then this too.
pub fn check_name(options: &Reader, option: &str, name: &str, others: &mut Vec<String>) {
    let name = name.to_ascii_lowercase();
    if !header::is_token(&name) {
        options.refuse(option, "must be the name of a header");
    }
    if header::is_forbidden(&name) {
        options.refuse(option, "is a header that the browser sets");
    }
    if others.contains(&name) {
        options.refuse(option, "is there already");
    }
    others.push(name);
}
