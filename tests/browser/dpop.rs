//! Proofs as they go out, and what an API's answer does to the next (RFC 9449). Their signatures are checked here by the
//! platform, and by another library in tests/e2e.

use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::Stage;

const OPTIONS: &str = r#"{
    "provider": {"type": "oauth", "clientId": "spa", "redirectUri": "https://app.test/cb", "dpop": "require",
        "endpoints": {"authorization": "https://id.test/authorize", "token": "https://id.test/token"}},
    "resources": ["https://api.test/", "https://other.test/orders"],
    "isolation": "page"
}"#;

/// Signed in. `proof(at)` is what the request `at` of `stage.sent` proved, its signature checked; `answer(status, nonce,
/// challenge)` makes an API's answer.
const SIGN_IN: &str = "
    const fromBase64Url = (text) =>
        Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    const toBase64Url = (bytes) =>
        btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const digest = async (text) =>
        toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
    const proof = async (at) => {
        const text = stage.sent[at].headers.get('dpop');
        const [header, claims, signature] = text.split('.');
        const parsed = [header, claims].map((one) => JSON.parse(new TextDecoder().decode(fromBase64Url(one))));
        const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
        const key = await crypto.subtle.importKey('jwk', parsed[0].jwk, algorithm, true, ['verify']);
        const signed = new TextEncoder().encode(`${header}.${claims}`);
        if (!(await crypto.subtle.verify(algorithm, key, fromBase64Url(signature), signed))) throw new Error('forged');
        return { header: parsed[0], ...parsed[1] };
    };
    const answer = (status, nonce, challenge) => () => new Response('x', {
        status,
        headers: { ...(nonce && { 'dpop-nonce': nonce }), ...(challenge && { 'www-authenticate': challenge }) },
    });
    const demand = 'DPoP error=\"use_dpop_nonce\"';
    const tokens = (number, kind = 'DPoP') => () => new Response(JSON.stringify({
        access_token: `access-${number}`, refresh_token: `refresh-${number}`, token_type: kind, expires_in: 600,
    }));
    // The headers as they are then: a second try is sent with the same object.
    const played = globalThis.fetch;
    globalThis.fetch = (input, init) => {
        const sending = played(input, init);
        stage.sent.at(-1).headers = new Headers(init?.headers ?? input.headers);
        return sending;
    };
    const { href } = await engine.signIn('{}', false);
    const state = new URL(href).searchParams.get('state');
    stage.answers = [tokens(1)];
    await engine.completeSignIn(`https://app.test/cb?code=c&state=${state}`);
    const [redemption] = stage.sent.splice(0);
    const calls = () => stage.sent.length;
    const api = 'https://api.test/orders';
    ";

async fn check(script: &str, wanted: &str) {
    let stage = Stage::set(OPTIONS).await.expect("the options are good");
    assert_eq!(stage.json(&format!("{SIGN_IN}{script}")).await, wanted);
}

#[wasm_bindgen_test]
async fn dpop_1_2_5_9_the_bytes_of_a_calls_proof() {
    check(
        "stage.answers = [answer(200)];
        await engine.fetch(`${api}?a=b#c`, { method: 'post', body: 'x' });
        await engine.fetch(api);
        const [first, second] = [await proof(0), await proof(1)];
        const { header: { jwk, ...header }, jti, iat, ath, ...claims } = first;
        return [
            header, Object.keys(jwk).sort().join(), claims, ath === await digest('access-1'),
            Math.abs(iat - Date.now() / 1000) < 60 && Number.isInteger(iat), /^[\\w-]{22}$/.test(jti),
            jti !== second.jti, second.header.jwk.x === jwk.x, second.htm,
            stage.sent[0].headers.get('authorization'), stage.sent[0].init.redirect,
        ];",
        concat!(
            r#"[{"typ":"dpop+jwt","alg":"ES256"},"crv,kty,x,y",{"htm":"POST","htu":"https://api.test/orders"},true,"#,
            r#"true,true,true,true,"GET","DPoP access-1","error"]"#
        ),
    )
    .await;
}

#[wasm_bindgen_test]
async fn dpop_5_7_11_token_requests_are_proved_by_the_same_key_without_ath() {
    check(
        "stage.sent.push(redemption);
        stage.answers = [() => Promise.reject(new TypeError('lost')), tokens(2)];
        await engine.refresh();
        const [code, lost, refresh] = [await proof(0), await proof(1), await proof(2)];
        const isSameKey = code.header.jwk.x === lost.header.jwk.x && lost.header.jwk.x === refresh.header.jwk.x;
        const { jti, iat, header, ...claims } = refresh;
        return [claims, isSameKey, jti !== lost.jti && jti !== code.jti, calls()];",
        r#"[{"htm":"POST","htu":"https://id.test/token"},true,true,3]"#,
    )
    .await;
}

#[wasm_bindgen_test]
async fn dpop_12_to_16_a_nonce_is_learnt_by_origin_and_a_demand_is_answered_once() {
    check(
        "stage.answers = [answer(401, 'n1', demand), answer(200, 'n2'), answer(200), answer(200), answer(401, 'n3', demand)];
        const statuses = [];
        const call = async (url, init) => statuses.push((await engine.fetch(url, init)).status);
        await call(api, { method: 'PATCH', body: 'text' });
        await call(api);
        await call('https://other.test/orders');
        await call(api);
        const nonces = [];
        for (let at = 0; at < calls(); at += 1) nonces.push((await proof(at)).nonce ?? null);
        return [statuses, nonces, stage.sent[1].init.body, (await proof(1)).htm];",
        // The last demand brings no other nonce than the one that was sent with it.
        r#"[[200,200,200,401],[null,"n1","n2",null,"n2","n3"],"text","PATCH"]"#,
    )
    .await;
}

#[wasm_bindgen_test]
async fn dpop_15_and_17_no_other_try_without_a_new_nonce() {
    check(
        "stage.answers = [answer(401, undefined, demand)];
        const hidden = await engine.fetch(api);
        const first = calls();
        stage.answers = [answer(401, 'n1', demand)];
        const again = await engine.fetch(api);
        return [hidden.status, await hidden.text(), first, again.status, calls() - first];",
        r#"[401,"x",1,401,2]"#,
    )
    .await;
}

#[wasm_bindgen_test]
async fn a_refused_token_and_a_demanded_nonce_are_each_cured_once() {
    let refused = "const refused = 'DPoP error=\"invalid_token\"';";
    let order = "
        const call = await engine.fetch(api, { method: 'POST', body: new URLSearchParams('a=b') });
        const paths = stage.sent.map(({ url }) => new URL(url).pathname);
        const last = await proof(calls() - 1);
        const isNew = last.ath === await digest('access-2');
        return [call.status, paths, last.nonce, isNew, String(stage.sent.at(-1).init.body),
            stage.told.filter(([, kind]) => kind === 'retried').length];";
    let wanted = r#"[200,["/orders","/orders","/token","/orders"],"n1",true,"a=b",1]"#;
    let script = format!(
        "{refused} stage.answers = [answer(401, 'n1', demand), answer(401, undefined, refused), tokens(2), answer(200)]; {order}"
    );
    check(&script, wanted).await;
    let wanted = r#"[200,["/orders","/token","/orders","/orders"],"n1",true,"a=b",1]"#;
    let script = format!(
        "{refused} stage.answers = [answer(401, undefined, refused), tokens(2), answer(401, 'n1', demand), answer(200)]; {order}"
    );
    check(&script, wanted).await;
}

#[wasm_bindgen_test]
async fn dpop_21_a_stream_is_never_sent_again() {
    check(
        "stage.answers = [answer(401, 'n1', demand), answer(200)];
        const body = new ReadableStream({ start: (controller) => controller.close() });
        const refused = await engine.fetch(api, { method: 'POST', body, duplex: 'half' });
        await engine.fetch(api);
        return [refused.status, calls(), (await proof(1)).nonce];",
        r#"[401,2,"n1"]"#,
    )
    .await;
}

#[wasm_bindgen_test]
async fn dpop_3_and_23_a_request_object_keeps_its_method_and_referrer_and_follows_no_redirect() {
    check(
        "stage.answers = [answer(200)];
        const inits = [];
        const recorded = globalThis.fetch;
        globalThis.fetch = (input, init) => (inits.push(init), recorded(input, init));
        const given = { method: 'patch', body: 'x', referrerPolicy: 'origin', headers: { 'x-own': '1' } };
        await engine.fetch(new Request(api, given));
        await engine.fetch(new Request(api, { redirect: 'manual' }));
        await engine.fetch(api, { redirect: 'manual' });
        await engine.fetch(api, { redirect: 'follow' });
        const redirects = inits.map((init) => init?.redirect ?? null);
        return [(await proof(0)).htm, inits[0].referrerPolicy, redirects];",
        r#"["patch","origin",["error",null,"manual","error"]]"#,
    )
    .await;
}

#[wasm_bindgen_test]
async fn a_caller_that_authorises_its_call_sends_it_as_it_is() {
    check(
        "stage.answers = [answer(200)];
        await engine.fetch(api, { headers: { dpop: 'own' } });
        await engine.fetch(new Request(api, { headers: { authorization: 'Basic own' } }));
        return stage.sent.map(({ headers }) => [...headers]);",
        r#"[[["dpop","own"]],[["authorization","Basic own"]]]"#,
    )
    .await;
}

#[wasm_bindgen_test]
async fn dpop_26_the_key_is_not_extractable_and_ends_with_the_session() {
    let stage = Stage::set(OPTIONS).await.expect("the options are good");
    let script = "
        const { subtle } = crypto;
        const own = subtle.generateKey;
        const made = [];
        subtle.generateKey = function (...given) { made.push(given); return own.apply(this, given); };
        stage.restore = () => { delete subtle.generateKey; };
        ";
    let after = "
        stage.restore();
        const first = await (stage.sent.push(redemption), proof(0));
        const { href: again } = await engine.signIn('{}', false);
        const other = new URL(again).searchParams.get('state');
        await engine.completeSignIn(`https://app.test/cb?code=d&state=${other}`);
        const second = await proof(1);
        await engine.signOut('{}');
        const { href: third } = await engine.signIn('{}', false);
        const last = new URL(third).searchParams.get('state');
        await engine.completeSignIn(`https://app.test/cb?code=e&state=${last}`);
        const renewed = await proof(calls() - 1);
        return [made.length, made[0][1], made[0][2], engine.isQuick,
            first.header.jwk.x === second.header.jwk.x, first.header.jwk.x === renewed.header.jwk.x,
            stage.told.every(([method, given]) => method !== 'leased' || given === undefined)];";
    let saw = stage.json(&format!("{script}{SIGN_IN}{after}")).await;
    assert_eq!(saw, r#"[1,false,["sign"],false,true,false,true]"#);
}

#[wasm_bindgen_test]
async fn dpop_19_the_authorization_request_names_the_key_that_redeems_its_code() {
    check(
        "const { href: leaving } = await engine.signIn('{}', true);
        const query = new URL(leaving).searchParams;
        stage.answers = [tokens(2), answer(200)];
        await engine.completeSignIn(`https://app.test/cb?code=d&state=${query.get('state')}`);
        await engine.fetch(api);
        const { header: { jwk: { crv, kty, x, y } } } = await proof(0);
        const jkt = await digest(JSON.stringify({ crv, kty, x, y }));
        const { header } = await proof(1);
        return [query.getAll('dpop_jkt').length, query.get('dpop_jkt') === jkt, header.jwk.x === x,
            new URL(href).searchParams.has('dpop_jkt')];",
        "[1,true,true,false]",
    )
    .await;
}

#[wasm_bindgen_test]
async fn dpop_6_and_9_a_bound_token_is_never_sent_as_bearer_nor_with_two_proofs() {
    check(
        "const refused = 'DPoP error=\"invalid_token\"';
        stage.answers = [answer(401, 'n1', demand), answer(401, 'n1', refused), tokens(2), answer(200), answer(200)];
        await engine.fetch(new Request(api, { method: 'POST', body: 'x' }));
        await engine.fetch(api);
        const sent = stage.sent.filter(({ url }) => url.startsWith(api));
        return sent.map(({ headers }) => [headers.get('authorization'), headers.get('dpop').split('.').length]);",
        r#"[["DPoP access-1",3],["DPoP access-1",3],["DPoP access-2",3],["DPoP access-2",3]]"#,
    )
    .await;
}

#[wasm_bindgen_test]
async fn dpop_10_18_unknown_parameters_and_nonces_of_other_calls_are_no_matter() {
    check(
        "const demands = 'DPoP algs=\"ES256 PS256\", realm=\"r\", error=\"use_dpop_nonce\", more=x';
        stage.answers = [answer(401, 'n1', demands), answer(401, 'n2', demands), answer(200), answer(200), answer(200)];
        const both = await Promise.all([engine.fetch(api), engine.fetch(api)]);
        await engine.fetch(api);
        const nonces = [];
        for (let at = 0; at < calls(); at += 1) nonces.push((await proof(at)).nonce ?? null);
        return [both.map(({ status }) => status), nonces.slice(0, 2), nonces.slice(2).includes(null), nonces.at(-1)];",
        r#"[[200,200],[null,null],false,"n2"]"#,
    )
    .await;
}

#[wasm_bindgen_test]
async fn calls_at_once_share_the_key_and_the_digest() {
    check(
        "stage.answers = [answer(200)];
        await Promise.all(Array.from({ length: 50 }, () => engine.fetch(api)));
        const proofs = await Promise.all(stage.sent.map((_, at) => proof(at)));
        return [calls(), new Set(proofs.map(({ jti }) => jti)).size, new Set(proofs.map(({ ath }) => ath)).size,
            new Set(proofs.map(({ header }) => header.jwk.x)).size];",
        "[50,50,1,1]",
    )
    .await;
}

#[wasm_bindgen_test]
async fn a_platform_without_the_algorithm_says_so() {
    let stage = Stage::set(OPTIONS).await.expect("the options are good");
    let script = "
        const { subtle } = crypto;
        subtle.generateKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));
        const { href } = await engine.signIn('{}', false);
        const state = new URL(href).searchParams.get('state');
        const code = await engine.completeSignIn(`https://app.test/cb?code=c&state=${state}`).catch(({ code }) => code);
        delete subtle.generateKey;
        return [code, stage.sent.length];";
    assert_eq!(stage.json(script).await, r#"["ERR_INSECURE_CONTEXT",0]"#);
}
