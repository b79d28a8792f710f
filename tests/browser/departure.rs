//! What is left of a session's secrets: nothing, in the engine's memory or in what the host was told last.

use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::Stage;

pub const OPTIONS: &str = r#"{
    "provider": {
        "type": "oauth", "clientId": "spa", "redirectUri": "https://app.test/callback",
        "endpoints": {
            "authorization": "https://id.test/authorize",
            "token": "https://id.test/token",
            "revocation": "https://id.test/revoke"
        }
    },
    "resources": ["https://api.test/"],
    "isolation": "worker",
    "exposeAccessToken": true
}"#;

/// `secret` makes one that no memory has yet; `held` names those that the engine's memory has. `response` is a token
/// response with two new ones; the `é` makes wasm-bindgen's own conversion move the text.
const PRELUDE: &str = r#"
    const secrets = [];
    const secret = (name) => {
        const value = `${name}-${crypto.randomUUID()}`;
        secrets.push([name, value]);
        return value;
    };
    const held = () => {
        const text = new TextDecoder("latin1").decode(new Uint8Array(stage.memory.buffer));
        return secrets.filter(([, value]) => text.includes(value)).map(([name]) => name);
    };
    const response = (number) => ({
        access_token: secret(`access-${number}`),
        refresh_token: secret(`refresh-${number}`),
        token_type: "Bearer",
        expires_in: 600,
        name: "é".repeat(100),
    });
    const answer = (number) => () => new Response(JSON.stringify(response(number)));
    const lastLease = () => stage.told.filter(([name]) => name === "leased").at(-1)[1];
"#;

async fn json(script: &str) -> String {
    let stage = Stage::set(OPTIONS).await.expect("the options are good");
    stage.json(&format!("{PRELUDE} {script}")).await
}

#[wasm_bindgen_test]
async fn after_a_sign_out_no_secret_of_the_session_is_in_memory() {
    let script = r#"
        const stages = [];
        const { state, transaction } = await engine.signIn("{}", false);
        secrets.push(["verifier", new URLSearchParams(transaction).get("code_verifier")]);
        stages.push(held());
        stage.answers = [answer(1)];
        await engine.completeSignIn(`https://app.test/callback?code=${secret("code")}&state=${state}`, transaction);
        stages.push(held());
        stage.answers = [answer(2)];
        await engine.refresh();
        stages.push(held());
        stage.answers = [() => new Response("", { status: 401 }), answer(3), () => new Response("")];
        await engine.fetch("https://api.test/");
        await engine.getAccessToken();
        stages.push(held());
        await engine.signOut('{}');
        stages.push(held());
        return [stages, lastLease() ?? "none"];"#;
    assert_eq!(
        json(script).await,
        concat!(
            r#"[[["verifier"],["access-1","refresh-1"],["access-2","refresh-2"],["access-3","refresh-3"],[]],"#,
            r#""none"]"#
        )
    );
}

#[wasm_bindgen_test]
async fn after_close_no_secret_of_the_session_is_in_memory() {
    let script = r#"
        await engine.signIn("{}", false).then(({ transaction }) => {
            secrets.push(["verifier", new URLSearchParams(transaction).get("code_verifier")]);
        });
        await engine.setTokens(response(1));
        const before = held();
        let hear;
        const heard = new Promise((resolve) => { hear = resolve; });
        stage.answers = [({ signal }) => new Promise((_, reject) => {
            signal.addEventListener("abort", reject);
            hear();
        })];
        const refreshing = engine.refresh().catch(({ code }) => code);
        await heard;
        engine.close();
        const code = await refreshing;
        await new Promise((resolve) => setTimeout(resolve));
        return [before, code, held(), lastLease() ?? "none"];"#;
    assert_eq!(json(script).await, r#"[["verifier","access-1","refresh-1"],"ERR_CLOSED",[],"none"]"#);
}

#[wasm_bindgen_test]
async fn after_the_server_ended_the_session_none_is_in_memory() {
    let script = r#"
        await engine.setTokens(response(1));
        stage.answers = [() => new Response('{"error":"invalid_grant"}', { status: 400 })];
        engine.heard("notice");
        const code = await engine.refresh().catch((error) => error.code);
        return [code, held(), lastLease() ?? "none"];"#;
    assert_eq!(json(script).await, r#"["ERR_SESSION_ENDED",[],"none"]"#);
}
