//! Properties of the parsers: they agree with an independent reader, and no input makes them panic.
//!
//! Seeds are fixed. A failure prints the shrunk input; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` widen a run.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::Value;
use strongroom::engine::challenge::{self, Challenge};
use strongroom::engine::href::Href;
use strongroom::engine::json::{self, Json, JsonError};
use strongroom::engine::resource::{Resource, Resources};
use strongroom::engine::{form, jwt, retry_after};

const SEED: u64 = 0x5742_6f6e_6772_6f6f;

fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = proptest::test_runner::RngSeed::Fixed(SEED);
    }
    config.failure_persistence = None;
    config
}

/// Any JSON value. Numbers stay integers, because a float's text is not unique.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z\\\\\"/\u{0}-\u{1f}\u{1F600}]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec(("[a-e]{0,3}|\\PC{0,6}", inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A byte, mostly one that means something in JSON.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        3 => prop::sample::select(b"\"\\{}[],:.-+eE0123456789untrfalsbd/ \n\t\x00\x1f\x7f".to_vec()),
        1 => any::<u8>(),
    ]
}

/// A few bytes changed, cut out or put in, or marks doubled.
fn mutation() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, byte()), 1..4)
}

fn mutate(bytes: &mut Vec<u8>, changes: Vec<(prop::sample::Index, u8, u8)>) {
    for (place, kind, byte) in changes {
        let at = place.index(bytes.len() + 1);
        match kind {
            0 if at < bytes.len() => bytes[at] = byte,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => {
                let marks = |at: &usize| b",:[]{}\"\\".contains(&bytes[*at]);
                if let Some(mark) = (0..bytes.len()).filter(marks).cycle().nth(at) {
                    bytes.insert(mark, bytes[mark]);
                }
            }
            _ => bytes.insert(at, byte),
        }
    }
}

/// Whether our value says the same as serde_json's.
fn same(ours: &Json, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Json::String(ours), Value::String(theirs)) => ours.as_str() == theirs,
        (Json::Number(ours), Value::Number(theirs)) => match (theirs.as_i64(), theirs.as_f64()) {
            (Some(integer), _) => ours.trunc_i64() == Some(integer),
            // A float has rounded its fraction, perhaps up to the next integer; the table is exact instead.
            (None, Some(float)) if float.abs() < 4e15 => {
                ours.trunc_i64().is_some_and(|integer| (integer as f64 - float).abs() <= 1.0)
            }
            _ => true,
        },
        (Json::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(name, ours)| theirs.get(name).is_some_and(|theirs| same(ours, theirs)))
        }
        _ => false,
    }
}

/// Compares the two readers on one document. The documented differences: we skip a byte order mark, refuse
/// duplicate names, stop at depth 64 (serde_json at 128), and keep numbers that fit no float.
fn agree(bytes: &[u8]) -> Result<(), TestCaseError> {
    let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match (json::parse(bytes), serde_json::from_slice::<Value>(plain)) {
        (Ok(ours), Ok(theirs)) => prop_assert!(same(&ours, &theirs), "different values"),
        (Err(JsonError::DuplicateName | JsonError::TooDeep), _) => (),
        (Ok(_), Err(error)) => prop_assert!(error.to_string().starts_with("number out of range"), "{error}"),
        (Err(error), Ok(_)) => prop_assert!(false, "only we refuse: {error:?}"),
        (Err(_), Err(_)) => (),
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn json_reads_every_document_as_serde_json_does(value in document(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let ours = json::parse(text.as_bytes());
        prop_assert!(ours.is_ok_and(|ours| same(&ours, &value)), "{text}");
    }

    #[test]
    fn json_agrees_with_serde_json_on_damaged_documents(value in document(), changes in mutation()) {
        let mut bytes = serde_json::to_vec(&value).unwrap();
        mutate(&mut bytes, changes);
        agree(&bytes)?;
    }

    #[test]
    fn json_agrees_with_serde_json_on_escapes(text in "\"(\\\\u[dD][89abAB][0-9a-f]{2}|\\\\u[dD][c-fC-F][0-9a-f]{2}|\\\\u[0-9a-fA-F]{4}|\\\\.|[a-z\"\\\\])*\"") {
        agree(text.as_bytes())?;
    }

    #[test]
    fn json_agrees_with_serde_json_on_numbers(text in "-?[0-9]{0,20}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{0,4})?") {
        agree(text.as_bytes())?;
    }

    #[test]
    fn json_survives_any_bytes(bytes in prop::collection::vec(byte(), 0..40)) {
        agree(&bytes)?;
    }
}

/// Origins that are easily taken for one another.
fn origin() -> impl Strategy<Value = String> {
    const HOSTS: [&str; 8] = [
        "api.example",
        "api.example.",
        "api.example.evil.io",
        "apiXexample",
        "xapi.example",
        "localhost",
        "127.0.0.1",
        "[::1]",
    ];
    const PORTS: [&str; 6] = ["", ":80", ":443", ":444", ":4430", ":8443"];
    (
        prop::sample::select(&["https://", "http://"][..]),
        prop::sample::select(&HOSTS[..]),
        prop::sample::select(&PORTS[..]),
    )
        .prop_map(|(scheme, host, port)| [scheme, host, port].concat())
}

fn segments() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(
        prop::sample::select(&["orders", "orders2", "Orders", "order", "1", "%6Frders", "", "..a"][..]),
        0..4,
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn hrefs_keep_what_they_accept(text in "(https?://)?[a-z0-9:/?#@.%\\\\\\[\\] \u{e9}]{0,24}|\\PC*|.*") {
        if let Ok(href) = Href::parse(&text) {
            prop_assert_eq!(Href::parse(href.as_str()), Ok(href.clone()));
            prop_assert!(href.as_str().starts_with(href.origin()));
            prop_assert!(href.path().starts_with('/'));
            prop_assert!(text.to_ascii_lowercase().contains(&href.path().to_ascii_lowercase()) || href.path() == "/");
            let _ = (href.query(), href.has_fragment(), href.is_secure());
        }
    }

    #[test]
    fn promise_3_a_resource_is_an_exact_origin_and_whole_segments(
        (at, below) in (origin(), segments()),
        (to, parts) in (origin(), segments()),
        same_place in prop::bool::weighted(0.6),
        stretched in 0..6usize,
        tail in prop::sample::select(&["", "/", "?x=/orders", "#/orders"][..]),
    ) {
        let (to, mut path) = if same_place { (at.clone(), below.clone()) } else { (to, Vec::new()) };
        path.extend(parts);
        // At most one segment of the resource's own path becomes a longer name.
        let longer = path.get(stretched).map(|segment| [segment, "2"].concat());
        if let (Some(segment), Some(longer)) = (path.get_mut(stretched), &longer) {
            *segment = longer;
        }
        let Ok(resource) = Resource::parse(&[at.as_str(), "/", &below.join("/")].concat()) else {
            prop_assert!(at.starts_with("http:") && at.contains("example"), "{at} was refused");
            return Ok(());
        };
        let href = [to.as_str(), "/", &path.join("/"), tail].concat();
        let without_default_port = |origin: &str| match origin.split_once("://") {
            Some(("https", _)) => origin.strip_suffix(":443").unwrap_or(origin).to_ascii_lowercase(),
            _ => origin.strip_suffix(":80").unwrap_or(origin).to_ascii_lowercase(),
        };
        let closing = |path: &[&str]| path.len() - usize::from(path.last() == Some(&""));
        let wanted = without_default_port(&at) == without_default_port(&to)
            && [&path[..], &[""]].concat().starts_with(&below[..closing(&below)]);
        let saw = Resources(vec![resource.clone()]).matches(&href);
        prop_assert_eq!(saw, wanted, "{} {}", resource.as_str(), href);
        // A page that knows only the beginnings comes to the same judgement of a serialised URL.
        if let Ok(href) = Href::parse(&href) {
            let marked = format!("{}#", href.as_str().split('#').next().unwrap());
            let begins = resource.beginnings().any(|beginning| marked.starts_with(&beginning));
            prop_assert_eq!(begins, wanted, "{} {}", resource.as_str(), marked);
        }
    }

    #[test]
    fn jwts_are_read_as_they_were_written(claims in prop::collection::btree_map(".{0,6}", document(), 0..6), signature: Vec<u8>) {
        let claims = serde_json::to_string(&claims).unwrap();
        let parts = [br#"{"alg":"ES256"}"#, claims.as_bytes(), &signature].map(|part| URL_SAFE_NO_PAD.encode(part));
        match jwt::decode(&parts.join(".")) {
            Err(error) => prop_assert!(signature.is_empty() && error.code() == "signature", "{error:?}"),
            Ok(jwt) => {
                prop_assert!(same(&jwt.claims, &serde_json::from_str(&claims).unwrap()));
                prop_assert_eq!(jwt.claims_text, claims);
            }
        }
    }

    #[test]
    fn jwts_survive_any_text(text in "[A-Za-z0-9_.=+/-]{0,40}|.*") {
        prop_assert!(jwt::decode(&text).is_err(), "no random text is a JWT");
    }

    #[test]
    fn jwts_survive_damage(changes in mutation()) {
        let mut token = b"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSIsImV4cCI6MTcwMDAwMDAwMH0.AAAA".to_vec();
        mutate(&mut token, changes);
        if let Ok(jwt) = std::str::from_utf8(&token).map_or(Err(jwt::JwtError::Segments), jwt::decode) {
            prop_assert!(jwt.header.get("alg").is_some() && jwt.claims.as_object().is_some());
        }
    }

    #[test]
    fn challenges_are_read_as_they_were_written(challenges in prop::collection::vec(
        ("[a-z][a-z0-9-]{0,5}", prop::option::weighted(0.2, "[A-Za-z0-9+/._~-]{1,8}={0,2}"), prop::collection::btree_map("[a-z*_]{1,5}", ("[!-~\u{e9} ]{0,8}", 0..3u8), 0..4)),
        0..5,
    )) {
        let mut field = String::new();
        let mut wanted = Vec::new();
        for (scheme, token68, params) in challenges {
            let mut elements = Vec::new();
            let mut challenge = Challenge { scheme: scheme.clone(), token68: token68.clone(), params: Vec::new() };
            for (name, (value, style)) in params.into_iter().filter(|_| token68.is_none()) {
                let is_token = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
                let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
                elements.push(match style {
                    0 if is_token => [&name, "=", &value].concat(),
                    1 => [&name.to_ascii_uppercase(), " =\t\"", &escaped, "\""].concat(),
                    _ => [&name, "=\"", &escaped, "\""].concat(),
                });
                challenge.params.push((name, value));
            }
            let space = if elements.is_empty() && token68.is_none() { "" } else { " " };
            field.push_str(&[", ", &scheme, space, token68.as_deref().unwrap_or(""), &elements.join(" ,")].concat());
            wanted.push(challenge);
        }
        prop_assert_eq!(challenge::parse(&field), wanted, "{}", field);
    }

    #[test]
    fn challenges_survive_any_text(field in "(Bearer |DPoP|error=|, a=|a|[=,\" \\\\\ta\u{e9}\u{1F600}\u{0}])*|.*", status: u16) {
        for challenge in challenge::parse(&field) {
            prop_assert!(challenge.token68.is_none() || challenge.params.is_empty());
        }
        challenge::judge(status, Some(&field));
        challenge::judge(401, Some(&field));
    }

    #[test]
    fn retry_after_reads_each_form_of_a_date(days in 1..2_900_000_u64, second_of_day in 0..86_400_u64, wait_ms in 0..=86_400_000_u64) {
        let (mut year, mut month, mut day) = (1970, 0, days);
        let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        while day >= 365 + u64::from(is_leap(year)) {
            day -= 365 + u64::from(is_leap(year));
            year += 1;
        }
        let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        while day >= lengths[month] {
            day -= lengths[month];
            month += 1;
        }
        let day = day + 1;
        let name = &"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * month..3 * month + 3];
        let time = format!("{:02}:{:02}:{:02}", second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
        let now_unix_ms = (days * 86_400 + second_of_day) * 1_000 - wait_ms;
        for field in [
            format!("Sun, {day:02} {name} {year:04} {time} GMT"),
            format!("Sunday, {day:02}-{name}-{:02} {time} GMT", year % 100),
            format!("Sun {name} {day:2} {time} {year:04}"),
        ] {
            prop_assert_eq!(retry_after::parse(&field, now_unix_ms), Some(wait_ms), "{}", field);
        }
    }

    #[test]
    fn retry_after_survives_any_text(field in "[0-9A-Za-z ,:-]{0,32}|[0-9]{1,24}|.*", now_unix_ms: u64) {
        prop_assert!(retry_after::parse(&field, now_unix_ms).is_none_or(|wait_ms| wait_ms <= retry_after::WAIT_MAX_MS));
    }

    #[test]
    fn forms_are_read_as_they_were_written(pairs in prop::collection::vec(any::<(String, String)>(), 0..6)) {
        let mut body = String::new();
        for (name, value) in &pairs {
            form::append(&mut body, name, value);
        }
        prop_assert!(body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*-._+%=&".contains(&byte)));
        prop_assert_eq!(form::parse_query(&body), pairs);
    }

    #[test]
    fn queries_survive_any_text(query in "[%0-9a-fA-F=&+\u{e9}]{0,24}|.*") {
        form::parse_query(&query);
    }
}
