//! A token that is exchanged for another (RFC 8693).

use super::*;

#[test]
fn without_a_refresh_token_only_an_exchange_gets_a_token() {
    let mut world = World::signed_in(Setup { issues_refresh_tokens: false, ..setup() });
    assert_eq!(world.call_to_and_wait(TAB, EXCHANGED), CallOutcome::Status(200));
    let call = world.call_to(TAB, ORDERS);
    assert_eq!(failure(&world, call).0, Code::NotRenewable);
    world.pass(HOUR);
    let call = world.call_to(TAB, EXCHANGED);
    assert_eq!(failure(&world, call).0, Code::NotRenewable, "there is nothing left to exchange");
    check(&mut world);
}

#[test]
fn what_is_over_is_renewed_before_it_is_exchanged() {
    let mut world = World::signed_in(setup());
    world.sleep(HOUR, true);
    let calls: Vec<usize> = (0..20).map(|_| world.call_to(TAB, EXCHANGED)).collect();
    world.pass(SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    let types: Vec<&str> = world.server.token_requests.iter().map(|one| one.grant_type.as_str()).collect();
    assert_eq!(types, ["authorization_code", "refresh_token", EXCHANGE]);
    check(&mut world);
}

/// A server that gives no `expires_in`: an exchange is the first to notice that our own token is over.
#[test]
fn a_token_that_is_over_without_our_knowing_is_renewed_and_exchanged_again() {
    let mut world = World::signed_in(Setup { advertises_lifetime: false, ..setup() });
    world.pass(HOUR);
    let calls: Vec<usize> = (0..20).map(|_| world.call_to(TAB, EXCHANGED)).collect();
    world.pass(SECOND);
    assert!(calls.iter().all(|call| world.tabs[TAB].calls[*call].outcome == CallOutcome::Status(200)));
    let types: Vec<&str> = world.server.token_requests.iter().map(|one| one.grant_type.as_str()).collect();
    assert_eq!(types, ["authorization_code", EXCHANGE, "refresh_token", EXCHANGE]);
    check(&mut world);
}

/// 8693-2
#[test]
fn an_exchange_that_gives_no_access_token_is_refused() {
    let uri = |name: &str| json!(["urn:ietf:params:oauth:token-type:", name].concat());
    for (exchanged, is_good) in [
        (json!({ "issued_token_type": uri("jwt") }), true),
        (json!({ "issued_token_type": uri("access_token"), "expires_in": null }), true),
        (json!({ "issued_token_type": uri("refresh_token") }), false),
        (json!({ "issued_token_type": uri("id_token") }), false),
        (json!({ "issued_token_type": uri("saml2") }), false),
        (json!({ "issued_token_type": null }), false),
        (json!({ "issued_token_type": 1 }), false),
        (json!({ "token_type": "N_A" }), false),
        (json!({ "token_type": "DPoP" }), false),
        (json!({ "token_type": null }), false),
        (json!({ "access_token": null }), false),
    ] {
        let mut world = World::signed_in(setup());
        world.server.exchanged = exchanged.clone();
        let call = world.call_to(TAB, EXCHANGED);
        world.pass(SECOND);
        if is_good {
            assert_eq!(world.tabs[TAB].calls[call].outcome, CallOutcome::Status(200), "{exchanged}");
        } else {
            assert_eq!(
                failure(&world, call),
                (Code::BadResponse, None, Some(EXCHANGED.into())),
                "{exchanged}"
            );
        }
        assert_eq!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Status(200), "no other suffers");
        check(&mut world);
    }
}

/// 8693-3: what else an exchange brings is not the session's.
#[test]
fn an_exchange_changes_nothing_of_the_session() {
    let mut world = World::signed_in(setup());
    world.server.exchanged = json!({
        "refresh_token": "rt-of-the-exchange",
        "id_token": "a.b.c",
        "scope": "more",
        "refresh_expires_in": 1,
        "authorization_details": [{ "type": "x" }],
    });
    assert_eq!(world.call_to_and_wait(TAB, EXCHANGED), CallOutcome::Status(200));
    let session = &world.tabs[TAB].session;
    assert_eq!((session.scope(), session.session_ends_at()), (Some(SCOPE), None));
    assert_eq!(session.authorization_details(), None);
    assert_eq!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Status(200));
    let spent: Vec<&str> = world.server.token_requests.iter().map(|one| one.spent.as_str()).collect();
    assert!(!spent.contains(&"rt-of-the-exchange"));
    check(&mut world);
}

#[test]
fn a_refused_exchange_does_not_end_the_session() {
    for (error, renewals) in [
        ("invalid_grant", 1),
        ("invalid_request", 1),
        ("invalid_token", 1),
        ("unauthorized_client", 0),
        ("unsupported_grant_type", 0),
    ] {
        let mut world = World::signed_in(setup());
        world.server.exchanged = json!({ "error": error });
        let calls: Vec<usize> = (0..20).map(|_| world.call_to(TAB, EXCHANGED)).collect();
        world.pass(SECOND);
        for call in calls {
            assert_eq!(failure(&world, call), (Code::Refused, Some(error.into()), Some(EXCHANGED.into())));
        }
        assert_eq!(world.server.refreshes(), renewals, "{error}: once with a new token of ours");
        assert_eq!(world.server.requests_for(EXCHANGED), renewals + 1);
        assert_eq!(world.call_to_and_wait(TAB, ORDERS), CallOutcome::Status(200), "{error}");
        check(&mut world);
    }
}
