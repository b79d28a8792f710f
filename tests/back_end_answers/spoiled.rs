//! Answers that are spoiled by chance, and whether they are good all the same.

use serde_json::Value;

use crate::sim::Random;

/// How one answer is spoiled, and whether it is one all the same.
pub struct Spoiled {
    pub how: String,
    pub status: u16,
    pub body: Vec<u8>,
    pub is_valid: bool,
}

/// Answers as text, with one place for what is changed: `@1@` and so on are whole JSON values, `@more@` further members.
pub const SHAPES: [(&str, &str, &str); 6] = [
    ("json", "{}", r#"{"access_token":@1@,"refresh_token":@2@,"expires_in":@3@,"scope":@4@@more@}"#),
    (
        "json",
        r#"{"response":{"accessToken":"data.t.0","refreshToken":"data.r","expiresIn":"data.ttl","scope":"data.s","claims":"data.u","subject":"data.u.id"},"success":{"path":"errcode","equals":0}}"#,
        r#"{"errcode":0,"data":{"t":[@1@],"r":@2@,"ttl":@3@,"s":@4@,"u":@5@@more@}}"#,
    ),
    (
        "json",
        r#"{"response":{"expiresAt":"until","expiresAtUnit":"iso","claims":""}}"#,
        r#"{"access_token":@1@,"refresh_token":@2@,"until":@6@,"scope":@4@@more@}"#,
    ),
    ("bff", "{}", r#"{"sub":@7@,"name":"\u00e9"@more@}"#),
    (
        "bff",
        r#"{"response":{"claims":"u","subject":"u.id","expiresIn":"ttl"},"success":{"path":"errcode","equals":0}}"#,
        r#"{"errcode":0,"ttl":@3@,"u":@5@@more@}"#,
    ),
    (
        "bff",
        r#"{"response":{"expiresAt":"until","expiresAtUnit":"iso"}}"#,
        r#"{"sub":@7@,"until":@6@@more@}"#,
    ),
];

/// What may stand at a place, and what may not.
fn values(place: char) -> (&'static [&'static str], &'static [&'static str]) {
    match place {
        '1' => (
            &["$at", "\"\\u0061t-s3cr3t-2.~+/=\""],
            &[
                "null",
                "\"\"",
                "1",
                "true",
                "{}",
                "[]",
                "[$at]",
                "{\"t\":$at}",
                "\"at-s3cr3t 1\"",
                "\"at-s3cr3t\\n\"",
                "\"Bearer at-s3cr3t\"",
                "\"at-s3cr3t\\u00e9\"",
                "\"at-s3cr3t\u{e9}\"",
                "\"at-s3cr3t\\u0000\"",
                "\" \"",
                "$long",
            ],
        ),
        '2' => (
            &["$rt", "null", "\"\"", "\"rt-s3cr3t\\\"\\\\{x}\""],
            &[
                "1",
                "false",
                "{}",
                "[$rt]",
                "\"rt-s3cr3t\\r\\n\"",
                "\"rt-s3cr3t\\u007f\"",
                "\"rt-s3cr3t\u{e9}\"",
                "$long",
            ],
        ),
        '3' => (
            &["60", "\"60\"", "60.5", "6e1", "null", "\"\"", "0", "-5"],
            &["\"soon\"", "true", "{}", "[60]", "1e99", "\"60s\""],
        ),
        '4' => (&["\"a b\"", "\"a,b\"", "[\"a\"]", "null", "7", "{}", "[[]]"], &[]),
        '5' => (
            &["{\"id\":\"u1\"}", "{\"id\":7,\"a\":[{}]}", "{\"id\":null}", "{}", "null"],
            &["\"u1\"", "7", "[]", "true", "{\"id\":{}}", "{\"id\":true}", "{\"id\":[]}"],
        ),
        '6' => (
            &["\"2026-11-23T14:02:02Z\"", "\"2026-11-23T14:02:02.123+05:30\"", "null", "\"\""],
            &[
                "\"2026-11-23T14:02:02\"",
                "\"2026-02-30T00:00:00Z\"",
                "\"soon\"",
                "1795442522",
                "true",
                "{}",
                "\"2026-11-23T25:00:00Z\"",
            ],
        ),
        '7' => (&["\"u1\"", "7", "null", "\"\""], &["true", "{}", "[]", "[\"u1\"]"]),
        other => panic!("no place {other}"),
    }
}

fn pick<'a>(random: &mut Random, from: &[&'a str]) -> &'a str {
    from[random.below(from.len() as u64) as usize]
}

/// A good answer, with all that does not matter by chance; `spoiled` is a place that gets what may not be there.
fn written(random: &mut Random, shape: &str, spoiled: Option<char>) -> String {
    let mut text = String::from(shape);
    for place in '1'..='7' {
        let mark = format!("@{place}@");
        if text.contains(&mark) {
            let (good, bad) = values(place);
            let value = pick(random, if spoiled == Some(place) { bad } else { good });
            text = text.replace(&mark, value);
        }
    }
    let more = [
        "",
        r#","x":null"#,
        r#","token_type":7"#,
        r#","x":[{"y":"\ud83d\ude00"}]"#,
        r#","id_token":"e30.e30.c2ln""#,
    ];
    text = text.replace("@more@", pick(random, &more));
    if random.chance(30) {
        text = format!(" \r\n\t{text}\n ");
    }
    let quoted = |token: &str| Value::from(token).to_string();
    text.replace("$at", &quoted(super::ACCESS_TOKEN))
        .replace("$rt", &quoted(super::REFRESH_TOKEN))
        .replace("$long", &format!("\"{}\"", "a".repeat(131_073)))
}

/// What is wrong is known by how it was made, so that no second reader of answers has to be right.
pub fn spoil(random: &mut Random, shape: &str) -> Spoiled {
    let places: Vec<char> = ('1'..='7')
        .filter(|place| shape.contains(&format!("@{place}@")) && !values(*place).1.is_empty())
        .collect();
    let has_condition = shape.contains("errcode");
    let good = written(random, shape, None);
    let sure = good.trim().to_owned();
    let inside = |random: &mut Random| 1 + random.below(sure.len() as u64 - 1) as usize;
    let (how, body): (String, Vec<u8>) = match random.below(14) {
        0..=3 => {
            let place = places[random.below(places.len() as u64) as usize];
            (format!("place {place}"), written(random, shape, Some(place)).into_bytes())
        }
        4 => {
            let end = inside(random);
            (format!("cut at {end}"), sure.as_bytes()[..end].to_vec())
        }
        5 => {
            let tail = pick(random, &["}", "]", ",", "x", "{}", "\u{0}", "//"]);
            (format!("followed by {tail:?}"), format!("{sure}{tail}").into_bytes())
        }
        6 => {
            let byte = *[0x80, 0xC0, 0xFF, 0xED].get(random.below(4) as usize).expect("a byte");
            let mut body = sure.clone().into_bytes();
            body.insert(inside(random), byte);
            (format!("byte {byte:#x}"), body)
        }
        7 => {
            let name = sure.split('"').nth(1).expect("a first name").to_owned();
            (format!("{name} twice"), format!("{{\"{name}\":0,{}", &sure[1..]).into_bytes())
        }
        8 => {
            let twisted = pick(random, &["\\x", "\\ud800", "\\u12", "\n", "\u{1}", "\\udc00\\ud800"]);
            let at = sure.find('"').expect("a name") + 1;
            (
                format!("{twisted:?} in a name"),
                format!("{}{twisted}{}", &sure[..at], &sure[at..]).into_bytes(),
            )
        }
        9 => {
            let deep = format!("{{\"deep\":{}{},{}", "[".repeat(65), "]".repeat(65), &sure[1..]);
            ("too deep".into(), deep.into_bytes())
        }
        10 => {
            let wrapped =
                [format!("[{sure}]"), format!("\"{}\"", sure.replace('"', "'")), "[]".into(), "7".into()];
            let at = random.below(wrapped.len() as u64) as usize;
            (format!("wrapped by {at}"), wrapped[at].clone().into_bytes())
        }
        11 => {
            let status =
                *[199, 301, 400, 401, 403, 404, 429, 500, 503].get(random.below(9) as usize).expect("one");
            return Spoiled {
                how: format!("status {status}"),
                status,
                body: good.into_bytes(),
                is_valid: false,
            };
        }
        12 if has_condition => {
            let other = pick(random, &["1", "\"0\"", "null", "false", "{}", "0.5"]);
            (
                format!("errcode {other}"),
                good.replace("\"errcode\":0", &format!("\"errcode\":{other}")).into_bytes(),
            )
        }
        _ => return Spoiled { how: "nothing".into(), status: 200, body: good.into_bytes(), is_valid: true },
    };
    Spoiled { how, status: 200, body, is_valid: false }
}
