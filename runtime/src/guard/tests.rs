use std::sync::Arc;

use super::*;
use crate::access_token::{CallerKind, Minimum};
use crate::error::ApiDescription;
use crate::requirement::build::{app_only, client, role, scope};
use crate::requirement::tests::token_of_authority;
use crate::requirement::{Requirement, build};

const A: &str = "11111111-1111-4111-8111-111111111111";

/// A token of an authority that gives tokens without any permission.
fn token(scopes: &[&'static str], roles: &[&'static str]) -> AccessToken {
    token_of_authority(Minimum::Permission, |facts| {
        facts.scopes = scopes.iter().map(|scope| (*scope).into()).collect();
        facts.roles = roles.iter().map(|role| (*role).into()).collect();
        facts.client_id = Some(A.into());
        facts.token_id = Some("token-7".into());
        facts.traits.caller = if scopes.is_empty() { CallerKind::AppOnly } else { CallerKind::Delegated };
    })
}

fn decide<'e>(expected: impl Into<Expected<'e>>, outcome: Result<AccessToken, AuthError>) -> Result<(), Reason> {
    expected.into().decide(outcome).map(|_| ()).map_err(|refusal| refusal.reason())
}

#[test]
fn a_token_without_any_permission_is_refused_unless_the_requirement_names_its_client() {
    let bare = || Ok(token(&[], &[]));
    assert_eq!(decide(build::any_token(), bare()), Err(Reason::NoPermission));
    assert_eq!(decide(app_only(), bare()), Err(Reason::NoPermission));
    assert_eq!(decide(client(A), bare()), Ok(()));
    assert_eq!(decide(build::any_token(), Ok(token(&["x"], &[]))), Ok(()));
    assert_eq!(decide(build::any_token(), Ok(token(&[], &["x"]))), Ok(()));
    let trusted = token_of_authority(Minimum::Genuine, |_| ());
    assert_eq!(decide(build::any_token(), Ok(trusted)), Ok(()), "an authority whose tokens need none");
}

#[test]
fn what_is_not_met_is_named_before_a_missing_permission() {
    assert_eq!(decide(role("r"), Ok(token(&[], &[]))), Err(Reason::ForbiddenRole));
    assert_eq!(decide("a", Ok(token(&["b"], &[]))), Err(Reason::InsufficientScope));
}

#[test]
fn a_refused_token_stays_refused() {
    for requirement in [build::any_token(), scope("a")] {
        assert_eq!(decide(requirement, Err(Reason::Expired.into())), Err(Reason::Expired));
    }
}

/// Nothing is granted by it, and the client is not told that the mistake is its own.
#[test]
fn an_expected_scope_that_is_none_is_a_mistake_of_the_server() {
    for expected in ["", "a b", "a\"", "a\\"] {
        for outcome in [Ok(token(&["a"], &[])), Err(Reason::MissingToken.into()), Err(Reason::Expired.into())] {
            assert_eq!(decide(expected, outcome), Err(Reason::NotConfigured), "{expected:?}");
        }
        let odd = token(&[expected], &[]);
        assert_eq!(decide(expected, Ok(odd)), Err(Reason::NotConfigured), "{expected:?}, which the token has");
    }
    assert_eq!(decide("a", Ok(token(&["a"], &[]))), Ok(()));
    assert_eq!(decide("a", Err(Reason::MissingToken.into())), Err(Reason::MissingToken));
    assert_eq!(decide(String::from("a"), Ok(token(&["a"], &[]))), Ok(()));
    let owned = String::from("b");
    assert_eq!(decide(&owned, Ok(token(&["a"], &[]))), Err(Reason::InsufficientScope));
}

#[test]
fn a_client_without_a_token_is_told_what_to_ask_for_and_one_with_a_wrong_token_is_not() {
    let api = Arc::new(ApiDescription {
        realm: "api".into(),
        scope_prefix: "api://weather/".into(),
        authorization_uri: None,
        resource_metadata: None,
    });
    let challenge = |expected: Expected<'_>, reason| {
        let refusal = AuthError::new(reason).with_api(&api);
        expected.decide(Err(refusal)).unwrap_err().www_authenticate().unwrap()
    };
    let asks = r#"scope="api://weather/a""#;
    for expected in [Expected::from("a"), scope("a").into()] {
        assert!(challenge(expected.clone(), Reason::MissingToken).contains(asks), "{expected}");
        assert!(!challenge(expected.clone(), Reason::Expired).contains("scope="), "{expected}");
    }
    assert!(!challenge(role("r").into(), Reason::MissingToken).contains("scope="));
}

#[test]
fn a_refusal_tells_the_developer_what_the_token_has() {
    let expected = Expected::from(scope("a"));
    let refusal = expected.decide(Ok(token(&["b", "c"], &["r"]))).unwrap_err();
    let evidence = format!(r#"needs scope = "a"; token "token-7" of client "{A}" has scopes [b c] and roles [r]"#);
    assert_eq!(refusal.evidence(), Some(&*evidence));
}

#[test]
fn what_is_expected_is_printed_in_the_grammar_of_the_attribute() {
    const READ: Requirement = scope("a");
    assert_eq!(Expected::from(READ).to_string(), r#"scope = "a""#);
    assert_eq!(Expected::from("a").to_string(), r#"scope = "a""#);
    assert_eq!(Expected::from("a").into_owned().to_string(), r#"scope = "a""#);
    #[cfg(feature = "tower")]
    assert_eq!(Expected::VERIFIED.to_string(), "a verified token");
}

#[cfg(feature = "tower")]
#[test]
fn a_layer_that_authenticates_asks_for_no_permission() {
    assert!(Expected::VERIFIED.decide(Ok(token(&[], &[]))).is_ok());
    assert!(Expected::VERIFIED.decide(Err(Reason::Expired.into())).is_err());
}
