use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::Stage;

fn text(value: &JsValue, name: &str) -> String {
    Reflect::get(value, &name.into()).ok().and_then(|member| member.as_string()).unwrap_or_default()
}

/// Options that are wrong, and the path of what is wrong in each.
const WRONG: [(&str, &str); 8] = [
    ("null", "options"),
    ("[]", "options"),
    ("not JSON", "options"),
    (r#"{"isolation": "page", "resources": []}"#, "provider"),
    (r#"{"isolation": "page", "resources": [], "provider": {"type": "saml"}}"#, "provider.type"),
    (r#"{"isolation": "page", "resources": [], "unknown": 1}"#, "unknown"),
    (
        r#"{"isolation": "page", "resources": ["https://api.test/", 7],
            "provider": {"type": "oauth", "clientId": "spa", "endpoints": {"token": "https://id.test/token"}}}"#,
        "resources[1]",
    ),
    (
        r#"{"isolation": "page", "resources": [{"url": "https://api.test/", "uri": ""}],
            "provider": {"type": "oauth", "clientId": "spa", "endpoints": {"token": "https://id.test/token"}}}"#,
        "resources[0].uri",
    ),
];

#[wasm_bindgen_test]
async fn wrong_options_are_refused_with_a_code_and_their_path() {
    for (options, path) in WRONG {
        let Err(error) = Stage::set(options).await else { panic!("accepted {options}") };
        assert_eq!(text(&error, "code"), "ERR_INVALID_OPTION", "{options}");
        assert_eq!(text(&error, "option"), path, "{options}");
        assert!(text(&error, "message").contains(path), "{options}");
    }
}

#[wasm_bindgen_test]
async fn only_whole_origins_are_for_the_quick_way() {
    let stage = Stage::set(super::stage::OPTIONS).await.expect("the options are good");
    assert_eq!(stage.json("return engine.prefixes").await, r#"["https://api.test/"]"#);
}
