//! Keys that one process exports and another one starts with.

use super::*;

/// What a first process knew, and a second one that starts with it while the issuer is as the test left it.
async fn text_of(issuer: &Issuer) -> String {
    let first = issuer.verifier();
    within("the keys of both versions", async {
        while first.health().is_degraded() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    first.export_keys()
}

fn next(issuer: &Issuer, clock: &ManualClock, text: &str) -> Verifier {
    Verifier::builder(issuer.authority()).clock(clock.clone()).preloaded_keys(text).build().unwrap()
}

fn site() -> (Issuer, ManualClock) {
    let clock = ManualClock::starting_now();
    (Issuer::entra().with_clock(clock.clone()), clock)
}

#[tokio::test]
async fn a_cold_start_serves_its_first_request_without_a_fetch() {
    let (issuer, clock) = site();
    let text = text_of(&issuer).await;
    issuer.go_down();
    clock.advance(HOUR);
    let verifier = next(&issuer, &clock, &text);
    assert!(futures_util::poll!(Box::pin(verifier.ready())).is_ready());
    for token in [token(&issuer), token(&issuer).v1()] {
        assert!(futures_util::poll!(Box::pin(verifier.verify(&token.sign()))).is_ready());
        assert_eq!(ask(&verifier, &token).await, Ok(()));
    }
    assert!(verifier.health().issuers()[0].age >= Some(HOUR));
}

#[tokio::test]
async fn preloaded_keys_are_refreshed_in_the_background_at_once() {
    let (issuer, clock) = site();
    let text = text_of(&issuer).await;
    issuer.rotate();
    issuer.reset_requests();
    let verifier = next(&issuer, &clock, &text);
    until("the refresh", || issuer.requests().keys_v2 == 1).await;
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()), "a key that the text does not have");
}

#[tokio::test]
async fn preloaded_keys_serve_for_the_rest_of_their_day() {
    let (issuer, clock) = site();
    let text = text_of(&issuer).await;
    issuer.go_down();
    clock.advance(20 * HOUR);
    let verifier = next(&issuer, &clock, &text);
    clock.advance(Duration::from_secs(4 * 3600 - 1));
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
    clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&verifier, &token(&issuer)).await, Err(Reason::KeysUnavailable));
    // A process that starts only now gets nothing from them.
    assert_eq!(ask(&next(&issuer, &clock, &text), &token(&issuer)).await, Err(Reason::KeysUnavailable));
}

#[tokio::test]
async fn keys_handed_from_process_to_process_do_not_grow_younger() {
    let (issuer, clock) = site();
    let mut text = text_of(&issuer).await;
    issuer.go_down();
    for _ in 0..4 {
        clock.advance(Duration::from_secs(6 * 3600 - 1));
        text = next(&issuer, &clock, &text).export_keys();
    }
    let verifier = next(&issuer, &clock, &text);
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
    clock.advance(Duration::from_secs(4));
    assert_eq!(ask(&verifier, &token(&issuer)).await, Err(Reason::KeysUnavailable));
}

#[tokio::test]
async fn keys_of_an_issuer_that_is_not_configured_change_nothing() {
    let (issuer, clock) = site();
    let text = text_of(&Issuer::oidc()).await;
    let verifier = next(&issuer, &clock, &text);
    assert_eq!(ask(&verifier, &token(&issuer)).await, Ok(()));
}

#[test]
fn text_that_is_something_else_is_an_error_at_the_start() {
    let issuer = Issuer::oidc();
    for text in ["", "{}", &issuer.published_keys()] {
        let error = Verifier::builder(issuer.authority()).preloaded_keys(text).build().unwrap_err();
        assert!(error.to_string().contains("preloaded keys"), "{error}");
    }
}
