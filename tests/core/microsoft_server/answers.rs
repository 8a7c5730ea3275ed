//! Requests and answers over real HTTP: keys that are not there, challenges, the metadata document.

use std::time::Duration;

use requires_auth::testing::Issuer;
use requires_auth_tests::client::Request;
use requires_auth_tests::expect;
use serde_json::{Value, json};

use super::{Api, RESOURCE};

const DOCUMENT: &str = "/.well-known/oauth-protected-resource/weather";

/// The challenge to who sent no bearer token.
fn first_challenge(api: &Api) -> String {
    let client = api.issuer.client_id();
    format!(
        "Bearer realm=\"{client}\", resource_metadata=\"https://api.example.com{DOCUMENT}\", \
         scope=\"api://{client}/weather.read\""
    )
}

/// The challenge to who sent a wrong one.
fn challenge_with(api: &Api, sentence: &str) -> String {
    let client = api.issuer.client_id();
    format!(
        "Bearer realm=\"{client}\", resource_metadata=\"https://api.example.com{DOCUMENT}\", \
         error=\"invalid_token\", error_description=\"{sentence}\""
    )
}

/// The token may be good, and a client that hears 401 throws it away; 503 with `Retry-After` says what is true.
#[tokio::test]
async fn metadata_down_at_the_start_is_503() {
    let issuer = Issuer::entra();
    issuer.go_down();
    let (api, _verifier) = Api::without_waiting(issuer).await;
    // The first may have joined the fetch of the start.
    assert_eq!(api.weather(&api.user()).await.status, 503);
    expect::unavailable(&api.weather(&api.user()).await, "keys_unavailable", "5");
}

/// The same: after the seconds of `Retry-After`, which Microsoft's 401 does not have.
#[tokio::test]
async fn the_next_request_is_served_once_metadata_is_up() {
    let issuer = Issuer::entra();
    issuer.go_down();
    let (api, _verifier) = Api::without_waiting(issuer).await;
    let mut refused = api.weather(&api.user()).await;
    refused = if refused.value("retry-after") == Some("5") { refused } else { api.weather(&api.user()).await };
    let seconds = refused.value("retry-after").unwrap().parse().unwrap();
    api.issuer.come_up();
    api.clock.advance(Duration::from_secs(seconds));
    expect::granted(&api.weather(&api.user()).await, "sunny");
}

/// The request waits for the one fetch that it needs, so nobody is told to drop a good token.
#[tokio::test]
async fn the_first_request_with_a_new_key_is_served() {
    let api = Api::start().await;
    expect::granted(&api.weather(&api.user()).await, "sunny");
    let before = api.issuer.requests().keys_v2;
    api.issuer.rotate();
    expect::granted(&api.weather(&api.user()).await, "sunny");
    assert_eq!(api.issuer.requests().keys_v2, before + 1);
}

/// The same, and with the scope to ask for; the realm is this API's own name, where the host is what the request says.
#[tokio::test]
async fn without_a_bearer_token_the_challenge_has_no_error() {
    let api = Api::start().await;
    for request in [Request::get("/weather"), Request::get("/weather").field("authorization", "Basic dTpw")] {
        let answer = api.send(request).await;
        assert_eq!((answer.status, answer.challenge()), (401, Some(&*first_challenge(&api))));
    }
}

/// The same.
#[tokio::test]
async fn garbage_is_an_invalid_token() {
    let api = Api::start().await;
    let answer = api.weather_with("Bearer garbage").await;
    let sentence = "The token is not a signed JWT: three base64url parts separated by dots.";
    assert_eq!((answer.status, answer.challenge()), (401, Some(&*challenge_with(&api, sentence))));
}

/// Fixed sentences need no escapes, on which clients' parsers fall over, and tell a stranger neither the server's clock nor
/// what it expects; the developer finds both in the log.
#[tokio::test]
async fn descriptions_quote_nothing() {
    let api = Api::start().await;
    let flipped = |mut signature: Vec<u8>| {
        signature[0] ^= 1;
        signature
    };
    for (token, sentence) in [
        (api.user().edit_signature(flipped), "The signature of the token is invalid."),
        (api.user().expired(), "The token has expired. Request a new one."),
        (api.user().not_before_in(Duration::from_mins(10)), "The token is not valid yet."),
        (api.user().audience("another"), "The token is meant for another API. Request a token for this one."),
        (api.user().issuer("another"), "The token comes from an issuer that this API does not trust."),
        (api.user().without_claim("exp"), "The claims of the token are malformed."),
    ] {
        let answer = api.weather(&token).await;
        assert_eq!((answer.status, answer.challenge()), (401, Some(&*challenge_with(&api, sentence))));
    }
}

/// RFC 6750 section 3.1 has `insufficient_scope` and the scopes for this answer, without which no client can ask for more.
#[tokio::test]
async fn a_403_says_which_scope_is_missing() {
    let api = Api::start().await;
    let answer = api.weather(&api.issuer.token().user("ada").scope("weather.write")).await;
    let challenge = answer.challenge().expect("a challenge");
    let scope = format!(r#"scope="api://{}/weather.read""#, api.issuer.client_id());
    assert!(challenge.contains(r#"error="insufficient_scope""#) && challenge.contains(&scope), "{challenge}");
    assert!(answer.text().contains(r#""reason":"insufficient_scope""#), "the body says it too");
    assert_eq!(answer.status, 403);
}

/// The same.
#[tokio::test]
async fn bearer_in_lower_case_and_more_spaces_are_read() {
    let api = Api::start().await;
    let token = api.user().sign();
    for field in [format!("bearer {token}"), format!("Bearer  {token}"), format!("Bearer {token} ")] {
        expect::granted(&api.weather_with(&field).await, "sunny");
    }
}

/// Which of two credentials counts is for nobody to guess: the request is malformed (RFC 6750 section 3.1), not the token.
#[tokio::test]
async fn two_authorization_fields_are_400() {
    let api = Api::start().await;
    let answer = api.send(Request::get("/weather").bearer(&api.user()).bearer(&api.user())).await;
    assert_eq!(answer.status, 400);
    assert!(answer.challenge().unwrap().contains(r#"error="invalid_request""#));
}

/// The same.
#[tokio::test]
async fn a_token_in_the_query_is_not_read() {
    let api = Api::start().await;
    let answer = api.send(Request::get(&format!("/weather?access_token={}", api.user().sign()))).await;
    assert_eq!((answer.status, answer.challenge()), (401, Some(&*first_challenge(&api))));
}

/// A user in many groups has a large token; up to 64 KiB it is read, and over that the answer names the token and not the
/// request's fields.
#[tokio::test]
async fn tokens_of_20_and_60_kb_are_read() {
    let api = Api::start().await;
    for bytes in [20_000, 60_000] {
        let token = api.user().claim("padding", "x".repeat(bytes / 4 * 3 - 1_500));
        let length = token.sign().len();
        assert!(length > bytes - 2_000 && length < 64 * 1024, "{length}");
        expect::granted(&api.weather(&token).await, "sunny");
    }
    let answer = api.weather(&api.user().claim("padding", "x".repeat(64 * 1024))).await;
    assert!(answer.text().contains(r#""reason":"too_large""#), "{}", answer.text());
    assert_eq!(answer.status, 401);
}

/// Which origins may read an API's answers is the API's to say: a guard that writes `*` says it for everybody's.
#[tokio::test]
async fn cors_is_left_to_the_application() {
    let api = Api::start().await;
    let cross_origin = |method| Request::new(method, "/weather").field("origin", "https://app.example.com");
    for answer in [
        api.send(cross_origin("GET")).await,
        api.send(cross_origin("GET").bearer(&api.user())).await,
        api.send(cross_origin("OPTIONS").field("access-control-request-method", "GET")).await,
    ] {
        assert!(answer.fields.iter().all(|(name, _)| !name.starts_with("access-control-")), "{:?}", answer.fields);
        // A preflight carries no token and is not asked for one; this application serves no OPTIONS.
        assert!(matches!(answer.status, 200 | 401 | 405));
    }
    let preflight = api.send(cross_origin("OPTIONS").field("access-control-request-method", "GET")).await;
    assert_eq!((preflight.status, preflight.challenge()), (405, None));
}

/// Scopes stand as a client sends them to Entra ID, which knows no bare client id, and the resource is what the developer
/// wrote, so that no `Host` field can make this API name another.
#[tokio::test]
async fn the_metadata_document_has_requestable_scopes_and_a_fixed_resource() {
    let api = Api::start().await;
    let mut request = Request::get(DOCUMENT);
    request = request.field("x-forwarded-host", "evil.example");
    let answer = api.send(request).await;
    let document: Value = serde_json::from_str(answer.text()).unwrap();
    let expected = json!({
        "resource": RESOURCE,
        "authorization_servers": [format!("{}/{}/v2.0", api.issuer.url(), api.issuer.tenant_id())],
        "scopes_supported": [format!("api://{}/weather.read", api.issuer.client_id())],
        "bearer_methods_supported": ["header"],
    });
    assert_eq!((answer.status, document), (200, expected));
}

/// RFC 9728 section 3.1 puts the document of a resource with a path under that path, where clients look first.
#[tokio::test]
async fn the_metadata_document_stands_under_the_path_of_the_resource() {
    let api = Api::start().await;
    let challenge = api.send(Request::get("/weather")).await;
    assert!(challenge.challenge().unwrap().contains(&format!("https://api.example.com{DOCUMENT}\"")));
    assert_eq!(api.send(Request::get(DOCUMENT)).await.status, 200);
    assert_eq!(api.send(Request::get("/.well-known/oauth-protected-resource")).await.status, 404);
}
