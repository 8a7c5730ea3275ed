//! Tokens of providers that nobody here wrote, called by plain HTTP: npm `oidc-provider`, which is certified by the OpenID
//! Foundation, and Debian's `glewlwyd`, in C. They go to the weather API as its users start it; where time matters, to an
//! API in this process.
//!
//! Every test has a provider and an API of its own. Without Node, or without apt, the tests say so and are skipped.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use requires_auth_tests::client::Answer;
use requires_auth_tests::glewlwyd::Glewlwyd;
use requires_auth_tests::load::{Api, Load};
use requires_auth_tests::missing::or_skip;
use requires_auth_tests::oidc_provider::OidcProvider;
use requires_auth_tests::provider::{Provider, with_claim};
use requires_auth_tests::site::COOL_DOWN;
use requires_auth_tests::weather::Weather;

/// Every case is a named test with each provider: `npm_oidc_provider::tampered_token_is_refused` and so on.
macro_rules! with_each_provider {
    ($($case:ident)+) => {
        with_each_provider! { npm_oidc_provider OidcProvider: $($case)+ }
        with_each_provider! { debian_glewlwyd Glewlwyd: $($case)+ }
    };
    ($module:ident $provider:ident: $($case:ident)+) => {
        mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let Some(provider) = or_skip($provider::start().await) else { return };
                    super::$case(provider).await;
                }
            )+
        }
    };
}

with_each_provider! {
    access_token_of_a_daemon_is_served
    access_token_of_a_user_is_served_and_the_id_token_beside_it_is_refused
    token_without_the_scope_is_forbidden_and_told_which
    token_for_another_api_is_refused
    tampered_token_is_refused
    new_signing_key_is_found_by_the_first_token_that_needs_it
    token_of_a_withdrawn_key_is_no_longer_served
    tokens_are_served_while_the_provider_is_down
    keys_roll_over_under_load
    token_of_a_key_that_cannot_be_looked_up_yet_may_come_again
}

// It keeps its keys when it is down, which oidc-provider does not.
with_each_provider! {
    debian_glewlwyd_restarts Glewlwyd: provider_comes_back_with_a_new_key_under_load
}

async fn api_of(provider: &impl Provider) -> Weather {
    let variables = [("OIDC_ISSUER", provider.issuer()), ("OIDC_AUDIENCE", provider.audience())];
    Weather::start(&Weather::build().await, &variables).await
}

async fn access_token_of_a_daemon_is_served(provider: impl Provider) {
    let api = api_of(&provider).await;
    let token = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&token).await.status, 200);
}

async fn access_token_of_a_user_is_served_and_the_id_token_beside_it_is_refused(provider: impl Provider) {
    let api = api_of(&provider).await;
    let tokens = provider.user_tokens("openid weather.read weather.write").await;
    assert_eq!(api.seattle(&tokens.access).await.status, 200);
    assert_eq!(api.report(&tokens.access).await.status, 201);

    let answer = api.seattle(&tokens.id).await;
    assert_eq!(answer.verdict(), (401, Some("id_token")));
    assert!(answer.challenge.is_some_and(|it| it.contains(r#"error="invalid_token""#)));
}

async fn token_without_the_scope_is_forbidden_and_told_which(provider: impl Provider) {
    let api = api_of(&provider).await;
    let writer = provider.daemon_token("weather.write").await;
    let answer = api.seattle(&writer).await;
    assert_eq!(answer.verdict(), (403, Some("insufficient_scope")));
    let challenge = answer.challenge.unwrap();
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="weather.read""#), "{challenge}");

    let reader = provider.daemon_token("weather.read").await;
    assert_eq!(api.report(&reader).await.verdict(), (403, Some("insufficient_scope")));
}

async fn token_for_another_api_is_refused(provider: impl Provider) {
    let api = api_of(&provider).await;
    let token = provider.daemon_token_for(other_api(&provider), "weather.read").await;
    assert_eq!(api.seattle(&token).await.verdict(), (401, Some("audience")));
}

fn other_api<P: Provider>(_: &P) -> &'static str {
    P::OTHER_AUDIENCE
}

async fn tampered_token_is_refused(provider: impl Provider) {
    let api = api_of(&provider).await;
    let token = provider.daemon_token("weather.read").await;
    let more = with_claim(&token, "scope", "weather.read weather.write");
    assert_eq!(api.report(&more).await.verdict(), (401, Some("signature")));
    // The token itself is good, so it was the change that was refused.
    assert_eq!(api.seattle(&token).await.status, 200);
}

async fn new_signing_key_is_found_by_the_first_token_that_needs_it(mut provider: impl Provider) {
    let api = api_of(&provider).await;
    let before = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&before).await.status, 200);

    provider.roll_over().await;
    let after = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&after).await.status, 200, "no request is lost to a rollover");
    assert_eq!(api.seattle(&before).await.status, 200, "the old key is still published");
}

async fn token_of_a_withdrawn_key_is_no_longer_served(mut provider: impl Provider) {
    let api = api_of(&provider).await;
    let before = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&before).await.status, 200);

    provider.roll_over().await;
    provider.withdraw().await;
    let after = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&after).await.status, 200);
    // The keys that were fetched for the new token are without the old one. The old token is so young that its key might
    // have been published since.
    assert_eq!(api.seattle(&before).await.verdict(), (503, Some("key_not_looked_up")));

    // An API that never saw the old key looks it up.
    let fresh = api_of(&provider).await;
    assert_eq!(fresh.seattle(&before).await.verdict(), (401, Some("unknown_key")));
    assert_eq!(fresh.seattle(&after).await.status, 200);
}

async fn tokens_are_served_while_the_provider_is_down(mut provider: impl Provider) {
    let api = api_of(&provider).await;
    let first = provider.daemon_token("weather.read").await;
    let second = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&first).await.status, 200);

    provider.go_down().await;
    assert_eq!(api.seattle(&first).await.status, 200);
    assert_eq!(api.seattle(&second).await.status, 200, "a token that was never seen before needs no provider either");
}

/// From one published key to two, to the new one alone, and on to the next, while requests run. None is lost.
async fn keys_roll_over_under_load(mut provider: impl Provider) {
    let api = Api::trusting(&provider).await;
    let first = provider.daemon_token("weather.read").await;
    let load = Load::start(&api, &first).await;

    provider.roll_over().await;
    load.goes_on().await;
    let second = [provider.daemon_token("weather.read").await, provider.daemon_token("weather.read").await];
    load.carry(&[&first, &second[0], &second[1]]).await;

    // The API hears of the withdrawal with the next key that it looks up.
    provider.withdraw().await;
    load.carry(&[&second[0], &second[1]]).await;
    api.clock.advance(COOL_DOWN);
    provider.roll_over().await;
    let third = provider.daemon_token("weather.read").await;
    load.carry(&[&second[0], &third]).await;

    // It is looked up, as the token is so young that its key might have been published since.
    api.clock.advance(COOL_DOWN);
    refused(401, "unknown_key", &api.ask(&first).await);
    load.carry(&[&second[0], &third]).await;
    load.end().await;
}

/// A key that nobody could fetch is not a wrong key.
async fn token_of_a_key_that_cannot_be_looked_up_yet_may_come_again(mut provider: impl Provider) {
    let api = Api::trusting(&provider).await;
    let first = provider.daemon_token("weather.read").await;
    let load = Load::start(&api, &first).await;
    provider.roll_over().await;
    let second = provider.daemon_token("weather.read").await;
    provider.go_down().await;

    let answer = api.ask(&second).await;
    refused(503, "key_not_looked_up", &answer);
    let seconds = answer.value("retry-after").and_then(|seconds| seconds.parse().ok());
    assert!(seconds.is_some_and(|seconds: u64| (1..=60).contains(&seconds)), "{seconds:?}");
    load.end().await;
}

async fn provider_comes_back_with_a_new_key_under_load(mut provider: Glewlwyd) {
    let api = Api::trusting(&provider).await;
    let first = provider.daemon_token("weather.read").await;
    let load = Load::start(&api, &first).await;
    provider.set_up_next_key().await;
    provider.go_down().await;
    load.goes_on().await;

    provider.come_up().await;
    let second = provider.daemon_token("weather.read").await;
    load.carry(&[&first, &second]).await;

    // And once more, with a token that came before its key could be looked up. The first key goes with that.
    load.carry(&[&second]).await;
    api.clock.advance(COOL_DOWN);
    provider.roll_over().await;
    let third = provider.daemon_token("weather.read").await;
    provider.go_down().await;
    refused(503, "key_not_looked_up", &api.ask(&third).await);
    load.goes_on().await;
    provider.come_up().await;
    api.clock.advance(COOL_DOWN);
    load.carry(&[&second, &third]).await;
    load.end().await;
}

#[track_caller]
fn refused(status: u16, reason: &str, answer: &Answer) {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, body.get("reason").and_then(|it| it.as_str())), (status, Some(reason)));
}
