use alloc::rc::Rc;
use alloc::string::String;

use js_sys::{JSON, JsString, Promise};
use wasm_bindgen::prelude::*;

use super::crypto;
use super::driver::Driver;
use super::error::to_error;
use super::fetch;
use super::global::{self, Response};
use super::host::Host;
use super::lifecycle;
use crate::engine::callback;
use crate::engine::{Aim, Code, Config, Error, Input, Options, Secret, SignInRequest, WaiterId};

/// The engine as JavaScript sees it. Methods return promises and hold no borrow, so any of them may be called at
/// any time, from inside a callback too.
#[wasm_bindgen]
pub struct Engine(Rc<Driver>);

#[wasm_bindgen]
impl Engine {
    /// `options`: as JSON.
    ///
    /// # Errors
    /// A `TypeError` with `code` and the path of the wrong `option`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str, host: Host) -> Result<Engine, JsValue> {
        match config(options) {
            Ok(config) => Ok(Self(Driver::new(config, host))),
            Err(error) => Err(to_error(&host, &error)),
        }
    }

    /// Judges another tab's options: the same policy is admitted, whatever way it is written down.
    ///
    /// # Errors
    /// As [`Engine::new`]; `ERR_CONFIGURED` if they differ from the configuration in force, which stays.
    pub fn admits(&self, options: &str) -> Result<(), JsValue> {
        let admitted = config(options).and_then(|other| self.0.session.borrow().config().admit(&other));
        #[cfg(feature = "full")]
        if admitted.is_ok() {
            self.0.dispatch(Input::Joined);
        }
        admitted.map_err(|error| self.0.to_error(&error))
    }

    /// The number of the tokens in force; it only grows, and a sign-out uses one up too.
    #[wasm_bindgen(getter)]
    pub fn generation(&self) -> u32 {
        self.0.session.borrow().generation()
    }

    /// Whether a call to this serialised URL gets the token.
    #[wasm_bindgen(js_name = isResource)]
    pub fn is_resource(&self, href: &str) -> bool {
        self.0.aim_of(href).is_some()
    }

    /// For a page that has no engine: the serialised URL `href` is a resource exactly when `(hrefWithoutFragment + "#")`
    /// begins with one of these, which have a space between.
    #[wasm_bindgen(getter)]
    pub fn beginnings(&self) -> JsString {
        let mut beginnings = String::new();
        for resource in &self.0.session.borrow().config().resources.0 {
            for beginning in resource.beginnings() {
                if !beginnings.is_empty() {
                    beginnings.push(' ');
                }
                beginnings.push_str(&beginning);
            }
        }
        beginnings.into()
    }

    /// Whether the page's quick way may send calls: none of them needs a proof, a token of its own or has it in another place.
    #[wasm_bindgen(getter, js_name = isQuick)]
    pub fn is_quick(&self) -> bool {
        self.0.is_quick()
    }

    /// Fulfilled when there is a lease, which the host then has.
    pub fn demand(&self) -> Promise {
        self.0.promise(false, demand)
    }

    pub fn fetch(&self, input: JsValue, init: JsValue) -> Promise {
        fetch::fetch(Rc::clone(&self.0), &input, &init, None)
    }

    /// Judges an answer that the page's quick way got with the token of `generation`.
    pub fn look(&self, input: JsValue, init: JsValue, response: Response, generation: u32) -> Promise {
        fetch::fetch(Rc::clone(&self.0), &input, &init, Some((response, generation)))
    }

    /// An event of a page, for an engine that cannot hear it: `"online"`, `"restored"` (from the back/forward cache),
    /// `"notice"` (another vault's session ended); anything else says that time may have passed.
    pub fn heard(&self, kind: &str) {
        self.0.dispatch(lifecycle::input(kind));
    }

    /// Fulfilled with `{href, state, transaction}`: where the page is to go, and what to keep for its way back where the
    /// engine does not outlive the page. `stays`: the page does not go itself.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, options: String, stays: bool) -> Promise {
        // A password may be in it.
        let options = Secret::new(options);
        let mut request =
            match Options::parse(options.expose()).and_then(|options| SignInRequest::new(&options)) {
                Ok(request) => request,
                Err(error) => return Promise::reject(&self.0.to_error(&error)),
            };
        request.stays = stays;
        let entropy = crypto::entropy();
        self.0.promise(false, |waiter| Input::SignIn { waiter, request, entropy })
    }

    /// The URL to put in the place of the page's at once, if that is a callback.
    #[wasm_bindgen(js_name = cleanedCallback)]
    pub fn cleaned_callback(&self, href: String) -> Option<JsString> {
        let session = self.0.session.borrow();
        callback::cleaned(&Secret::new(href), &session.config().provider).map(Into::into)
    }

    /// Whether the host should drop what it keeps for a sign-in that never came back.
    #[wasm_bindgen(js_name = isStale)]
    pub fn is_stale(&self, remembered: String) -> bool {
        self.0.is_stale(&Secret::new(remembered))
    }

    /// `href`: the page's; `remembered`: the `transaction` that was kept for its `state`, deleted by now.
    /// Fulfilled with `{returnTo}`, or `null` if the page is no callback.
    #[wasm_bindgen(js_name = completeSignIn)]
    pub fn complete_sign_in(&self, href: String, remembered: Option<String>) -> Promise {
        let (href, remembered) = (Secret::new(href), remembered.map(Secret::new));
        self.0.promise(false, |waiter| Input::Callback { waiter, href, remembered })
    }

    /// Fulfilled, for a sign-out by redirect, with what `signIn` gives and the `form` to post.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, options: &str) -> Promise {
        let asked = Options::parse(options).and_then(|options| {
            let reader = options.reader("redirect +frontChannel");
            let redirect = reader.bool("redirect");
            let front_channel = reader.text_in_full("frontChannel");
            if front_channel.is_some() && redirect == Some(true) {
                reader.refuse("frontChannel", "is not for a sign-out by redirect");
            }
            options.judged(Some((redirect, front_channel.map(|(_, href)| Secret::new(href)))))
        });
        match asked {
            #[cfg(feature = "full")]
            Ok((_, Some(href))) => self.0.promise(false, |waiter| Input::FrontChannelLogout { waiter, href }),
            Ok((redirect, _)) => {
                let redirect = redirect.filter(|redirect| *redirect).map(|_| crypto::entropy());
                self.0.promise(false, |waiter| Input::SignOut { waiter, redirect })
            }
            Err(error) => Promise::reject(&self.0.to_error(&error)),
        }
    }

    pub fn refresh(&self) -> Promise {
        self.0.promise(false, Input::Refresh)
    }

    /// Fulfilled with the claims.
    #[wasm_bindgen(js_name = userInfo)]
    pub fn user_info(&self) -> Promise {
        self.0.promise(false, Input::UserInfo)
    }

    /// The user is there.
    pub fn touch(&self) {
        self.0.dispatch(Input::Touch);
    }

    /// `response`: an RFC 6749 §5.1 token response.
    #[wasm_bindgen(js_name = setTokens)]
    pub fn set_tokens(&self, response: JsValue) -> Promise {
        let text = JSON::stringify(&response).ok().and_then(|text| text.as_string());
        let response = Secret::new(text.unwrap_or_default());
        self.0.promise(false, |waiter| Input::Install { waiter, response })
    }

    #[wasm_bindgen(js_name = getAccessToken)]
    pub fn get_access_token(&self) -> Promise {
        if !self.0.session.borrow().config().expose_access_token {
            return Promise::reject(&self.0.to_error(&Error::new(Code::NotExposed)));
        }
        self.0.promise(true, demand)
    }

    pub fn close(&self) {
        self.0.close();
    }
}

/// For the session's own token.
fn demand(waiter: WaiterId) -> Input {
    Input::Demand(waiter, Aim::default())
}

fn config(options: &str) -> Result<Config, Error> {
    Options::parse(options).and_then(|options| Config::new(options, &global::normalize))
}
