//! What the host is told, and when.

use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::{OPTIONS, Stage, tokens};

#[wasm_bindgen_test]
async fn a_snapshot_has_its_nine_members_and_no_token() {
    let stage = Stage::with_tokens(600).await;
    let script = "
        const [, snapshot] = stage.told.filter(([name]) => name === 'changed').at(-1);
        return [Object.keys(snapshot), snapshot.status, snapshot.claims, snapshot.expiresAt - Date.now() > 590_000,
            JSON.stringify(snapshot).includes('access-1')];";
    assert_eq!(
        stage.json(script).await,
        r#"[["status","claims","scope","authorizationDetails","expiresAt","refreshAt","sessionEndsAt","isolation","reason"],"signed-in",null,true,false]"#
    );
}

#[wasm_bindgen_test]
async fn a_snapshot_shows_the_isolation_of_the_options() {
    for isolation in ["shared", "worker", "page"] {
        let options = OPTIONS.replace(r#""page""#, &format!("\"{isolation}\""));
        let stage = Stage::set(&options).await.expect("the options are good");
        let script = "return stage.told.filter(([name]) => name === 'changed').at(-1)[1].isolation";
        assert_eq!(stage.json(script).await, format!("\"{isolation}\""));
    }
}

#[wasm_bindgen_test]
async fn the_generation_grows_with_new_tokens_and_with_a_sign_out() {
    let stage = Stage::set(OPTIONS).await.expect("the options are good");
    let script = format!(
        "const seen = [engine.generation];
        await engine.setTokens({});
        seen.push(engine.generation);
        await engine.signOut('{{}}');
        return [...seen, engine.generation];",
        tokens(1, 600)
    );
    assert_eq!(stage.json(&script).await, "[0,1,2]");
}

#[wasm_bindgen_test]
async fn events_have_their_members_and_no_token() {
    let stage = Stage::with_tokens(600).await;
    let script = format!(
        "stage.answers = [() => new Response('{}')];
        await engine.refresh();
        return stage.told.filter(([name]) => name === 'event').map(([, kind, detail]) => [kind, detail]);",
        tokens(2, 600)
    );
    assert_eq!(
        stage.json(&script).await,
        concat!(
            r#"[["signed-in",{"generation":1}],["refresh-started",{"attempt":1,"cause":"manual"}],"#,
            r#"["refreshed",{"generation":2,"rotated":true}]]"#
        )
    );
}

#[wasm_bindgen_test]
async fn failures_carry_what_the_server_said_in_fields() {
    let stage = Stage::with_tokens(600).await;
    let script = r#"
        const told = [];
        for (const [status, body, headers] of [
            [400, '{"error":"invalid_client"}', {}],
            [503, '', { 'retry-after': '7' }],
            [200, '{"access_token":7}', {}],
        ]) {
            stage.answers = [() => new Response(body, { status, headers })];
            const { code, error, status: own, retryAfterSeconds } = await engine.refresh().catch((error) => error);
            told.push([code, error, own, retryAfterSeconds]);
        }
        return told;"#;
    assert_eq!(
        stage.json(script).await,
        concat!(
            r#"[["ERR_REFUSED","invalid_client",400,null],["ERR_UNAVAILABLE",null,503,7],"#,
            r#"["ERR_UNAVAILABLE",null,503,7]]"#
        ),
        "the third is the second again: the server asked for seven seconds"
    );
}

#[wasm_bindgen_test]
async fn a_lifetime_of_thirty_days_sets_timers_of_a_day_at_most() {
    let stage = Stage::set(OPTIONS).await.expect("the options are good");
    let script = format!(
        "stage.playTimers();
        await engine.setTokens({});
        for (let at = 0; at < 5; at += 1) stage.timers.at(-1).callback();
        return [stage.timers.length, stage.timers.every(({{ delayMs }}) => delayMs === 86_400_000), stage.sent.length];",
        tokens(1, 30 * 86_400)
    );
    assert_eq!(stage.json(&script).await, "[6,true,0]");
}

#[wasm_bindgen_test]
async fn the_host_may_call_the_engine_from_inside_a_callback() {
    let stage = Stage::with_tokens(600).await;
    let script = format!(
        "stage.answers = [() => new Response('{}')];
        const inside = [];
        stage.changed = () => {{
            if (inside.length < 3) inside.push(engine.demand(), engine.refresh(), engine.fetch('https://api.test/'));
        }};
        await engine.refresh();
        return (await Promise.allSettled(inside)).map(({{ status }}) => status);",
        tokens(2, 600)
    );
    assert_eq!(stage.json(&script).await, r#"["fulfilled","fulfilled","fulfilled"]"#);
}

/// What a page hears for an engine that cannot; "restored" alone withholds the token at hand.
#[wasm_bindgen_test]
async fn what_the_page_heard_has_the_meaning_of_the_event_itself() {
    for (kind, expected) in [
        ("restored", r#"[["restored"],true]"#),
        ("notice", r#"[["notice"],false]"#),
        ("online", "[[],false]"),
        ("visibilitychange", "[[],false]"),
        ("", "[[],false]"),
    ] {
        let stage = Stage::with_tokens(600).await;
        let script = format!(
            "stage.answers = [() => new Promise(() => {{}})];
            stage.told.length = 0;
            engine.heard('{kind}');
            return [
                stage.told.filter(([name, kind]) => kind === 'refresh-started').map(([, , {{ cause }}]) => cause),
                stage.told.some(([name, authorization]) => name === 'leased' && authorization === undefined),
            ];"
        );
        assert_eq!(stage.json(&script).await, expected, "{kind}");
    }
}

#[wasm_bindgen_test]
async fn each_sign_in_is_told_its_own_way_out_and_nothing_is_navigated() {
    let stage = Stage::set(super::departure::OPTIONS).await.expect("the options are good");
    let script = r#"
        const ways = await Promise.all(["/a", "/b"].map((returnTo) => engine.signIn(JSON.stringify({ returnTo }), false)));
        return ways.map(({ href, state, transaction, form, ...rest }) => {
            const kept = new URLSearchParams(transaction);
            const isOwn = form === undefined && new URL(href).searchParams.get("state") === state && kept.get("state") === state;
            return [isOwn, kept.get("return_to"), href.includes(kept.get("code_verifier")), Object.keys(rest)];
        });"#;
    assert_eq!(stage.json(script).await, r#"[[true,"/a",false,[]],[true,"/b",false,[]]]"#);
}

#[wasm_bindgen_test]
async fn a_closed_engine_listens_to_nothing_and_lets_go_of_its_request() {
    let stage = Stage::with_tokens(600).await;
    let script = "
        const listening = stage.listening.length;
        stage.answers = [() => new Promise(() => {})];
        const refreshing = engine.refresh().catch(({ code }) => code);
        engine.close();
        return [listening, stage.listening.length, await refreshing, stage.sent[0].init.signal.aborted];";
    assert_eq!(stage.json(script).await, r#"[4,0,"ERR_CLOSED",true]"#);
}
