//! Rich authorization requests (RFC 9396): what is asked for, and what was granted.

use serde_json::json;
use strongroom::engine::{Code, Options, SignInRequest};

use crate::sim::*;

fn request(options: &serde_json::Value) -> Result<SignInRequest, String> {
    let options = Options::parse(&options.to_string()).unwrap();
    SignInRequest::new(&options).map_err(|error| {
        assert_eq!(error.code, Code::InvalidOption);
        error.option.clone().unwrap()
    })
}

fn signed_in(setup: Setup, details: &str, granted: Option<serde_json::Value>) -> World {
    let mut world = World::new(1, setup);
    world.server.granted_details = granted;
    let request = request(&json!({ "authorizationDetails": details })).unwrap();
    world.begin_sign_in(TAB, request);
    world.run_until("the page leaves", |world| world.tabs[TAB].address.is_some());
    let waiter = world.follow_redirect(TAB);
    world.run_until("the sign-in ends", |world| world.tabs[TAB].is_settled(waiter));
    assert!(world.tabs[TAB].outcome(waiter).is_ok());
    assert_eq!(world.server.asked_details.as_deref(), Some(details), "9396-1");
    world
}

#[test]
fn what_was_granted_is_told_not_what_was_asked_for_9396_2() {
    let asked = r#"[{"type":"pay","value":12.5},{"type":"read"}]"#;
    for has_pushing in [true, false] {
        let granted = json!([{ "type": "pay", "value": 10 }]);
        let setup = Setup { has_pushing, ..Setup::default() };
        let mut world = signed_in(setup.clone(), asked, Some(granted));
        let shown = |world: &World| world.tabs[TAB].session.authorization_details().map(str::to_owned);
        assert_eq!(shown(&world).as_deref(), Some(r#"[{"type":"pay","value":10}]"#));
        world.server.granted_details = None;
        world.refresh(TAB);
        world.pass(SECOND);
        assert_eq!(shown(&world).as_deref(), Some(r#"[{"type":"pay","value":10}]"#), "as before");
        world.sign_out(TAB);
        assert_eq!(shown(&world), None);
        assert_eq!(shown(&signed_in(setup, asked, None)), None);
    }
}

#[test]
fn only_a_list_of_objects_with_a_type_is_asked_for_9396_1() {
    for good in ["[]", r#"[{"type":"pay"}]"#, r#" [{"type":"a","x":1.5},{"type":"b"}] "#] {
        let made = request(&json!({ "authorizationDetails": good })).unwrap();
        assert_eq!(made.parameters, [("authorization_details".to_owned(), good.to_owned())]);
    }
    let bad = ["", "{}", "null", "\"pay\"", "[1]", "[null]", "[{}]", r#"[{"type":7}]"#, r#"[{"type":"pay"}"#];
    for bad in bad {
        assert_eq!(
            request(&json!({ "authorizationDetails": bad })).unwrap_err(),
            "authorizationDetails",
            "{bad}"
        );
    }
    let both =
        json!({ "authorizationDetails": "[]", "parameters": { "authorization_details": "x", "a": "b" } });
    let parameters = request(&both).unwrap().parameters;
    let wanted =
        [("a", "b"), ("authorization_details", "[]")].map(|(name, value)| (name.into(), value.into()));
    assert_eq!(parameters, wanted);
}
