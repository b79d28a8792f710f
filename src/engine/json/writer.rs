use alloc::string::String;

use super::Json;
use crate::engine::form::hex_digit;

/// Writes the value without white space, its strings by `write_text`. Numbers and the order of members stay as they were.
pub fn write(value: &Json, write_text: &dyn Fn(&str, &mut String), out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => out.push_str(number.as_str()),
        Json::String(text) => write_text(text, out),
        Json::Array(items) => {
            let mut before = '[';
            for item in items {
                out.push(before);
                write(item, write_text, out);
                before = ',';
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Json::Object(members) => {
            let mut before = '{';
            for (name, value) in members {
                out.push(before);
                write_string(name, out);
                out.push(':');
                write(value, write_text, out);
                before = ',';
            }
            out.push_str(if members.is_empty() { "{}" } else { "}" });
        }
    }
}

pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    write_escaped(text, out);
    out.push('"');
}

/// What stands between the quotes.
pub fn write_escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\0'..='\x1F' => {
                out.push_str("\\u00");
                out.push(hex_digit(c as u8 >> 4));
                out.push(hex_digit(c as u8 & 15));
            }
            _ => out.push(c),
        }
    }
}
