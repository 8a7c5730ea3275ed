//! What holds where nothing was set. Each test is named after the sentence of the README that it proves.

use std::time::Duration;

use requires_auth::testing::{Issuer, KeyPair, ManualClock, Token};
use requires_auth::{Algorithm, Reason, Verifier};

async fn reason(verifier: &Verifier, token: Token) -> Option<Reason> {
    verifier.verify(&token.sign()).await.err().map(|refusal| refusal.reason())
}

#[tokio::test]
async fn leeway_is_60_seconds() {
    let clock = ManualClock::starting_now();
    let issuer = Issuer::entra().with_clock(clock.clone());
    let (verifier, token) = (issuer.verifier(), issuer.token().user("ada").scope("weather.read"));
    let token = token.expires_at(clock.unix_now());
    clock.advance(Duration::from_secs(59));
    assert_eq!(reason(&verifier, token.clone()).await, None);
    clock.advance(Duration::from_secs(1));
    assert_eq!(reason(&verifier, token).await, Some(Reason::Expired));
}

#[tokio::test]
async fn tokens_are_read_up_to_64_kib() {
    let issuer = Issuer::entra();
    let verifier = issuer.verifier();
    let token = |padding: usize| issuer.token().user("ada").scope("weather.read").claim("padding", "x".repeat(padding));
    // Base64url writes three bytes as four characters: find the padding that fills the limit.
    let limit = 64 * 1024;
    let shorter = token(0).sign().len();
    let fitting =
        (0..limit).map(|less| (limit - shorter) / 4 * 3 - less).find(|padding| token(*padding).sign().len() <= limit);
    let fitting = fitting.expect("some padding fits");
    assert!(token(fitting).sign().len() > limit - 4, "fills the limit");
    assert_eq!(reason(&verifier, token(fitting)).await, None);
    assert_eq!(reason(&verifier, token(fitting + 4)).await, Some(Reason::TooLarge));
}

#[tokio::test]
async fn rs256_alone_is_accepted() {
    for issuer in [Issuer::entra(), Issuer::oidc()] {
        let verifier = issuer.verifier();
        let token = || issuer.token().user("ada").scope("weather.read");
        assert_eq!(reason(&verifier, token()).await, None);
        for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512] {
            assert_eq!(reason(&verifier, token().algorithm(algorithm)).await, Some(Reason::Algorithm), "{algorithm:?}");
        }
        for key in [KeyPair::p256(), KeyPair::ed25519()] {
            assert_eq!(reason(&verifier, token().signed_by(&key)).await, Some(Reason::Algorithm));
        }
    }
}

#[tokio::test]
async fn another_algorithm_takes_the_place_of_rs256_where_the_authority_names_it() {
    let issuer = Issuer::entra();
    let verifier = Verifier::builder(issuer.authority().algorithms([Algorithm::PS256])).build().expect("a verifier");
    let token = || issuer.token().user("ada").scope("weather.read");
    assert_eq!(reason(&verifier, token().algorithm(Algorithm::PS256)).await, None);
    assert_eq!(reason(&verifier, token()).await, Some(Reason::Algorithm), "a key has one algorithm");
}
