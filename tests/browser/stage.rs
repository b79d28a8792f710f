use js_sys::{Function, JSON, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

pub const OPTIONS: &str = r#"{
    "provider": {"type": "oauth", "clientId": "spa", "endpoints": {"token": "https://id.test/token"}},
    "resources": ["https://api.test/", "https://other.test/orders"],
    "isolation": "page"
}"#;

/// One engine in its surroundings; see `stage.js`.
pub struct Stage(JsValue);

impl Stage {
    /// # Errors
    /// What the engine's constructor throws.
    pub async fn set(options: &str) -> Result<Self, JsValue> {
        let make: Function = js_sys::eval(include_str!("stage.js"))?.unchecked_into();
        let made: Promise = make.call1(&JsValue::UNDEFINED, &options.into())?.unchecked_into();
        let stage = Self(JsFuture::from(made).await?);
        Reflect::set(&stage.0, &"memory".into(), &wasm_bindgen::memory())?;
        Ok(stage)
    }

    /// A stage with tokens that live so long.
    pub async fn with_tokens(expires_in_seconds: u32) -> Self {
        let stage = Self::set(OPTIONS).await.expect("the options are good");
        stage.run(&format!("await engine.setTokens({})", tokens(1, expires_in_seconds))).await;
        stage
    }

    /// Runs JavaScript on the stage, to its value; it sees `stage` and `engine`, and may `await` and `return`.
    pub async fn run(&self, script: &str) -> JsValue {
        self.try_run(script).await.unwrap_or_else(|error| panic!("{script}\nrejects: {error:?}"))
    }

    /// The same as text: a value as JSON.
    pub async fn json(&self, script: &str) -> String {
        let value = self.run(script).await;
        JSON::stringify(&value).ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    /// # Errors
    /// What the script rejects with.
    pub async fn try_run(&self, script: &str) -> Result<JsValue, JsValue> {
        let source = format!("(async (stage, engine) => {{ {script} }})");
        let function: Function = js_sys::eval(&source)?.unchecked_into();
        let engine = Reflect::get(&self.0, &"engine".into())?;
        let running: Promise = function.call2(&JsValue::UNDEFINED, &self.0, &engine)?.unchecked_into();
        JsFuture::from(running).await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let end = Reflect::get(&self.0, &"end".into()).map(JsValue::unchecked_into::<Function>);
        let _ = end.and_then(|end| end.call0(&self.0));
    }
}

/// A token response; its tokens are `access-1` and `refresh-1`, by number.
pub fn tokens(number: u32, expires_in_seconds: u32) -> String {
    format!(
        r#"{{"access_token": "access-{number}", "refresh_token": "refresh-{number}", "token_type": "Bearer", "expires_in": {expires_in_seconds}}}"#
    )
}
