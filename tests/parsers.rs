//! Properties of the parsers: they agree with an independent reader, and no input makes them panic.
//!
//! Seeds are fixed. A failure prints the shrunk input; `PROPTEST_CASES` and `PROPTEST_RNG_SEED` widen a run.

use proptest::prelude::*;
use serde_json::Value;
use strongroom::engine::json::{self, Json, JsonError};

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

/// A few bytes changed, cut out or put in, mostly ones that mean something in JSON.
fn mutation() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    let byte = prop_oneof![
        3 => prop::sample::select(b"\"\\{}[],:.-+eE0123456789untrfalsbd/ \n\t\x00\x1f\x7f".to_vec()),
        1 => any::<u8>(),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), 0..3u8, byte), 1..4)
}

fn mutate(bytes: &mut Vec<u8>, changes: Vec<(prop::sample::Index, u8, u8)>) {
    for (place, kind, byte) in changes {
        let at = place.index(bytes.len() + 1);
        match kind {
            0 if at < bytes.len() => bytes[at] = byte,
            1 if at < bytes.len() => drop(bytes.remove(at)),
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
            // Only magnitudes at which every integer is an exact float.
            (None, Some(float)) if float.abs() < 4e15 => ours.trunc_i64() == Some(float.trunc() as i64),
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
    fn json_survives_any_bytes(bytes: Vec<u8>) {
        agree(&bytes)?;
    }
}
