//! The engine's own requests.

use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::{Stage, tokens};

const MEBIBYTE: usize = 1024 * 1024;

#[wasm_bindgen_test]
async fn a_token_request_takes_nothing_along_and_leaves_nothing_behind() {
    let stage = Stage::with_tokens(600).await;
    let script = format!(
        "stage.answers = [() => new Response('{}')];
        await engine.refresh();
        const [{{ url, init: {{ signal, ...init }} }}] = stage.sent;
        return [url, Object.getPrototypeOf(init.headers) === null, init, signal.aborted];",
        tokens(2, 600)
    );
    assert_eq!(
        stage.json(&script).await,
        concat!(
            r#"["https://id.test/token",true,{"method":"POST","#,
            r#""body":"grant_type=refresh_token&refresh_token=refresh-1&client_id=spa","#,
            r#""headers":{"accept":"application/json","content-type":"application/x-www-form-urlencoded"},"#,
            r#""cache":"no-store","credentials":"omit","mode":"cors","redirect":"error","referrerPolicy":"no-referrer"},false]"#
        )
    );
}

#[wasm_bindgen_test]
async fn a_token_response_of_a_mebibyte_is_read_and_a_larger_one_is_not() {
    let stage = Stage::with_tokens(600).await;
    for (length, expected) in [(MEBIBYTE, r#""read""#), (MEBIBYTE + 1, r#""ERR_BAD_RESPONSE""#)] {
        let script = format!(
            "stage.answers = [() => new Response('{}'.padEnd({length}))];
            return engine.refresh().then(() => 'read', ({{ code }}) => code);",
            tokens(1, 600)
        );
        assert_eq!(stage.json(&script).await, expected, "{length} bytes");
    }
}

#[wasm_bindgen_test]
async fn an_endless_token_response_is_cancelled() {
    let stage = Stage::with_tokens(600).await;
    let script = "
        let chunks = 0;
        const cancelled = new Promise((cancel) => {
            const body = new ReadableStream({
                pull(controller) {
                    chunks += 1;
                    controller.enqueue(new Uint8Array(256 * 1024));
                },
                cancel,
            });
            stage.answers = [() => new Response(body)];
        });
        const { code } = await engine.refresh().catch((error) => error);
        const late = new Promise((resolve) => setTimeout(resolve, 5_000, 'not cancelled'));
        return [code, await Promise.race([cancelled, late]) ?? 'cancelled', chunks <= 6];";
    assert_eq!(stage.json(script).await, r#"["ERR_BAD_RESPONSE","cancelled",true]"#);
}

/// The page's memory keeps no second copy of what the wasm reads.
#[wasm_bindgen_test]
async fn the_chunks_of_a_token_response_are_zeroed() {
    let stage = Stage::with_tokens(600).await;
    let script = format!(
        "const bytes = new TextEncoder().encode('{}');
        const chunks = [bytes.slice(0, 20), bytes.slice(20, 21), bytes.slice(21)];
        const body = {{ getReader: () => {{
            let at = 0;
            return {{ read: async () => ({{ done: at >= chunks.length, value: chunks[at++] }}) }};
        }} }};
        stage.answers = [() => ({{ status: 200, headers: new Headers(), body }})];
        await engine.refresh();
        return [chunks.map(({{ length }}) => length > 0), chunks.every((chunk) => chunk.every((byte) => byte === 0))];",
        tokens(2, 600)
    );
    assert_eq!(stage.json(&script).await, "[[true,true,true],true]");
}
