//! `docs/providers.md`, read as its readers do: the options are what the document says, not what a test would like.

use serde_json::Value;

const DOCUMENT: &str = include_str!("../../docs/providers.md");

/// What a provider's section shows: the argument of `createClient()`, and that of `signIn()`.
pub struct Preset {
    pub options: Value,
    pub sign_in: Value,
}

/// The section with this heading, and what its first TypeScript block holds.
pub fn preset(provider: &str) -> Preset {
    let (_, below) = DOCUMENT.split_once(&format!("\n## {provider}\n")).expect("a section of its own");
    let section = below.split("\n## ").next().unwrap_or_default();
    let (_, code) = section.split_once("```ts\n").expect("a TypeScript block");
    let code = code.split("\n```").next().unwrap_or_default();
    let mut options = argument(code, "createClient(").expect("options");
    // The page makes one of the three out of "auto".
    options["isolation"] = "page".into();
    Preset {
        options,
        sign_in: argument(code, "signIn(").unwrap_or_else(|| Value::Object(Default::default())),
    }
}

/// The object literal that a function is called with; `None` if it is called without.
fn argument(code: &str, call: &str) -> Option<Value> {
    let (_, rest) = code.split_once(call).unwrap_or_else(|| panic!("no call of {call}"));
    rest.starts_with('{').then(|| {
        let json = to_json(rest);
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
    })
}

/// The object literal at the beginning of the text, with quotes around its names and no commas before a bracket.
fn to_json(code: &str) -> String {
    let mut json = String::new();
    let mut depth = 0;
    let mut rest = code.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '"' => {
                json.push('"');
                json.extend(rest.by_ref().take_while(|character| *character != '"'));
                json.push('"');
            }
            '{' | '[' => {
                depth += 1;
                json.push(character);
            }
            '}' | ']' => {
                depth -= 1;
                json.truncate(json.trim_end().trim_end_matches(',').len());
                json.push(character);
                if depth == 0 {
                    return json;
                }
            }
            character if character.is_ascii_alphabetic() => {
                let mut name = String::from(character);
                while let Some(more) = rest.next_if(|more| more.is_ascii_alphanumeric() || *more == '_') {
                    name.push(more);
                }
                let is_value = matches!(name.as_str(), "true" | "false" | "null");
                json.push_str(&if is_value { name } else { format!("\"{name}\"") });
            }
            other => json.push(other),
        }
    }
    panic!("the brackets do not close: {code}")
}
