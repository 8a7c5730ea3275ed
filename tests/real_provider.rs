//! Tokens of a provider that nobody here wrote: npm `oidc-provider`, which is certified by the OpenID Foundation, called
//! by plain HTTP, against the weather API as its users start it.
//!
//! Every test has a provider and an API of its own. Without Node the tests say so and are skipped.

use requires_auth_tests::missing::or_skip;
use requires_auth_tests::oidc_provider::{Provider, with_claim};
use requires_auth_tests::weather::Weather;

/// A provider, and an API that trusts it.
async fn provider_and_api() -> Option<(Provider, Weather)> {
    let provider = or_skip(Provider::start().await)?;
    let api = api_of(&provider).await;
    Some((provider, api))
}

async fn api_of(provider: &Provider) -> Weather {
    let variables = [("OIDC_ISSUER", provider.issuer()), ("OIDC_AUDIENCE", provider.audience())];
    Weather::start(&Weather::build().await, &variables).await
}

#[tokio::test]
async fn access_token_of_a_daemon_is_served() {
    let Some((provider, api)) = provider_and_api().await else { return };
    let token = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&token).await.status, 200);
}

#[tokio::test]
async fn access_token_of_a_user_is_served_and_the_id_token_beside_it_is_refused() {
    let Some((provider, api)) = provider_and_api().await else { return };
    let tokens = provider.user_tokens("openid weather.read weather.write").await;
    assert_eq!(api.seattle(&tokens.access).await.status, 200);
    assert_eq!(api.report(&tokens.access).await.status, 201);

    let answer = api.seattle(&tokens.id).await;
    assert_eq!(answer.verdict(), (401, Some("id_token")));
    assert!(answer.challenge.is_some_and(|it| it.contains(r#"error="invalid_token""#)));
}

#[tokio::test]
async fn token_without_the_scope_is_forbidden_and_told_which() {
    let Some((provider, api)) = provider_and_api().await else { return };
    let writer = provider.daemon_token("weather.write").await;
    let answer = api.seattle(&writer).await;
    assert_eq!(answer.verdict(), (403, Some("insufficient_scope")));
    let challenge = answer.challenge.unwrap();
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="weather.read""#), "{challenge}");

    let reader = provider.daemon_token("weather.read").await;
    assert_eq!(api.report(&reader).await.verdict(), (403, Some("insufficient_scope")));
}

#[tokio::test]
async fn token_for_another_api_is_refused() {
    let Some((provider, api)) = provider_and_api().await else { return };
    let token = provider.daemon_token_for("api://traffic", "weather.read").await;
    assert_eq!(api.seattle(&token).await.verdict(), (401, Some("audience")));
}

#[tokio::test]
async fn tampered_token_is_refused() {
    let Some((provider, api)) = provider_and_api().await else { return };
    let token = provider.daemon_token("weather.read").await;
    let more = with_claim(&token, "scope", "weather.read weather.write");
    assert_eq!(api.report(&more).await.verdict(), (401, Some("signature")));
    // The token itself is good, so it was the change that was refused.
    assert_eq!(api.seattle(&token).await.status, 200);
}

#[tokio::test]
async fn new_signing_key_is_found_by_the_first_token_that_needs_it() {
    let Some((mut provider, api)) = provider_and_api().await else { return };
    let before = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&before).await.status, 200);

    provider.roll_over().await;
    let after = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&after).await.status, 200, "no request is lost to a rollover");
    assert_eq!(api.seattle(&before).await.status, 200, "the old key is still published");
}

#[tokio::test]
async fn token_of_a_withdrawn_key_is_no_longer_served() {
    let Some((mut provider, api)) = provider_and_api().await else { return };
    let before = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&before).await.status, 200);

    provider.roll_over().await;
    provider.withdraw().await;
    let after = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&after).await.status, 200);
    // The keys that were fetched for the new token are without the old one.
    assert_eq!(api.seattle(&before).await.verdict(), (401, Some("unknown_key")));

    // An API that never saw the old key looks it up.
    let fresh = api_of(&provider).await;
    assert_eq!(fresh.seattle(&before).await.verdict(), (401, Some("unknown_key")));
    assert_eq!(fresh.seattle(&after).await.status, 200);
}

#[tokio::test]
async fn tokens_are_served_while_the_provider_is_down() {
    let Some((provider, api)) = provider_and_api().await else { return };
    let first = provider.daemon_token("weather.read").await;
    let second = provider.daemon_token("weather.read").await;
    assert_eq!(api.seattle(&first).await.status, 200);

    provider.stop().await;
    assert_eq!(api.seattle(&first).await.status, 200);
    assert_eq!(api.seattle(&second).await.status, 200, "a token that was never seen before needs no provider either");
}
