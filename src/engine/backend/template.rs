//! Text with placeholders: `{name}` stands for a value, `{{` for a `{`.

use alloc::string::String;

use super::super::cut::Cut as _;
use super::super::json::{self, Json};
use super::super::{Secret, decimal, form};

/// What stands for the placeholders, by their names. One that is not there is empty.
pub type Values<'a> = &'a [(&'a str, &'a Secret)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Gives each piece in turn, and whether all of the text is well-formed.
pub fn read<'a>(text: &'a str, each: &mut dyn FnMut(Piece<'a>)) -> bool {
    let mut rest = text;
    while let Some((before, after)) = rest.cut('{') {
        each(Piece::Text(before));
        if let Some(after) = after.strip_prefix('{') {
            each(Piece::Text("{"));
            rest = after;
            continue;
        }
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        match after.cut('}') {
            Some((name, after)) if !name.is_empty() && name.bytes().all(is_of_name) => {
                each(Piece::Name(name));
                rest = after;
            }
            _ => return false,
        }
    }
    each(Piece::Text(rest));
    true
}

/// Piece by piece, so that no filled text is anywhere but in what `write` makes of it.
pub fn fill(text: &str, values: Values, write: &mut dyn FnMut(&str)) {
    read(text, &mut |piece| match piece {
        Piece::Text(text) => write(text),
        Piece::Name(name) => {
            if let Some((_, value)) = values.iter().find(|(given, _)| *given == name) {
                write(value.expose());
            }
        }
    });
}

pub fn fill_json(template: &Json, values: Values, out: &mut String) {
    let write_text = |text: &str, out: &mut String| {
        out.push('"');
        fill(text, values, &mut |piece| json::write_escaped(piece, out));
        out.push('"');
    };
    json::write(template, &write_text, out);
}

/// The members that are text, of an object.
pub fn texts(object: Option<&Json>) -> impl Iterator<Item = (&str, &str)> {
    let members = object.and_then(Json::as_object).unwrap_or_default();
    members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
}

/// Gives every text that there is, with its path; of an object the members' names too.
pub fn walk<'a>(value: &'a Json, path: &str, each: &mut dyn FnMut(&str, &'a str, bool)) {
    if let Some(text) = value.as_str() {
        each(path, text, false);
    }
    for (at, item) in value.as_array().unwrap_or_default().iter().enumerate() {
        walk(item, &[path, "[", &decimal::write(at as u64), "]"].concat(), each);
    }
    for (name, member) in value.as_object().unwrap_or_default() {
        let path = [path, ".", name].concat();
        each(&path, name, true);
        walk(member, &path, each);
    }
}

/// With a space as `+`, as in a form's body, or as `%20`, which no server reads as anything else.
pub fn fill_pairs(pairs: &Json, space: &str, values: Values, out: &mut String) {
    let mut is_first = true;
    for (name, template) in texts(Some(pairs)) {
        if !core::mem::take(&mut is_first) {
            out.push('&');
        }
        encode(name, space, out);
        out.push('=');
        fill(template, values, &mut |piece| encode(piece, space, out));
    }
}

fn encode(text: &str, space: &str, out: &mut String) {
    let mut before = "";
    for word in text.parts(' ') {
        out.push_str(before);
        form::encode(out, word);
        before = space;
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::Piece::{Name, Text};
    use super::*;

    fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
        let mut pieces = Vec::new();
        let is_well_formed = read(text, &mut |piece| pieces.push(piece));
        pieces.retain(|piece| *piece != Text(""));
        is_well_formed.then_some(pieces)
    }

    #[test]
    fn placeholders_are_names_in_braces() {
        let cases: [(&str, &[Piece]); 12] = [
            ("", &[]),
            ("a b", &[Text("a b")]),
            ("{a}", &[Name("a")]),
            ("x{a}y{b}z", &[Text("x"), Name("a"), Text("y"), Name("b"), Text("z")]),
            ("{a}{a}", &[Name("a"), Name("a")]),
            ("{A-1.b_C}", &[Name("A-1.b_C")]),
            ("{{", &[Text("{")]),
            ("{{a}", &[Text("{"), Text("a}")]),
            ("{{{a}}", &[Text("{"), Name("a"), Text("}")]),
            ("{{{{", &[Text("{"), Text("{")]),
            ("}", &[Text("}")]),
            ("\u{e9}{a}\u{e9}", &[Text("\u{e9}"), Name("a"), Text("\u{e9}")]),
        ];
        for (text, wanted) in cases {
            assert_eq!(pieces(text).as_deref(), Some(wanted), "{text:?}");
        }
        for text in ["{", "a{", "{}", "{a", "{ a}", "{a b}", "{{{", "{a{b}}", "{\u{e9}}", "{a}{"] {
            assert_eq!(pieces(text), None, "{text:?}");
        }
    }
}
