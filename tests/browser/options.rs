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
async fn a_second_configuration_is_judged_with_a_code_and_what_to_do() {
    let stage = Stage::set(super::stage::OPTIONS).await.expect("the options are good");
    let options = super::stage::OPTIONS;
    let script = format!(
        "const options = {options};
        const judge = (second) => {{
            try {{
                return engine.admits(second) ?? 'admitted';
            }} catch (error) {{
                return [error.code, error.option, error.message.includes('first one stays')];
            }}
        }};
        return [
            judge(JSON.stringify(options, ['isolation', 'resources', 'provider', 'endpoints', 'token', 'type', 'clientId'])),
            judge(JSON.stringify({{ ...options, resources: ['https://evil.test'] }})),
            judge(JSON.stringify({{ ...options, resources: 7 }})),
            judge('['),
            engine.isResource('https://evil.test/'),
            engine.isResource('https://other.test/orders?page=1'),
        ];"
    );
    assert_eq!(
        stage.json(&script).await,
        concat!(
            r#"["admitted",["ERR_CONFIGURED",null,true],["ERR_INVALID_OPTION","resources",false],"#,
            r#"["ERR_INVALID_OPTION","options",false],false,true]"#
        )
    );
}

#[wasm_bindgen_test]
async fn a_page_is_told_every_resource_by_its_beginnings() {
    let stage = Stage::set(super::stage::OPTIONS).await.expect("the options are good");
    assert_eq!(
        stage.json("return engine.beginnings").await,
        r#""https://api.test/ https://other.test/orders/ https://other.test/orders? https://other.test/orders#""#
    );
}
