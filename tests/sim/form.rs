//! `application/x-www-form-urlencoded`, read by other code than the engine's own.

use std::collections::BTreeMap;

/// The pairs of a form body; a name that is there twice is a fault of the client (6749-3).
pub fn read(body: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for pair in body.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, mut value) = (decode(name), decode(value));
        // The one that may repeat (8707-1).
        if name == "resource"
            && let Some(before) = pairs.remove(&name)
        {
            value = format!("{before} {value}");
        }
        let before = pairs.insert(name.clone(), value);
        assert!(before.is_none(), "the client sent a parameter twice: {name}");
    }
    pairs
}

/// The query of a URL, as pairs.
pub fn query(href: &str) -> BTreeMap<String, String> {
    read(href.split_once('?').map_or("", |(_, query)| query))
}

pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => encoded.push(byte.into()),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.expect("two digits") as char);
                let digits: String = digits.iter().collect();
                u8::from_str_radix(&digits, 16).expect("hexadecimal digits")
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// One parameter of a URL's query, if it is there once or more often.
pub fn query_text(href: &str, name: &str) -> Option<String> {
    let query = href.split_once('?')?.1.split('#').next()?;
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| decode(key) == name).map(|(_, value)| decode(value))
}
