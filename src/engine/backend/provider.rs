//! The options of `provider` for a back end of the application's own; they are documented in `js/types.ts`.

use super::super::config::{self, Normalize};
use super::super::options::{OneOf, Reader};
use super::answer::Fields;
use super::condition::{self, Condition};
use super::request::{Request, Rules};
use super::{Backend, Held, Way, headers, verdict};

const HELD: OneOf = (&["body", "cookie", "none"], "must be \"body\", \"cookie\" or \"none\"");

impl Backend {
    /// Reads the options of `provider` for type "json" or "bff"; they are documented in `js/types.ts`.
    pub fn read(provider: &Reader, normalize: Normalize) -> Option<Self> {
        const KNOWN: &str = "type signIn refresh signOut userInfo refreshToken headers response readExpiryFromJwt success errors";
        const KNOWN_BY_BFF: &str = "type session signIn signOut userInfo antiForgery response success errors";
        let is_bff = provider.text("type") == Some("bff");
        provider.check_known(if is_bff { KNOWN_BY_BFF } else { KNOWN });
        let holds = match provider.one_of("refreshToken", HELD) {
            _ if is_bff => Held::Cookie,
            Some("cookie") => Held::Cookie,
            Some("none") => Held::Nothing,
            None if provider.get("refresh").is_none() => Held::Nothing,
            _ => Held::Body,
        };
        if holds == Held::Nothing && provider.get("refresh").is_some() {
            provider.refuse("refreshToken", "must not be \"none\" with `refresh`");
        }
        let headers =
            if is_bff { headers::read_anti_forgery(provider) } else { headers::read_static(provider) };
        let tokens = if is_bff {
            ""
        } else if holds == Held::Body {
            "refreshToken accessToken"
        } else {
            "accessToken"
        };
        let is_with_cookie = holds == Held::Cookie;
        let rules =
            Rules { normalize, headers: &headers, names: Some(tokens), method: "POST", is_with_cookie };
        let questions =
            Rules { names: Some(if is_bff { "" } else { "accessToken" }), method: "GET", ..rules };
        let (refresh_name, refresh_rules) = if is_bff { ("session", questions) } else { ("refresh", rules) };
        let refresh = Request::read(provider, refresh_name, refresh_rules);
        check_refresh(provider, refresh_name, holds, refresh.as_ref());
        let sign_in = way(provider, "signIn", Rules { names: None, ..rules });
        if is_bff && !matches!(sign_in, Some(Way::Navigation { .. })) {
            provider.refuse("signIn", "is required, with `navigate`");
        }
        Some(Self {
            sign_in,
            refresh,
            sign_out: way(provider, "signOut", rules),
            user_info: Request::read(provider, "userInfo", questions),
            holds,
            is_bff,
            fields: Fields::read(provider, is_bff, holds == Held::Body),
            success: provider.object("success", condition::KNOWN).as_ref().map(Condition::read),
            errors: verdict::read_errors(provider),
            call_header: headers.into_iter().next().filter(|_| is_bff),
        })
    }
}

fn check_refresh(provider: &Reader, name: &str, holds: Held, refresh: Option<&Request>) {
    match refresh {
        _ if holds == Held::Nothing => {}
        None => provider.refuse(name, "is required"),
        Some(refresh) if holds == Held::Cookie => {
            if refresh.has_no_cookie() {
                let path = [&provider.path_of(name), ".credentials"].concat();
                provider.refuse_at(&path, "must not be \"omit\" where a cookie holds the session");
            }
        }
        Some(refresh) if !refresh.uses("refreshToken") => {
            provider.refuse(name, "must have {refreshToken}, or `refreshToken` be \"cookie\"");
        }
        Some(_) => {}
    }
}

fn way(provider: &Reader, name: &str, rules: Rules) -> Option<Way> {
    if provider.any_object(name)?.get("navigate").is_none() {
        return Request::read(provider, name, rules).map(Way::Request);
    }
    let given = provider.object(name, "navigate returnToParameter")?;
    let url = given.text("navigate")?;
    let href = config::secure(&given, &given.path_of("navigate"), url, rules.normalize)?;
    let parameter = given.text("returnToParameter").unwrap_or("returnTo");
    if parameter.is_empty() {
        given.refuse("returnToParameter", "must not be empty");
    }
    Some(Way::Navigation { href: href.as_str().into(), return_to_parameter: parameter.into() })
}
