//! The options of `provider` for a back end of the application's own; they are documented in `js/types/provider.ts`.

use super::super::json;
use super::super::options::{Normalize, OneOf, Reader};
use super::request::{Request, Rules};
use super::{Backend, Held, Way, answer, condition, headers, verdict};

const HELD: OneOf = (&["body", "cookie", "none"], "must be \"body\", \"cookie\" or \"none\"");

impl Backend {
    /// Reads the options of `provider` for type "json" or "bff".
    pub fn read(provider: &Reader, normalize: Normalize) -> Option<Self> {
        const KNOWN: &str = "type clientId signIn refresh signOut userInfo refreshToken headers response readExpiryFromJwt success errors";
        const KNOWN_BY_BFF: &str =
            "type clientId session signIn signOut userInfo antiForgery response success errors";
        let is_bff = provider.text("type") == Some("bff");
        provider.check_known(if is_bff { KNOWN_BY_BFF } else { KNOWN });
        // The page's, for the vault's name.
        provider.text("clientId");
        let holds = match provider.one_of("refreshToken", HELD) {
            Some("none") => Held::Nothing,
            None if !is_bff && provider.get("refresh").is_none() => Held::Nothing,
            Some("body") | None if !is_bff => Held::Body,
            _ => Held::Cookie,
        };
        if holds == Held::Nothing && provider.get("refresh").is_some() {
            provider.refuse("refreshToken", "must not be \"none\" with `refresh`");
        }
        let names = match holds {
            Held::Body => "accessToken refreshToken",
            _ if is_bff => "",
            _ => "accessToken",
        };
        let rules = Rules {
            normalize,
            headers: &headers::check_static(provider, is_bff),
            names: Some(names),
            required: "",
            method: "POST",
            credentials: if holds == Held::Cookie { "include" } else { "omit" },
        };
        let questions =
            Rules { names: Some(if is_bff { "" } else { "accessToken" }), method: "GET", ..rules };
        let required = if holds == Held::Body { "refreshToken" } else { "" };
        let (name, renewal) =
            if is_bff { ("session", questions) } else { ("refresh", Rules { required, ..rules }) };
        let refresh = Request::read(provider, name, renewal);
        if refresh.is_none() && holds != Held::Nothing {
            provider.refuse(name, "is required");
        }
        if holds == Held::Cookie && refresh.as_ref().is_some_and(Request::has_no_cookie) {
            let path = [&provider.path_of(name), ".credentials"].concat();
            provider.refuse_at(&path, "must not be \"omit\" where a cookie holds the session");
        }
        let sign_in = way(provider, "signIn", Rules { names: None, ..rules });
        if is_bff && !matches!(sign_in, Some(Way::Navigation { .. })) {
            provider.refuse("signIn", "is required, with `navigate`");
        }
        answer::check(provider, is_bff, holds);
        if let Some(success) = provider.object("success", condition::KNOWN) {
            condition::check(&success);
        }
        verdict::check_errors(provider);
        Some(Self {
            sign_in,
            refresh,
            sign_out: way(provider, "signOut", rules),
            user_info: Request::read(provider, "userInfo", questions),
            holds,
            is_bff,
            // A copy; to clone one would be code of its own.
            options: json::parse(provider.to_text().as_bytes()).ok()?,
        })
    }
}

fn way(provider: &Reader, name: &'static str, rules: Rules) -> Option<Way> {
    let given = provider.any_object(name)?;
    if given.get("navigate").is_none() {
        return Request::read(provider, name, rules).map(Way::Request);
    }
    given.check_known("navigate returnToParameter");
    let url = given.text("navigate")?;
    let href = given.secure(&given.path_of("navigate"), url, rules.normalize)?;
    let parameter = given.text("returnToParameter").unwrap_or("returnTo");
    if parameter.is_empty() {
        given.refuse("returnToParameter", "must not be empty");
    }
    Some(Way::Navigation { href: href.as_str().into(), return_to_parameter: parameter.into() })
}
