//! What a call leaves behind: nothing.

use core::arch::wasm32::memory_size;

use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::Stage;

/// Without a resend: the answer is judged and handed on.
async fn call(stage: &Stage, count: u32) {
    let script = format!(
        "const answer = new Response();
        stage.answers = [() => answer];
        const url = new URL('https://api.test/orders');
        for (let at = 0; at < {count}; at += 1) {{
            await engine.fetch(url, {{ method: 'POST', body: 'text', headers: {{ 'x-own': '1' }} }});
            stage.sent.length = 0;
        }}"
    );
    stage.run(&script).await;
}

#[wasm_bindgen_test]
async fn memory_is_flat_over_a_hundred_thousand_calls() {
    let stage = Stage::with_tokens(600).await;
    call(&stage, 2_000).await;
    let before = memory_size(0);
    call(&stage, 100_000).await;
    assert_eq!(memory_size(0), before, "pages of 64 KiB");
}

#[wasm_bindgen_test]
async fn the_abort_listener_of_a_call_is_removed_when_it_has_its_token() {
    let stage = Stage::with_tokens(600).await;
    let script = "
        const { signal } = new AbortController();
        const added = [];
        const removed = [];
        signal.addEventListener = (...given) => added.push(given);
        signal.removeEventListener = (...given) => removed.push(given);
        await engine.fetch(new URL('https://api.test/'), { signal });
        const isSame = added[0]?.every((value, at) => value === removed[0]?.[at]);
        return [added.length, removed.length, isSame];";
    assert_eq!(stage.json(script).await, "[1,1,true]");
}

#[wasm_bindgen_test]
async fn the_platforms_own_answer_and_error_are_handed_on_untouched() {
    let stage = Stage::with_tokens(600).await;
    let script = "
        const answer = new Response('x', { status: 404 });
        const error = new TypeError('no network');
        stage.answers = [() => answer, () => Promise.reject(error)];
        return [
            (await engine.fetch('https://api.test/')) === answer,
            (await engine.fetch('https://api.test/').catch((thrown) => thrown)) === error,
            answer.bodyUsed,
        ];";
    assert_eq!(stage.json(script).await, "[true,true,false]");
}
