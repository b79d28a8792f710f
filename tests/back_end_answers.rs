use serde_json::json;
use strongroom::engine::backend::{Asked, Way};
use strongroom::engine::{Config, HttpAnswer, Options, Secret};
mod sim;
#[test]
fn smoke() {
    let o = json!({"isolation":"page","resources":["https://api.example/"],"provider":{"type":"json",
      "signIn":{"url":"https://app.example/login","json":{"user":"{username}","p":["{password}",1,{"x":"{{lit}"}]}},
      "refresh":{"url":"https://app.example/refresh","headers":{"X-R":"R {refreshToken}"},"unsafeQuery":{"a b":"{accessToken} +"},"form":{"t":"{refreshToken}"}}}});
    let c = Config::new(Options::parse(&o.to_string()).unwrap(), &sim::setup::normalize).unwrap();
    let b = c.provider.backend.get().unwrap();
    let Some(Way::Request(r)) = &b.sign_in else { panic!() };
    let (u, p) = (Secret::new("b\"ob\u{1}é"), Secret::new("p\\w {x}"));
    let f = b.fill(r, &[("username", &u), ("password", &p)]).unwrap();
    assert_eq!(
        f.body.unwrap().expose(),
        "{\"p\":[\"p\\\\w {x}\",1,{\"x\":\"{lit}\"}],\"user\":\"b\\\"ob\\u0001é\"}"
    );
    let f = b.fill(b.refresh.as_ref().unwrap(), &[("refreshToken", &p), ("accessToken", &u)]).unwrap();
    assert_eq!(f.href.expose(), "https://app.example/refresh?a%20b=b%22ob%01%C3%A9%20%2B");
    assert_eq!(f.body.unwrap().expose(), "t=p%5Cw+%7Bx%7D");
    assert_eq!(f.headers[0].1.expose(), "R p\\w {x}");
    let body = br#"{"access_token":"at-0123456789abcdefg","refresh_token":"rt","expires_in":"60"}"#.to_vec();
    let a = b
        .judge(
            Asked::Refresh,
            Ok(HttpAnswer { status: 200, retry_after: None, dpop_nonce: None, body: body.into() }),
            0,
        )
        .unwrap();
    assert_eq!(a.tokens.expires_in_seconds, Some(60));
}
