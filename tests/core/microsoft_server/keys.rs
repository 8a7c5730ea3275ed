//! Which key, and by which algorithm.

use requires_auth::testing::{Issuer, KeyPair, Lie};
use requires_auth::{Algorithm, Reason};
use requires_auth_tests::site::{COOL_DOWN, Site};
use requires_auth_tests::wait::within;
use serde_json::json;

use super::{attack, reason, reason_of};

/// The same.
#[tokio::test]
async fn a_key_of_another_tenant_is_refused() {
    let issuer = Issuer::entra();
    issuer.lie(Lie::KeysOfAnotherTenant);
    let site = Site::start(issuer);
    within("the first keys", site.verifier.ready()).await;
    assert_eq!(reason(&site, &site.token()).await, Some(Reason::KeyIssuer));
}

/// The same.
#[tokio::test]
async fn a_key_of_any_tenant_or_of_no_stated_issuer_serves() {
    let site = Site::with_keys().await;
    assert!(site.issuer.published_keys().contains("{tenantid}"), "the keys of version 2.0 state their issuer so");
    assert_eq!(reason(&site, &site.token()).await, None);
    // The keys of version 1.0 do not state one.
    assert_eq!(reason(&site, &site.token().v1()).await, None);
}

/// Entra ID signs with RS256 alone, so any other algorithm is somebody's experiment (RFC 8725 section 3.1); an issuer that
/// uses one is named with `Authority::algorithms`.
#[tokio::test]
async fn rs384_rs512_and_ps256_are_refused() {
    let site = Site::with_keys().await;
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        assert_eq!(reason(&site, &site.token().algorithm(algorithm)).await, Some(Reason::Algorithm), "{algorithm:?}");
    }
}

/// The same.
#[tokio::test]
async fn hs256_none_and_es256_are_refused() {
    let site = Site::with_keys().await;
    let kid = site.issuer.signing_key().kid().to_owned();
    let by_the_public_key = attack(&site, "hs256_with_public_key_as_pem");
    assert_eq!(reason_of(&site, &by_the_public_key).await, Some(Reason::Algorithm));
    for token in [site.token().header("alg", "none"), site.token().signed_by(&KeyPair::p256()).header("kid", &kid)] {
        assert_eq!(reason(&site, &token).await, Some(Reason::Algorithm), "{token:?}");
    }
    // Nothing after the second dot.
    let unsigned = site.token().header("alg", "none").unsigned();
    assert_eq!(reason(&site, &unsigned).await, Some(Reason::Format));
}

/// The header names the key, so one that names none of this issuer's comes from elsewhere, and trying every key on it would
/// make each forgery as dear as all keys together.
#[tokio::test]
async fn an_unknown_kid_never_tries_all_keys() {
    let site = Site::with_keys().await;
    let kid = site.issuer.signing_key().kid().to_owned();
    let in_other_case: String = kid
        .chars()
        .map(|it| if it.is_ascii_lowercase() { it.to_ascii_uppercase() } else { it.to_ascii_lowercase() })
        .collect();
    for token in [
        site.token().header("kid", "unknown"),
        site.token().without_header("kid"),
        site.token().header("kid", ""),
        site.token().header("kid", in_other_case),
    ] {
        assert_eq!(reason(&site, &token).await, Some(Reason::UnknownKey), "{token:?}");
        site.clock.advance(COOL_DOWN);
    }
    assert_eq!(reason(&site, &site.token()).await, None);
}

/// An issuer signs more kinds of token with one key, and `typ` is what tells a logout token from an access token (RFC 8725
/// section 3.11).
#[tokio::test]
async fn typ_is_that_of_an_access_token_or_missing() {
    let site = Site::with_keys().await;
    for token in [site.token(), site.token().header("typ", "at+jwt"), site.token().without_header("typ")] {
        assert_eq!(reason(&site, &token).await, None, "{token:?}");
    }
    for typ in ["logout+jwt", "dpop+jwt", "anything"] {
        assert_eq!(reason(&site, &site.token().header("typ", typ)).await, Some(Reason::TokenType), "{typ}");
    }
}

/// The same.
#[tokio::test]
async fn a_typ_that_is_a_number_is_refused() {
    let site = Site::with_keys().await;
    assert_eq!(reason(&site, &site.token().header("typ", json!(7))).await, Some(Reason::Header));
}
